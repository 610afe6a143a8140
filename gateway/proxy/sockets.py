"""WebSockets on which nothing but examined messages can carry words from the client.

Pings, pongs and the reason of a close are relayed by mitmproxy as they come, up to 125 bytes each and as many as one
likes (RFC 6455, section 5.5), with no hook to examine them. Here they cross the gateway empty: a pong is given back
the payload of the ping it answers, so that both sides still see each other alive.
"""

from collections.abc import Iterator
from typing import Any, override

import wsproto.events
from mitmproxy import http
from mitmproxy.connection import Connection
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.websocket import WebsocketConnection, WebsocketLayer
from wsproto.frame_protocol import CloseReason


class QuietConnection(WebsocketConnection):
    """One side of a socket: control frames lose their payload, messages are held only up to a limit."""

    def __init__(self, known: WebsocketConnection, conn: Connection, limit: int) -> None:
        # mitmproxy negotiates the extensions; its connection is taken over before a byte has passed.
        self.__dict__.update(known.__dict__)
        self.conn = conn
        self.limit = limit
        self.peer = self
        self.last_ping = b""
        self._size = 0

    @override
    def events(self) -> Iterator[Any]:
        for event in super().events():
            match event:
                case wsproto.events.Ping():
                    self.last_ping = bytes(event.payload)
                    yield wsproto.events.Ping(b"")
                case wsproto.events.Pong():
                    yield wsproto.events.Pong(self.peer.last_ping)
                case wsproto.events.CloseConnection():
                    yield wsproto.events.CloseConnection(event.code)
                case wsproto.events.Message():
                    self._size += len(event.data)
                    if self._size > self.limit:
                        yield wsproto.events.CloseConnection(CloseReason.MESSAGE_TOO_BIG)
                        return
                    if event.message_finished:
                        self._size = 0
                    yield event
                case _:
                    yield event


class QuietSocket(WebsocketLayer):
    """mitmproxy's relay between two quiet connections."""

    def __init__(self, context: Context, flow: http.HTTPFlow, limit: int) -> None:
        super().__init__(context, flow)
        self.limit = limit
        self._waiting = 0

    @override
    def handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if self._paused is None:
            self._waiting = 0
        elif isinstance(event, events.DataReceived):
            # What arrives while a message is examined waits in memory, so it is bounded like a message.
            self._waiting += len(event.data)
            if self._waiting > self.limit:
                yield commands.CloseConnection(event.connection)
                return
        yield from super().handle_event(event)

    @override
    def start(self, event: events.Event) -> layer.CommandGenerator[None]:
        yield from super().start(event)
        client = QuietConnection(self.client_ws, self.context.client, self.limit)
        server = QuietConnection(self.server_ws, self.context.server, self.limit)
        client.peer, server.peer = server, client
        self.client_ws, self.server_ws = client, server

    _handle_event = start
