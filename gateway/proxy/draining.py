"""An orderly end: nobody new is let in, what is under way may finish within a set time, the rest is cut.

Cutting is always safe: a request whose body or examination is not complete was never released, so nothing of it has
left, and whoever sent it sees a connection that ended and sends again.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final

from mitmproxy import http
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.master import Master
from mitmproxy.proxy.mode_servers import ProxyConnectionHandler
from mitmproxy.tls import TlsData

from gateway.proxy.connection import RUNNING, is_behind
from gateway.proxy.master import stop_accepting

LOOK_SECONDS: Final = 0.05
"""How often it is looked whether what was under way has ended."""

CUT_SECONDS: Final = 5.0
"""How long connections that were cut may take to be closed and written down."""


@dataclass(slots=True)
class Traffic:
    """What is under way, seen through mitmproxy's hooks: requests, open sockets, and tunnels that are not inspected."""

    name: ClassVar[str] = "traffic"

    _flows: dict[str, set[str]] = field(default_factory=dict)
    _tunnels: set[str] = field(default_factory=set)

    def is_under_way(self, client: Client) -> bool:
        """Whether a connection carries something that its client would miss."""
        return client.id in self._tunnels or bool(self._flows.get(client.id))

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Hook: a request has begun; whatever it came through is no closed tunnel."""
        self._tunnels.discard(flow.client_conn.id)
        self._flows.setdefault(flow.client_conn.id, set()).add(flow.id)

    def response(self, flow: http.HTTPFlow) -> None:
        """Hook: the answer is complete; a socket only begins with it."""
        if not flow.websocket:
            self._end(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """Hook: the exchange has failed."""
        self._end(flow)

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """Hook: a socket was closed."""
        self._end(flow)

    def http_connected(self, flow: http.HTTPFlow) -> None:
        """Hook: a tunnel is open; as long as it is not opened and read, only its ends know what is in it."""
        self._tunnels.add(flow.client_conn.id)

    def tls_established_client(self, data: TlsData) -> None:
        """Hook: the tunnel is inspected, so its requests are seen."""
        self._tunnels.discard(data.context.client.id)

    def client_disconnected(self, client: Client) -> None:
        """Hook: nothing more comes from there."""
        self._tunnels.discard(client.id)
        self._flows.pop(client.id, None)

    def _end(self, flow: http.HTTPFlow) -> None:
        self._flows.get(flow.client_conn.id, set()).discard(flow.id)


async def drain(master: Master, traffic: Traffic, seconds: float, hurry: asyncio.Event) -> None:
    """Stop accepting, end what is idle, wait for the rest up to `seconds` or until somebody hurries, then cut it."""
    await stop_accepting(master)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not hurry.is_set() and loop.time() < end:
        for handler in _open(master):
            if not traffic.is_under_way(handler.client) and not _is_unread(handler):
                _cut(handler)
        if not any(_open(master)):
            break
        await asyncio.sleep(LOOK_SECONDS)
    for handler in _open(master):
        _cut(handler)
    end = loop.time() + CUT_SECONDS
    while loop.time() < end and (any(_open(master)) or RUNNING):  # noqa: ASYNC110 - connections end in many places; looking is simpler than telling
        await asyncio.sleep(LOOK_SECONDS)


def _open(master: Master) -> Iterator[ProxyConnectionHandler]:
    server = master.addons.get("proxyserver")
    return iter(tuple(server.connections.values()) if isinstance(server, Proxyserver) else ())


def _is_unread(handler: ProxyConnectionHandler) -> bool:
    """Whether the client has not yet taken all of its answer."""
    carried = handler.transports.get(handler.client)
    return carried is not None and is_behind(carried.writer)


def _cut(handler: ProxyConnectionHandler) -> None:
    carried = handler.transports.get(handler.client)
    if (
        carried is not None
        and carried.handler is not None
        and handler.client.state is not ConnectionState.CLOSED
    ):
        handler.close_connection(handler.client)
