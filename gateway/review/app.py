"""The pages of the reviewers' desk and their routes.

Read-only and without sign-in, so the gateway serves them on loopback alone (`gateway.review.server` insists).
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from gateway.audit import EntryType, Reader
from gateway.audit.query import Filter, find, newest
from gateway.errors import AuditError
from gateway.pages.hardened import hardening
from gateway.review.words import OUTCOMES, describe

PAGE_ROWS = 100
LOOK_BACK = 1000
"""How many of the newest decisions the overview counts."""

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

type OpenReader = Callable[[], AbstractContextManager[Reader]]


def create_app(open_reader: OpenReader, people: ASGIApp | None = None) -> Starlette:
    """The application over a record; `open_reader` gives a reader of what is durable by now.

    `people` are the pages for people (`gateway.pages`), which stand under `/people` and bring headers of their own.
    """
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )

    def overview(_: Request) -> Response:
        with open_reader() as reader:
            decisions = [record.entry for record in islice(newest((reader,), Filter()), LOOK_BACK)]
        return HTMLResponse(
            pages.get_template("overview.html").render(
                decisions=decisions[:PAGE_ROWS],
                actions=Counter(entry.action for entry in decisions),
                rules=Counter(entry.rule for entry in decisions if entry.action == "block").most_common(5),
                looked_back=len(decisions),
            )
        )

    def decision(request: Request) -> Response:
        with open_reader() as reader:
            record = find((reader,), request.path_params["audit_id"])
        if record is None or record.entry.type is not EntryType.DECISION:
            return HTMLResponse(pages.get_template("unknown.html").render(), status_code=404)
        return HTMLResponse(
            pages.get_template("decision.html").render(
                entry=record.entry, outcome=OUTCOMES.get(record.end, ""), words=describe(record.entry)
            )
        )

    def style(_: Request) -> Response:
        return Response(
            (Path(__file__).parent / "templates" / "style.css").read_bytes(), media_type="text/css"
        )

    def healthz(_: Request) -> Response:
        try:
            with open_reader() as reader:
                reader.size()
        except AuditError:
            return PlainTextResponse("the record cannot be read\n", status_code=503)
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[
            Route("/", overview),
            Route("/decisions/{audit_id}", decision),
            Route("/style.css", style),
            Route("/healthz", healthz),
            *([Mount("/people", people)] if people else []),
        ],
        middleware=[
            Middleware(BaseHTTPMiddleware, dispatch=hardening(SECURITY_HEADERS)),
            # A page on another site must not read the record through a name that it points at loopback.
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"]),
        ],
    )
