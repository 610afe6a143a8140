"""The record in words and tables for people."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from gateway.audit import EntryType, Report
from gateway.audit.query import Record
from gateway.errors import AuditError

COLOURS: Final = {"block": "red", "coach": "yellow", "redact": "yellow"}
WIDTHS: Final = (19, 20, 6, 16, 28, 18, 30, 0)


def told(report: Report) -> Iterator[str]:
    """A check of the record, as one says it to a person."""
    yield f"{report.origin}: {report.size} entries and {report.checkpoints} checkpoints were read and recomputed."
    if report.pruned:
        yield f"  Pruned: {report.pruned} of them hold nothing but their hash, as signed entries of the record say."
    if report.signed:
        yield f"  Signed: the first {report.signed.size}, last at {report.signed.time}."
    if report.unsigned:
        yield f"  Not covered: the last {report.unsigned} entries are not signed yet; a change there would not show."
    if report.anchored:
        yield (
            f"  Held elsewhere: a checkpoint over the first {report.anchored.size}, of {report.anchored.time}."
            f" Not covered by it: {report.unanchored} entries."
        )
    else:
        yield (
            "  Held elsewhere: nothing was compared (--anchor). Who owns this machine and its signing key could have"
            " replaced the whole record; that would not show here."
        )
    if report.still_open:
        yield f"  {report.still_open} decisions have no outcome yet; a running gateway writes it, or its next start."
    if report.clock_steps:
        yield f"  The clock went back {report.clock_steps} times; worth a look."
    for fault in report.faults:
        place = "" if fault.index is None else f" (entry {fault.index})"
        yield click.style(f"  WRONG: {fault.kind}{place}: {fault.words}.", fg="red")
    verdict = "nothing is wrong." if report.good else f"{len(report.faults)} faults."
    yield f"  Verdict: {verdict}"


def moment(text: str, option: str = "--since") -> str:
    """A point in time as the record writes it."""
    if not text:
        return ""
    age = re.fullmatch(r"(\d+)([mhd])", text)
    try:
        if age:
            unit = {"m": "minutes", "h": "hours", "d": "days"}[age[2]]
            moment = datetime.now(UTC) - timedelta(**{unit: int(age[1])})
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise AuditError(f"{option} takes 2026-01-31, 2026-01-31T08:00Z, 30m, 24h or 7d") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def sentence(record: Record) -> str:
    """A record as one line of a table."""
    entry = record.entry
    stamp = entry.time[:19].replace("T", " ")
    if entry.type is EntryType.EVENT:
        what = " ".join(filter(None, (entry.event, entry.detail, str(entry.count or ""))))
        return row(stamp, entry.id, "event", entry.user, record.origin, what, "", "")
    what = " ".join(filter(None, (entry.format, entry.modality)))
    return row(
        stamp, entry.id, entry.action, entry.user or entry.client, entry.host, what,
        entry.rule or entry.reason_code, record.end,
    )  # fmt: skip


def row(*cells: str) -> str:
    """One line of the table, cells cut to their columns."""
    shown = [
        f"{cell if len(cell) <= width or not width else cell[: width - 1] + '…':{width}}"
        for cell, width in zip(cells, WIDTHS, strict=True)
    ]
    shown[2] = click.style(shown[2], fg=COLOURS.get(cells[2]))
    return "  ".join(shown).rstrip()
