"""Reads the record the way people ask for it: decisions with what became of them, newest first, over all gateways."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from gateway.audit.entry import Entry, EntryType
from gateway.audit.ledger import Index, Reader, Row

OPEN: Final = "open"
"""What stands for an outcome that is not written yet."""


@dataclass(frozen=True, slots=True)
class Record:
    """A decision and what became of it, or an event."""

    origin: str
    index: Index
    entry: Entry
    outcome: Entry | None = None

    @property
    def time(self) -> str:
        """When it was written down."""
        return self.entry.time

    @property
    def end(self) -> str:
        """What became of it, in one word; empty for an event."""
        if self.entry.type is EntryType.EVENT:
            return ""
        return self.outcome.outcome if self.outcome else OPEN


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are wanted; an empty field asks for nothing."""

    action: str = ""
    user: str = ""
    alias: str = ""
    """The pseudonym of the same person."""
    host: str = ""
    since: str = ""
    """RFC 3339 UTC, inclusive."""
    events: bool = False
    """Whether other events are wanted beside decisions."""

    def wants(self, entry: Entry) -> bool:
        """Whether an entry is one of those asked for."""
        if entry.type is EntryType.OUTCOME or (entry.type is EntryType.EVENT and not self.events):
            return False
        return (
            (not self.action or self.action == entry.action)
            and (not self.user or (entry.user != "" and entry.user in (self.user, self.alias)))
            and (not self.host or self.host == entry.host)
        )


def newest(readers: Sequence[Reader], wanted: Filter) -> Iterator[Record]:
    """Records from the newest back."""
    streams = [_newest(reader, wanted) for reader in readers]
    return heapq.merge(*streams, key=attrgetter("time"), reverse=True)


def oldest(readers: Sequence[Reader], wanted: Filter) -> Iterator[Record]:
    """Records in the order in which they were written."""
    streams = [_oldest(reader, wanted) for reader in readers]
    return heapq.merge(*streams, key=attrgetter("time"))


def find(readers: Sequence[Reader], audit_id: str) -> Record | None:
    """The record with this id, however it was read out or typed."""
    spoken = audit_id.strip().lower().replace("-", "").translate(str.maketrans("ilo", "110"))
    for reader in readers:
        known = [(row, Entry.parse(row.body)) for row in reader.find(spoken)]
        # The pieces of an upload stand before the decision on it, under the same id.
        for wanted in (EntryType.DECISION, EntryType.EVENT):
            for row, entry in known:
                if entry.type is wanted:
                    return _record(reader, row, entry)
    return None


def _newest(reader: Reader, wanted: Filter) -> Iterator[Record]:
    for row in reader.newest():
        if row.pruned:
            continue
        entry = Entry.parse(row.body)
        if entry.time < wanted.since:
            return
        if wanted.wants(entry):
            yield _record(reader, row, entry)


def _oldest(reader: Reader, wanted: Filter) -> Iterator[Record]:
    for row in reader.rows():
        if row.pruned:
            continue
        entry = Entry.parse(row.body)
        if entry.time >= wanted.since and wanted.wants(entry):
            yield _record(reader, row, entry)


def _record(reader: Reader, row: Row, entry: Entry) -> Record:
    outcome = None
    if entry.type is EntryType.DECISION:
        for other in reader.find(entry.id):
            found = Entry.parse(other.body)
            if found.type is EntryType.OUTCOME:
                outcome = found
                break
    return Record(reader.origin, row.idx, entry, outcome)


DECISION_FIELDS: Final = (
    "id", "time", "user", "groups", "doubt", "client", "method", "host", "port", "path", "provider", "exposure", "agreement",
    "operation", "direction", "signed", "format", "bytes", "medical", "score", "modality", "look", "seen", "basis", "action", "rule", "rules",
    "reason_code", "mode", "would", "subject", "exemption", "findings", "content", "rules_digest", "gateway_version",
)  # fmt: skip
EVENT_FIELDS: Final = (
    "id", "time", "event", "count", "detail", "user", "client", "host", "exemption", "reason", "note", "until", "below", "days",
    "rules_digest", "gateway_version",
)  # fmt: skip


def as_json(record: Record) -> dict[str, Any]:
    """A record as plain values for machines; the same names in every export."""
    entry = record.entry
    shown: dict[str, Any] = {"type": entry.type.value}
    if entry.type is EntryType.EVENT:
        shown |= {name: getattr(entry, name) for name in EVENT_FIELDS}
    else:
        shown |= {name: getattr(entry, name) for name in DECISION_FIELDS}
        shown["score"] = float(entry.score) if entry.score else None
        shown["modality"] = entry.modality or None
        shown["would"] = entry.would or None
        shown["groups"], shown["seen"] = list(entry.groups), list(entry.seen)
        shown["subject"] = list(entry.subject)
        shown["rules"] = list(entry.spoke)
        shown["findings"] = dict(entry.findings)
        shown["outcome"] = record.end
        shown["outcome_time"] = record.outcome.time if record.outcome else None
        shown["requests"] = record.outcome.requests if record.outcome else 0
    return shown | {"origin": record.origin, "index": record.index}
