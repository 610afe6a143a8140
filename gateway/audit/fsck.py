"""Checks a whole record from outside, with nothing but a reader and the signer's public key."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import batched, islice
from typing import Final

from gateway.audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from gateway.audit.entry import read_record
from gateway.audit.ledger import Index, Reader, Row
from gateway.audit.report import Fault, Report
from gateway.audit.tree import EMPTY_ROOT, STRIDE, Frontier
from gateway.errors import AuditError

BLOCK: Final = 1 << STRIDE
MOST_FAULTS: Final = 100
"""Faults that are told apart; a record that is wrong from one place on needs no million lines."""


@dataclass(slots=True)
class _Findings:
    faults: list[Fault] = field(default_factory=list)

    def add(self, kind: str, words: str, index: Index | None = None) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(kind, words, index))


@dataclass(slots=True)
class _Story:
    """What the entries say, read in order."""

    reader: Reader
    wrong: _Findings
    waiting: dict[str, Index] = field(default_factory=dict)
    latest: str = ""
    clock_steps: int = 0

    def read(self, index: Index, audit_id: str, body: bytes) -> None:
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
                self.wrong.add(
                    "outcome-without-decision", "an outcome stands here, but no decision before it", index
                )
        elif record.get("event") == "start":
            for left in self.waiting.values():
                self.wrong.add(
                    "decision-not-closed", "the gateway started again and did not close this", left
                )
            self.waiting.clear()
        if stamp < self.latest:
            self.clock_steps += (
                self.latest[:17] != stamp[:17]
            )  # another minute: more than threads passing each other
        self.latest = stamp

    def decided(self, audit_id: str, index: Index) -> bool:
        """Whether this is one more outcome of a decision that was closed already."""
        rows = self.reader.find(audit_id)
        return any(row.idx < index and _is_decision(row.body) for row in rows)


def _is_decision(body: bytes) -> bool:
    try:
        return bool(read_record(body)["type"] == "decision")
    except AuditError:  # it is named at its own place; what follows it must still be read
        return False


def verify_ledger(
    reader: Reader,
    keys: Sequence[VerifierKey],
    anchors: Mapping[str, Callable[[], Iterator[str]]] = {},
    *,
    progress: Callable[[int], object] = int,
) -> Report:
    """Recompute the whole tree and compare it with the stored nodes, every checkpoint, and every anchor.

    `anchors` maps a name to a function that gives its notes. `progress` hears how many entries were read. Raises
    AuditError only where nothing can be read at all.
    """
    wrong = _Findings()
    elsewhere = {
        name: _opened(f"the anchor {name}", notes, keys, reader.origin, wrong)
        for name, notes in anchors.items()
    }
    reader.pin()  # after the anchors, so that a record in use has all that they have
    damage = reader.damage()
    if damage:
        wrong.add("damaged-file", damage)
    here = _opened("the record", reader.checkpoints, keys, reader.origin, wrong)
    claims = _claims([*here, *(c for found in elsewhere.values() for c in found)])
    size, story = _walk(reader, claims, wrong, progress)
    for claim in claims:
        if claim > size:
            wrong.add("truncated", f"a checkpoint was signed over {claim} entries, but only {size} are here")
            break
    signed, anchored = _last(here), _last([c for found in elsewhere.values() for c in found])
    if anchored and (signed is None or anchored.time > signed.time):
        wrong.add("rolled-back", "an anchor holds a newer checkpoint than the record itself")
    if size and signed is None:
        wrong.add("unsigned", "no checkpoint covers any of it")
    return Report(
        reader.origin, size, tuple(wrong.faults), len(here), signed, anchored, tuple(anchors),
        len(story.waiting), story.clock_steps,
    )  # fmt: skip


def _opened(
    place: str, notes: Callable[[], Iterator[str]], keys: Sequence[VerifierKey], origin: str, wrong: _Findings
) -> list[Checkpoint]:
    """The good checkpoints of one place; they only ever grow."""
    found: list[Checkpoint] = []
    try:
        for note in notes():
            try:
                checkpoint = open_checkpoint(note, keys)
            except AuditError as error:
                wrong.add("bad-checkpoint", f"in {place}: {error}")
                continue
            if checkpoint.origin != origin:
                wrong.add("bad-checkpoint", f"in {place}: a checkpoint of another gateway")
            elif found and checkpoint.size < found[-1].size:
                wrong.add("rolled-back", f"in {place}: a checkpoint over fewer entries follows one over more")
            else:
                found.append(checkpoint)
    except AuditError as error:
        wrong.add("anchor-unreadable", str(error))
    return found


def _claims(checkpoints: Sequence[Checkpoint]) -> dict[int, set[bytes]]:
    """By size, in order: the roots that were signed. More than one for a size is a forked record."""
    claims: dict[int, set[bytes]] = {}
    for checkpoint in sorted(checkpoints, key=lambda c: c.size):
        claims.setdefault(checkpoint.size, set()).add(checkpoint.root)
    return claims


def _last(checkpoints: Sequence[Checkpoint]) -> Checkpoint | None:
    return max(checkpoints, key=lambda c: (c.size, c.time), default=None)


def _walk(
    reader: Reader, claims: Mapping[int, set[bytes]], wrong: _Findings, progress: Callable[[int], object]
) -> tuple[int, _Story]:
    """Read every entry once, in blocks that are perfect subtrees wherever no checkpoint ends inside one."""
    story, frontier, stored = _Story(reader, wrong), Frontier(), _StoredNodes(reader, wrong)
    if claims.get(0, {EMPTY_ROOT}) != {EMPTY_ROOT}:
        wrong.add("history-changed", "a checkpoint over nothing does not say so")
    ends = [size for size in claims if size]
    place, rows = 0, reader.rows()
    try:
        for block in iter(lambda: list(islice(rows, BLOCK)), []):
            leaves = _leaves(block, frontier.size, story, wrong)
            start, end = frontier.size, frontier.size + len(leaves)
            while place < len(ends) and ends[place] <= end:
                for leaf in leaves[frontier.size - start : ends[place] - start]:
                    stored.expect(frontier.append(leaf))
                if claims[ends[place]] != {frontier.root()}:
                    wrong.add(
                        "history-changed",
                        f"the first {ends[place]} entries are not the ones that were signed",
                    )
                place += 1
            if frontier.size == start and len(leaves) == BLOCK:
                stored.expect(_append_block(frontier, leaves))
            else:
                for leaf in leaves[frontier.size - start :]:
                    stored.expect(frontier.append(leaf))
            progress(len(leaves))
    except AuditError as error:
        wrong.add("damaged-file", str(error), frontier.size)
    stored.finish()
    return frontier.size, story


def _leaves(block: Sequence[Row], first: Index, story: _Story, wrong: _Findings) -> list[bytes]:
    leaves = [sha256(b"\x00" + row[3]).digest() for row in block]
    for index, (row, leaf) in enumerate(zip(block, leaves, strict=True), first):
        if row[0] != index:
            wrong.add("gap", f"entry {index} is missing; entry {row[0]} stands in its place", index)
        if row[2] != leaf:
            wrong.add("altered-entry", "the entry is not the one that was written", index)
        story.read(index, row[1], row[3])
    return leaves


def _append_block(frontier: Frontier, leaves: list[bytes]) -> list[tuple[int, int, bytes]]:
    """Add 256 leaves at once."""
    hashes = leaves
    while len(hashes) > 1:
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in batched(hashes, 2)]
    return frontier.append(hashes[0], STRIDE)


class _StoredNodes:
    """Compares the subtree roots that the record keeps with the ones that were computed."""

    def __init__(self, reader: Reader, wrong: _Findings) -> None:
        self._wrong = wrong
        self._expected: dict[tuple[int, int], bytes] = {}
        self._reader = reader

    def expect(self, nodes: Sequence[tuple[int, int, bytes]]) -> None:
        for level, number, hash_ in nodes:
            self._expected[level, number] = hash_

    def finish(self) -> None:
        try:
            for level, number, hash_ in self._reader.nodes():
                if self._expected.pop((level, number), None) != hash_:
                    self._wrong.add(
                        "wrong-tree", f"the stored tree is wrong at level {level}, number {number}"
                    )
        except AuditError as error:
            self._wrong.add("damaged-file", str(error))
        if self._expected:
            self._wrong.add("wrong-tree", f"the stored tree lacks {len(self._expected)} nodes")
