"""The proxy is no way into the network it stands in: whatever the spelling, nothing forbidden is even tried."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.proxy import upstream as module
from gateway.proxy.upstream import GuardedLoop, Upstream
from tests.support.gateways import GatewayProcess, GatewayThread
from tests.support.upstream import RecordingUpstream

GLOBAL = "93.184.215.14"

NAMES = {
    "loopback.example": ("127.0.0.1",),
    "loopback6.example": ("::1",),
    "intranet.example": ("10.1.2.3",),
    "printer.example": ("192.168.0.9",),
    "archive.example": ("172.20.4.4",),
    "metadata.example": ("169.254.169.254",),
    "carrier.example": ("100.64.3.3",),
    "local6.example": ("fd00:ec2::254",),
    "mapped.example": ("::ffff:192.168.1.1",),
    "many.example": ("127.0.0.1", "10.0.0.1", "::1", "169.254.169.254"),
}
"""What the names of this test resolve to; every other name is a spelling of an address, read by the C library."""

FORBIDDEN = (
    # this machine
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.8.9.10", "localhost", "LOCALHOST", "0.0.0.0", "0",
    "2130706433", "0x7f000001", "0x7f.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "017700000001", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    # the networks behind it
    "10.0.0.1", "10.255.255.254", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.254", "167772161", "0x0a000001",
    "012.0.0.1", "3232235777", "100.64.0.1", "100.127.255.254", "198.18.0.1", "[fc00::1]", "[fd12:3456:789a::1]",
    "[fe80::1]", "[fec0::1]", "[::ffff:10.0.0.1]", "[::ffff:192.168.1.1]",
    # clouds' own services
    "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.170.2", "100.100.100.200", "192.0.0.192",
    "168.63.129.16", "[fd00:ec2::254]", "[fd20:ce::254]", "[::ffff:169.254.169.254]", "[::ffff:168.63.129.16]", "[64:ff9b::a9fe:a9fe]",
    # IPv4 inside IPv6
    "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:5db8:d70e::1]",
    "[2001:0:7f00:1::80ff:fffe]", "[2001:0:5db8:d70e::]",
    # nobody, everybody, nowhere
    "224.0.0.1", "239.255.255.250", "[ff02::1]", "[ff0e::1]", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.51.100.1",
    "203.0.113.1", "192.88.99.1", "[100::1]", "[2001:db8::1]",
    *NAMES,
)  # fmt: skip

PORTS = (20, 21, 22, 23, 25, 53, 88, 110, 111, 135, 139, 143, 389, 445, 465, 587, 636, 853, 993, 1433, 1521, 2375,
         3128, 3306, 3389, 5432, 5985, 6379, 6443, 8080, 8081, 8443, 9200, 10250, 11112, 11211, 27017)  # fmt: skip


class Spy:
    """Writes down every connection that the gateway's loop begins, and answers for the names of this test."""

    def __init__(self, loop: Any, patch: pytest.MonkeyPatch) -> None:
        self.tried: list[tuple[str, int]] = []
        self.asked: list[str] = []
        self.answers: dict[str, list[tuple[str, ...]]] = {}
        self._connect, self._resolve = module.connect, loop.getaddrinfo
        patch.setattr(module, "connect", self.connect)
        loop.getaddrinfo = self.resolve

    async def connect(self, loop: Any, upstream: Any, plain: Any, *where: Any, **more: Any) -> Any:
        async def watched(factory: Any, address: str, port: int, **given: Any) -> Any:
            self.tried.append((address, port))
            if address == GLOBAL:
                raise ConnectionRefusedError  # tests stay on this machine
            return await plain(factory, address, port, **given)

        return await self._connect(loop, upstream, watched, *where, **more)

    async def resolve(self, host: str, port: Any, **more: Any) -> Any:
        self.asked.append(host)
        queued = self.answers.get(host)
        known = queued.pop(0) if queued else NAMES.get(host)
        if known is None:
            more["flags"] = 0 if host.lower().rstrip(".") == "localhost" else socket.AI_NUMERICHOST
            return await self._resolve(host, port, **more)
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in known
        ]


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordingUpstream]:
    with RecordingUpstream(tmp_path_factory.mktemp("upstream"), "localhost") as running:
        yield running


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """What the attacker is after: a server that every spelling of this machine would reach."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        server.settimeout(0)
        yield server


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, upstream: RecordingUpstream, listener: socket.socket
) -> Iterator[tuple[GatewayThread, Spy]]:
    gateway = GatewayThread(tmp_path_factory.mktemp("gateway") / "state", upstream)
    ports = frozenset({80, 443, listener.getsockname()[1]})
    cast("GuardedLoop", gateway.loop).upstream = Upstream({}, ports)
    with pytest.MonkeyPatch.context() as patch:
        spy = Spy(gateway.loop, patch)
        with gateway:
            yield gateway, spy


@pytest.fixture
def door(running: tuple[GatewayThread, Spy]) -> tuple[GatewayThread, Spy]:
    running[1].tried.clear()
    running[1].asked.clear()
    return running


def exchange(gateway: GatewayThread, *messages: bytes) -> bytes:
    """Everything the proxy says, each message sent after an answer to the one before."""
    address, _, port = gateway.proxy.rpartition(":")
    said = b""
    with socket.create_connection((address, int(port)), 30) as line, contextlib.suppress(ConnectionError):
        for message in messages:
            line.sendall(message)
            said += line.recv(65536)
        line.shutdown(socket.SHUT_WR)
        while more := line.recv(65536):
            said += more
    return said


def ask(gateway: GatewayThread, target: str) -> bytes:
    return exchange(gateway, f"GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())


def tunnel(gateway: GatewayThread, target: str) -> bytes:
    plain = b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % target.encode()
    return exchange(gateway, f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode(), plain)


def test_the_table_is_as_long_as_it_is_said_to_be() -> None:
    assert len(set(FORBIDDEN)) == len(FORBIDDEN) >= 60


@pytest.mark.parametrize("target", FORBIDDEN)
def test_a_forbidden_target_is_not_even_tried(
    door: tuple[GatewayThread, Spy], listener: socket.socket, target: str
) -> None:
    gateway, spy = door
    port = listener.getsockname()[1]
    for said in (ask(gateway, f"{target}:{port}"), ask(gateway, target), tunnel(gateway, f"{target}:{port}")):
        last = said.rpartition(b"HTTP/1.1 ")[2]
        assert last[:3] in {b"400", b"403", b"502"} or b"Connection established" in last, said
    assert spy.tried == []
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("port", PORTS)
def test_a_forbidden_port_is_not_even_tried(door: tuple[GatewayThread, Spy], port: int) -> None:
    gateway, spy = door
    assert ask(gateway, f"{GLOBAL}:{port}").startswith(b"HTTP/1.1 502")
    assert spy.tried == []


def test_a_permitted_address_is_tried(door: tuple[GatewayThread, Spy]) -> None:
    gateway, spy = door
    assert ask(gateway, GLOBAL).startswith(b"HTTP/1.1 502")  # refused by the test itself, once it was tried
    assert spy.tried == [(GLOBAL, 80)]


def test_a_name_that_changes_its_mind_is_connected_to_as_it_was_checked(
    door: tuple[GatewayThread, Spy],
) -> None:
    gateway, spy = door
    spy.answers["rebind.example"] = [(GLOBAL,), ("127.0.0.1",)]
    ask(gateway, "rebind.example")
    assert spy.asked == ["rebind.example"]
    assert spy.tried == [(GLOBAL, 80)]
    ask(gateway, "rebind.example")
    assert spy.tried == [(GLOBAL, 80)]  # the second answer was loopback


def test_of_many_addresses_only_the_permitted_are_tried(door: tuple[GatewayThread, Spy]) -> None:
    gateway, spy = door
    spy.answers["mixed.example"] = [("127.0.0.1", GLOBAL, "10.0.0.1")]
    ask(gateway, "mixed.example")
    assert spy.tried == [(GLOBAL, 80)]


def test_the_review_port_is_not_reached_through_the_proxy(
    tmp_path: Path, upstream: RecordingUpstream
) -> None:
    with GatewayProcess(tmp_path / "state", upstream) as gateway:
        port = gateway.review.rpartition(":")[2]
        address, _, proxy = gateway.proxy.rpartition(":")
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
            with socket.create_connection((address, int(proxy)), 30) as line:
                line.sendall(f"GET http://{host}:{port}/ HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
                assert line.recv(65536).startswith(b"HTTP/1.1 502")


OWN = """
import sys
from gateway.proxy.upstream import GuardedLoop, Upstream
print([Upstream().forbids(address, 443) for address in ("9.9.9.10", "2620:fe::10", "9.9.9.11", "2620:fe::11")])
"""


def test_a_public_address_of_this_machine_is_forbidden_like_loopback() -> None:
    # A gateway in a network with public addresses would otherwise reach the review desk of its own host.
    here = "ip link set lo up; ip addr add 9.9.9.10/32 dev lo; ip addr add 2620:fe::10/128 dev lo; "
    script = here + 'exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script, sys.executable, OWN],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "[True, True, False, False]"


def test_a_machine_that_is_no_client_gets_no_answer(tmp_path: Path, upstream: RecordingUpstream) -> None:
    with GatewayThread(tmp_path / "state", upstream, clients=(ip_network("10.20.0.0/16"),)) as gateway:
        assert ask(gateway, GLOBAL) == b""
