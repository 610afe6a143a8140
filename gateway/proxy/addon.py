"""The hooks: who is it for, was it examined, what became of it."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from mitmproxy import connection, http
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from gateway.gatekeeper import Gatekeeper, Ruling
from gateway.held import is_marked
from gateway.limits import Limits
from gateway.model import Destination, Forward, Refuse, Sender, Transfer
from gateway.proxy.asking import Asking
from gateway.proxy.browsing import Browsing
from gateway.proxy.guard import Guard
from gateway.proxy.identity import identity_of, normal_host, split_authority
from gateway.proxy.inside import Inside
from gateway.proxy.layers import TOO_LARGE
from gateway.proxy.pieces import Pieces
from gateway.proxy.strictness import line_fault, read_head
from gateway.proxy.translate import (
    apply_outcome,
    drop_proxy_headers,
    message_from_flow,
    response_from,
    tell_length,
    transfer_from_flow,
)

type Networks = tuple[IPv4Network | IPv6Network, ...]

LOST = "client-gone"
PASSED = "leadglass-passed"
"""Marks a flow to a destination that is not inspected: what becomes of it is not written down."""


@dataclass(slots=True)
class GatewayAddon:
    """mitmproxy's hooks, each as thin as it can be; the guard refuses whatever they do not release."""

    gatekeeper: Gatekeeper
    limits: Limits
    clients: Networks
    pieces: Pieces
    browsing: Browsing
    guard: Guard | None = None
    asking: Asking | None = None  # None: the gateway knows clients by their addresses alone
    inside: Inside | None = None  # the gateway's own pages
    tunnels: int = 0
    _rulings: dict[str, Ruling] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    # -- connections

    def client_connected(self, client: connection.Client) -> None:
        """Hook: only machines of the organisation may use the proxy."""
        address = ip_address(client.peername[0].split("%", 1)[0])
        if not any(address in network for network in self.clients):
            client.error = "not a client of this gateway"
            return
        self.browsing.begin(client.id)

    def client_disconnected(self, client: connection.Client) -> None:
        """Hook: close the account of a connection."""
        self.browsing.end(client.id)

    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """Hook: a tunnel is asked for. AI-like hosts that nobody has named are answered here, before any TLS."""
        host = normal_host(flow.request.host)
        named = {split_authority(value.encode())[0] for value in flow.request.headers.get_all("host")}
        if named - {host}:
            self._refuse_now(flow, "host-mismatch")
        elif self.inside and self.inside.is_at(host):
            flow.response = self.inside.no_tunnel()
        elif self.gatekeeper.is_forbidden(host, flow.request.port):
            self._refuse_now(flow, "rule")
        elif self.asking and (doubt := await self.asking.at_connect(flow)):
            flow.response = self.asking.refusal(flow, doubt)
            if self.asking.is_worth_a_line(flow, doubt):
                self._later(self.gatekeeper.note_reject(self._transfer(flow), doubt))
        else:
            assert self.guard is not None
            self.guard.release_connect(flow)

    def server_connect(self, data: ServerConnectionHookData) -> None:
        """Hook: in reverse mode the SNI upstream is the destination's own name."""
        if data.server.tls and data.server.address and not data.server.sni:
            data.server.sni = data.server.address[0]

    # -- requests

    async def request(self, flow: http.HTTPFlow) -> None:
        """Hook: the whole request is here. Examine, record, and only then release."""
        assert self.guard is not None
        if flow.response or flow.error:
            return
        if self.inside and self.inside.is_meant(flow):
            await self.inside.answer(flow, self.asking)
            return
        head = read_head(flow.request.headers.fields, self.limits.head_bytes)
        who = identity_of(flow, head.hosts)
        inspected = any(self.gatekeeper.is_inspected(host, port) for host in who.hosts for port in who.ports)
        if len(who.hosts) != 1 or (inspected and not who.agrees):
            await self._refuse(flow, "host-mismatch")
            return
        if inspected and self.asking and (doubt := await self.asking.doubt(flow)):
            await self._refuse(flow, doubt)
            self.asking.challenge(flow, doubt)
            return
        if head.for_the_proxy:
            drop_proxy_headers(flow)
        if not inspected:
            self.tunnels += 1
            flow.metadata[PASSED] = True
            tell_length(flow)
            self.guard.release(flow)
            return
        request = flow.request
        fault = head.fault or line_fault(request.method, request.path, trailers=bool(request.trailers))
        if fault:
            await self._refuse(flow, fault)
            return
        transfer = self._transfer(flow)
        if head.pieces or is_marked(transfer.path):
            ruling = await self.pieces.ruled(flow, transfer)
        elif transfer.body or transfer.trailers:
            ruling = await self.gatekeeper.handle(transfer)
        else:
            ruling = await self.browsing.ruled(flow.client_conn.id, transfer)
        if ruling is None:
            return  # a piece of an upload: held, and answered here
        self._rulings[flow.id] = ruling
        apply_outcome(flow, ruling.outcome)
        if not isinstance(ruling.outcome, Refuse):
            tell_length(flow)
            self.guard.release(flow)

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Hook: answers stream through; the way to HTTP/3 around the gateway is not advertised."""
        assert flow.response is not None
        flow.response.headers.pop("alt-svc", None)
        ruling = self._rulings.get(flow.id)
        if ruling is not None and ruling.rewritten:
            flow.response.headers["leadglass-action"] = "redact"
            flow.response.headers["leadglass-id"] = ruling.audit_id
        if flow.response.status_code != 101:
            flow.response.stream = True

    def response(self, flow: http.HTTPFlow) -> None:
        """Hook: the destination has answered, so the upload has arrived."""
        self._close(flow, "refused" if self._was_refused(flow) else "delivered")

    async def error(self, flow: http.HTTPFlow) -> None:
        """Hook: the exchange failed, before or after a decision."""
        if flow.id in self._rulings:
            self._close(flow, LOST if flow.error and "lient" in flow.error.msg else "upstream-failed")
        elif not flow.response and PASSED not in flow.metadata:
            # mitmproxy refused the request before any hook of ours: too large, malformed, or the client went away.
            await self.gatekeeper.note_reject(
                self._transfer(flow), "over-limit" if self._too_large(flow) else "header-refused"
            )

    # -- messages

    async def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Hook: one message on an open socket; from the client it is an upload like any other."""
        assert flow.websocket is not None
        assert self.guard is not None
        message = flow.websocket.messages[-1]
        content = message.content
        if not message.from_client or not self.gatekeeper.is_inspected(
            normal_host(flow.request.host), flow.request.port
        ):
            self.guard.release_message(message, content)
            return
        doubt = await self.asking.doubt(flow) if self.asking else ""
        base = self._transfer(flow)
        transfer = message_from_flow(flow, content, base.destination, base.sender)
        handling = self.gatekeeper.refuse(transfer, doubt) if doubt else self.gatekeeper.handle(transfer)
        ruling = await handling
        if isinstance(ruling.outcome, Forward):
            self.guard.release_message(message, content)
            self.gatekeeper.close(ruling, "delivered")
            return
        message.drop()
        self.gatekeeper.close(ruling, "refused")
        self._answer_on_socket(flow, ruling)

    def _answer_on_socket(self, flow: http.HTTPFlow, ruling: Ruling) -> None:
        from mitmproxy import ctx  # noqa: PLC0415 - mitmproxy's context exists only while it runs

        text = self.gatekeeper.socket_error(ruling)
        ctx.master.commands.call("inject.websocket", flow, True, text, True)  # noqa: FBT003 - its own signature

    # -- helpers of the hooks

    async def unexamined(self, flow: http.HTTPFlow) -> http.Response:
        """The answer to a request that was never released: recorded if that is still possible."""
        ruling = self._rulings.get(flow.id)
        if ruling is None or not isinstance(ruling.outcome, Refuse):
            ruling = await self.gatekeeper.refuse(self._transfer(flow), "not-examined")
            self._rulings[flow.id] = ruling
        assert isinstance(ruling.outcome, Refuse)
        return response_from(ruling.outcome)

    async def _refuse(self, flow: http.HTTPFlow, reason: str) -> None:
        ruling = await self.gatekeeper.refuse(self._transfer(flow), reason)
        self._rulings[flow.id] = ruling
        apply_outcome(flow, ruling.outcome)

    def _refuse_now(self, flow: http.HTTPFlow, reason: str) -> None:
        flow.response = http.Response.make(
            403, b"Leadglass: this destination is not allowed.\n", {"Content-Type": "text/plain"}
        )
        self._later(self.gatekeeper.note_reject(self._transfer(flow), reason))

    def on_refused_connection(self, context: Context, reason: str) -> None:
        """A connection was closed before it carried a request."""
        host = normal_host(context.server.address[0]) if context.server.address else ""
        transfer = Transfer(Destination(host), Sender(client=_client(context.client)), method="CONNECT")
        self._later(self.gatekeeper.note_reject(transfer, reason))

    def on_tunnel(self) -> None:
        """A connection to a destination that is not inspected was passed through unopened."""
        self.tunnels += 1

    def _transfer(self, flow: http.HTTPFlow) -> Transfer:
        sender = self.asking.sender(flow) if self.asking else Sender(client=_client(flow.client_conn))
        request = flow.request
        destination = self.gatekeeper.destination(
            normal_host(request.host), request.port, request.method, request.path, request.headers.fields
        )
        return transfer_from_flow(flow, destination, sender)

    def _close(self, flow: http.HTTPFlow, outcome: str) -> None:
        ruling = self._rulings.pop(flow.id, None)
        if ruling is not None and not self.browsing.has(flow.client_conn.id, ruling):
            self.gatekeeper.close(ruling, outcome)

    def _was_refused(self, flow: http.HTTPFlow) -> bool:
        ruling = self._rulings.get(flow.id)
        return ruling is not None and isinstance(ruling.outcome, Refuse)

    def _too_large(self, flow: http.HTTPFlow) -> bool:
        return flow.error is not None and flow.error.msg == TOO_LARGE

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _client(client: connection.Client) -> str:
    return str(client.peername[0])
