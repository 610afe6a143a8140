"""Answers stream through: only requests are held."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.support.gateways import GatewayThread

HOST = "api.openai.com"
BODY = b'{"stream": true}'


class SlowUpstream:
    """Sends the head and a first token, and the rest only when the test has seen the first."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST).configure_cert(self._context)
        self.seen = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with self._context.wrap_socket(connection, server_side=True) as tls:
            request = b""
            while not request.endswith(BODY):  # unread bytes at the close would reset the connection
                request += tls.recv(65536)
            tls.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
                b'Alt-Svc: h3=":443"\r\n\r\n7\r\ntoken-1\r\n'
            )
            if self.seen.wait(20):
                tls.sendall(b"7\r\ntoken-2\r\n0\r\n\r\n")

    def close(self) -> None:
        self.seen.set()
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[SlowUpstream]:
    running = SlowUpstream(tmp_path)
    yield running
    running.close()


def test_the_first_token_arrives_before_the_last_is_sent(upstream: SlowUpstream, tmp_path: Path) -> None:
    with (
        GatewayThread(tmp_path / "state", upstream) as gateway,  # type: ignore[arg-type]  # same port and ca
        gateway.client() as client,
        client.stream("POST", f"https://{HOST}/v1/chat/completions", content=BODY) as answer,
    ):
        tokens = answer.iter_raw()
        assert next(tokens) == b"token-1"
        upstream.seen.set()
        assert b"".join(tokens) == b"token-2"
        assert "alt-svc" not in answer.headers
