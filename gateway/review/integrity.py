"""Whether the record can be believed, as far as that can be said in milliseconds; `leadglass audit verify` says all of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.audit import FileAnchor, Reader
from gateway.audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from gateway.audit.tree import frontier_of
from gateway.errors import AuditError

LATE: Final = 300.0
"""Seconds after which a record without a new signature is worth a look."""


@dataclass(frozen=True, slots=True)
class Light:
    """One record's state: `good`, `late` or `wrong`."""

    origin: str
    colour: str
    why: str
    """A word for the text: `good`, `late`, `unsigned`, `changed`, `bad_signature`, `not_anchored`, `behind_anchor`."""
    size: int
    signed: Checkpoint | None
    age: int
    """Seconds since the last signature."""
    anchored: Checkpoint | None
    anchor_age: int
    """Seconds since the last checkpoint held elsewhere."""


def light_of(
    reader: Reader, keys: Sequence[VerifierKey], anchors: Sequence[Path], *, now: datetime | None = None
) -> Light:
    """Checks the last signature against the tree as it is stored, and against the newest checkpoint held elsewhere."""
    now = now or datetime.now(UTC)
    size, note = reader.size(), reader.last_checkpoint()
    anchored, colour, why = _last_anchored(reader.origin, keys, anchors), "good", "good"
    signed: Checkpoint | None = None
    try:
        signed = open_checkpoint(note, keys) if note else None
    except AuditError:
        colour, why = "wrong", "bad_signature"
    if why == "good":
        if signed is None:
            colour, why = ("late", "unsigned") if size else ("good", "good")
        elif not _holds(reader, signed, size) or (anchored and not _holds(reader, anchored, size)):
            colour, why = "wrong", "changed"
        elif anchored and anchored.size > signed.size:
            colour, why = "wrong", "behind_anchor"
        elif _age(signed, now) > LATE:
            colour, why = "late", "late"
        elif anchors and anchored is None:
            colour, why = "late", "not_anchored"
    return Light(reader.origin, colour, why, size, signed, _age(signed, now), anchored, _age(anchored, now))


def _holds(reader: Reader, checkpoint: Checkpoint, size: int) -> bool:
    """Whether the stored tree still has the root that was signed."""
    try:
        return (
            checkpoint.size <= size and frontier_of(checkpoint.size, reader.subtree).root() == checkpoint.root
        )
    except AuditError:
        return False


def _last_anchored(origin: str, keys: Sequence[VerifierKey], anchors: Sequence[Path]) -> Checkpoint | None:
    found: list[Checkpoint] = []
    for path in anchors:
        with suppress(AuditError):
            mine = [note for note in FileAnchor(path).newest() if note.split("\n", 1)[0] == origin]
            found += [open_checkpoint(note, keys) for note in mine[-1:]]
    return max(found, key=lambda one: (one.size, one.time), default=None)


def _age(checkpoint: Checkpoint | None, now: datetime) -> int:
    return int((now - datetime.fromisoformat(checkpoint.time)).total_seconds()) if checkpoint else 0
