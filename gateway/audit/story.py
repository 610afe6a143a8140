"""What the entries of a record say, read in order: no outcome without a decision, nothing emptied but by a pruning."""

from dataclasses import dataclass, field
from typing import Final

from gateway.audit.canonical import read_record
from gateway.audit.ledger import Index, Reader, Row
from gateway.audit.report import Fault
from gateway.errors import AuditError

PRUNED: Final = "pruned"
MOST_FAULTS: Final = 100
"""Faults that are told apart; a record that is wrong from one place on needs no million lines."""


@dataclass(slots=True)
class Findings:
    """What was found wrong, so far."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, kind: str, words: str, index: Index | None = None) -> None:
        """One more, unless there are MOST_FAULTS already; `kind` is one of `gateway.audit.report.FAULTS`."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(kind, words, index))


@dataclass(slots=True)
class Story:
    """What the entries say, read in order."""

    reader: Reader
    wrong: Findings
    waiting: dict[str, Index] = field(default_factory=dict)
    latest: str = ""
    clock_steps: int = 0
    pruned: int = 0
    """How many entries have nothing but their hash left."""
    undecided: list[Index] = field(default_factory=list)
    """Outcomes whose decision was not there."""
    prunings: list[tuple[Index, Index]] = field(default_factory=list)
    """Where an entry says that something was pruned, and below which index."""
    gaps: list[list[Index]] = field(default_factory=list)
    """From where to where entries are empty; the end is the first that is not."""

    def read(self, index: Index, audit_id: str, body: bytes) -> None:
        """The next entry that has its content."""
        try:
            record = read_record(body)
        except AuditError:
            self.wrong.add("not-an-entry", "these bytes are not a canonical entry", index)
            return
        if record["id"] != audit_id:
            self.wrong.add("wrong-id", "the entry is filed under another id than it carries", index)
        kind, stamp = record["type"], record["time"]
        if kind == "decision":
            self.waiting[audit_id] = index
        elif kind == "outcome":
            if self.waiting.pop(audit_id, None) is None and not self.decided(audit_id, index):
                self.undecided.append(index)
        elif record.get("event") == PRUNED:
            below = record.get("below")
            self.prunings.append((index, below if isinstance(below, int) else 0))
        elif record.get("event") == "start":
            for left in self.waiting.values():
                self.wrong.add(
                    "decision-not-closed", "the gateway started again and did not close this", left
                )
            self.waiting.clear()
        if stamp < self.latest:
            # Another minute: more than threads passing each other.
            self.clock_steps += self.latest[:17] != stamp[:17]
        self.latest = stamp

    def emptied(self, index: Index, row: Row) -> None:
        """An entry whose content is gone; `finish` says whether a pruning took it."""
        self.pruned += 1
        if row.id or len(row.leaf) != 32:
            self.wrong.add("emptied-entry", "the entry is empty, but not as a pruning leaves it", index)
        if self.gaps and self.gaps[-1][1] == index:
            self.gaps[-1][1] += 1
        else:
            self.gaps.append([index, index + 1])

    def finish(self, signed: Index) -> None:
        """Emptied is right only below the cut of a pruning that itself stands under a signature."""
        cut = max((below for index, below in self.prunings if below <= index < signed), default=0)
        for first, end in self.gaps:
            if end > cut:
                self.wrong.add(
                    "emptied-entry", "its content is gone, and no signed pruning took it", max(first, cut)
                )
        for index in self.undecided:
            # A pruning that was interrupted may have taken the decision and not yet what came of it.
            if index >= cut:
                self.wrong.add(
                    "outcome-without-decision", "an outcome stands here, but no decision before it", index
                )

    def decided(self, audit_id: str, index: Index) -> bool:
        """Whether this is one more outcome of a decision that was closed already."""
        rows = self.reader.find(audit_id)
        return any(row.idx < index and row.body and _is_decision(row.body) for row in rows)


def _is_decision(body: bytes) -> bool:
    try:
        return bool(read_record(body)["type"] == "decision")
    except AuditError:  # it is named at its own place; what follows it must still be read
        return False
