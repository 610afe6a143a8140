"""One machine cannot take the memory of the gateway from all others."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.limits import Limits
from tests.support.gateways import GatewayThread
from tests.support.upstream import RecordingUpstream

LIMITS = Limits(body_bytes=100_000, in_flight_bytes=1_000_000, sender_bytes=100_000)
BODY = b"x" * 60_000
HEAD = b"POST http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"
PASSED_ON = b"HTTP/1.1 502"  # held whole, and then not connected: no loopback for a proxy
TOO_MUCH = b"HTTP/1.1 413"


@contextlib.contextmanager
def begun(gateway: GatewayThread, sender: str, length: int) -> Iterator[socket.socket]:
    """An upload from this address, of which so far the first 60,000 bytes were sent."""
    host, _, port = gateway.proxy.rpartition(":")
    with socket.create_connection((host, int(port)), 30, source_address=(sender, 0)) as line:
        line.sendall(HEAD % length + BODY)
        yield line


def until_held(gateway: GatewayThread, size: int) -> None:
    deadline = time.monotonic() + 30
    while gateway.call(lambda: gateway.gateway.in_flight.total) != size:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_address_that_holds_its_share_is_refused_and_another_is_not(tmp_path: Path) -> None:
    with (
        RecordingUpstream(tmp_path, "api.openai.com") as upstream,
        GatewayThread(tmp_path / "state", upstream, limits=LIMITS) as gateway,
    ):
        with begun(gateway, "127.0.0.1", 90_000) as first:
            until_held(gateway, len(BODY))
            with begun(gateway, "127.0.0.1", len(BODY)) as more:
                assert more.recv(4096).startswith(TOO_MUCH)
            with begun(gateway, "127.0.0.2", len(BODY)) as other:
                assert other.recv(4096).startswith(PASSED_ON)
            first.sendall(b"x" * 30_000)
            assert first.recv(4096).startswith(PASSED_ON)  # what was begun is finished
        with begun(gateway, "127.0.0.1", len(BODY)) as again:
            assert again.recv(4096).startswith(PASSED_ON)
        until_held(gateway, 0)
