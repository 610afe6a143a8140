"""`leadglass serve` as an administrator starts, reloads and stops it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.policy.made import LOG, write
from tests.support.gateways import GatewayProcess
from tests.support.upstream import RecordingUpstream

PATIENCE = 30


def events(gateway: GatewayProcess) -> list[str]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "gateway",
            "audit",
            "export",
            "--format",
            "ndjson",
            "--state",
            str(gateway.state),
        ],
        capture_output=True,
        check=True,
    )
    return [entry["event"] for entry in map(json.loads, done.stdout.splitlines()) if entry["type"] == "event"]


def until(gateway: GatewayProcess, event: str) -> None:
    end = time.monotonic() + PATIENCE
    while event not in events(gateway):
        assert time.monotonic() < end, f"no {event}"


def test_ready_reload_and_an_orderly_end(tmp_path: Path) -> None:
    rules = write(tmp_path / "rules", log=LOG)
    with (
        RecordingUpstream(tmp_path, "api.openai.com") as upstream,
        GatewayProcess(tmp_path / "state", upstream, "--rules", str(rules)) as gateway,
    ):
        assert Path(gateway.ca).read_text("ascii").startswith("-----BEGIN CERTIFICATE-----")
        assert httpx.get(f"http://{gateway.review}/healthz").text == "ok\n"
        gateway.process.send_signal(signal.SIGHUP)
        until(gateway, "rules-loaded")
        (rules / "broken.yaml").write_text("do: [nothing")
        gateway.process.send_signal(signal.SIGHUP)
        until(gateway, "reload-failed")
        assert gateway.process.poll() is None
        with gateway.client() as client:
            assert client.post("https://api.openai.com/v1/chat/completions", json={}).status_code == 200
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.process.wait(PATIENCE) == 0
        assert events(gateway)[-1] == "stop"


def refused(state: Path, *arguments: str, **environment: str) -> str:
    """What a gateway that does not start says."""
    done = subprocess.run(
        [
            sys.executable, "-m", "gateway", "serve", "--listen", "127.0.0.1:0", "--review", "127.0.0.1:0",
            "--state", str(state), *arguments,
        ],
        capture_output=True, text=True, env=os.environ | environment, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("leadglass: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("name", ["SSLKEYLOGFILE", "MITMPROXY_SSLKEYLOGFILE"])
def test_no_start_where_secrets_would_be_written_down(tmp_path: Path, name: str) -> None:
    assert name in refused(tmp_path / "state", **{name: str(tmp_path / "keys.log")})
    assert not (tmp_path / "keys.log").exists()


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "nonsense", "127.0.0.1:x"])
def test_no_start_with_review_pages_for_everybody(tmp_path: Path, address: str) -> None:
    assert "review" in refused(tmp_path / "state", "--review", address)


@pytest.mark.parametrize("option", ["--listen", "--review"])
def test_no_start_on_an_occupied_port(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused(tmp_path / "state", option, f"127.0.0.1:{taken.getsockname()[1]}")


@pytest.mark.parametrize("text", ["api.openai.com", "a:443=b", "a:443=b:x", "=:1", "a:443=b:70000"])
def test_no_start_with_a_connect_to_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    assert "--connect-to" in refused(tmp_path / "state", "--connect-to", text)


@pytest.mark.parametrize("text", ["8080", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"])
def test_no_start_with_an_address_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    assert "--listen" in refused(tmp_path / "state", "--listen", text)


def test_no_start_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "file" in refused(tmp_path / "file")
