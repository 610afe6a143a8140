"""Who looks at a page, as the proxy knows them."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from gateway.audit import Entry
from gateway.model import Sender
from gateway.pages.downloads import DOWNLOADS

VISITOR: Final = "leadglass.visitor"
"""The key of the visitor in the ASGI scope of a request."""
CHECK_PATH: Final = "/.well-known/leadglass-check"
"""At every inspected destination the gateway answers this path itself: who sees the answer is behind it."""
PUBLIC: Final = frozenset({"/", "/style.css", "/proxy.pac", *(f"/{name}" for name in DOWNLOADS)})
"""What a machine may have before it is behind the gateway, by the proxy's own address: nothing of anybody in it."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One look at a page."""

    sender: Sender
    proxy: str
    """`host:port` at which this client reached the gateway."""
    host: str
    """The name that was asked for."""
    proxied: bool = True
    """Whether the request came through the proxy, and not to it."""
    personal: bool = False
    """Whether that address holds a token of this person's own, so that it is told to nobody else."""
    direct: bool = True
    """Whether what everybody may have is also given out at the proxy's own address."""


def visitor_of(request: Request) -> Visitor:
    """The visitor that the proxy put beside a request. KeyError where it came another way."""
    found: Visitor = request.scope[VISITOR]
    return found


def is_public(path: str) -> bool:
    """Whether a page may be seen without the proxy."""
    return path.partition("?")[0] in PUBLIC


def is_own(entry: Entry, sender: Sender, written: str) -> bool:
    """Whether a decision was about this sender's upload; `written` is how the record writes the person's name.

    Who is known by name owns what stands under that name; else what came from the same address and under no name.
    """
    if entry.user:
        return bool(written) and entry.user == written
    return bool(sender.client) and entry.client == sender.client
