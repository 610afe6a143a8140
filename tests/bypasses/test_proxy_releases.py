"""A release is one explicit word about one request under the rules of the moment."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import flow as mitm_flow
from mitmproxy import http

from gateway.model import Forward
from tests.support.gateways import GatewayThread
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), HOST) as running:
        yield running


@pytest.fixture
def gateway(tmp_path: Path, upstream: RecordingUpstream) -> Iterator[GatewayThread]:
    upstream.clear()
    with GatewayThread(tmp_path / "state", upstream) as running:
        yield running


@contextlib.contextmanager
def inside(gateway: GatewayThread) -> Iterator[ssl.SSLSocket]:
    address, _, port = gateway.proxy.rpartition(":")
    with socket.create_connection((address, int(port)), 10) as plain:
        plain.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
        assert b" 200 " in plain.recv(4096)
        context = ssl.create_default_context(cafile=str(gateway.settings.state / "ca.pem"))
        with context.wrap_socket(plain, server_hostname=HOST) as tls:
            yield tls


@pytest.mark.parametrize("message", ["something else", "", mitm_flow.Error.KILLED_MESSAGE])
def test_an_error_on_a_flow_is_not_a_release(
    gateway: GatewayThread, upstream: RecordingUpstream, message: str
) -> None:
    class Marker:
        name = "marker"

        def request(self, flow: http.HTTPFlow) -> None:
            flow.error = mitm_flow.Error(message)

    gateway.call(lambda: gateway.gateway.master.addons.chain.insert(0, Marker()))
    with inside(gateway) as tls, contextlib.suppress(OSError):
        tls.sendall(b"POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 6\r\n\r\ncanary")
        assert b" 200 " not in tls.recv(4096)
    assert upstream.received == b""


@pytest.mark.parametrize(("digests", "decisions"), [((), 1), (("0" * 64,), 2)], ids=["same", "new"])
def test_new_rules_are_asked_about_an_open_connection(
    gateway: GatewayThread, monkeypatch: pytest.MonkeyPatch, digests: tuple[str, ...], decisions: int
) -> None:
    keeper = gateway.gateway.gatekeeper
    ruled: list[Any] = []
    original = type(keeper).handle

    async def counted(self: Any, transfer: Any) -> Any:
        ruling = await original(self, transfer)
        assert isinstance(ruling.outcome, Forward)
        ruled.append(ruling)
        return ruling

    monkeypatch.setattr(type(keeper), "handle", counted)
    with gateway.client() as client:
        assert client.get(f"https://{HOST}/v1/models").status_code == 200
        for digest in digests:
            keeper.rules = replace(keeper.rules, digest=digest)
        assert client.get(f"https://{HOST}/v1/models").status_code == 200
    assert len(ruled) == decisions


@pytest.mark.parametrize("first", [b"", b"GET /v1/models HTTP/1.1\r\nHost: api.openai.com\r\n\r\n"])
def test_a_head_without_an_end_is_not_held(gateway: GatewayThread, first: bytes) -> None:
    with inside(gateway) as tls:
        tls.sendall(first + b"GET /v1/models HTTP/1.1\r\nHost: api.openai.com\r\nX: ")
        with pytest.raises(OSError):  # noqa: PT011 - reset or closed, as the moment has it
            tls.sendall(b"a" * (32 * 1024 * 1024))
    with gateway.client() as client:
        assert client.get(f"https://{HOST}/v1/models").status_code == 200


def test_two_requests_at_once_are_answered_in_order(gateway: GatewayThread) -> None:
    one = b"GET /v1/models HTTP/1.1\r\nHost: api.openai.com\r\n\r\n"
    with inside(gateway) as tls:
        tls.sendall(one + one)
        answers = b""
        while answers.count(b'"ok"') < 2:
            answers += (piece := tls.recv(4096))
            assert piece
    assert answers.count(b"HTTP/1.1 200") == 2
