"""Whether the record can be believed, as far as that can be said in milliseconds; `leadglass audit verify` says all of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.audit import FileAnchor, Reader
from gateway.audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from gateway.audit.index import Pruning, prunings
from gateway.audit.tree import frontier_of
from gateway.audit.verified import Verified, last_verified
from gateway.errors import AuditError
from gateway.messages import Messages
from gateway.review.books import Books, Open

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

    @property
    def unsigned(self) -> int:
        """Entries after the last signature."""
        return self.size - (self.signed.size if self.signed else 0)

    @property
    def unanchored(self) -> int:
        """Entries that nothing held elsewhere speaks of yet: whoever holds disk and signer's key could still change them unseen."""
        return self.size - (self.anchored.size if self.anchored else 0)


@dataclass(frozen=True, slots=True)
class Assurance:
    """One record's light, what the last full check said, and what was emptied after its time."""

    light: Light
    verified: Verified | None
    prunings: tuple[Pruning, ...]


def assurances(books: Books, opened: Open) -> list[Assurance]:
    """Of every gateway's record. AuditError where one cannot be read."""
    return [
        Assurance(
            light_of(reader, books.keys(reader.origin), books.anchors),
            last_verified(books.state, reader.origin),
            tuple(prunings(opened.index, reader.origin)),
        )
        for reader in opened.readers
    ]


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


def verified_words(say: Messages, verified: Verified | None) -> str:
    """What the last full check said, as a sentence."""
    if verified is None:
        return say("desk.never_verified")
    kind = "desk.verified_good" if not verified.faults else "desk.verified_bad"
    return say(
        kind,
        when=f"{verified.time[:16].replace('T', ' ')} UTC",
        size=f"{verified.size:,}",
        faults=verified.faults,
    )


def pruned_words(say: Messages, pruning: Pruning) -> str:
    """What was emptied, as a sentence."""
    return say(
        "desk.pruned",
        below=f"{pruning.below:,}",
        until=pruning.until,
        days=f"{pruning.days:,}",
        when=pruning.time[:10],
    )
