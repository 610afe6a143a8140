"""Requests to the gateway itself, answered here: its own name through the proxy, or the proxy's own address. None goes on."""

from dataclasses import dataclass
from typing import Final

from mitmproxy import http

from gateway.enrol import INTERNAL
from gateway.gatekeeper import Gatekeeper
from gateway.model import Sender
from gateway.pages import Asked, Hall, Visitor, answered
from gateway.people import read_host
from gateway.proxy.asking import Asking
from gateway.proxy.identity import Identity, normal_host, split_authority

OWN_NAME: Final = frozenset({INTERNAL})

PERSONAL: Final = "/upload"
"""Pages that are about somebody: there a stranger is asked to sign in."""


def is_opened(keeper: Gatekeeper, host: str, port: int) -> bool:
    """Whether a tunnel to this host is opened: to a destination that is inspected, or to the gateway itself."""
    return host == INTERNAL or keeper.is_inspected(host, port)


@dataclass(slots=True)
class Lobby:
    """Where people meet the gateway's pages by way of the proxy port."""

    hall: Hall
    address: str = ""
    """Where clients reach the proxy, as the settings say: HOST:PORT, or https://HOST:PORT."""
    asking: Asking | None = None

    def is_own(self, flow: http.HTTPFlow, who: Identity) -> bool:
        """Whether a request that came to the proxy port names the proxy itself, and no destination.

        Only the address that was really connected to counts, or the one in the settings: another name that
        resolves to the gateway could be a strange page's, which must not read ours.
        """
        sock = flow.client_conn.sockname
        own = {(normal_host(str(sock[0])), sock[1])}
        if self.address:
            host, port = split_authority(self.address.rpartition("/")[2].encode())
            own.add((host, port or 0))
        return who.agrees and (next(iter(who.hosts)), next(iter(who.ports))) in own

    async def answer(self, flow: http.HTTPFlow, *, through: bool) -> None:
        """Put the page's answer on the flow, so that it goes nowhere else."""
        request, sender = flow.request, Sender(client=str(flow.client_conn.peername[0]))
        if self.asking:
            await self.asking.doubt(flow)
            sender = self.asking.sender(flow)
            if sender.doubt and request.path.startswith(PERSONAL) and self.asking.can_be_asked(flow):
                flow.response = self.asking.refusal(flow, sender.doubt)
                return
        asked = Asked(
            request.method,
            request.scheme,
            request.host,
            request.port,
            request.path,
            request.headers.fields,
            request.raw_content or b"",
        )
        made = await answered(self.hall, asked, self._visitor(flow, sender, through=through))
        flow.response = http.Response.make(made.status, made.body, http.Headers(made.headers))

    def _visitor(self, flow: http.HTTPFlow, sender: Sender, *, through: bool) -> Visitor:
        client = flow.client_conn
        told, _, named = self.address.rpartition("/")
        # Inside a tunnel it is the page's own TLS that is seen, and nothing is known of the proxy's.
        outer = bool(client.tls) and flow.request.scheme == "http"
        tls = outer or told.startswith("https:") or (bool(client.tls) and not through)
        host, port = str(client.sockname[0]), client.sockname[1]
        proxy = named or f"{f'[{host}]' if ':' in host else host}:{port}"
        if tls and client.sni and (outer or not through):
            # A personal address asks for no password; it is told to nobody but who came by it.
            known = bool(named) and read_host(client.sni) is None
            proxy = proxy if known else f"{client.sni}:{(proxy.rpartition(':')[2])}"
        return Visitor(sender.client, sender.user, through=through, proxy=proxy, tls=tls)
