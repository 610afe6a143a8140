"""What can be taken along: decisions as a file, and the report for a period."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.audit.export import EXPORTS
from gateway.audit.index import Wanted, page
from gateway.audit.query import Record
from gateway.errors import AuditError
from gateway.review.books import Books, Open
from gateway.review.content import asked_in, record_of, wanted_by
from gateway.review.rendering import Rendering
from gateway.review.report import report
from gateway.review.report_pdf import as_pdf

EXPORTED: Final = 1_000_000
"""Decisions in one download."""


class Takeaway:
    """One method a page."""

    def __init__(self, books: Books, rendering: Rendering) -> None:
        self.books = books
        self.rendering = rendering

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route("/export", self.export),
            *(Route(f"/export/{name}", partial(self.download, name)) for name in EXPORTS),
            Route("/report", self.report),
            Route("/report.pdf", self.report_pdf),
        ]

    def export(self, request: Request) -> Response:
        """What can be taken along, and as what."""
        asked = asked_in(request)
        return self.rendering.page(
            request, "export.html", asked=asked, query=urlencode(asked), forms=tuple(EXPORTS)
        )

    def report(self, request: Request) -> Response:
        """The report for a period, to be read or printed."""
        since, until = _period(request)
        try:
            made = report(self.books, self.rendering.say(request), since, until)
        except AuditError:
            return self.rendering.page(request, "problem.html", status=400, words="desk.bad_day")
        return self.rendering.page(request, "report.html", report=made, since=since, until=until)

    def report_pdf(self, request: Request) -> Response:
        """The same as PDF."""
        since, until = _period(request)
        try:
            made = report(self.books, self.rendering.say(request), since, until)
        except AuditError:
            return self.rendering.page(request, "problem.html", status=400, words="desk.bad_day")
        name = f'attachment; filename="leadglass-{since}-{until}.pdf"'
        return Response(as_pdf(made), media_type="application/pdf", headers={"Content-Disposition": name})

    def download(self, form: str, request: Request) -> Response:
        """The decisions that are asked for, newest first."""
        try:
            wanted = wanted_by(asked_in(request))
        except AuditError:
            return self.rendering.page(request, "problem.html", status=400, words="desk.bad_day")
        ending, kind = _FILES[form]
        name = f"leadglass-{date.today().isoformat()}.{ending}"  # noqa: DTZ011 - a name for a file
        return StreamingResponse(
            self._lines(form, wanted),
            media_type=kind,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _lines(self, form: str, wanted: Wanted) -> Iterator[str]:
        with self.books.open() as opened:
            for line in EXPORTS[form](islice(_records(opened, wanted), EXPORTED)):
                yield f"{line}\n"


_FILES: Final[Mapping[str, tuple[str, str]]] = {
    "ndjson": ("ndjson", "application/x-ndjson"), "csv": ("csv", "text/csv"), "cef": ("cef", "text/plain"),
    "atna": ("xml", "application/xml"), "fhir": ("ndjson", "application/fhir+ndjson"),
    "ocsf": ("ndjson", "application/x-ndjson"),
}  # fmt: skip


def _period(request: Request) -> tuple[str, str]:
    """The days that are asked for, else the last thirty. What is no day is left to `Wanted` to refuse."""
    today = datetime.now(UTC).date()
    given = request.query_params
    return given.get("since") or (today - timedelta(days=29)).isoformat(), given.get(
        "until"
    ) or today.isoformat()


def _records(opened: Open, wanted: Wanted) -> Iterator[Record]:
    before: int | None = None
    while found := page(opened.index, wanted, before=before, most=1_000):
        for one in found:
            record = record_of(opened, one.origin, one.id)
            if record is not None:
                yield record
        before = found[-1].key
