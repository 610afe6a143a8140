"""Which addresses the gateway may connect to, decided on the resolved address and used as decided.

A proxy that connects wherever it is told is an open door into the hospital. Names are resolved here, forbidden
addresses are dropped, and the connection goes to the address that was checked, so that a name cannot resolve to
something else a moment later (DNS rebinding).
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, override

import uvloop

from gateway.proxy.parent import Parent

type HostPort = tuple[str, int]

WEB_PORTS = frozenset({80, 443})
OF_TLS = frozenset({"ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"})
RESOLVE_SECONDS = 2.0
"""How long the house's own name service may take where a parent proxy resolves the names."""
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291, section 2.4, as IANA allocates it
TRANSLATED = tuple(map(ipaddress.IPv6Network, ("2001::/32", "2002::/16")))
"""Teredo (RFC 4380) and 6to4 (RFC 3056): IPv4 in another dress, which nobody needs to reach a web service."""
RELAY = ipaddress.IPv4Network("192.88.99.0/24")  # 6to4 relays, withdrawn by RFC 7526
CLOUD_HOST = ipaddress.IPv4Address("168.63.129.16")
"""Azure's host, seen from its machines alone: it hands out secrets at an address that looks like any other."""

NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class ForbiddenAddressError(OSError):
    """The destination lies where the gateway does not go: loopback, private networks, odd ports."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """The administrator's word on connections: what is global and elsewhere, on web ports, and what `connect_to` names."""

    connect_to: Mapping[HostPort, HostPort] = field(default_factory=dict)  # host `*` takes every host
    ports: frozenset[int] = WEB_PORTS
    parent: Parent | None = None  # the way to everything that `connect_to` does not name

    def redirected(self, host: str, port: int) -> HostPort | None:
        """Where the administrator sends connections meant for `host:port`, or None."""
        return self.connect_to.get((host.lower().rstrip("."), port)) or self.connect_to.get(("*", port))

    def forbids(self, address: str, port: int) -> bool:
        """Whether a resolved address is out of bounds: not globally routable, this machine itself, any port not for the web."""
        if port not in self.ports:
            return True
        found = ipaddress.ip_address(address.split("%", 1)[0])
        if isinstance(found, ipaddress.IPv6Address):
            if found.ipv4_mapped is None and found not in GLOBAL_UNICAST:
                return True  # site-local, NAT64 and other ranges that Python calls global
            if any(found in network for network in TRANSLATED):
                return True
            found = found.ipv4_mapped or found
        if not found.is_global or found.is_multicast or found == CLOUD_HOST or found in RELAY:
            return True
        return is_own(str(found))


def is_own(address: str) -> bool:
    """Whether a numeric address is one of this machine's: whatever listens there answers to this machine alone.

    The kernel is asked from where it would reach the address; its own addresses it reaches from themselves. Nothing
    is sent. Where the kernel knows no way there it is nobody's; where it cannot be asked, it counts as one's own.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return bool(probe.getsockname()[0] == address)
    except OSError as error:
        return error.errno not in NO_WAY


async def connect(
    loop: asyncio.AbstractEventLoop,
    upstream: Upstream | None,
    plain: Callable[..., Awaitable[Any]],
    protocol_factory: Callable[[], Any],
    host: Any = None,
    port: Any = None,
    **kwargs: Any,
) -> Any:
    """What `plain`, the loop's own `create_connection`, does, but only to addresses that were resolved and allowed here.

    Raises ForbiddenAddressError where every address of the name is out of bounds.
    """
    if host is None or port is None or upstream is None:
        return await plain(protocol_factory, host, port, **kwargs)
    if upstream.parent is not None and upstream.redirected(str(host), int(port)) is None:
        line = await _through(loop, upstream, upstream.parent, str(host), int(port))
        kept = {name: value for name, value in kwargs.items() if name in OF_TLS}
        try:
            return await plain(protocol_factory, sock=line, **kept)
        except BaseException:
            line.close()
            raise
    failure: OSError = ForbiddenAddressError("this address is not one the gateway connects to")
    for address, real_port in await _addresses(loop, upstream, str(host), int(port)):
        try:
            return await plain(protocol_factory, address, real_port, **kwargs)
        except OSError as error:
            failure = error
    raise failure


async def _through(
    loop: asyncio.AbstractEventLoop, upstream: Upstream, parent: Parent, host: str, port: int
) -> socket.socket:
    """A connection through the parent, unless what is known here about the name says that it leads inside."""
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        infos = []  # names of the internet are often unknown inside; the parent knows them
    if port not in upstream.ports or any(upstream.forbids(str(info[4][0]), port) for info in infos):
        raise ForbiddenAddressError("this address is not one the gateway connects to")
    return await parent.reach(loop, host, port)


async def _addresses(
    loop: asyncio.AbstractEventLoop, upstream: Upstream, host: str, port: int
) -> list[HostPort]:
    target = upstream.redirected(host, port)
    name, real_port = target or (host, port)
    infos = await loop.getaddrinfo(name, real_port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
    if target is None:
        addresses = [a for a in addresses if not upstream.forbids(a, real_port)]
    return [(address, real_port) for address in addresses]


class GuardedLoop(uvloop.Loop):
    """An event loop whose outgoing TCP connections obey an `Upstream`.

    It is libuv's, which takes an eighth off the processor time of a chat request.
    """

    upstream: Upstream | None = None

    @override
    async def create_connection(
        self, protocol_factory: Callable[[], Any], host: Any = None, port: Any = None, **kwargs: Any
    ) -> Any:
        """See `connect`."""
        return await connect(
            self, self.upstream, super().create_connection, protocol_factory, host, port, **kwargs
        )

    @override
    def create_task(self, coro: Any, **named: Any) -> Any:
        """As asyncio's. uvloop's own hands task factories an argument that only those of Python 3.14 know."""
        factory = self.get_task_factory()
        return factory(self, coro, **named) if factory else super().create_task(coro, **named)


def parse_connect_to(specification: str) -> tuple[HostPort, HostPort]:
    """`HOST:PORT=ADDR:PORT` as two pairs; HOST may be `*`, an IPv6 address stands in brackets. ValueError otherwise."""
    left, equals, right = specification.partition("=")
    if not equals:
        raise ValueError
    return _host_port(left), _host_port(right)


def _host_port(text: str) -> HostPort:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not 0 < int(port) < 65536:
        raise ValueError
    return host.strip("[]").lower().rstrip("."), int(port)
