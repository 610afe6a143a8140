"""Who a request is really for: every name on it must agree.

A server routes on what it reads (`Host`, `:authority`), a tunnel on what it was told (CONNECT), TLS on its SNI.
Where they differ, the milder one would decide and the other one receive.
"""

import socket
from dataclasses import dataclass
from functools import lru_cache

from mitmproxy import http
from mitmproxy.proxy.mode_specs import ReverseMode

DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Identity:
    """All hosts and ports that one request names."""

    hosts: frozenset[str]
    ports: frozenset[int]

    @property
    def agrees(self) -> bool:
        """Whether there is exactly one of each."""
        return len(self.hosts) == 1 and len(self.ports) == 1


def identity_of(flow: http.HTTPFlow, host_headers: tuple[bytes, ...]) -> Identity:
    """Every host and port a request names: connection target, SNI, Host and :authority.

    In reverse mode the SNI names the gateway itself and says nothing about the destination.
    """
    request = flow.request
    default = DEFAULT_PORTS.get(request.scheme, 0)
    hosts, ports = {normal_host(request.host)}, {request.port}
    sni = flow.client_conn.sni
    if sni and request.scheme == "https" and not isinstance(flow.client_conn.proxy_mode, ReverseMode):
        hosts.add(normal_host(sni))
    for value in (*host_headers, request.data.authority):
        if value:
            host, port = split_authority(value)
            hosts.add(host)
            ports.add(default if port is None else port)
    return Identity(frozenset(hosts), frozenset(ports))


@lru_cache(maxsize=1024)
def split_authority(value: bytes) -> tuple[str, int | None]:
    """`host[:port]` as a comparable host and a port."""
    text = value.decode("latin-1")
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.endswith("]")):
        return normal_host(host), int(port)
    return normal_host(text), None


def is_address(host: str) -> bool:
    """Whether a host is an IP address, in any spelling that the system's resolver takes for one (`0x7f.1`)."""
    try:
        socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return True


@lru_cache(maxsize=1024)
def normal_host(host: str) -> str:
    """A host as it is compared: lower case, no trailing dot, IDNA A-labels; unencodable names stay unlike any other."""
    name = host.strip("[]").lower().rstrip(".")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return f"invalid:{name!r}"
