"""What the pages need of the gateway, and who looks at them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.audit import Reader
from gateway.enrol import Authority
from gateway.exemptions import Office
from gateway.model import Box, Examination, Look, Transfer
from gateway.policy import RuleSet

VISITOR: Final = "leadglass"
"""The key of an ASGI scope under which the proxy says who asks."""

type OpenReader = Callable[[], AbstractContextManager[Reader]]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page, and by which way."""

    client: str
    """Address of their machine."""
    user: str = ""
    """Who they are; empty where nobody has said."""
    through: bool = False
    """Whether they came through the proxy, rather than straight to the gateway."""
    proxy: str = ""
    """HOST:PORT by which they reach the proxy; with a personal token in it where they use one."""
    tls: bool = False
    """Whether the proxy port itself speaks TLS."""


@dataclass(frozen=True, slots=True)
class Front:
    """The gateway as the pages know it. Pages run in threads, so everything here may wait."""

    rules: Callable[[], RuleSet]
    office: Office
    open_reader: OpenReader
    examine: Callable[[Transfer, Look], Examination]
    """Looks at an upload as the gateway would. Raises GatewayError."""
    places: Callable[[str], tuple[tuple[Box, ...], ...]]
    """Where something was found in an upload, by picture, as far as that is remembered."""
    authority: Authority
    key: bytes = field(repr=False)
    """Keys the tokens of forms."""
    asks: bool = False
    """Whether the gateway asks people who they are."""
    language: str = "en"
    """Of pages, where a browser asks for none that is known."""
    body_bytes: int = 0
    """Bytes of the largest upload that is examined."""


@dataclass(slots=True)
class Hall:
    """The pages before the gateway behind them is open: whoever comes too early is asked to come again."""

    pages: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        closed = PlainTextResponse("Leadglass is starting; try again in a moment.\n", status_code=503)
        await (self.pages or closed)(scope, receive, send)


def visitor_of(request: Request) -> Visitor:
    """Who asks: as the proxy says; else only the address is known."""
    told = request.scope.get(VISITOR)
    if isinstance(told, Visitor):
        return told
    return Visitor(request.client.host if request.client else "")
