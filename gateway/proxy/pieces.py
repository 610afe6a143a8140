"""Uploads in pieces, at the proxy: a piece is answered here, a whole goes the way of every upload."""

import ssl
from dataclasses import dataclass, field, replace
from typing import Final

import orjson
from mitmproxy import http

from gateway.errors import AuditError
from gateway.gatekeeper import Gatekeeper, Ruling
from gateway.held import Answer, Dropped, HeldError, Joined, Kept, Send, Table, read
from gateway.limits import Limits
from gateway.model import Destination, ForwardRewritten, Headers, Refuse, Transfer
from gateway.proxy.in_flight import InFlight
from gateway.proxy.sending import Answered, SendingError, connected
from gateway.proxy.translate import become
from gateway.refusal import cors

NUMBER: Final = "leadglass-pieces"
"""Marks a flow that carries a joined upload, until its sender has the answer."""
FAILED: Final = 502
DELIVERED: Final = 200
LATER: Final = frozenset({408, 409, 425, 429})
"""Answers after which the services' own clients try once more."""


@dataclass(slots=True)
class Pieces:
    """An addon of mitmproxy for the end of such uploads; their requests come from the gateway's own."""

    gatekeeper: Gatekeeper
    limits: Limits
    in_flight: InFlight
    trust: ssl.SSLContext = field(repr=False)
    table: Table = field(init=False)

    def __post_init__(self) -> None:
        self.table = Table(self.limits, self.in_flight, self._ended)

    async def ruled(self, flow: http.HTTPFlow, transfer: Transfer) -> Ruling | None:
        """What becomes of a request that may be a piece. None: its sender is answered, and nothing goes on."""
        try:
            step = read(transfer)
            taken = self.table.take(transfer, step) if step is not None else None
        except HeldError as error:
            return await self.gatekeeper.refuse(transfer, error.reason, error.matter)
        match taken:
            case Kept():
                return await self._kept(flow, transfer, taken)
            case Joined():
                return await self._joined(flow, taken)
            case None:
                return await self.gatekeeper.handle(transfer)

    def response(self, flow: http.HTTPFlow) -> None:
        """Hook: the sender of a whole has its answer. After a failure it may complete the upload once more."""
        number = flow.metadata.pop(NUMBER, None)
        if number is not None:
            failed = (
                flow.response is None
                or flow.response.status_code >= 500
                or flow.response.status_code in LATER
            )
            (self.table.again if failed else self.table.done)(number)

    def error(self, flow: http.HTTPFlow) -> None:
        """Hook: a whole did not arrive."""
        number = flow.metadata.pop(NUMBER, None)
        if number is not None:
            self.table.again(number)

    async def _kept(self, flow: http.HTTPFlow, transfer: Transfer, kept: Kept) -> Ruling | None:
        if kept.bytes:
            try:
                await self.gatekeeper.note_piece(kept.matter, transfer)
            except AuditError as error:
                self.table.done(kept.number)
                return await self.gatekeeper.refuse(transfer, error.reason, kept.matter)
        flow.response = _answered(transfer, kept.answer, kept.matter)
        return None

    async def _joined(self, flow: http.HTTPFlow, taken: Joined) -> Ruling | None:
        flow.metadata[NUMBER] = taken.number
        whole = taken.whole
        ruling = await self.gatekeeper.handle(whole.transfer, taken.matter)
        if isinstance(ruling.outcome, Refuse):
            return ruling
        if whole.send is None:
            become(flow, whole.transfer)
            return ruling
        rewritten = ruling.outcome.body if isinstance(ruling.outcome, ForwardRewritten) else None
        body = whole.transfer.body if rewritten is None else rewritten
        try:
            last = await self._send(whole.transfer.destination, flow.request.scheme, whole.send, body)
        except (SendingError, HeldError):
            last = Answered(FAILED, (), b"")
        if isinstance(last, Answered):
            flow.response = http.Response.make(last.status, last.body, http.Headers(_told(last.headers)))
            self.gatekeeper.close(ruling, "upstream-failed")
            return None
        if rewritten is not None:
            return replace(ruling, outcome=ForwardRewritten(last.body, last.headers))
        become(flow, last)
        return ruling

    async def _send(self, to: Destination, scheme: str, send: Send, body: bytes) -> Transfer | Answered:
        """Send the pieces of a body that may leave; the request that completes it, or the answer that ended it."""
        names: list[str] = []
        at = 0
        async with connected(to.host, to.port, self.trust if scheme == "https" else None) as line:
            for size in send.sizes:
                answered = await line.post(send.path, send.headers, send.wrap(body[at : at + size]))
                at += size
                if answered.status != DELIVERED:
                    return answered
                names.append(_name(answered.body))
        return send.last(tuple(names), body)

    def _ended(self, dropped: Dropped) -> None:
        self.gatekeeper.note_unfinished(dropped.matter, dropped.about, dropped.bytes, dropped.why)


def _name(body: bytes) -> str:
    try:
        told = orjson.loads(body)
    except ValueError:
        raise SendingError("the service's answer to a piece is no JSON") from None
    name = told.get("id") if isinstance(told, dict) else None
    if not isinstance(name, str):
        raise SendingError("the service does not name a piece")
    return name


def _answered(transfer: Transfer, answer: Answer, matter: str) -> http.Response:
    exposed = b", ".join(name for name, _ in answer.headers)
    headers = (
        *answer.headers,
        (b"Content-Length", b"%d" % len(answer.body)),
        (b"Cache-Control", b"no-store"),
        (b"Leadglass-Action", b"hold"),
        (b"Leadglass-Id", matter.encode()),
        *cors(transfer, exposed + b", Leadglass-Action, Leadglass-Id"),
    )
    return http.Response.make(answer.status, answer.body, http.Headers(headers))


def _told(headers: Headers) -> Headers:
    """A service's headers without those of the connection it spoke over."""
    return tuple(
        (name, value)
        for name, value in headers
        if name.lower() not in (b"connection", b"transfer-encoding", b"content-length", b"keep-alive")
    )
