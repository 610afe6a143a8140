"""On a WebSocket only examined messages carry the client's words."""

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame
from websockets.server import ServerProtocol

from gateway.limits import Limits
from tests.proxy.test_websocket import HOST, URL
from tests.support.gateways import GatewayThread
from tests.support.sockets import Socket, SocketUpstream

LIMIT = 1024 * 1024


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[SocketUpstream]:
    running = SocketUpstream(tmp_path, HOST)
    yield running
    running.close()


@pytest.fixture
def gateway(tmp_path: Path, upstream: SocketUpstream) -> Iterator[GatewayThread]:
    limits = Limits(message_bytes=LIMIT)
    with GatewayThread(tmp_path / "state", upstream, limits=limits) as running:  # type: ignore[arg-type]  # same port and ca
        yield running


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the upstream's side of the socket receives, control frames included."""
    seen: list[bytes] = []
    original = ServerProtocol.recv_frame

    def record(self: ServerProtocol, frame: Frame) -> None:
        seen.append(bytes(frame.data))
        original(self, frame)

    monkeypatch.setattr(ServerProtocol, "recv_frame", record)
    return seen


def opened(gateway: GatewayThread) -> Socket:
    return Socket(URL, f"http://{gateway.proxy}", gateway.settings.state / "ca.pem")


def test_pings_pongs_and_the_reason_of_a_close_carry_nothing(
    gateway: GatewayThread, frames: list[bytes]
) -> None:
    with opened(gateway) as socket:
        socket.ping(b"canary-ping")  # answered with its own payload all the same
        socket.pong(b"canary-pong")
        socket.send('{"type": "session.update"}')
        assert socket.recv() == "heard"
        socket.close(reason="canary-reason")
    assert b'{"type": "session.update"}' in frames
    assert not any(b"canary" in frame for frame in frames)


def test_many_pings_keep_a_socket_alive(gateway: GatewayThread, upstream: SocketUpstream) -> None:
    with opened(gateway) as socket:
        for number in range(5):
            socket.ping(str(number).encode())
        socket.send("still here")
        assert socket.recv() == "heard"
    assert upstream.messages == ["still here"]


def test_a_message_without_an_end_is_not_held_beyond_the_limit(
    gateway: GatewayThread, upstream: SocketUpstream
) -> None:
    def pieces() -> Iterator[str]:
        for _ in range(64):
            yield "a" * (LIMIT // 8)

    with opened(gateway) as socket:
        with contextlib.suppress(ConnectionClosed):
            socket.send(pieces())
        with pytest.raises(ConnectionClosed):
            socket.recv()
    assert upstream.messages == []


def test_messages_up_to_the_limit_go_through(gateway: GatewayThread, upstream: SocketUpstream) -> None:
    message = json.dumps({"type": "session.update", "text": "one word after another " * 2000})
    with opened(gateway) as socket:
        for _ in range(30):  # more than the limit altogether
            socket.send(message)
            assert socket.recv() == "heard"
    assert upstream.messages == [message] * 30


def test_what_arrives_during_an_examination_is_not_held_beyond_the_limit(
    gateway: GatewayThread, upstream: SocketUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = type(gateway.gateway.gatekeeper)
    original = keeper.handle
    go_on = threading.Event()

    async def waiting(self: Any, transfer: Any) -> Any:
        if transfer.direction == "message":
            await asyncio.to_thread(go_on.wait, 60)
        return await original(self, transfer)

    monkeypatch.setattr(keeper, "handle", waiting)
    with opened(gateway) as socket:
        socket.send('{"type": "session.update"}')
        with contextlib.suppress(ConnectionClosed):
            socket.send(os.urandom(LIMIT // 2) for _ in range(64))
        with pytest.raises(ConnectionClosed):
            socket.recv()
        go_on.set()
    assert len(upstream.messages) <= 1
