"""Reverse mode: the gateway stands before one API and examines what clients send to it as if it were that API."""

import ssl
from pathlib import Path

import httpx
import pytest

from tests.support.gateways import GatewayProcess
from tests.support.scans import dicom
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_scans_are_stopped_and_chat_goes_through(tmp_path: Path, scheme: str) -> None:
    with (
        RecordingUpstream(tmp_path, HOST) as upstream,
        GatewayProcess(
            tmp_path / "state", upstream, "--reverse", f"https://{HOST}", "--name", "localhost"
        ) as gateway,
        httpx.Client(verify=ssl.create_default_context(cafile=gateway.ca), timeout=30) as client,
    ):
        base = f"{scheme}://localhost:{gateway.proxy.rpartition(':')[2]}"
        refused = client.post(f"{base}/v1/files", content=dicom())
        assert refused.status_code == 403
        assert upstream.received == b""
        assert client.post(f"{base}/v1/chat/completions", json={"model": "m"}).status_code == 200
        (head,) = upstream.headers
        assert (b"host", HOST.encode()) in [(name.lower(), value) for name, value in head]
