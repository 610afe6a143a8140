"""What this is, whether this machine is protected, and how to set one up; with the files for that."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.enrol import (
    INTERNAL,
    apple_profile,
    chrome_policies,
    firefox_policies,
    pac_file,
    registry_file,
)
from gateway.pages.front import Front, Visitor, visitor_of
from gateway.pages.guides import guides

if TYPE_CHECKING:
    from gateway.pages.app import Pages

TRUSTED: Final = ".if-trusted{display:block}.unless-trusted{display:none}"
"""Fetched over TLS from the gateway itself: a browser that shows it has trusted the gateway's certificate just now."""


@dataclass(frozen=True, slots=True)
class Check:
    """What can be told about a visitor's machine before the browser has tried the certificate."""

    through: bool
    known: bool
    """Whether nobody is asked, or the visitor has signed in."""
    measurable: bool
    """Whether the authority may speak for the gateway's own name; older ones may not."""


def proxy_of(visitor: Visitor) -> str:
    """Where this visitor reaches the proxy, as HOST:PORT; a placeholder where that is not known here."""
    return visitor.proxy or "GATEWAY:8080"


def page(pages: "Pages", request: Request) -> Response:
    """The first page."""
    front, visitor = pages.front, visitor_of(request)
    check = Check(visitor.through, bool(visitor.user) or not front.asks, front.authority.covers(INTERNAL))
    return pages(
        request,
        "welcome.html",
        check=check,
        asks=front.asks,
        pac_url=pac_url(visitor),
        guides=guides(proxy_of(visitor), pac_url(visitor), tls=visitor.tls),
    )


def pac_url(visitor: Visitor) -> str:
    """Where a browser without a proxy finds the proxy file: at the proxy's own address."""
    return f"{'https' if visitor.tls else 'http'}://{proxy_of(visitor)}/proxy.pac"


def _pac(front: Front, visitor: Visitor) -> bytes:
    return pac_file(front.rules().catalogue.hosts, proxy_of(visitor), tls=visitor.tls).encode()


def _pem(front: Front, _: Visitor) -> bytes:
    return front.authority.public.read_bytes()


def _der(front: Front, visitor: Visitor) -> bytes:
    return ssl.PEM_cert_to_DER_cert(_pem(front, visitor).decode("ascii"))


def _profile(front: Front, visitor: Visitor) -> bytes:
    return apple_profile(_der(front, visitor), pac_url(visitor) if visitor.proxy else "")


FILES: Final[dict[str, tuple[str, Callable[[Front, Visitor], bytes]]]] = {
    "proxy.pac": ("application/x-ns-proxy-autoconfig", _pac),
    "leadglass-ca.pem": ("application/x-pem-file", _pem),
    "leadglass-ca.crt": ("application/x-x509-ca-cert", _der),
    "leadglass.mobileconfig": ("application/x-apple-aspen-config", _profile),
    "chrome-policies.json": ("application/json", lambda _, who: chrome_policies(pac_url(who)).encode()),
    "firefox-policies.json": ("application/json", lambda _, who: firefox_policies(pac_url(who)).encode()),
    "leadglass.reg": ("text/x-ms-regedit", lambda _, who: registry_file(pac_url(who)).encode()),
    "trusted.css": ("text/css", lambda _, __: TRUSTED.encode()),
}
"""Every file that can be fetched, by its name."""


def file(name: str, pages: "Pages", request: Request) -> Response:
    """One of the files for this visitor."""
    media, made = FILES[name]
    content = made(pages.front, visitor_of(request))
    shown = media == "text/css" or name == "proxy.pac"
    headers = {} if shown else {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media, headers=headers)
