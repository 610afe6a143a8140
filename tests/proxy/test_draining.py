"""SIGTERM in the middle of real traffic: what is under way finishes or is cut, and nothing leaves unexamined."""

import json
import os
import signal
import socket
import ssl
import time
from pathlib import Path

import httpx
import pytest

from tests.support.gateways import GatewayProcess
from tests.support.sockets import Socket, SocketUpstream
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
PATIENCE = 30
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "word " * 2000}]}).encode()


def tunnel(gateway: GatewayProcess, host: str) -> socket.socket:
    name, _, port = gateway.proxy.rpartition(":")
    raw = socket.create_connection((name, int(port)), timeout=PATIENCE)
    raw.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    assert b" 200 " in raw.recv(4096)
    return raw


def half_an_upload(gateway: GatewayProcess) -> ssl.SSLSocket:
    """A request of which the first half of the body has been sent."""
    line = gateway.context().wrap_socket(tunnel(gateway, HOST), server_hostname=HOST)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    line.sendall(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY[: len(BODY) // 2])
    return line


def not_ready(gateway: GatewayProcess) -> str:
    end = time.monotonic() + PATIENCE
    while (answer := httpx.get(f"http://{gateway.watch}/readyz")).status_code != 503:
        assert time.monotonic() < end
    return answer.text


def is_closed(line: socket.socket) -> bool:
    """Whether the other side has ended the connection; it is given up here as well."""
    try:
        with line:
            while line.recv(4096):
                pass
    except TimeoutError:
        return False
    except (ConnectionError, ssl.SSLError):
        pass
    return True


@pytest.fixture
def upstream(tmp_path: Path) -> RecordingUpstream:
    return RecordingUpstream(tmp_path, HOST, "elsewhere.example")


def test_a_slow_upload_finishes_while_nobody_new_is_let_in(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    with upstream, GatewayProcess(tmp_path / "state", upstream, "--watch", "127.0.0.1:0") as gateway:
        line, idle = half_an_upload(gateway), tunnel(gateway, HOST)
        with gateway.client() as kept:
            assert kept.post(f"https://{HOST}/v1/chat/completions", json={}).status_code == 200
            os.kill(gateway.process.pid, signal.SIGTERM)
            assert "stopped" in not_ready(gateway)
            with pytest.raises(httpx.TransportError):
                kept.post(f"https://{HOST}/v1/chat/completions", json={})
        line.sendall(BODY[len(BODY) // 2 :])
        assert line.recv(4096).startswith(b"HTTP/1.1 200 ")
        idle.close()
        assert is_closed(line)
        assert gateway.process.wait(PATIENCE) == 0
        assert [body for _, _, body in upstream.requests] == [b"{}", BODY]
        decisions = [e for e in gateway.entries() if e["type"] == "decision"]
        assert [e["action"] for e in decisions] == ["log", "log"]


@pytest.mark.parametrize("hurried", [False, True], ids=["time-out", "second-signal"])
def test_what_does_not_end_is_cut(
    tmp_path: Path, upstream: RecordingUpstream, monkeypatch: pytest.MonkeyPatch, *, hurried: bool
) -> None:
    monkeypatch.setenv("LEADGLASS_DRAIN_SECONDS", "3000" if hurried else "1")
    with upstream, GatewayProcess(tmp_path / "state", upstream, "--watch", "127.0.0.1:0") as gateway:
        line = half_an_upload(gateway)
        passed = ssl.create_default_context(cafile=str(upstream.ca)).wrap_socket(
            tunnel(gateway, "elsewhere.example"), server_hostname="elsewhere.example"
        )
        os.kill(gateway.process.pid, signal.SIGTERM)
        if hurried:
            not_ready(gateway)
            os.kill(gateway.process.pid, signal.SIGTERM)
        assert is_closed(line)
        assert is_closed(passed)
        assert gateway.process.wait(PATIENCE) == 0
        assert not upstream.requests
        assert [e["action"] for e in gateway.entries() if e["type"] == "decision"] == ["block"]


def test_an_open_socket_is_closed_in_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGLASS_DRAIN_SECONDS", "1")
    upstream = SocketUpstream(tmp_path, HOST)
    try:
        with (
            GatewayProcess(tmp_path / "state", upstream) as gateway,  # type: ignore[arg-type]  # has port and authority, which is all
            Socket(f"wss://{HOST}/v1/realtime", f"http://{gateway.proxy}", gateway.ca) as talk,
        ):
            talk.send('{"type": "response.create"}')
            assert talk.recv() == "heard"
            os.kill(gateway.process.pid, signal.SIGTERM)
            assert gateway.process.wait(PATIENCE) == 0
            assert upstream.messages == ['{"type": "response.create"}']
    finally:
        upstream.close()
