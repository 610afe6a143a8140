"""The pages about what was decided, for reading: overview, decisions, one decision, rule sets, integrity, export."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.audit import VERDICTS, EntryType
from gateway.audit.index import FACETS, Wanted, around, count, page, rule_sets, scores, tally, verdicts
from gateway.audit.index.shape import key_of
from gateway.audit.proof import prove
from gateway.audit.query import Record, find
from gateway.audit.words import STOPPED
from gateway.errors import AuditError
from gateway.pages.sketch import sketches
from gateway.review.books import Books, Open
from gateway.review.charts import bars, columns
from gateway.review.integrity import assurances, light_of, pruned_words, verified_words
from gateway.review.rendering import Rendering
from gateway.review.ruletexts import changes, rule_texts, spoken
from gateway.review.story import story

ROWS: Final = 50
PERIODS: Final = (7, 30, 90, 365)
"""Days that the overview can show."""
SHOWN: Final = ("host", "modality", "department", "rule", "reason")
"""Facets of the overview, each with its own bars."""
ASKED: Final = (*FACETS, "person", "department", "since", "until", "search")
"""What decisions can be asked for in an address."""


def content_routes(books: Books, rendering: Rendering) -> list[Route]:
    """Every content page; all are only read."""
    content = _Content(books, rendering)
    return [
        Route("/", content.overview),
        Route("/decisions", content.decisions),
        Route("/decisions/{audit_id}", content.decision),
        Route("/decisions/{audit_id}/proof.json", content.proof),
        Route("/rules", content.rule_sets),
        Route("/rules/{digest}", content.rule_set),
        Route("/integrity", content.integrity),
    ]


class _Content:
    """One method a page. Starlette calls them in threads, for they read from disk."""

    def __init__(self, books: Books, rendering: Rendering) -> None:
        self.books = books
        self.rendering = rendering

    def overview(self, request: Request) -> Response:
        """What was stopped in the last days, and whether the record can be believed."""
        chosen = request.query_params.get("days", "")
        days = int(chosen) if chosen.isascii() and chosen.isdigit() and int(chosen) in PERIODS else 30
        today = datetime.now(UTC).date()
        since, until = (today - timedelta(days=days - 1)).isoformat(), today.isoformat()
        with self.books.open() as opened:
            told = tally(opened.index, Wanted(since=since, until=until))
            judged = scores(opened.index)
            lights = [
                light_of(one, self.books.keys(one.origin), self.books.anchors) for one in opened.readers
            ]
        return self.rendering.page(
            request, "overview.html", left=opened.left, told=told, days=days, periods=PERIODS, since=since,
            columns=columns(told.days, since, until), lights=lights,
            facets=[(facet, bars(told.of(facet))) for facet in SHOWN], judged=judged,
        )  # fmt: skip

    def decisions(self, request: Request) -> Response:
        """A page of decisions, newest first, as the address asks for them."""
        asked = asked_in(request)
        before = request.query_params.get("before", "")
        with self.books.open() as opened:
            try:
                wanted = wanted_by(asked)
            except AuditError:
                return self.rendering.page(request, "problem.html", status=400, words="desk.bad_day")
            found = page(
                opened.index, wanted, before=int(before) if before.isascii() and before.isdigit() else None,
                most=ROWS + 1,
            )  # fmt: skip
            records = [record for one in found[:ROWS] if (record := record_of(opened, one.origin, one.id))]
            number, shapes = count(opened.index, wanted), opened.index.shapes().values()
            choices = {name: sorted({getattr(shape, name) for shape in shapes} - {""}) for name in FACETS}
        older = urlencode({**asked, "before": found[ROWS - 1].key}) if len(found) > ROWS else ""
        return self.rendering.page(
            request, "decisions.html", left=opened.left, records=records, asked=dict.fromkeys(ASKED, "") | asked, narrowed=bool(asked), number=number,
            choices=choices, older=older, newest=urlencode(asked), paged=bool(before),
        )  # fmt: skip

    def decision(self, request: Request) -> Response:
        """One decision, in words."""
        say = self.rendering.say(request)
        with self.books.open() as opened:
            record = find(opened.readers, request.path_params["audit_id"])
            if record is None or record.entry.type is not EntryType.DECISION:
                return self.rendering.page(request, "problem.html", status=404, words="desk.unknown")
            older, newer = around(opened.index, key_of(record.time), record.entry.id)
            said = verdicts(opened.index, record.entry.id)
        entry = record.entry
        rules = self.books.rules(entry.rules_digest)
        return self.rendering.page(
            request, "decision.html", left=opened.left, record=record, entry=entry, story=story(record, say),
            sketches=sketches(entry.places), rules=spoken(rules, entry), kept=rules is not None, older=older, newer=newer,
            said=said, verdicts=_verdicts(entry.action),
        )  # fmt: skip

    def proof(self, request: Request) -> Response:
        """The proof that a decision is in the signed record, for `docs/verify_inclusion.py`."""
        with self.books.open() as opened:
            record = find(opened.readers, request.path_params["audit_id"])
            reader = opened.reader(record.origin) if record else None
            if record is None or reader is None:
                return self.rendering.page(request, "problem.html", status=404, words="desk.unknown")
            try:
                proof = prove(reader, reader.find(record.entry.id), self.books.keys(reader.origin))
            except AuditError:
                return self.rendering.page(request, "problem.html", status=409, words="desk.not_signed")
        name = f'attachment; filename="{record.entry.id}.proof.json"'
        return JSONResponse(proof, headers={"Content-Disposition": name})

    def rule_sets(self, request: Request) -> Response:
        """The rule sets that the record speaks of, newest first."""
        with self.books.open() as opened:
            found = rule_sets(opened.index)
        sets = [(digest, first, last, self.books.rules(digest) is not None) for digest, first, last in found]
        return self.rendering.page(request, "rules.html", left=opened.left, sets=sets)

    def rule_set(self, request: Request) -> Response:
        """One rule set as it was, and what changed since another."""
        digest, other = request.path_params["digest"], request.query_params.get("since", "")
        rules, before = self.books.rules(digest), self.books.rules(other) if other else None
        if rules is None or (other and before is None):
            return self.rendering.page(request, "problem.html", status=404, words="desk.rules_unknown")
        return self.rendering.page(
            request, "rule_set.html", digest=digest, other=other, texts=rule_texts(rules),
            lines=changes(before, rules) if before else [],
        )  # fmt: skip

    def integrity(self, request: Request) -> Response:
        """What protects the record, and up to where."""
        with self.books.open() as opened:
            assured = assurances(self.books, opened)
        origins = [one.light.origin for one in assured]
        keys = [(origin, [key.line() for key in self.books.keys(origin)]) for origin in origins]
        say = self.rendering.say(request)
        return self.rendering.page(
            request, "integrity.html", left=opened.left, assured=assured, keys=keys, anchors=self.books.anchors,
            verified=partial(verified_words, say), pruned=partial(pruned_words, say),
        )  # fmt: skip


def _verdicts(action: str) -> tuple[str, ...]:
    """What can be said of a decision: of what was let through, only that it should not have been."""
    right, *wrong, missed = VERDICTS
    return (right, *wrong) if action in (*STOPPED, "redact") else (right, missed)


def asked_in(request: Request) -> dict[str, str]:
    """The questions in an address, without those that ask for nothing."""
    given = request.query_params
    return {name: given[name][:200] for name in ASKED if given.get(name, "")}


def wanted_by(asked: Mapping[str, str]) -> Wanted:
    """The same as the index asks it. AuditError where a day is no day."""
    rest = {name: word for name, word in asked.items() if name not in FACETS}
    return Wanted({name: word for name, word in asked.items() if name in FACETS}, **rest)


def record_of(opened: Open, origin: str, audit_id: str) -> Record | None:
    """The decision as the record has it; None where it was pruned since."""
    reader = opened.reader(origin)
    return find((reader,), audit_id) if reader else None
