"""Scripts, settings and the unit under `deploy/`."""

import configparser
import re
import subprocess
from pathlib import Path

from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def test_settings_named_in_deploy_files_are_settings() -> None:
    named = {
        name
        for path in DEPLOY.rglob("*")
        if path.is_file() and path.suffix != ".py"
        for name in re.findall(r"LEADGLASS_([A-Z_]+)(?:=|: |, value)", path.read_text())
    }
    assert len(named) >= 9
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
    assert len(scripts) == 4
    for script in scripts:
        subprocess.run(["bash", "-n", str(script)], check=True)
        assert "set -euo pipefail" in script.read_text()
