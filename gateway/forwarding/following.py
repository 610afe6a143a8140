"""Reads what has been finished since: a decision as soon as its outcome is written, and events."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.audit import Entry, Reader
from gateway.audit.entry import EntryType
from gateway.audit.ledger import Index
from gateway.audit.query import Record


@dataclass(frozen=True, slots=True)
class Ready:
    """A record that can be sent."""

    index: Index
    """Where it was finished: of a decision, the index of its outcome. It grows from message to message."""
    record: Record


def finished(reader: Reader, start: Index, stop: Index) -> Iterator[Ready]:
    """What was finished in `start <= index < stop`, in order. Raises AuditError.

    A decision that is still open comes when its outcome does, which every decision has in the end: the gateway closes at
    its next start what a crash left open.
    """
    for row in reader.rows(start, stop):
        if row.pruned:
            continue
        entry = Entry.parse(row.body)
        if entry.type is EntryType.EVENT:
            yield Ready(row.idx, Record(reader.origin, row.idx, entry))
        elif entry.type is EntryType.OUTCOME:
            for other in reader.find(entry.id):
                decided = Entry.parse(other.body)
                if decided.type is EntryType.DECISION:
                    yield Ready(row.idx, Record(reader.origin, other.idx, decided, entry))
                    break
