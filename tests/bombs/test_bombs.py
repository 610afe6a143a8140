"""No upload takes a worker's memory or all of its time: it is refused with the reason, and its benign twin is read."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from gateway.limits import Limits
from gateway.model import Action, Examination, Kind, Look
from gateway.policy import SHIPPED, RuleSet, decide, load_rules
from gateway.workers import Workers
from tests.bombs import archives, codings, documents, markup, pictures, scans, wire
from tests.bombs.bomb import MIB, Bomb, Build, transfer

BOMBS: Final = (
    *codings.BOMBS,
    *archives.BOMBS,
    *pictures.BOMBS,
    *documents.BOMBS,
    *markup.BOMBS,
    *scans.BOMBS,
    *wire.BOMBS,
)
MOST_MEMORY: Final = 450 * MIB
"""Resident memory of a worker at its worst; less than half of what stops it (`gateway.workers.pool.HEADROOM`)."""
LIMITS: Final = Limits(seconds=120.0)
"""Six times what is given at work: this machine may be busy, and a bomb must not need the deadline at all."""
TWINS: Final = tuple((bomb.name, bomb.twin) for bomb in BOMBS if bomb.twin is not None)


class Room:
    """One worker, replaced before each upload so that its memory is that of this upload alone."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.workers = self.runner.run(Workers(LIMITS, 1).__aenter__())

    def close(self) -> None:
        self.runner.run(self.workers.__aexit__())
        self.runner.close()

    def examine(self, build: Build) -> Examination:
        """What is seen of an upload; the worker that looked at it lives, and never held more than it may."""
        for worker in tuple(self.workers._all.values()):
            self.workers._discard(worker)
        upload = transfer(build())
        started = self.workers.started
        seen = self.runner.run(self.workers.examine(upload, Look.TEXT))
        assert self.workers.started == started + 1
        (pid,) = self.workers.pids
        assert _highest(pid) < MOST_MEMORY
        return seen


def _highest(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    found = Room()
    yield found
    found.close()


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules(SHIPPED)


def test_there_are_many() -> None:
    assert len({bomb.name for bomb in BOMBS}) == len(BOMBS) >= 100


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_a_bomb_costs_little_and_is_refused_by_its_reason(room: Room, rules: RuleSet, bomb: Bomb) -> None:
    upload = transfer(bomb.build())
    seen = room.examine(bomb.build)
    if not bomb.reasons:
        return
    found = {one for finding in seen.findings for one in (finding.detail, finding.kind.value)}
    assert found & bomb.reasons
    assert decide(rules, upload, seen).action is Action.BLOCK


@pytest.mark.parametrize(("name", "build"), TWINS, ids=[name for name, _ in TWINS])
def test_the_same_as_people_send_it_is_read(room: Room, name: str, build: Build) -> None:
    seen = room.examine(build)
    assert not {finding.kind for finding in seen.findings} & {
        Kind.OVER_LIMIT,
        Kind.UNREADABLE,
        Kind.ENCRYPTED,
        Kind.UNCLAIMED,
    }, name
