"""What a check of the record says."""

from dataclasses import dataclass
from typing import Final

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.ledger import Index

FAULTS: Final = (
    "damaged-file", "gap", "altered-entry", "not-an-entry", "wrong-id", "wrong-tree", "bad-checkpoint",
    "history-changed", "truncated", "rolled-back", "outcome-without-decision", "decision-not-closed", "unsigned",
    "anchor-unreadable", "emptied-entry",
)  # fmt: skip
"""The closed list of what can be found wrong."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    kind: str
    words: str
    index: Index | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked in one record, what is wrong, and what the check cannot cover."""

    origin: str
    size: int
    faults: tuple[Fault, ...]
    checkpoints: int
    signed: Checkpoint | None
    """The last good checkpoint in the record: everything before its size is covered by a signature."""
    anchored: Checkpoint | None
    """The last good checkpoint that is held elsewhere: what its owner could not take back unseen."""
    anchors: tuple[str, ...]
    still_open: int
    """Decisions after the last start whose outcome is not written yet."""
    clock_steps: int
    """Times the clock went back by more than a few seconds; worth a look, not a fault."""
    pruned: int = 0
    """Entries of which only the hash was kept after their time; the tree over them was checked all the same."""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def unsigned(self) -> int:
        """Entries after the last signature."""
        return self.size - (self.signed.size if self.signed else 0)

    @property
    def unanchored(self) -> int:
        """Entries after the last checkpoint held elsewhere."""
        return self.size - (self.anchored.size if self.anchored else 0)
