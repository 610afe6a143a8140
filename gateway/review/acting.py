"""What reviewers do at the desk: say whether a decision was right, and answer who asks for an exemption."""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.audit import VERDICTS, Entry, EntryType
from gateway.audit.query import find
from gateway.errors import AuditError, ExemptionError
from gateway.exemptions import ReasonStore, ask_desk
from gateway.pages.forms import read_form
from gateway.review.books import Books
from gateway.review.rendering import Rendering
from gateway.review.visit import VISIT, Visit, Witness

MINUTES: Final = (15, 60, 240, 24 * 60)
"""For how long an exemption can be granted at the desk."""


class Acting:
    """Pages with forms. Who may send them was decided before (`gateway.review.doors`)."""

    def __init__(self, books: Books, rendering: Rendering, witness: Witness) -> None:
        self.books = books
        self.rendering = rendering
        self.witness = witness

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route("/decisions/{audit_id}/verdict", self.judge, methods=["POST"]),
            Route("/exemptions", self.exemptions),
            Route("/exemptions/{audit_id}/grant", self.grant, methods=["POST"]),
            Route("/exemptions/{audit_id}/decline", self.decline, methods=["POST"]),
        ]

    async def judge(self, request: Request) -> Response:
        """Write down what a reviewer says of a decision; of one person the last word counts."""
        audit_id = request.path_params["audit_id"]
        verdict = (await read_form(request)).get("verdict", "")
        if verdict not in VERDICTS or not await run_in_threadpool(self._is_decision, audit_id):
            return self.rendering.page(request, "problem.html", status=404, words="desk.unknown")
        try:
            made = Entry.verdict_of(audit_id, verdict, user=_visit(request).account.name)
            await asyncio.wrap_future(self.witness(made))
        except AuditError:
            return self.rendering.page(request, "problem.html", status=503, words="desk.not_written")
        return RedirectResponse(f"/decisions/{audit_id}#verdict", HTTPStatus.SEE_OTHER)

    def exemptions(self, request: Request) -> Response:
        """Who asks for one, and what was answered in the last days."""
        try:
            answer = ask_desk(self.books.state, "list")
        except ExemptionError:
            answer = None
        if answer is None:
            return self.rendering.page(request, "problem.html", status=503, words="desk.no_office")
        reasons = ReasonStore(self.books.state / "reasons")
        asked: list[dict[str, Any]] = answer["exemptions"]
        for one in asked:
            one["text"] = reasons.read(one["id"]) if one["has_text"] else ""
        waiting = [one for one in asked if one["state"] == "asked"]
        return self.rendering.page(
            request, "exemptions.html", waiting=waiting, minutes=MINUTES,
            answered=[one for one in asked if one not in waiting],
        )  # fmt: skip

    async def grant(self, request: Request) -> Response:
        """Let it pass for a while. Whoever sent it cannot grant it."""
        given = (await read_form(request)).get("minutes", "")
        minutes = int(given) if given.isascii() and given.isdigit() and int(given) in MINUTES else MINUTES[0]
        return await run_in_threadpool(self._answer, request, "grant", minutes=minutes)

    def decline(self, request: Request) -> Response:
        """Say no, or take back what was granted."""
        return self._answer(request, "decline")

    def _answer(self, request: Request, do: str, **words: int) -> Response:
        by = _visit(request).account.name
        try:
            answer = ask_desk(
                self.books.state, do, decision_id=request.path_params["audit_id"], by=by, **words
            )
        except ExemptionError:
            return self.rendering.page(request, "problem.html", status=409, words="desk.not_granted")
        if answer is None:
            return self.rendering.page(request, "problem.html", status=503, words="desk.no_office")
        return RedirectResponse("/exemptions", HTTPStatus.SEE_OTHER)

    def _is_decision(self, audit_id: str) -> bool:
        with self.books.open() as opened:
            record = find(opened.readers, audit_id)
        return record is not None and record.entry.type is EntryType.DECISION


def _visit(request: Request) -> Visit:
    visit: Visit = request.scope[VISIT]
    return visit
