"""Who is asking: read from what a client shows, remembered for a tunnel, and asked again at every request.

mitmproxy's own sign-in addon is not used: a hook of it that raises lets the request go on. Here nothing is let in.
A sender without a name only carries a doubt, and the rules refuse the doubtful unless one of them says otherwise.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final, cast
from weakref import WeakKeyDictionary

from cryptography.hazmat.primitives.serialization import Encoding
from mitmproxy import connection, http
from mitmproxy.proxy.mode_specs import ReverseMode

from gateway import reasons
from gateway.gatekeeper import Gatekeeper
from gateway.model import Action, Sender
from gateway.people import Certificate, Credential, Identified, Reception, read_authorization, read_host
from gateway.people.reception import NOT_IDENTIFIED
from gateway.proxy.identity import normal_host

SENDER: Final = "leadglass-sender"
SHOWN: Final = "leadglass-shown"
HEADERS: Final = ("proxy-authorization", "leadglass-authorization")
"""The second is for clients that stand before the gateway in reverse mode and cannot send the first."""
ASK: Final = 'Basic realm="Leadglass", charset="UTF-8"'
STATUS: Final = {"not-identified": 407, "sign-in-plain": 403, "sign-in-blocked": 429, "directory-failed": 503}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client showed of itself, for as long as the connection or the request lasts."""

    credential: Credential | None = field(default=None, repr=False)
    doubt: str = NOT_IDENTIFIED
    """Why there is no credential that may be looked at."""
    tried: bool = False
    """Whether the client tried to say who it is."""


@dataclass(slots=True)
class Asking:
    """Stands beside the hooks: gives each request its sender, or a reason to doubt."""

    gatekeeper: Gatekeeper
    reception: Reception
    asked: int = 0
    """Tunnels that were turned away without a line of their own in the record, since last reported."""
    _tunnels: WeakKeyDictionary[connection.Client, Shown] = field(default_factory=WeakKeyDictionary)

    async def at_connect(self, flow: http.HTTPFlow) -> str:
        """A tunnel is asked for: a reason code where the one who asks has to say first who it is, else nothing."""
        shown = self._shown(flow)
        request = flow.request
        destination = self.gatekeeper.destination(normal_host(request.host), request.port, "CONNECT", "", ())
        sender = await self._sender(flow, shown)
        action = self.gatekeeper.stranger_action(destination, sender)
        if action is Action.BLOCK and self.gatekeeper.is_inspected(destination.host, destination.port):
            if not _worth_a_line(shown, sender.doubt):
                self.asked += 1
            return sender.doubt
        self._tunnels[flow.client_conn] = shown
        return ""

    async def doubt(self, flow: http.HTTPFlow) -> str:
        """A request or message is here: a reason code where nobody knows the sender and no rule speaks of strangers."""
        shown = flow.metadata.get(SHOWN) or self._tunnels.get(flow.client_conn) or self._shown(flow)
        flow.metadata[SHOWN] = shown
        request = flow.request
        sender = await self._sender(flow, shown)
        destination = self.gatekeeper.destination(
            normal_host(request.host), request.port, request.method, request.path, request.headers.fields
        )
        action = self.gatekeeper.stranger_action(destination, sender, spoken=not self._can_be_asked(flow))
        return sender.doubt if action is Action.BLOCK else ""

    async def visitor(self, flow: http.HTTPFlow) -> Sender:
        """Who looks at a page of the gateway's own: nobody is turned away, but may stay unknown."""
        return await self._sender(flow, self._shown(flow))

    def sender(self, flow: http.HTTPFlow) -> Sender:
        """The sender of a request as it was last looked at; doubtful before that."""
        known = flow.metadata.get(SENDER)
        return cast("Sender", known) if known else Sender(client=_address(flow), doubt=NOT_IDENTIFIED)

    def challenge(self, flow: http.HTTPFlow, doubt: str) -> None:
        """Turn the refusal of a plain proxy request into the question who it is; inside a tunnel nobody would understand it."""
        if self._can_be_asked(flow) and flow.response is not None:
            flow.response.status_code = self._status(flow, doubt)
            if flow.response.status_code == 407:
                flow.response.headers["proxy-authenticate"] = ASK

    def refusal(self, flow: http.HTTPFlow, doubt: str) -> http.Response:
        """The answer to a tunnel of somebody unknown, in words."""
        text = f"Leadglass: Nothing was sent, because {reasons.words_for(doubt)}. {reasons.ADVICE[doubt]}.\n"
        headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
        status = self._status(flow, doubt)
        if status == 407:
            headers["Proxy-Authenticate"] = ASK
        return http.Response.make(status, text.encode(), headers)

    def _status(self, flow: http.HTTPFlow, doubt: str) -> int:
        # Who is asked over an open connection would send a password over it.
        return STATUS[doubt] if self._may_tell(flow) or STATUS[doubt] != 407 else 403

    def is_worth_a_line(self, flow: http.HTTPFlow, doubt: str) -> bool:
        """Whether a refused tunnel stands in the record by itself: not everybody who is asked, nor who hammers on the door."""
        return _worth_a_line(self._shown(flow), doubt)

    async def _sender(self, flow: http.HTTPFlow, shown: Shown) -> Sender:
        found = Identified(doubt=shown.doubt)
        if shown.credential is not None:
            found = await self.reception.identify(shown.credential, _address(flow))
        person = found.person
        sender = Sender(
            user=person.name if person else "",
            client=_address(flow),
            groups=person.groups if person else (),
            doubt=found.doubt,
        )
        flow.metadata[SENDER] = sender
        return sender

    def _shown(self, flow: http.HTTPFlow) -> Shown:
        """What stands in the header; else the name by which the proxy was called; else the certificate."""
        client = flow.client_conn
        given = [value for name in HEADERS for value in flow.request.headers.get_all(name)]
        if given:
            if not self._may_tell(flow):
                return Shown(doubt="sign-in-plain", tried=True)
            return Shown(read_authorization(given[0]) if len(given) == 1 else None, tried=True)
        if not client.tls:
            return Shown()
        token = read_host(client.sni)
        if token is not None:
            return Shown(token, tried=True)
        if client.certificate_list:
            chain = tuple(
                certificate.to_cryptography().public_bytes(Encoding.DER)
                for certificate in client.certificate_list
            )
            return Shown(Certificate(chain), tried=True)
        return Shown()

    def _may_tell(self, flow: http.HTTPFlow) -> bool:
        """Whether what the client says can be read by nobody else on the way."""
        return (
            bool(flow.client_conn.tls)
            or self.reception.takes_plain
            or ip_address(_address(flow).partition("%")[0]).is_loopback
        )

    def _can_be_asked(self, flow: http.HTTPFlow) -> bool:
        """Whether the client knows that it speaks to a proxy, with this very request."""
        return flow.client_conn not in self._tunnels and not isinstance(
            flow.client_conn.proxy_mode, ReverseMode
        )


def _address(flow: http.HTTPFlow) -> str:
    return str(flow.client_conn.peername[0])


def _worth_a_line(shown: Shown, doubt: str) -> bool:
    return shown.tried and doubt != "sign-in-blocked"
