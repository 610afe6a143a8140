"""The gateway is no open door: forbidden addresses are refused on the resolved address."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from gateway.proxy.upstream import ForbiddenAddressError, GuardedLoop, Upstream, parse_connect_to

FORBIDDEN = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.9.9", "192.168.1.1",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "2002:7f00:1::", "2002:a00:1::", "2001:db8::1", "100::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
]  # fmt: skip
ALLOWED = ["1.1.1.1", "8.8.8.8", "104.18.7.192", "2606:4700::6812:7c0", "2a00:1450:4001:812::200a"]
PORTS = [
    21,
    22,
    23,
    25,
    53,
    110,
    143,
    445,
    853,
    1080,
    3128,
    3306,
    5432,
    6379,
    8080,
    8081,
    8443,
    9200,
    11211,
    27017,
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_addresses_that_are_not_global_are_forbidden(address: str) -> None:
    assert Upstream().forbids(address, 443)


@pytest.mark.parametrize("address", ALLOWED)
def test_global_addresses_on_web_ports_are_allowed(address: str) -> None:
    assert not Upstream().forbids(address, 443)
    assert not Upstream().forbids(address, 80)


@pytest.mark.parametrize("port", PORTS)
def test_ports_that_are_not_the_webs_are_forbidden(port: int) -> None:
    assert Upstream().forbids("1.1.1.1", port)


def test_connect_to_is_the_administrators_word_for_that_host_and_port_alone() -> None:
    upstream = Upstream(dict([parse_connect_to("api.openai.com:443=127.0.0.1:8443")]))
    assert upstream.redirected("API.openai.com.", 443) == ("127.0.0.1", 8443)
    assert upstream.redirected("api.openai.com", 80) is None
    assert upstream.redirected("openai.com", 443) is None


def test_a_star_takes_every_host() -> None:
    upstream = Upstream(dict([parse_connect_to("*:443=[::1]:8443")]))
    assert upstream.redirected("anything.example", 443) == ("::1", 8443)


@pytest.mark.parametrize(
    "text", ["", "a:443", "a:443=", "a=b", "a:0=b:1", "a:443=b:99999", ":443=b:1", "a:x=b:1"]
)
def test_malformed_redirects_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the contract is the type
        parse_connect_to(text)


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def _connect(upstream: Upstream, host: str, port: int) -> None:
    loop = GuardedLoop()
    loop.upstream = upstream

    async def go() -> None:
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
        await writer.wait_closed()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(go())


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "::ffff:127.0.0.1", "0.0.0.0", "2130706433", "0x7f000001"]
)
def test_no_spelling_of_loopback_is_connected_to(listener: int, name: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        _connect(Upstream(ports=frozenset({listener})), name, listener)


def test_a_redirected_name_is_connected_to(listener: int) -> None:
    _connect(Upstream({("private.example", 443): ("127.0.0.1", listener)}), "private.example", 443)
