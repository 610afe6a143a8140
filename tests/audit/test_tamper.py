"""Everything that can be done to a record of a thousand entries; all bits of it with LEADGLASS_EVERY_BIT=1."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gateway.audit import FileAnchor, PostgresLedger, PostgresReader, SqliteReader, verify_ledger
from gateway.audit.checkpoint import Checkpoint, sign
from gateway.audit.tree import Frontier
from tests.audit.made import KEY, ORIGIN, VERIFIER, Copy, Grown, chance, entries, flip, store
from tests.audit.test_fsck import THOUSAND, check, kinds
from tests.support.postgres import WRITER, PostgresServer

EVERY_BIT = os.environ.get("LEADGLASS_EVERY_BIT") == "1"
AT_ONCE = 30
"""Entries damaged in one check; each must be named by its own place."""
ROUNDS = 40
"""Checks of the sample, where not every bit is asked for."""


def raw(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]


@pytest.mark.timeout(0 if EVERY_BIT else 180)
@pytest.mark.parametrize("field", ["body", "leaf", "id"])
def test_a_flipped_bit_is_named_by_its_entry(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.audit.story.MOST_FAULTS", 10_000)
    pick, rows = chance(41), THOUSAND.copy.rows_
    longest = max(len(raw(getattr(row, field))) for row in rows) * 8
    tried = 0
    for start in range(0, 1000, AT_ONCE):
        group = rows[start : start + AT_ONCE]
        bits = range(longest) if EVERY_BIT else pick.sample(range(longest), max(1, ROUNDS // 34 + 1))
        for bit in bits:
            copy, damaged = THOUSAND.copy.clone(), set()
            for row in group:
                value = raw(getattr(row, field))
                place = bit if EVERY_BIT else bit % (len(value) * 8)
                if place < len(value) * 8:
                    changed: object = flip(value, place)
                    if field == "id":
                        changed = flip(value, place).decode("latin-1")
                    copy.rows_[row.idx] = row._replace(**{field: changed})
                    damaged.add(row.idx)
            if damaged:
                kind = "wrong-id" if field == "id" else "altered-entry"
                found = {fault.index for fault in check(copy).faults if fault.kind == kind}
                assert found == damaged, (field, bit, damaged - found)
                tried += len(damaged)
    assert tried >= 1000


def test_every_deletion_is_seen() -> None:
    for index in range(0, 1000, 1 if EVERY_BIT else 3):
        copy = THOUSAND.copy.clone()
        del copy.rows_[index]
        copy.rows_ = [row._replace(idx=number) for number, row in enumerate(copy.rows_)]
        assert not check(copy).good, index


def test_every_truncation_is_seen() -> None:
    for left in range(0, 1000, 1 if EVERY_BIT else 2):
        copy = THOUSAND.copy.clone()
        copy.rows_ = copy.rows_[:left]
        assert "truncated" in kinds(check(copy)), left


def test_far_swaps_and_far_duplicates_are_seen() -> None:
    pick = chance(42)
    for _ in range(300):
        one, other = pick.sample(range(1000), 2)
        swapped, doubled = THOUSAND.copy.clone(), THOUSAND.copy.clone()
        rows = swapped.rows_
        rows[one], rows[other] = rows[other]._replace(idx=one), rows[one]._replace(idx=other)
        assert "history-changed" in kinds(check(swapped)), (one, other)
        doubled.rows_[one] = doubled.rows_[other]._replace(idx=one)
        assert "history-changed" in kinds(check(doubled)), (one, other)


@pytest.mark.parametrize("size", [50, 700, 1000])
def test_a_fork_inside_an_anchor_is_seen(tmp_path: Path, size: int) -> None:
    anchor = FileAnchor(tmp_path / "anchor")
    fork = sign(Checkpoint(ORIGIN, size, bytes(32), "2026-01-01T00:00:00.000Z"), KEY)
    for note in THOUSAND.copy.notes_:
        if size <= int(note.split("\n")[1]) and fork:
            anchor.publish(fork)
            fork = ""
        anchor.publish(note)
    report = verify_ledger(THOUSAND.copy, (VERIFIER,), {"a": anchor.notes})
    assert kinds(report) == {"history-changed"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tamper") / f"{ORIGIN}.sqlite"
    store(path, THOUSAND.copy)
    return path


def test_a_file_put_back_to_an_older_state_is_seen_by_its_anchor(tmp_path: Path) -> None:
    path = tmp_path / f"{ORIGIN}.sqlite"
    store(path, Grown(400).copy)
    with SqliteReader(path) as reader:
        report = verify_ledger(reader, (VERIFIER,), {"a": lambda: iter(THOUSAND.copy.notes_)})
    assert {"truncated", "rolled-back"} <= kinds(report)


@pytest.mark.parametrize("place", [-1, -(1 << 63)])
def test_an_entry_slipped_in_before_the_first_is_seen(file: Path, tmp_path: Path, place: int) -> None:
    path = tmp_path / file.name
    shutil.copy(file, path)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("DROP TRIGGER entries_in_order")
    database.execute(
        "INSERT INTO entries SELECT ?, 'forged', leaf, body FROM entries WHERE idx = 3", (place,)
    )
    database.close()
    with SqliteReader(path) as reader:
        assert reader.find("forged")
        assert "gap" in kinds(verify_ledger(reader, (VERIFIER,)))


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


OWNERS = {
    "body": "UPDATE leadglass.entries SET body = body || ' ' WHERE idx = 501",
    "body-and-leaf": "UPDATE leadglass.entries SET body = body || ' ', leaf = sha256('\\x00'::bytea || body || ' ') WHERE idx = 501",
    "id": "UPDATE leadglass.entries SET id = 'other' WHERE idx = 3",
    "delete-first": "DELETE FROM leadglass.entries WHERE idx = 0",
    "delete-middle": "DELETE FROM leadglass.entries WHERE idx = 500",
    "delete-last": "DELETE FROM leadglass.entries WHERE idx = 999",
    "truncate": "TRUNCATE leadglass.entries",
    "roll-back": "DELETE FROM leadglass.entries WHERE idx >= 400; DELETE FROM leadglass.checkpoints WHERE split_part(note, E'\\n', 2)::int > 400;"
    " DELETE FROM leadglass.nodes WHERE (number + 1) * 256 > 400",
    "swap": "UPDATE leadglass.entries SET idx = 5000 WHERE idx = 1; UPDATE leadglass.entries SET idx = 1 WHERE idx = 901; UPDATE leadglass.entries SET idx = 901 WHERE idx = 5000",
    "move-far": "UPDATE leadglass.entries SET idx = 4611686018427387904 WHERE idx = 999",
    "before-first": "INSERT INTO leadglass.entries SELECT origin, -1, 'forged', leaf, body FROM leadglass.entries WHERE idx = 3",
    "twin": "ALTER TABLE leadglass.entries DROP CONSTRAINT entries_pkey; INSERT INTO leadglass.entries SELECT * FROM leadglass.entries WHERE idx = 3",
    "twin-of-last": "ALTER TABLE leadglass.entries DROP CONSTRAINT entries_pkey; INSERT INTO leadglass.entries SELECT * FROM leadglass.entries WHERE idx = 999",
    "nodes": "UPDATE leadglass.nodes SET hash = leaf FROM leadglass.entries WHERE idx = 1",
    "no-nodes": "DELETE FROM leadglass.nodes",
    "no-checkpoints": "DELETE FROM leadglass.checkpoints",
    "checkpoint": "UPDATE leadglass.checkpoints SET note = replace(note, '2026', '2027')",
    "other-origin": "UPDATE leadglass.entries SET origin = 'gateway-2' WHERE idx > 700",
}


@pytest.fixture(scope="module")
def sound(server: PostgresServer) -> str:
    record = server.record(WRITER)
    with PostgresLedger(record, ORIGIN) as ledger:
        ledger.append_many(entries(1000)).result()
    with PostgresReader(record, ORIGIN) as reader:
        copy = Copy(list(reader.rows()), list(reader.nodes()), [])
    with psycopg.connect(record, autocommit=True) as database:
        for note in _signed(copy):
            database.execute(
                "INSERT INTO leadglass.checkpoints (origin, note) VALUES (%s, %s)", (ORIGIN, note)
            )
    return record


def _signed(copy: Copy) -> list[str]:
    frontier, notes = Frontier(), []
    for row in copy.rows_:
        frontier.append(row.leaf)
        if frontier.size % 100 == 0:
            stamp = f"2026-01-01T00:00:00.{frontier.size // 2:03d}Z"
            notes.append(sign(Checkpoint(ORIGIN, frontier.size, frontier.root(), stamp), KEY))
    return notes


@pytest.mark.parametrize("name", OWNERS)
def test_what_the_tables_owner_does_is_seen(server: PostgresServer, sound: str, name: str) -> None:
    with PostgresReader(sound, ORIGIN) as reader:
        notes = list(reader.checkpoints())
        assert verify_ledger(reader, (VERIFIER,), {"a": lambda: iter(notes)}).good
    with psycopg.connect(server.record("owner")) as database:
        database.execute("SET LOCAL session_replication_role = replica")
        database.execute(OWNERS[name])
        with PostgresReader(sound, ORIGIN, writing=database) as reader:
            reader.pin = lambda: None  # type: ignore[method-assign] # what was changed is not committed, and not kept
            assert not verify_ledger(reader, (VERIFIER,), {"a": lambda: iter(notes)}).good
        database.rollback()
