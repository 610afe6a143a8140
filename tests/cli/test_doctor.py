"""`leadglass doctor` with a gateway in the path, without one, and without anything."""

import io
from pathlib import Path

import pydicom
import pytest
from click.testing import CliRunner, Result

from gateway.cli.doctor import canaries, canary, doctor
from tests.support.gateways import GatewayProcess
from tests.support.upstream import RecordingUpstream


def run(*arguments: str) -> Result:
    return CliRunner().invoke(doctor, arguments, catch_exceptions=False)


def test_the_canary_is_dicom_without_a_patient() -> None:
    read = pydicom.dcmread(io.BytesIO(canary()))
    assert (read.PatientName, read.Modality) == ("LEADGLASS^CANARY", "OT")


def test_every_canary_is_stopped_by_the_gateway(tmp_path: Path) -> None:
    with (
        RecordingUpstream(tmp_path, "api.openai.com") as upstream,
        GatewayProcess(tmp_path / "state", upstream) as gateway,
    ):
        result = run("--proxy", f"http://{gateway.proxy}", "--ca", gateway.ca)
        assert result.exit_code == 0, result.output
        assert result.stdout.count("refused by the gateway, record ") == len(canaries())
        assert upstream.requests == []


def test_without_a_gateway_in_the_path_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with RecordingUpstream(tmp_path, "localhost") as upstream:
        result = run("--ca", str(upstream.ca), "--to", f"https://localhost:{upstream.port}/v1/files")
    assert result.exit_code == 1
    assert "LEAKED" in result.stdout
    assert "reach the service unexamined" in result.stderr


def test_what_cannot_be_measured_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    result = run("--to", "https://127.0.0.1:1/v1/files")
    assert result.exit_code == 2
    assert "not measured" in result.stdout
