"""RFC 9162 Merkle trees: hashing, a growing frontier, proofs and their verification; no storage.

Hashes are 32 bytes of SHA-256. A *perfect subtree* `(level, number)` is the root over the 2**level leaves from
number * 2**level on. Section numbers are those of RFC 9162.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

from gateway.errors import AuditError

EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves (2.1.1)."""

type Subtree = Callable[[int, int], bytes]
"""Gives the root of a perfect subtree by level and number."""

type Node = tuple[int, int, bytes]
"""Level, number and hash of a perfect subtree."""

STRIDE: Final = 8
"""Only the roots of every eighth level are stored: one row for 256 entries, and a proof reads at most 255 per level."""


def leaf_hash(body: bytes) -> bytes:
    """The hash of one record (2.1.1): 0x00 keeps leaves apart from inner nodes."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side (2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def stored_span(level: int, number: int) -> tuple[int, int, int]:
    """What a store has to read for a perfect subtree: the stored level below it, and its first number and the one after the last."""
    below = 1 << level % STRIDE
    return level - level % STRIDE, number * below, (number + 1) * below


def folded(hashes: list[bytes], wanted: int) -> bytes:
    """The root over a power of two of stored hashes. AuditError where the store has not given `wanted` of them."""
    if len(hashes) != wanted or not all(isinstance(one, bytes) for one in hashes):
        raise AuditError("the record lacks part of its tree; run `leadglass audit verify`")
    while len(hashes) > 1:
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


class Frontier:
    """The right edge of a growing tree: as many hashes as its size has bits set, largest subtree first."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)

    def copy(self) -> "Frontier":
        """A frontier that grows on its own."""
        return Frontier(self.size, self.peaks)

    def append(self, leaf: bytes, level: int = 0) -> list[Node]:
        """Add a leaf hash, or the root of a perfect subtree at a size that is a multiple of its own.

        Answers the subtrees on stored levels that are complete now.
        """
        peaks, number = self.peaks, self.size >> level
        done = [(level, number, leaf)] if level else []
        self.size += 1 << level
        while number & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            level += 1
            number >>= 1
            if not level % STRIDE:
                done.append((level, number, leaf))
        peaks.append(leaf)
        return done

    def root(self) -> bytes:
        """The root of the tree so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def frontier_of(size: int, subtree: Subtree) -> Frontier:
    """The frontier of a stored tree at a size."""
    peaks, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            peaks.append(subtree(level, start >> level))
            start += 1 << level
    return Frontier(size, peaks)


def _split(count: int) -> int:
    """The largest power of two smaller than count (2.1.1)."""
    return 1 << (count - 1).bit_length() - 1


def _range_root(start: int, end: int, subtree: Subtree) -> bytes:
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range_root(start, middle, subtree), _range_root(middle, end, subtree))


def prove_inclusion(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The hashes that lead from one leaf to the root at a size (2.1.3.1). ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    start, end, above = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            above.append(_range_root(middle, end, subtree))
            end = middle
        else:
            above.append(_range_root(start, middle, subtree))
            start = middle
    return tuple(reversed(above))


def prove_consistency(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The hashes that show the tree at `old` to be the beginning of the tree at `new` (2.1.4.1)."""
    if not 0 <= old <= new:
        raise ValueError("a tree does not shrink")
    if old in (0, new):
        return ()
    start, end, whole, above = 0, new, True, []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            above.append(_range_root(middle, end, subtree))
            end = middle
        else:
            above.append(_range_root(start, middle, subtree))
            start, whole = middle, False
    if not whole:
        above.append(_range_root(start, end, subtree))
    return tuple(reversed(above))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, reached = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            reached = node_hash(step, reached)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            reached = node_hash(reached, step)
        first, last = first >> 1, last >> 1
    return last == 0 and reached == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows the old tree to be the beginning of the new one (2.1.4.2)."""
    if old > new or old < 0:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not proof or not steps:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_reached = new_reached = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old_reached = node_hash(step, old_reached)
            new_reached = node_hash(step, new_reached)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            new_reached = node_hash(new_reached, step)
        first, last = first >> 1, last >> 1
    return last == 0 and old_reached == old_root and new_reached == new_root
