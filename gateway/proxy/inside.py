"""The gateway's own pages, answered inside the proxy: such a request never leaves it."""

from dataclasses import dataclass
from typing import Any

from mitmproxy import http
from mitmproxy.addons import asgiapp
from starlette.types import ASGIApp

from gateway.enrol import PAGES_HOST
from gateway.model import Sender
from gateway.pages import CHECK_PATH, VISITOR, Visitor, is_public
from gateway.people import read_host
from gateway.proxy.asking import Asking
from gateway.proxy.identity import normal_host

CHECK = CHECK_PATH.encode()


@dataclass(slots=True)
class Inside:
    """Tells the gateway's own pages from destinations, and has them answered."""

    pages: ASGIApp
    port: int = 0
    """The port that clients speak to, where requests to it cannot be meant for a web server; else 0."""

    def is_at(self, host: str) -> bool:
        """Whether a tunnel is asked for to the gateway's own name."""
        return host == PAGES_HOST

    def is_meant(self, flow: http.HTTPFlow) -> bool:
        """Whether a request is for a page: by the gateway's own name, by its own address, or to see whether it is there."""
        request = flow.request
        if request.host == PAGES_HOST or request.data.path.startswith(CHECK):
            return True
        return request.port == self.port and request.method == "GET" and is_public(request.path)

    def no_tunnel(self) -> http.Response:
        """The pages have no certificate that a client would believe, so browsers are sent to the plain address."""
        text = f"Leadglass: its own pages are at http://{PAGES_HOST}/, without the s.\n"
        return http.Response.make(403, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})

    async def answer(self, flow: http.HTTPFlow, asking: Asking | None) -> None:
        """Have the page made. One's own uploads need a name where the gateway asks for names."""
        address = str(flow.client_conn.peername[0])
        sender = await asking.visitor(flow) if asking else Sender(client=address)
        if asking and sender.doubt and flow.request.path.startswith(("/upload", "/try")):
            flow.response = asking.refusal(flow, sender.doubt)
            return
        host, port = flow.client_conn.sockname[:2]
        proxy = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        sni = flow.client_conn.sni
        personal = read_host(sni) is not None
        name = normal_host(flow.request.host)
        visitor = Visitor(
            sender,
            f"{sni}:{port}" if personal else proxy,
            name,
            proxied=name == PAGES_HOST,
            personal=personal,
            direct=self.port != 0,
        )

        async def with_visitor(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await self.pages({**scope, VISITOR: visitor}, receive, send)

        await asgiapp.serve(with_visitor, flow)
