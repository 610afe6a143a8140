"""The record for programs: what the pages show, as JSON. Reading only, by the same doors (`/api/v1/openapi.json` describes it)."""

from dataclasses import asdict

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.audit import EntryType
from gateway.audit.index import FACETS, Wanted, page, rule_sets, tally, verdicts
from gateway.audit.proof import prove
from gateway.audit.query import Record, find
from gateway.errors import AuditError
from gateway.review.api_description import PREFIX, description
from gateway.review.api_models import (
    Asked,
    Decision,
    Decisions,
    Integrity,
    Overview,
    Period,
    RuleSet,
    RuleSets,
    Said,
    Tree,
    Verdicts,
)  # fmt: skip
from gateway.review.books import Books, Open
from gateway.review.integrity import assurances


class Api:
    """One method an address. Starlette calls them in threads, for they read from disk."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route(f"{PREFIX}/openapi.json", self.description),
            Route(f"{PREFIX}/overview", self.overview),
            Route(f"{PREFIX}/decisions", self.decisions),
            Route(f"{PREFIX}/decisions/{{audit_id}}", self.decision),
            Route(f"{PREFIX}/decisions/{{audit_id}}/proof", self.proof),
            Route(f"{PREFIX}/rules", self.rules),
            Route(f"{PREFIX}/integrity", self.integrity),
            Route(f"{PREFIX}/verdicts", self.verdicts),
        ]

    def description(self, _: Request) -> Response:
        """What can be asked, as OpenAPI 3.1."""
        return JSONResponse(description())

    def overview(self, request: Request) -> Response:
        """Counts of a period."""
        try:
            asked = Period.model_validate(_single(request))
            wanted = Wanted(since=asked.since, until=asked.until)
        except (ValidationError, AuditError):
            return problem(400, "a parameter is not as described")
        with self.books.open() as opened:
            told = tally(opened.index, wanted)
            words = {
                facet: {word: counts.all for word, counts in found.items()}
                for facet, found in told.words.items()
            }
            events = {event: times for event, (times, _) in told.events.items()}
            return _json(
                Overview(
                    actions=dict(told.whole.by_action), facets=words, events=events, unsorted=opened.left
                )
            )

    def decisions(self, request: Request) -> Response:
        """Decisions, newest first, page by page."""
        try:
            asked = Asked.model_validate(_single(request))
            facets = {name: word for name in FACETS if (word := getattr(asked, name))}
            wanted = Wanted(
                facets,
                person=asked.person,
                department=asked.department,
                since=asked.since,
                until=asked.until,
                search=asked.search,
            )
        except (ValidationError, AuditError):
            return problem(400, "a parameter is not as described")
        with self.books.open() as opened:
            found = page(opened.index, wanted, before=asked.before, most=asked.limit + 1)
            shown = found[: asked.limit]
            made = [made for one in shown if (made := _decision(opened, one.origin, one.id))]
            following = shown[-1].key if len(found) > asked.limit else None
            return _json(Decisions(decisions=made, next=following, unsorted=opened.left))

    def decision(self, request: Request) -> Response:
        """One decision."""
        with self.books.open() as opened:
            record = find(opened.readers, request.path_params["audit_id"])
        if record is None or record.entry.type is not EntryType.DECISION:
            return problem(404, "nothing in the record has that id")
        return _json(_told(record))

    def proof(self, request: Request) -> Response:
        """The proof that a decision is in the signed record."""
        with self.books.open() as opened:
            record = find(opened.readers, request.path_params["audit_id"])
            reader = opened.reader(record.origin) if record else None
            if record is None or reader is None:
                return problem(404, "nothing in the record has that id")
            try:
                return JSONResponse(
                    prove(reader, reader.find(record.entry.id), self.books.keys(reader.origin))
                )
            except AuditError:
                return problem(409, "this decision is not signed yet")

    def rules(self, _: Request) -> Response:
        """The rule sets that the record speaks of."""
        with self.books.open() as opened:
            found = rule_sets(opened.index)
        known = [
            RuleSet(digest=digest, first=first, last=last, kept=self.books.rules(digest) is not None)
            for digest, first, last in found
        ]
        return _json(RuleSets(rule_sets=known))

    def integrity(self, _: Request) -> Response:
        """What is signed of each record, and whether it is what is stored."""
        with self.books.open() as opened:
            assured = assurances(self.books, opened)
        trees = [
            Tree.model_validate(
                {
                    "gateway": light.origin, "state": light.colour, "why": light.why, "size": light.size,
                    "signed": light.signed.size if light.signed else 0,
                    "root": light.signed.root.hex() if light.signed else "",
                    "time": light.signed.time if light.signed else "",
                    "anchored": light.anchored.size if light.anchored else 0,
                    "verified": asdict(one.verified) if one.verified else None,
                    "prunings": [asdict(pruning) for pruning in one.prunings],
                }
            )
            for one in assured
            for light in (one.light,)
        ]  # fmt: skip
        return _json(Integrity(records=trees))

    def verdicts(self, _: Request) -> Response:
        """What reviewers said of decisions."""
        with self.books.open() as opened:
            given = verdicts(opened.index)
        return _json(
            Verdicts(
                verdicts=[
                    Said(id=one.id, verdict=one.verdict, person=one.person, time=one.time) for one in given
                ]
            )
        )


def problem(status: int, words: str) -> Response:
    """An answer that says what is wrong."""
    return JSONResponse({"error": words}, status)


def _json(model: BaseModel) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")


def _single(request: Request) -> dict[str, str]:
    """The parameters of a request, each of them once; two of a name are as wrong as an unknown one."""
    given = request.query_params.multi_items()
    return {name if len(request.query_params.getlist(name)) == 1 else "twice": value for name, value in given}


def _decision(opened: Open, origin: str, audit_id: str) -> Decision | None:
    reader = opened.reader(origin)
    record = find((reader,), audit_id) if reader else None
    return _told(record) if record else None


def _told(record: Record) -> Decision:
    entry = record.entry
    same = {name: getattr(entry, name) for name in Decision.model_fields if hasattr(entry, name)}
    return Decision.model_validate(
        {
            **same, "gateway": record.origin, "place": record.index, "reason": entry.reason_code,
            "outcome": record.end, "groups": list(entry.groups), "findings": dict(entry.findings),
        }
    )  # fmt: skip
