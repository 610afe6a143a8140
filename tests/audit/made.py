"""Entries and records for tests: synthetic, and the same in every run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import Entry, Grounds, Row, SqliteLedger
from gateway.audit.checkpoint import Checkpoint, VerifierKey, sign
from gateway.audit.ledger import EXEMPTING
from gateway.audit.tree import Frontier, leaf_hash
from gateway.model import (
    Action,
    Decision,
    Destination,
    Examination,
    Exposure,
    Finding,
    Format,
    Kind,
    PartReport,
    Sender,
    Transfer,
)

ORIGIN = "gateway-1"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIER = VerifierKey(ORIGIN, KEY.public_key().public_bytes_raw())


def decision(
    audit_id: str, action: Action = Action.BLOCK, *, user: str = "müller", host: str = "chatgpt.com"
) -> Entry:
    to = Destination(host, 443, "openai", Exposure.PUBLIC, "openai", "chat", "/v1/chat/completions")
    transfer = Transfer(
        to, Sender(user, "10.1.2.3"), body=b"Doe^Jane" * 100, path="/v1/chat/completions?name=Doe"
    )
    finding = Finding(Kind.MEDICAL_IMAGE, ("file", "Doe.dcm"), detail="ct", confidence=0.98765)
    seen = Examination(
        "00" * 32, (PartReport(("file", "Doe.dcm"), Format.DICOM, 800, 0.98765, "ct"),), (finding,) * 2
    )
    ruled = Decision(action, ("medical-to-public", "second"), "Scans stay here.")
    return Entry.decision_of(
        audit_id, transfer, ruled, Grounds(seen), content="ab" * 32, rules_digest="cd" * 32
    )


def audit_id(number: int) -> str:
    return f"06h0{number:016d}"


def entries(count: int) -> list[Entry]:
    """Decisions, each followed by its outcome, with a start before them."""
    made = [Entry.event_of("start")]
    for number in range(count):
        made.append(decision(audit_id(number), list(Action)[number % 5]))
        made.append(Entry.outcome_of(audit_id(number), "delivered" if number % 5 in (0, 1, 3) else "refused"))
    return made[:count]


@dataclass
class Copy:
    """A record held in memory, to be damaged; a `Reader`."""

    rows_: list[Row]
    nodes_: list[tuple[int, int, bytes]]
    notes_: list[str]
    origin: str = ORIGIN

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None: ...

    def pin(self) -> None: ...

    def size(self) -> int:
        return len(self.rows_)

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        return iter(self.rows_[start:stop])

    def newest(self, before: int | None = None) -> Iterator[Row]:
        return iter(self.rows_[:before][::-1])

    def exempting(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        return (row for row in self.rows_[start:stop][::-1] if EXEMPTING in row.body)

    def find(self, audit_id: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows_ if row.id == audit_id)

    def subtree(self, level: int, number: int) -> bytes:
        raise NotImplementedError

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        return iter(self.nodes_)

    def checkpoints(self) -> Iterator[str]:
        return iter(self.notes_)

    def damage(self) -> str | None:
        return None

    def clone(self) -> "Copy":
        return Copy(list(self.rows_), list(self.nodes_), list(self.notes_), self.origin)


@dataclass
class Grown:
    """A sound record of so many entries, a checkpoint every so often, and the same checkpoints elsewhere."""

    count: int
    every: int = 100
    copy: Copy = field(init=False)

    def __post_init__(self) -> None:
        frontier, rows, nodes, notes = Frontier(), [], [], []
        for index, entry in enumerate(entries(self.count)):
            body = entry.canonical()
            rows.append(Row(index, entry.id, leaf_hash(body), body))
            nodes += frontier.append(leaf_hash(body))
            if (index + 1) % self.every == 0 or index + 1 == self.count:
                head = Checkpoint(ORIGIN, index + 1, frontier.root(), f"2026-01-01T00:00:00.{index:03d}Z")
                notes.append(sign(head, KEY))
        self.copy = Copy(rows, sorted(nodes), notes)


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def chance(seed: int) -> random.Random:
    return random.Random(seed)


def store(path: Path, copy: Copy) -> None:
    """The same record as a SQLite file."""
    with SqliteLedger(path, copy.origin, reserve=0) as ledger:
        ledger.append_many([Entry.parse(row.body) for row in copy.rows_]).result()
        for note in copy.notes_:
            ledger.store_checkpoint(note).result()
