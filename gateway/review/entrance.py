"""Signing in and out."""

import asyncio
import logging
import time
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.audit import Entry
from gateway.errors import AuditError, PeopleError
from gateway.pages.forms import is_from_here, read_form
from gateway.people.attempts import Attempts
from gateway.people.schema import AttemptsSpec
from gateway.review.accounts import Account
from gateway.review.doors import COOKIE, SIGN_IN, way_of
from gateway.review.rendering import Rendering
from gateway.review.sessions import LONGEST_SECONDS
from gateway.review.single_sign_on import BACK, START, SingleSignOn
from gateway.review.visit import READERS, Admission

logger = logging.getLogger(__name__)

ALLOWED: Final = AttemptsSpec(wrong=10, seconds=300)
"""Wrong attempts of one machine. An account has no such limit: a stranger could keep its owner out (see `Accounts.sign_in`)."""


class Entrance:
    """The pages at which people sign in and out."""

    def __init__(self, admission: Admission, rendering: Rendering, single: SingleSignOn | None) -> None:
        self.admission = admission
        self.rendering = rendering
        self.single = single
        self._attempts = Attempts()

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route(SIGN_IN, self.form),
            Route(SIGN_IN, self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["GET", "POST"]),
            *self._single_routes(),
        ]

    def _single_routes(self) -> list[Route]:
        if self.single is None:
            return []
        remembering = [self.single.trip()]
        return [
            Route(START, self.to_provider, middleware=remembering),
            Route(BACK, self.from_provider, middleware=remembering),
        ]

    def form(self, request: Request, *, status: int = 200, problem: str = "", given: str = "") -> Response:
        """The form; where nobody could sign in yet, how to make the first account. `given` is the page that was asked for."""
        try:
            first = self.single is None and not self.admission.accounts.all()
        except PeopleError as error:
            logger.error("%s", error)  # noqa: TRY400 - the message is all there is to say
            return self.rendering.page(request, "problem.html", status=503, words="desk.accounts_broken")
        to = given or request.query_params.get("to", "")
        return self.rendering.page(
            request, "sign-in.html", status=status, problem=problem, first=first, to=to[:500],
            single=START if self.single else "", called=self.single.spec.called if self.single else "",
        )  # fmt: skip

    async def sign_in(self, request: Request) -> Response:
        """Name, password and code: who they belong to has a session from now on."""
        if not is_from_here(request):
            return self.form(request, status=403, problem="desk.foreign_form")
        given = await read_form(request)
        to = given.get("to", "")
        address = request.client.host if request.client else "0.0.0.0"  # noqa: S104 - compared, not bound
        if not self._attempts.charge(address, ALLOWED, time.monotonic()):
            return self.form(request, status=429, problem="desk.wait", given=to)
        try:
            account = await run_in_threadpool(
                self.admission.accounts.sign_in, given.get("name", "")[:200], given.get("password", ""), given.get("code", "")
            )  # fmt: skip
            # Only a name that is known is written down: people type passwords into the wrong field.
            made = Entry.event_of(
                "sign-in" if account else "sign-in-failed", user=account.name if account else ""
            )
            await asyncio.wrap_future(self.admission.witness(made))
        except PeopleError:
            return self.form(request)
        except AuditError:
            return self.form(request, status=503, problem="desk.not_recorded")
        if account is None:
            return self.form(request, status=403, problem="desk.not_right", given=to)
        self._attempts.refund(address)
        return self._welcome(request, account, self.admission.sessions.begin(account), to)

    async def to_provider(self, request: Request) -> Response:
        """To the provider that vouches for people."""
        assert self.single is not None
        try:
            return await self.single.begin(request)
        except PeopleError as error:
            logger.warning("%s", error)
            return self.form(request, status=503, problem="desk.provider_away")

    async def from_provider(self, request: Request) -> Response:
        """Back from there: who has a role has a session from now on; either way it is written down first."""
        assert self.single is not None
        to, name, account = self.single.given(request), "", None
        try:
            name, account = await self.single.end(request)
            kept = self.admission.accounts.all().get(name)
            account = None if kept and kept.revoked else account
        except PeopleError as error:
            logger.warning("%s", error)
        try:
            made = Entry.event_of("sign-in" if account else "sign-in-failed", user=name, detail="oidc")
            await asyncio.wrap_future(self.admission.witness(made))
        except AuditError:
            return self.form(request, status=503, problem="desk.not_recorded", given=to)
        if account is None:
            problem = "desk.no_role" if name else "desk.not_vouched"
            return self.form(request, status=403, problem=problem, given=to)
        return self._welcome(request, account, self.admission.sessions.begin(account, vouched=True), to)

    def _welcome(self, request: Request, account: Account, token: str, to: str) -> Response:
        """On to the page that was asked for, with a session; the one before it ends."""
        self.admission.sessions.end(request.cookies.get(COOKIE, ""))
        home = "/" if account.role in READERS else "/people/"
        answer = RedirectResponse(to if _is_ours(to) else home, HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            COOKIE, token, max_age=LONGEST_SECONDS, httponly=True, samesite="lax",
            secure=request.url.scheme == "https",  # without TLS the desk is on loopback alone
        )  # fmt: skip
        return answer

    def sign_out(self, request: Request) -> Response:
        """Ask, and then end the session."""
        if request.method != "POST":
            return self.rendering.page(request, "sign-out.html")
        self.admission.sessions.end(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https")
        return answer


def _is_ours(to: str) -> bool:
    """Whether an address is a page of the desk and of nobody else."""
    way = way_of("GET", to.partition("?")[0])
    return way is not None and way.roles is not None and to.isascii() and to.isprintable()
