"""Which protocol comes next on a connection, decided by the CONNECT host alone, and request bodies kept in bounds.

mitmproxy's own choice matches the SNI and the Host header, both of which the sender controls. Here a connection
is tunnelled only when its CONNECT host is no inspected destination *and* the SNI says the same; everything else
is either opened and examined or closed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, override

from mitmproxy import flow as mitm_flow
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import commands, events, layer, layers, tunnel
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.layers.http import HTTPMode, HttpStream, SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestEndOfMessage,
    RequestProtocolError,
    ResponseEndOfMessage,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._hooks import HttpErrorHook
from mitmproxy.proxy.layers.http._http1 import Http1Server
from mitmproxy.proxy.layers.tls import parse_client_hello
from mitmproxy.proxy.mode_specs import ReverseMode

from gateway.limits import MIB
from gateway.proxy.balancing import SIGNATURE
from gateway.proxy.identity import is_address, normal_host
from gateway.proxy.in_flight import InFlight
from gateway.proxy.sockets import QuietSocket

TOO_LARGE = "The upload is larger than the gateway examines."
"""The error of a flow whose body was not held to its end."""

OPENED = 256
"""Requests that one reading of a client may open, of which a hundred may be open at a time: more are opened to be dropped again."""

UNREAD_BYTES = MIB
"""What one HTTP/1 client may send ahead of what is read: a head without an end, or requests behind a pending one."""

BLANKS = bytes(range(33))
"""Servers skip empty lines, and some more, before a request (RFC 9112, section 2.2)."""


class _FloodError(Exception):
    """A client opens requests faster than anybody waits for answers (rapid reset, CVE-2023-44487)."""


class BoundedHttpStream(HttpStream):
    """mitmproxy's stream with request bodies held within limits and response bodies left alone."""

    in_flight: InFlight

    def _sender(self) -> str:
        return str(self.context.client.peername[0])

    @override
    def check_body_size(self, request: bool) -> layer.CommandGenerator[bool]:
        if not request:
            return False
        if self.client_state == self.state_errored:
            return True
        declared = self.flow.request.headers.get("content-length", "")
        too_large = declared.isdigit() and int(declared) > self.in_flight.limits.body_bytes
        if not too_large and self.in_flight.hold(id(self), len(self.request_body_buf), self._sender()):
            return False
        self.in_flight.release(id(self))
        self.request_body_buf.clear()
        self.flow.error = mitm_flow.Error(TOO_LARGE)
        yield HttpErrorHook(self.flow)
        yield SendHttp(
            ResponseProtocolError(self.stream_id, TOO_LARGE, ErrorCode.REQUEST_TOO_LARGE), self.context.client
        )
        self.client_state = self.state_errored
        self.flow.live = False
        return True

    @override
    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        yield from super()._handle_event(event)
        # The body leaves memory once it was sent on or refused, or when either side has failed.
        if isinstance(event, RequestEndOfMessage | RequestProtocolError | ResponseProtocolError):
            self.in_flight.release(id(self))

    @override
    def flow_done(self) -> layer.CommandGenerator[None]:
        if not self.flow.websocket:
            yield from super().flow_done()
            return
        self.child_layer = QuietSocket(self.context, self.flow, self.in_flight.limits.message_bytes)
        self._handle_event = self.passthrough  # type: ignore[method-assign]  # as mitmproxy's own does
        yield from self.child_layer.handle_event(events.Start())
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)


class BoundedHttpLayer(layers.HttpLayer):
    """mitmproxy's HTTP layer, making bounded streams, and saying so when it turns away what is no request."""

    def __init__(
        self,
        context: Context,
        mode: HTTPMode,
        in_flight: InFlight,
        on_refused: Callable[[Context, str], None],
    ) -> None:
        super().__init__(context, mode)
        self.in_flight = in_flight
        self.on_refused = on_refused
        self._refused = False
        self._opened = 0

    @override
    def make_stream(self, stream_id: int) -> layer.CommandGenerator[None]:
        self._opened += 1
        if self._opened > OPENED:
            raise _FloodError
        stream = BoundedHttpStream(self.context.fork(), stream_id)
        stream.in_flight = self.in_flight
        self.streams[stream_id] = stream
        yield from self.event_to_child(stream, events.Start())

    @override
    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        self._opened = 0
        try:
            yield from super()._handle_event(event)
        except (NotImplementedError, _FloodError) as error:
            # mitmproxy stops at trailers in HTTP/1, and would leave the client waiting.
            for stream in self.streams.values():
                self.in_flight.release(id(stream))
            yield from self._refuse("over-limit" if isinstance(error, _FloodError) else "header-refused")
            return
        client = self.connections[self.context.client]
        if not isinstance(client, Http1Server) or not isinstance(event, events.DataReceived):
            return
        if event.connection == self.context.client and len(client.buf) > UNREAD_BYTES:
            yield from self._refuse("over-limit")
        elif client.request is None and client.state == client.done:
            yield from self._refuse()  # a head that cannot be read: answered by mitmproxy without any hook

    def _refuse(self, reason: str = "header-refused") -> layer.CommandGenerator[None]:
        if not self._refused:
            self._refused = True
            self.on_refused(self.context, reason)
            yield commands.CloseConnection(self.context.client)


class Closed(layer.Layer):
    """A connection that is not carried on: closed at its first event."""

    @override
    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start):
            yield commands.CloseConnection(self.context.client)


@dataclass(slots=True)
class LayerChoice:
    """The `next_layer` hook: opens what is inspected, tunnels what is not, closes what disagrees with itself."""

    name: ClassVar[str] = "nextlayer"  # takes the place of mitmproxy's addon of this name

    is_inspected: Callable[[str, int], bool]
    in_flight: InFlight
    on_tunnel: Callable[[], None]
    on_refused: Callable[[Context, str], None]

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Hook: choose the next layer, or leave it open until enough bytes have come."""
        if nextlayer.layer is None:
            nextlayer.layer = self._choose(nextlayer.context, nextlayer.data_client())

    def _choose(self, context: Context, data: bytes) -> layer.Layer | None:
        # Layers register with the context as they are made, so they are made from the outside in.
        first = context.layers[0]
        if len(context.layers) == 1 and data.startswith(SIGNATURE):
            self.on_refused(context, "header-refused")  # only a balancer may say who the client is
            return Closed(context)
        tls = starts_like_tls_record(data)
        stack = tunnel.LayerStack()
        if len(context.layers) == 1 and isinstance(first, modes.HttpProxy):
            if tls:
                stack /= layers.ClientTLSLayer(context)
            stack /= BoundedHttpLayer(context, HTTPMode.regular, self.in_flight, self.on_refused)
            return stack[0]
        if len(context.layers) == 1 and isinstance(first, modes.ReverseProxy):
            spec = context.client.proxy_mode
            assert isinstance(spec, ReverseMode)
            if spec.scheme == "https":
                stack /= layers.ServerTLSLayer(context)
            if tls:
                stack /= layers.ClientTLSLayer(context)
            stack /= BoundedHttpLayer(context, HTTPMode.transparent, self.in_flight, self.on_refused)
            return stack[0]
        return self._inside_connect(context, data, tls=tls)

    def _inside_connect(self, context: Context, data: bytes, *, tls: bool) -> layer.Layer | None:
        if context.server.address is None:
            self.on_refused(context, "host-mismatch")
            return Closed(context)
        host, port = normal_host(context.server.address[0]), context.server.address[1]
        if any(isinstance(known, layers.ClientTLSLayer) for known in context.layers[2:]):
            return BoundedHttpLayer(context, HTTPMode.transparent, self.in_flight, self.on_refused)
        inspected = self.is_inspected(host, port)
        if tls:
            try:
                hello = parse_client_hello(data)
            except ValueError:
                self.on_refused(context, "header-refused")
                return Closed(context)
            if hello is None:
                return None  # the rest of the ClientHello is still on its way
            if hello.sni is not None and normal_host(hello.sni) != host:
                self.on_refused(context, "host-mismatch")
                return Closed(context)
            if inspected:
                stack = tunnel.LayerStack()
                stack /= layers.ServerTLSLayer(context)
                stack /= layers.ClientTLSLayer(context)
                return stack[0]
            return self._tunnel(context, named=hello.sni is not None and not is_address(host))
        start = data.lstrip(BLANKS)[:3]
        if len(start) < 3 and len(data) < UNREAD_BYTES:
            return None
        if inspected or start.isalpha():
            # Plain HTTP inside a tunnel names its own host, so it is opened whatever the CONNECT said.
            return BoundedHttpLayer(context, HTTPMode.transparent, self.in_flight, self.on_refused)
        return self._tunnel(context, named=True)

    def _tunnel(self, context: Context, *, named: bool) -> layer.Layer:
        if not named:
            # Without a name the destination cannot be told: an address may be anybody's.
            self.on_refused(context, "host-mismatch")
            return Closed(context)
        self.on_tunnel()
        return layers.TCPLayer(context, ignore=True)
