"""The routes of the pages for people, and what every answer of them carries.

They work without scripts, load nothing from elsewhere, and say nothing about anybody but the one who looks.
"""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.enrol import INTERNAL
from gateway.messages import LANGUAGES, Messages, language_of, messages
from gateway.pages import upload, welcome
from gateway.pages.forms import SMALL, body_of
from gateway.pages.front import Front, visitor_of

FOLDER: Final = Path(__file__).parent / "templates"
CHECK: Final = f"https://{INTERNAL}"
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'self' {CHECK}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}


class Pages:
    """Fills templates, in the language that a browser asks for."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def say(self, request: Request) -> Messages:
        """The texts for a request."""
        asked = request.query_params.get("lang", "")
        if asked not in LANGUAGES:
            asked = language_of(request.headers.get("accept-language", ""))
        return messages(asked or self.front.language)

    def __call__(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        """A filled page."""
        say = self.say(request)
        text = self._templates.get_template(name).render(
            say=say, base=request.scope.get("root_path", ""), path=request.url.path, origin=CHECK,
            languages=LANGUAGES, visitor=visitor_of(request), **values,
        )  # fmt: skip
        return HTMLResponse(text, status, {"Content-Language": say.language})


type Page = Callable[[Pages, Request], Response]
type Takes = Callable[[Pages, Request, bytes], Response]


def create_pages(front: Front) -> Starlette:
    """The application; every page of it runs in a thread."""
    pages = Pages(front)

    def style(_: Request) -> Response:
        return Response((FOLDER / "style.css").read_bytes(), media_type="text/css")

    def lost(request: Request, _: Exception) -> Response:
        return pages(request, "lost.html", 404)

    def route(path: str, page: Page) -> Route:
        def endpoint(request: Request) -> Response:
            return page(pages, request)

        return Route(path, endpoint)

    def takes(path: str, page: Takes, most: int) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await body_of(request, most)
            if body is None:
                return await run_in_threadpool(
                    pages, request, "lost.html", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                )
            return await run_in_threadpool(page, pages, request, body)

        return Route(path, endpoint, methods=["POST"])

    return Starlette(
        routes=[
            route("/", welcome.page),
            *(route(f"/{name}", partial(welcome.file, name)) for name in welcome.FILES),
            route("/upload/{audit_id}", upload.page),
            takes("/upload/{audit_id}", upload.give, SMALL),
            Route("/style.css", style),
        ],
        middleware=[Middleware(Hardened)],
        exception_handlers={404: lost},
    )


class Hardened:
    """Adds what every answer carries."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
            await send(message)

        await self.app(scope, receive, hardened)
