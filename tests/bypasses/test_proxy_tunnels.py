"""A tunnel that is not opened leads to a destination that is named, and carries no plain request."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateways import GatewayThread
from tests.support.upstream import RecordingUpstream

NAMED = "other.example"
ADDRESS = "203.0.113.9"
UPLOAD = b"POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 6\r\n\r\ncanary"


class PlainSink:
    """A server without TLS that records every byte."""

    def __init__(self) -> None:
        self.received = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                self.received += data
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), NAMED) as running:
        yield running


@pytest.fixture
def sink() -> Iterator[PlainSink]:
    running = PlainSink()
    yield running
    running.close()


@pytest.fixture
def gateway(tmp_path: Path, upstream: RecordingUpstream, sink: PlainSink) -> Iterator[GatewayThread]:
    upstream.clear()
    running = GatewayThread(tmp_path / "state", upstream)
    assert running.loop.upstream is not None
    running.loop.upstream.connect_to[("*", 80)] = ("127.0.0.1", sink.port)  # type: ignore[index]
    with running:
        yield running


@contextlib.contextmanager
def tunnel(gateway: GatewayThread, target: str) -> Iterator[socket.socket]:
    address, _, port = gateway.proxy.rpartition(":")
    with socket.create_connection((address, int(port)), 10) as plain:
        plain.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        assert b" 200 " in plain.recv(4096)
        yield plain


def answer(connection: socket.socket) -> bytes:
    with contextlib.suppress(OSError):
        return connection.recv(4096)
    return b""


@pytest.mark.parametrize("before", [b"", b"\r\n", b"\n\n", b" ", b"\t", b"\x00"], ids=repr)
@pytest.mark.parametrize("host", [ADDRESS, NAMED])
def test_blanks_before_a_plain_request_do_not_hide_it(
    gateway: GatewayThread, sink: PlainSink, host: str, before: bytes
) -> None:
    with tunnel(gateway, f"{host}:80") as connection:
        connection.sendall(before + UPLOAD)
        connection.shutdown(socket.SHUT_WR)  # whoever still waits for more of it waits no longer
        assert b" 200 " not in answer(connection)
    assert sink.received == b""


def test_a_plain_request_to_whom_the_tunnel_names_goes_through(
    gateway: GatewayThread, sink: PlainSink
) -> None:
    with tunnel(gateway, f"{NAMED}:80") as connection:
        connection.sendall(UPLOAD.replace(b"api.openai.com", NAMED.encode()))
        assert b" 200 " in answer(connection)
    assert b"canary" in sink.received


@pytest.mark.parametrize("host", [ADDRESS, "3405803785", "0xcb.0.113.9", NAMED])
def test_tls_without_a_name_is_not_tunnelled(
    gateway: GatewayThread, upstream: RecordingUpstream, host: str
) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        tunnel(gateway, f"{host}:443") as connection,
        pytest.raises(OSError),  # noqa: PT011 - reset or closed in the handshake, as the moment has it
    ):
        context.wrap_socket(connection)
    assert upstream.received == b""


def test_tls_to_whom_the_tunnel_names_is_tunnelled(
    gateway: GatewayThread, upstream: RecordingUpstream
) -> None:
    with (
        tunnel(gateway, f"{NAMED}:443") as connection,
        upstream.context().wrap_socket(connection, server_hostname=NAMED) as tls,
    ):
        tls.sendall(UPLOAD.replace(b"api.openai.com", NAMED.encode()))
        assert b" 200 " in answer(tls)
    assert b"canary" in upstream.received
