"""HAProxy with the configuration we ship, and who a gateway takes for a balancer."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.gateways import GatewayProcess
from tests.support.upstream import RecordingUpstream
from tests.topology.cluster import HAPROXY, PATIENCE, SHIPPED

HOST = "api.openai.com"
SAYS_10_9_9_9 = (
    b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes((10, 9, 9, 9, 127, 0, 0, 1)) + b"\x10\x00\x10\x01"
)


def test_the_shipped_configuration_is_valid() -> None:
    subprocess.run([HAPROXY, "-c", "-f", str(SHIPPED)], check=True, capture_output=True)


def test_only_a_balancer_says_who_the_client_is_and_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADGLASS_BALANCERS", "127.0.0.1/32")
    connect = f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()
    outside = SAYS_10_9_9_9.replace(bytes((10, 9, 9, 9)), bytes((8, 8, 8, 8)))
    with (
        RecordingUpstream(tmp_path, HOST) as upstream,
        GatewayProcess(tmp_path / "state", upstream) as gateway,
    ):
        name, _, port = gateway.proxy.rpartition(":")

        def answer(source: str, said: bytes) -> bytes:
            with socket.create_connection((name, int(port)), PATIENCE, (source, 0)) as line:
                line.sendall(said)
                try:
                    return line.recv(4096)
                except ConnectionError:
                    return b""

        assert answer("127.0.0.1", SAYS_10_9_9_9 + connect).startswith(b"HTTP/1.1 200 ")
        assert answer("127.0.0.1", outside + connect) == b""  # no client of ours
        assert answer("127.0.0.1", connect) == b""
        assert answer("127.0.0.1", SAYS_10_9_9_9[:13] + b"\xff" + SAYS_10_9_9_9[14:] + connect) == b""
        assert answer("127.0.0.6", connect).startswith(b"HTTP/1.1 200 ")
        assert b" 200 " not in answer("127.0.0.6", SAYS_10_9_9_9 + connect)
