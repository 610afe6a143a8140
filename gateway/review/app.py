"""The reviewers' desk: its routes and security headers.

Who may open them is decided before they are asked (`gateway.review.doors`).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

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
from gateway.review.acting import Acting
from gateway.review.api import Api
from gateway.review.books import Books
from gateway.review.content import content_routes
from gateway.review.doors import Doors
from gateway.review.entrance import Entrance
from gateway.review.rendering import TEMPLATES, Rendering
from gateway.review.single_sign_on import SingleSignOn
from gateway.review.takeaway import Takeaway
from gateway.review.visit import Admission

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, a browser would not say where a form comes from
    "Cache-Control": "no-store",
}

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")

type OpenReader = Callable[[], AbstractContextManager[Reader]]


def create_app(
    open_reader: OpenReader,
    books: Books,
    admission: Admission,
    people: ASGIApp | None = None,
    hosts: Sequence[str] = LOOPBACK,
    single: SingleSignOn | None = None,
) -> Starlette:
    """The application over a record; `open_reader` gives a reader of what is durable by now.

    `people` are the pages for people (`gateway.pages`), which stand under `/people` and bring headers of their own.
    `hosts` are the names by which browsers may call it; `single` a provider that vouches for people beside the accounts.
    """
    rendering = Rendering(books.language)

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
            *Entrance(admission, rendering, single).routes(),
            *content_routes(books, rendering),
            *Takeaway(books, rendering).routes(),
            *Api(books).routes(),
            *Acting(books, rendering, admission.witness).routes(),
            Route("/style.css", style),
            Route("/healthz", healthz),
            *([Mount("/people", people)] if people else []),
        ],
        middleware=[
            Middleware(BaseHTTPMiddleware, dispatch=hardening(SECURITY_HEADERS)),
            # A page on another site must not read the record through a name that it points at loopback.
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts),
            Middleware(Guarded),
            Middleware(Doors, admission=admission, rendering=rendering),
        ],
    )
