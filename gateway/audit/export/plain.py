"""NDJSON and CSV."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from gateway.audit.query import DECISION_FIELDS, Record, as_json

COLUMNS: Final = (
    "type", *DECISION_FIELDS, "outcome", "outcome_time", "requests", "event", "count", "detail", "origin", "index",
)  # fmt: skip


def ndjson(records: Iterable[Record]) -> Iterator[str]:
    """One JSON object a line."""
    return (json.dumps(as_json(record), ensure_ascii=False) for record in records)


def csv_table(records: Iterable[Record]) -> Iterator[str]:
    """RFC 4180 with a heading; lists are joined by spaces, findings are `kind=count`."""
    yield _line(COLUMNS)
    for record in records:
        shown = as_json(record)
        yield _line([_cell(shown.get(column)) for column in COLUMNS])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return " ".join(f"{kind}={count}" for kind, count in value.items())
    if isinstance(value, list):
        value = " ".join(value)
    # A spreadsheet takes a cell that begins so for a formula; a user's name may be chosen to do harm.
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
