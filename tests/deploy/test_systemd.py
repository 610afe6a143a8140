"""Scripts, settings and the unit under `deploy/`."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


UNITS = ("leadglass", "leadglass-signer", "leadglass-stream")
MOST_EXPOSED = {"leadglass": 1.8, "leadglass-signer": 0.3, "leadglass-stream": 1.7}
"""What `systemd-analyze security` may say; 0 is nothing, 10 everything. These are the figures of systemd 252."""


def service(name: str) -> Any:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "systemd" / f"{name}.service")
    return unit["Service"]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_exposes_no_more_than_it_must(name: str) -> None:
    unit = DEPLOY / "systemd" / f"{name}.service"
    threshold = f"--threshold={MOST_EXPOSED[name] * 10:.0f}"
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", threshold, "--no-pager", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Overall exposure level" in done.stdout, done.stderr
    assert done.returncode == 0, done.stdout[-200:]


def test_gateway_and_signer_are_two_users_that_meet_at_one_door() -> None:
    gateway, signer = map(service, UNITS[:2])
    assert gateway["User"] != signer["User"]
    assert gateway["Group"] == signer["Group"]
    door = gateway["Environment"].partition("LEADGLASS_SIGNER=")[2]
    assert door in signer["ExecStart"]
    assert signer["PrivateNetwork"] == "yes"


def installed(root: Path) -> dict[str, tuple[int, bytes]]:
    subprocess.run(
        [str(DEPLOY / "systemd" / "install"), "--files-only"], check=True, capture_output=True,
        env={**os.environ, "DESTDIR": str(root), "PYTHON": sys.executable},
    )  # fmt: skip
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="installing makes users, which root alone can")
def test_installing_twice_is_installing_once_and_settings_stay(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for name in ("passwd", "group", "shadow", "gshadow"):
        (tmp_path / "etc" / name).write_text("")
    first = installed(tmp_path)
    assert {f"etc/systemd/system/{name}.service" for name in UNITS} < set(first)
    passwd = first["etc/passwd"][1].decode()
    assert [line.split(":")[0] for line in passwd.splitlines()] == ["leadglass", "leadglass-signer"]
    settings = tmp_path / "etc" / "leadglass" / "environment"
    settings.write_text("LEADGLASS_GATEWAY_ID=gateway-7\n")
    again = installed(tmp_path)
    assert again.pop("etc/leadglass/environment")[1] == b"LEADGLASS_GATEWAY_ID=gateway-7\n"
    first.pop("etc/leadglass/environment")
    assert {name: one for name, one in again.items() if not name.endswith("-")} == {
        name: one for name, one in first.items() if not name.endswith("-")
    }
    for program in ("opt/leadglass/bin/leadglass", "opt/leadglass/bin/python", "bin/kill"):
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program).touch(0o755)
    names = [f"{name}.service" for name in UNITS]
    read = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", f"--root={tmp_path}", *names],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    mistakes = [line for line in read.stderr.splitlines() if "leadglass" in line]
    assert mistakes == []


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
