"""A message on an open socket is an upload like any other."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from tests.support.gateways import GatewayThread
from tests.support.scans import ct_png, dicom, landscape

HOST = "api.openai.com"
URL = f"wss://{HOST}/v1/realtime?model=m"


class SocketUpstream:
    """A WebSocket server that records messages and answers each."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST).configure_cert(context)
        self.messages: list[str | bytes] = []
        self._server = serve(self._talk, "127.0.0.1", 0, ssl=context, max_size=1 << 25)
        self.port = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _talk(self, connection: ServerConnection) -> None:
        for message in connection:
            self.messages.append(message)
            connection.send("heard")

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(10)


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[SocketUpstream]:
    running = SocketUpstream(tmp_path)
    yield running
    running.close()


@pytest.fixture
def gateway(tmp_path: Path, upstream: SocketUpstream) -> Iterator[GatewayThread]:
    with GatewayThread(tmp_path / "state", upstream) as running:  # type: ignore[arg-type]  # same port and ca
        yield running


def item(picture: bytes) -> str:
    url = "data:image/png;base64," + base64.b64encode(picture).decode()
    return json.dumps(
        {"type": "conversation.item.create", "item": {"content": [{"type": "input_image", "image_url": url}]}}
    )


@pytest.mark.parametrize("message", [item(dicom()), item(ct_png()), dicom()], ids=["dicom", "png", "binary"])
def test_a_scan_in_a_message_is_dropped_and_the_sender_told(
    gateway: GatewayThread, upstream: SocketUpstream, message: str | bytes
) -> None:
    context = ssl.create_default_context(cafile=str(gateway.settings.state / "ca.pem"))
    with connect(URL, ssl=context, proxy=f"http://{gateway.proxy}", max_size=1 << 25) as socket:
        socket.send('{"type": "session.update"}')
        assert socket.recv(20) == "heard"
        socket.send(message)
        try:
            answer = json.loads(socket.recv(30))
            assert answer["type"] == "error"
        except ConnectionClosed:
            pass  # closing is an answer too, where the protocol has no error message
    assert upstream.messages == ['{"type": "session.update"}']


def test_ordinary_messages_arrive_unchanged(gateway: GatewayThread, upstream: SocketUpstream) -> None:
    context = ssl.create_default_context(cafile=str(gateway.settings.state / "ca.pem"))
    messages = ['{"type": "response.create"}', item(landscape())]
    with connect(URL, ssl=context, proxy=f"http://{gateway.proxy}", max_size=1 << 25) as socket:
        for message in messages:
            socket.send(message)
            assert socket.recv(30) == "heard"
    assert upstream.messages == messages
