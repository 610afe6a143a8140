"""The doors of the desk: who may open what. What is not in the table is refused; what is opened is written down."""

import asyncio
import hmac
import logging
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from gateway.audit import Entry
from gateway.errors import AuditError, PeopleError
from gateway.pages.forms import is_from_here, read_form
from gateway.review.accounts import Account, Role
from gateway.review.api import problem
from gateway.review.api_description import PREFIX
from gateway.review.rendering import Rendering
from gateway.review.sessions import form_token
from gateway.review.visit import DECIDERS, READERS, VISIT, Admission, Visit

logger = logging.getLogger(__name__)

COOKIE: Final = "leadglass-review"
SIGN_IN: Final = "/sign-in"
EVERYONE: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Way:
    """Who may use one method of one address; `roles` None: everybody, signed in or not."""

    method: str
    path: str
    """A regular expression for the whole path."""
    roles: frozenset[Role] | None
    event: str = ""
    """What is written down before the answer, with the page's name in `detail`."""


TABLE: Final = (
    Way("GET", "/healthz", None),
    Way("GET", "/style[.]css", None),
    Way("GET", "/sign-in", None),
    Way("POST", "/sign-in", None),
    Way("GET", "/sign-in/single(/back)?", None),
    Way("GET", "/sign-out", EVERYONE),
    Way("POST", "/sign-out", EVERYONE),
    Way("GET", "/", READERS, "record-read"),
    Way("GET", "/decisions", READERS, "record-read"),
    Way("GET", "/decisions/[^/]+", READERS, "record-read"),
    Way("GET", "/decisions/[^/]+/proof[.]json", READERS, "record-read"),
    Way("POST", "/decisions/[^/]+/verdict", DECIDERS),
    Way("GET", "/exemptions", DECIDERS, "record-read"),
    Way("POST", "/exemptions/[^/]+/(grant|decline)", DECIDERS),
    Way("GET", "/rules", READERS, "record-read"),
    Way("GET", "/rules/[^/]+", READERS, "record-read"),
    Way("GET", "/integrity", READERS, "record-read"),
    Way("GET", "/report([.]pdf)?", READERS, "record-exported"),
    Way("GET", "/export", READERS, "record-read"),
    Way("GET", "/export/[^/]+", READERS, "record-exported"),
    Way("GET", "/api/v1/openapi[.]json", READERS),
    Way("GET", "/api/v1/decisions/[^/]+(/proof)?", READERS, "record-read"),
    Way("GET", "/api/v1/(overview|decisions|rules|integrity|verdicts)", READERS, "record-read"),
    # Pages for people: each shows its visitor their own uploads alone and checks its own forms (`gateway.pages`).
    Way("GET", "/people(/.*)?", None),
    Way("POST", "/people/.*", None),
)


def way_of(method: str, path: str) -> Way | None:
    """The line of the table for a request; HEAD counts as GET."""
    asked = "GET" if method == "HEAD" else method
    return next((one for one in TABLE if one.method == asked and re.fullmatch(one.path, path)), None)


class Doors:
    """Lets a request through to `app` where the table allows it, and tells `app` who makes it."""

    def __init__(self, app: ASGIApp, admission: Admission, rendering: Rendering) -> None:
        self.app = app
        self.admission = admission
        self.rendering = rendering

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        assert scope["type"] == "http"  # there are no sockets here
        request = Request(scope, receive)
        answer = await self._answer(request)
        if answer is not None:
            await answer(scope, receive, send)
        elif VISIT in scope and request.method == "POST":
            await self.app(scope, _again(await request.body()), send)
        else:
            await self.app(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        """The answer of the doors themselves; None where the application may answer."""
        path = request.scope["path"]
        way = way_of(request.method, path)
        if way is None:
            allowed = sorted({one.method for one in TABLE if re.fullmatch(one.path, path)})
            if allowed:
                return PlainTextResponse("this cannot be done here\n", 405, {"Allow": ", ".join(allowed)})
            return PlainTextResponse("there is no such page\n", 404)
        if way.roles is None:
            return None
        try:
            account = self.visitor(request)
        except PeopleError as error:
            logger.error("%s", error)  # noqa: TRY400 - the message is all there is to say
            return self._problem(request, "desk.accounts_broken", 503)
        if account is None and path.startswith(PREFIX):
            return problem(401, "sign in first")
        if account is None:
            asked = (
                f"{path}?{request.url.query}".rstrip("?") if request.method == "GET" and path != "/" else ""
            )
            return RedirectResponse(
                SIGN_IN + ("?" + urlencode({"to": asked}) if asked else ""), HTTPStatus.SEE_OTHER
            )
        request.scope[VISIT] = Visit(account, form_token(request.cookies[COOKIE]))
        if account.role not in way.roles:
            return self._problem(request, "desk.not_your_role", 403)
        if request.method == "POST" and not await _is_own_form(request):
            return self._problem(request, "desk.foreign_form", 403)
        if way.event:
            detail = path.strip("/").split("/")[0] or "overview"
            try:
                made = Entry.event_of(way.event, user=account.name, detail=detail)
                await asyncio.wrap_future(self.admission.witness(made))
            except AuditError:
                return self._problem(request, "desk.not_recorded", 503)
        return None

    def visitor(self, request: Request) -> Account | None:
        """Who is signed in with this request; nobody whose account was changed or revoked since. PeopleError as `Accounts.all`."""
        session = self.admission.sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return None
        account = self.admission.accounts.all().get(session.name)
        if session.vouched:  # a revoked account of the same name keeps its owner out by every way
            return None if account and account.revoked else session.vouched
        return None if account is None or account.revoked or account.version != session.version else account

    def _problem(self, request: Request, words: str, status: int) -> Response:
        if request.scope["path"].startswith(PREFIX):
            return problem(status, self.rendering.say(request)(words))
        return self.rendering.page(request, "problem.html", status=status, words=words)


async def _is_own_form(request: Request) -> bool:
    given = (await read_form(request)).get("token", "")
    return is_from_here(request) and hmac.compare_digest(
        request.scope[VISIT].token.encode(), given.encode("utf-8", "replace")
    )


def _again(body: bytes) -> Any:
    """What an application receives whose request was read before it."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
