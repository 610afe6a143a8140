"""One client that opens requests to drop them again does not keep the others waiting."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import h2.config
import h2.connection
import h2.events

from gateway.audit.opening import open_readers
from gateway.audit.query import Filter, newest
from tests.support import http2
from tests.support.gateways import GatewayThread
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
HEADERS = [(":method", "POST"), (":scheme", "https"), (":authority", HOST), (":path", "/v1/files")]


@contextlib.contextmanager
def inside(gateway: GatewayThread) -> Iterator[ssl.SSLSocket]:
    """HTTP/2 to an inspected destination, as a client of the gateway has it."""
    address, _, port = gateway.proxy.rpartition(":")
    with socket.create_connection((address, int(port)), 60) as plain:
        plain.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
        assert b" 200 " in plain.recv(4096)
        context = ssl.create_default_context(cafile=str(gateway.settings.state / "ca.pem"))
        context.set_alpn_protocols(["h2"])
        with context.wrap_socket(plain, server_hostname=HOST) as tls:
            yield tls


def dropped(count: int) -> bytes:
    """So many requests, each reset at once."""
    machine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    machine.initiate_connection()
    for number in range(count):
        machine.send_headers(2 * number + 1, HEADERS)
        machine.reset_stream(2 * number + 1)
    return machine.data_to_send()


def test_requests_that_are_dropped_at_once_end_the_connection_and_hold_nobody_up(tmp_path: Path) -> None:
    with (
        RecordingUpstream(tmp_path, HOST) as upstream,
        GatewayThread(tmp_path / "state", upstream) as gateway,
        inside(gateway) as tls,
    ):
        with contextlib.suppress(OSError):
            tls.sendall(dropped(20_000))
        with contextlib.suppress(OSError):
            while tls.recv(1 << 16):
                pass
        ca = str(gateway.settings.state / "ca.pem")
        assert http2.post(gateway.proxy, ca, HOST, "/v1/chat/completions", b'{"messages": []}')[0] == 200
        assert gateway.call(lambda: gateway.gateway.in_flight.total) == 0
    assert len(upstream.requests) == 1
    with open_readers(tmp_path / "state") as readers:
        told = [
            record.entry.detail or record.entry.reason_code for record in newest(readers, Filter(events=True))
        ]
    assert "over-limit" in told


def test_a_hundred_at_once_are_nothing_special(tmp_path: Path) -> None:
    with (
        RecordingUpstream(tmp_path, HOST) as upstream,
        GatewayThread(tmp_path / "state", upstream) as gateway,
        inside(gateway) as tls,
    ):
        machine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        machine.initiate_connection()
        for number in range(100):
            machine.send_headers(
                2 * number + 1,
                [*HEADERS, ("content-type", "text/plain"), ("content-length", "0")],
                end_stream=True,
            )
        tls.sendall(machine.data_to_send())
        answered = 0
        while answered < 100:
            data = tls.recv(1 << 16)
            assert data, answered
            answered += sum(isinstance(event, h2.events.StreamEnded) for event in machine.receive_data(data))
            tls.sendall(machine.data_to_send())
    assert len(upstream.requests) == 100
