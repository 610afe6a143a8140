"""The reviewers' desk: its routes and security headers.

Read-only and without sign-in, so the gateway serves them on loopback alone (`gateway.review.server` insists).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from gateway.audit import Reader
from gateway.errors import AuditError
from gateway.pages.hardened import Guarded, hardening
from gateway.review.books import Books
from gateway.review.content import TEMPLATES, content_routes

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

type OpenReader = Callable[[], AbstractContextManager[Reader]]


def create_app(open_reader: OpenReader, books: Books, people: ASGIApp | None = None) -> ASGIApp:
    """The application over a record; `open_reader` gives a reader of what is durable by now.

    `people` are the pages for people (`gateway.pages`), which stand under `/people` and bring headers of their own.
    """

    def style(_: Request) -> Response:
        return Response((TEMPLATES / "style.css").read_bytes(), media_type="text/css")

    def healthz(_: Request) -> Response:
        try:
            with open_reader() as reader:
                reader.size()
        except AuditError:
            return PlainTextResponse("the record cannot be read\n", status_code=503)
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[
            *content_routes(books),
            Route("/style.css", style),
            Route("/healthz", healthz),
            *([Mount("/people", people)] if people else []),
        ],
        middleware=[
            Middleware(BaseHTTPMiddleware, dispatch=hardening(SECURITY_HEADERS)),
            # A page on another site must not read the record through a name that it points at loopback.
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"]),
            Middleware(Guarded),
        ],
    )
