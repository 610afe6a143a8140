"""What administrators copy from `deploy/` is checked by the programs that will read it, and against the product's own names."""

import configparser
import re
import subprocess
from pathlib import Path

import yaml

from gateway.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def alerts() -> list[dict[str, str]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_alert_speaks_of_metrics_that_exist_and_has_a_page_to_turn_to() -> None:
    explained = set(re.findall(r"^\| `(leadglass_\w+)` \|", OPERATIONS, re.MULTILINE))
    assert len(alerts()) == 8
    for alert in alerts():
        used = {name.removesuffix("_bucket") for name in re.findall(r"leadglass_\w+", alert["expr"])}
        assert used <= explained
        assert f"| `{alert['alert']}` |" in OPERATIONS


def test_settings_named_in_deploy_files_are_settings() -> None:
    named = {
        name
        for path in DEPLOY.rglob("*")
        if path.is_file() and path.suffix != ".py"
        for name in re.findall(r"LEADGLASS_([A-Z_]+)=", path.read_text())
    }
    assert len(named) >= 5
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_the_service_runs_without_rights_and_starts_what_is_installed() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "systemd" / "leadglass.service")
    service = unit["Service"]
    assert service["User"] == "leadglass"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ExecStart"].split()[0] == "/opt/leadglass/bin/leadglass"
    assert "/opt/leadglass" in (DEPLOY / "systemd" / "install").read_text()


def test_shell_scripts_are_sound() -> None:
    scripts = [
        path
        for path in DEPLOY.rglob("*")
        if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env bash")
    ]
    assert len(scripts) == 2
    for script in scripts:
        subprocess.run(["bash", "-n", str(script)], check=True)
        assert "set -euo pipefail" in script.read_text()


def test_images_are_named_without_a_host() -> None:
    images = re.findall(r"^FROM (\S+)", (DEPLOY / "container" / "Containerfile").read_text(), re.MULTILINE)
    assert images == ["python:3.13-slim"] * 2
