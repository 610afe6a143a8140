"""The routes of the pages for people, their security headers, and who may see what."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.audit.query import Record
from gateway.enrol import pac_file
from gateway.errors import ExemptionError
from gateway.messages import Messages, language_of, messages
from gateway.pages.downloads import DOWNLOADS
from gateway.pages.forms import is_from_here, is_good, read_form, token_for
from gateway.pages.hardened import SECURITY_HEADERS, Guarded, hardening
from gateway.pages.snippets import snippets
from gateway.pages.surroundings import Surroundings
from gateway.pages.trial import services, try_form
from gateway.pages.uploads import clock, own_record, own_uploads, story_of
from gateway.pages.visitor import CHECK_PATH, visitor_of

CHECK_STYLE: Final = f"{CHECK_PATH}.css"
PROOF: Final = f"{CHECK_PATH}-yes.css"
PROVEN: Final = ".if-proven{display:block}li.if-proven{display:list-item}.unless-proven{display:none}"
POLICY: Final = "Content-Security-Policy"
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
TRIAL: Final = "try"
TEMPLATES: Final = Path(__file__).parent / "templates"


def create_pages(around: Surroundings) -> ASGIApp:
    """The pages as an ASGI application. A request needs its `Visitor` in the scope; a page that fails says so, in few words."""
    return Guarded(
        Starlette(
            routes=_Pages(around).routes(),
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=hardening(SECURITY_HEADERS))],
        )
    )


class _Pages:
    """One method a page."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def routes(self) -> list[Route]:
        """Every page there is."""
        return [
            Route("/", self.start),
            Route("/style.css", self.style),
            Route("/proxy.pac", self.pac),
            *(Route(f"/{name}", partial(self.download, name)) for name in DOWNLOADS),
            Route(CHECK_PATH, self.check),
            Route(CHECK_STYLE, self.style),
            Route(PROOF, self.proof),
            Route("/upload/", self.uploads),
            Route("/upload/{audit_id}", self.upload),
            Route("/upload/{audit_id}", self.give_reason, methods=["POST"]),
            Route("/try", self.trial),
            Route("/try", self.try_file, methods=["POST"]),
        ]

    # -- setting up a machine

    def start(self, request: Request) -> Response:
        """What this is, and the way in for every kind of machine."""
        visitor = visitor_of(request)
        pac = self.around.pac_of(visitor)
        checks = services(self.around)
        # A browser that is not behind the gateway would ask the service itself, so only others are told to look.
        proof = f"https://{checks[0][0]}{PROOF}" if visitor.proxied and checks else ""
        policy = SECURITY_HEADERS[POLICY].replace("style-src 'self'", f"style-src 'self' {proof}".rstrip())
        return self._page(
            request,
            "start.html",
            headers={POLICY: policy},
            visitor=visitor,
            proof=proof,
            asks=self.around.asks,
            snippets=snippets(self.around.proxy_of(visitor), pac, tls=self.around.tls_of(visitor)),
            pac=pac,
            checks=checks[:6],
            check_path=CHECK_PATH,
        )

    def pac(self, request: Request) -> Response:
        """The proxy auto-config file."""
        visitor, hosts = visitor_of(request), self.around.rules().catalogue.hosts
        text = pac_file(hosts, self.around.proxy_of(visitor), tls=self.around.tls_of(visitor))
        return Response(text, media_type="application/x-ns-proxy-autoconfig")

    def download(self, name: str, request: Request) -> Response:
        """One of the files for a machine, or for many."""
        media_type, made = DOWNLOADS[name]
        return Response(
            made(self.around.authority.read_bytes(), self.around.pac_of(visitor_of(request))),
            media_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def check(self, request: Request) -> Response:
        """At an inspected destination: proof that this browser is behind the gateway and trusts it."""
        return self._page(request, "check.html", host=visitor_of(request).host, bare=True)

    def proof(self, _: Request) -> Response:
        """At an inspected destination, fetched by the start page: a browser that gets it is behind the gateway and trusts it."""
        return Response(PROVEN, media_type="text/css")

    def style(self, _: Request) -> Response:
        """The style sheet."""
        return Response((TEMPLATES / "style.css").read_bytes(), media_type="text/css")

    # -- one's own uploads

    def uploads(self, request: Request) -> Response:
        """The newest of one's own."""
        sender = visitor_of(request).sender
        with self.around.readers() as readers:
            found = own_uploads(readers, sender, self._written(request))
        say = self._say(request)
        rows = [(one, clock(one.time), say(f"action.{one.action}")) for one in found]
        return self._page(request, "uploads.html", rows=rows, sender=sender)

    def upload(self, request: Request) -> Response:
        """One upload: what happened, why, and what can be done."""
        record, sender = self._own(request), visitor_of(request).sender
        if record is None:
            return self._page(request, "problem.html", status=404, words="problem.unknown")
        story = story_of(record, self.around, self._say(request))
        return self._page(
            request, "upload.html", story=story, token=token_for(self.around.key, sender, story.id)
        )

    async def give_reason(self, request: Request) -> Response:
        """The sender gives a reason; it is in the record before the page says thank you."""
        audit_id, sender = request.path_params["audit_id"], visitor_of(request).sender
        given = await read_form(request)
        if not is_from_here(request) or not is_good(
            self.around.key, sender, audit_id, given.get("token", "")
        ):
            return self._page(request, "problem.html", status=403, words="problem.form")
        return await run_in_threadpool(self._take_reason, request, given)

    def _take_reason(self, request: Request, given: dict[str, str]) -> Response:
        record = self._own(request)
        if record is None:
            return self._page(request, "problem.html", status=404, words="problem.unknown")
        try:
            self.around.office.give_reason(
                record.entry.id,
                given.get("reason", ""),
                text=given.get("text", "")[:2000],
                by=visitor_of(request).sender.user,
            )
        except ExemptionError:
            return self._page(request, "problem.html", status=409, words="problem.reason")
        return RedirectResponse(
            f"{request.scope.get('root_path', '')}/upload/{record.entry.id}", HTTPStatus.SEE_OTHER
        )

    def _own(self, request: Request) -> Record | None:
        """The decision that is asked for, if it was about the visitor's own upload."""
        with self.around.readers() as readers:
            sender = visitor_of(request).sender
            return own_record(readers, request.path_params["audit_id"], sender, self._written(request))

    # -- trying a file

    def trial(self, request: Request) -> Response:
        """Choose a file."""
        return self._page(
            request,
            "try.html",
            services=services(self.around),
            verdict=None,
            problem="",
            token=self._trial_token(request),
        )

    async def try_file(self, request: Request) -> Response:
        """What would happen to it."""
        known, token = services(self.around), self._trial_token(request)
        host = request.query_params.get("to", "")
        kind = request.headers.get("content-type", "")
        if (
            not is_from_here(request)
            or not is_good(
                self.around.key, visitor_of(request).sender, TRIAL, request.query_params.get("token", "")
            )
            or self.around.rules().catalogue.lookup(host, 443) is None
            or not kind.startswith("multipart/form-data")
        ):
            return self._page(request, "problem.html", status=403, words="problem.form")
        body = await request.body()
        if b'filename=""' in body[:2000]:
            return self._page(
                request, "try.html", services=known, verdict=None, problem="trial.choose", token=token
            )
        verdict = await try_form(
            body, kind.encode("latin-1"), host, visitor_of(request).sender, self.around, self._say(request)
        )
        return self._page(request, "try.html", services=known, verdict=verdict, problem="", token=token)

    def _trial_token(self, request: Request) -> str:
        return token_for(self.around.key, visitor_of(request).sender, TRIAL)

    # -- what all of them need

    def _page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        bare: bool = False,
        headers: Mapping[str, str] = NO_HEADERS,
        **values: Any,
    ) -> Response:
        say = self._say(request)
        text = self.templates.get_template(template).render(
            say=say,
            bare=bare,
            base=request.scope.get("root_path", ""),
            style=CHECK_STYLE if bare else f"{request.scope.get('root_path', '')}/style.css",
            **values,
        )
        return HTMLResponse(text, status_code=status, headers={**headers, "Content-Language": say.language})

    def _say(self, request: Request) -> Messages:
        return messages(language_of(request.headers.get("accept-language", "")) or self.around.language)

    def _written(self, request: Request) -> str:
        return self.around.office.written(visitor_of(request).sender.user)
