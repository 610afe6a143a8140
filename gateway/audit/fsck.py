"""Checks a whole record from outside, with nothing but a reader and the signer's public key."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import batched, islice
from typing import Final

from gateway.audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from gateway.audit.ledger import Index, Reader, Row
from gateway.audit.report import Report
from gateway.audit.story import Findings, Story
from gateway.audit.tree import EMPTY_ROOT, STRIDE, Frontier
from gateway.errors import AuditError

BLOCK: Final = 1 << STRIDE


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
    wrong = Findings()
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
    signed, anchored = _last(here), _last([c for found in elsewhere.values() for c in found])
    story.finish(signed.size if signed else 0)
    for claim in claims:
        if claim > size:
            wrong.add("truncated", f"a checkpoint was signed over {claim} entries, but only {size} are here")
            break
    if anchored and (signed is None or anchored.time > signed.time):
        wrong.add("rolled-back", "an anchor holds a newer checkpoint than the record itself")
    if size and signed is None:
        wrong.add("unsigned", "no checkpoint covers any of it")
    return Report(
        reader.origin, size, tuple(wrong.faults), len(here), signed, anchored, tuple(anchors),
        len(story.waiting), story.clock_steps, story.pruned,
    )  # fmt: skip


def _opened(
    place: str, notes: Callable[[], Iterator[str]], keys: Sequence[VerifierKey], origin: str, wrong: Findings
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
    reader: Reader, claims: Mapping[int, set[bytes]], wrong: Findings, progress: Callable[[int], object]
) -> tuple[int, Story]:
    """Read every entry once, in blocks that are perfect subtrees wherever no checkpoint ends inside one."""
    story, frontier, stored = Story(reader, wrong), Frontier(), _StoredNodes(reader, wrong)
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


def _leaves(block: Sequence[Row], first: Index, story: Story, wrong: Findings) -> list[bytes]:
    leaves = [sha256(b"\x00" + row[3]).digest() if row[3] else row[2] for row in block]
    for index, (row, leaf) in enumerate(zip(block, leaves, strict=True), first):
        if row[0] != index:
            wrong.add("gap", f"entry {index} is missing; entry {row[0]} stands in its place", index)
        if row[2] != leaf:
            wrong.add("altered-entry", "the entry is not the one that was written", index)
        if row[3]:
            story.read(index, row[1], row[3])
        else:
            story.emptied(index, row)
    return leaves


def _append_block(frontier: Frontier, leaves: list[bytes]) -> list[tuple[int, int, bytes]]:
    """Add 256 leaves at once."""
    hashes = leaves
    while len(hashes) > 1:
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in batched(hashes, 2)]
    return frontier.append(hashes[0], STRIDE)


class _StoredNodes:
    """Compares the subtree roots that the record keeps with the ones that were computed."""

    def __init__(self, reader: Reader, wrong: Findings) -> None:
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
