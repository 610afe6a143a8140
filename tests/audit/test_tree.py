from hashlib import sha256

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    frontier_of,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)

# The eight inputs and roots that the implementations of Certificate Transparency have in common.
INPUTS = [bytes.fromhex(x) for x in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_published_vectors() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for data, root in zip(INPUTS, ROOTS[1:], strict=True):
        frontier.append(leaf_hash(data))
        assert frontier.root().hex() == root


# -- RFC 9162's definitions, word for word and as slow as they stand there


def mth(d: list[bytes]) -> bytes:
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    k = 1
    while k * 2 < len(d):
        k *= 2
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: list[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = 1
    while k * 2 < len(d):
        k *= 2
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: list[bytes], *, whole: bool) -> list[bytes]:
    if m == len(d):
        return [] if whole else [mth(d)]
    k = 1
    while k * 2 < len(d):
        k *= 2
    if m <= k:
        return [*subproof(m, d[:k], whole=whole), mth(d[k:])]
    return [*subproof(m - k, d[k:], whole=False), mth(d[:k])]


def data(count: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(count)]


def source(d: list[bytes]):
    def subtree(level: int, number: int) -> bytes:
        part = d[number << level : (number + 1) << level]
        assert len(part) == 1 << level
        return mth(part)

    return subtree


SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33]


@pytest.mark.parametrize("size", SIZES)
def test_every_inclusion_proof_is_the_defined_one(size: int) -> None:
    d = data(size)
    for index in range(size):
        proof = prove_inclusion(index, size, source(d))
        assert list(proof) == path(index, d)
        assert verify_inclusion(leaf_hash(d[index]), index, size, proof, mth(d))


@pytest.mark.parametrize("new", SIZES)
def test_every_consistency_proof_is_the_defined_one(new: int) -> None:
    d = data(new)
    for old in range(1, new + 1):
        proof = prove_consistency(old, new, source(d))
        assert list(proof) == subproof(old, d, whole=True)
        assert verify_consistency(old, new, mth(d[:old]), mth(d), proof)
    assert verify_consistency(0, new, EMPTY_ROOT, mth(d), ())
    assert not verify_consistency(0, new, mth(d), mth(d), ())


@pytest.mark.parametrize("size", [1, 2, 7, 8, 33, 100])
def test_an_independent_library_computes_the_same(size: int) -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    d = data(size)
    for item in d:
        other.append_entry(item)
    assert other.get_root() == mth(d) == _grown(d).root()
    for index in range(size):
        theirs = other.prove_inclusion(index + 1)  # it counts from one
        ours = prove_inclusion(index, size, source(d))
        assert set(theirs.path) - {leaf_hash(d[index])} == set(ours)


def _grown(d: list[bytes]) -> Frontier:
    frontier = Frontier()
    for item in d:
        frontier.append(leaf_hash(item))
    return frontier


@given(st.integers(1, 700))
@settings(deadline=None, max_examples=30)
def test_a_frontier_rebuilt_from_stored_nodes_is_the_grown_one(size: int) -> None:
    d = data(size)
    grown = _grown(d)
    rebuilt = frontier_of(size, source(d))
    assert (rebuilt.size, rebuilt.peaks, rebuilt.root()) == (grown.size, grown.peaks, mth(d))


def test_stored_nodes_are_the_subtrees_of_every_eighth_level() -> None:
    d = data(600)
    frontier, nodes = Frontier(), []
    for item in d:
        nodes += frontier.append(leaf_hash(item))
    assert nodes == [(8, number, mth(d[number * 256 : (number + 1) * 256])) for number in (0, 1)]


def test_whole_blocks_can_be_added_at_once() -> None:
    d = data(513)
    frontier = Frontier()
    for number in (0, 1):
        assert frontier.append(source(d)(8, number), 8) == [(8, number, source(d)(8, number))]
    frontier.append(leaf_hash(d[512]))
    assert frontier.root() == mth(d)


@given(st.integers(2, 40), st.data())
@settings(deadline=None, max_examples=150)
def test_a_changed_proof_is_refused(size: int, choice: st.DataObject) -> None:
    d = data(size)
    index = choice.draw(st.integers(0, size - 1))
    root, leaf = mth(d), leaf_hash(d[index])
    proof = list(prove_inclusion(index, size, source(d)))
    place = choice.draw(st.integers(0, len(proof) - 1))
    changed = [bytes([p[0] ^ 1]) + p[1:] if n == place else p for n, p in enumerate(proof)]
    assert not verify_inclusion(leaf, index, size, changed, root)
    assert not verify_inclusion(leaf, index, size, proof[:-1], root)
    assert not verify_inclusion(leaf, index, size, [*proof, root], root)
    assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
    assert not verify_inclusion(leaf, index + size, size, proof, root)
    old = choice.draw(st.integers(1, size - 1))
    steps = list(prove_consistency(old, size, source(d)))
    assert not verify_consistency(old, size, leaf, root, steps) or leaf == mth(d[:old])
    assert not verify_consistency(old, size, mth(d[:old]), leaf, steps)
    assert not verify_consistency(old, size, mth(d[:old]), root, [*steps, root])
    assert not verify_consistency(size, old, root, mth(d[:old]), steps)


def test_there_is_no_proof_outside_the_tree() -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        prove_inclusion(3, 3, source(data(3)))
    with pytest.raises(ValueError, match="shrink"):
        prove_consistency(4, 3, source(data(3)))
