"""A message on an open socket is an upload like any other."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.gateways import GatewayThread
from tests.support.scans import ct_png, dicom, landscape
from tests.support.sockets import Socket, SocketUpstream

HOST = "api.openai.com"
URL = f"wss://{HOST}/v1/realtime?model=m"


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[SocketUpstream]:
    running = SocketUpstream(tmp_path, HOST)
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
    with Socket(URL, f"http://{gateway.proxy}", gateway.settings.state / "ca.pem") as socket:
        socket.send('{"type": "session.update"}')
        assert socket.recv() == "heard"
        socket.send(message)
        try:
            answer = json.loads(socket.recv())
            assert answer["type"] == "error"
        except ConnectionClosed:
            pass  # closing is an answer too, where the protocol has no error message
    assert upstream.messages == ['{"type": "session.update"}']


def test_ordinary_messages_arrive_unchanged(gateway: GatewayThread, upstream: SocketUpstream) -> None:
    messages = ['{"type": "response.create"}', item(landscape())]
    with Socket(URL, f"http://{gateway.proxy}", gateway.settings.state / "ca.pem") as socket:
        for message in messages:
            socket.send(message)
            assert socket.recv() == "heard"
    assert upstream.messages == messages
