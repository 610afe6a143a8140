import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.audit import Entry, Report, SqliteReader, verify_ledger
from gateway.audit.checkpoint import Checkpoint, sign
from gateway.audit.report import FAULTS
from gateway.audit.tree import Frontier, leaf_hash
from gateway.errors import AuditError
from tests.audit.made import KEY, ORIGIN, VERIFIER, Copy, Grown, audit_id, chance, decision, flip, store

THOUSAND = Grown(1000)


def check(copy: Copy, anchored: list[str] | None = None) -> Report:
    anchors = {} if anchored is None else {"elsewhere": lambda: iter(anchored)}
    return verify_ledger(copy, (VERIFIER,), anchors)


def kinds(report: Report) -> set[str]:
    assert {fault.kind for fault in report.faults} <= set(FAULTS)
    return {fault.kind for fault in report.faults}


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 511, 512, 1000])
@pytest.mark.parametrize("every", [1, 100, 256])
def test_a_sound_record_is_found_sound(count: int, every: int) -> None:
    copy = Grown(count, every).copy
    report = check(copy, copy.notes_)
    assert report.faults == ()
    assert (report.size, report.unsigned, report.unanchored) == (count, 0, 0)


def test_a_flipped_bit_is_seen_in_every_one_of_a_thousand_entries() -> None:
    pick = chance(1)
    missed = []
    for index, row in enumerate(THOUSAND.copy.rows_):
        copy = THOUSAND.copy.clone()
        copy.rows_[index] = row._replace(body=flip(row.body, pick.randrange(len(row.body) * 8)))
        if check(copy).good:
            missed.append(index)
    assert missed == []


def test_every_bit_of_a_decision_an_outcome_and_an_event_is_seen() -> None:
    grown = Grown(4).copy
    tried = 0
    for index, row in enumerate(grown.rows_):
        for field in ("body", "leaf", "id"):
            value = getattr(row, field)
            raw = value.encode() if isinstance(value, str) else value
            for bit in range(len(raw) * 8):
                copy = grown.clone()
                changed = flip(raw, bit)
                copy.rows_[index] = row._replace(
                    **{field: changed if field != "id" else changed.decode("latin-1")}
                )
                assert not check(copy).good, (index, field, bit)
                tried += 1
    assert tried > 8_000


def test_every_deletion_swap_and_duplicate_is_seen() -> None:
    for index in range(0, 1000, 7):
        deleted, swapped, doubled, moved = (THOUSAND.copy.clone() for _ in range(4))
        del deleted.rows_[index]
        other = (index + 1) % 1000
        swapped.rows_[index], swapped.rows_[other] = swapped.rows_[other], swapped.rows_[index]
        doubled.rows_.insert(index, doubled.rows_[index])
        moved.rows_ = [row._replace(idx=n) for n, row in enumerate(doubled.rows_)]
        for copy in (deleted, swapped, doubled, moved):
            assert not check(copy).good, index


def test_a_deletion_with_the_rest_moved_up_is_seen() -> None:
    copy = THOUSAND.copy.clone()
    del copy.rows_[500]
    copy.rows_ = [row._replace(idx=n) for n, row in enumerate(copy.rows_)]
    assert {"history-changed", "truncated"} <= kinds(check(copy))


@pytest.mark.parametrize("left", [0, 1, 500, 899, 999])
def test_a_truncation_is_seen(left: int) -> None:
    copy = THOUSAND.copy.clone()
    copy.rows_ = copy.rows_[:left]
    assert "truncated" in kinds(check(copy))


@pytest.mark.parametrize("left", [100, 500, 900])
def test_a_rollback_together_with_its_checkpoints_is_seen_where_one_is_held_elsewhere(left: int) -> None:
    older = Grown(left).copy
    assert check(older).good  # alone it is a sound record: that is why anchors exist
    assert {"truncated", "rolled-back"} <= kinds(check(older, THOUSAND.copy.notes_))


def test_a_rewritten_record_signed_anew_is_seen_where_a_checkpoint_is_held_elsewhere() -> None:
    forged = Grown(1000).copy
    made = [Entry.parse(row.body) for row in forged.rows_]
    made[301] = decision(audit_id(150), user="somebody-else")
    frontier, rows, nodes = Frontier(), [], []
    for row, entry in zip(forged.rows_, made, strict=True):
        leaf = leaf_hash(entry.canonical())
        rows.append(row._replace(body=entry.canonical(), leaf=leaf))
        nodes += frontier.append(leaf)
    note = sign(Checkpoint(ORIGIN, 1000, frontier.root(), "2027-01-01T00:00:00.000Z"), KEY)
    forged = Copy(rows, sorted(nodes), [note])
    assert check(forged).good
    assert "history-changed" in kinds(check(forged, THOUSAND.copy.notes_))


def test_a_forked_checkpoint_is_seen() -> None:
    copy = THOUSAND.copy.clone()
    copy.notes_.append(sign(Checkpoint(ORIGIN, 1000, bytes(32), "2027-01-01T00:00:00.000Z"), KEY))
    assert "history-changed" in kinds(check(copy))


def test_a_checkpoint_over_fewer_entries_after_one_over_more_is_seen() -> None:
    copy = THOUSAND.copy.clone()
    copy.notes_.append(copy.notes_[3])
    assert "rolled-back" in kinds(check(copy))


def test_every_checkpoint_with_a_flipped_bit_is_seen() -> None:
    pick = chance(2)
    for number, note in enumerate(THOUSAND.copy.notes_):
        for _ in range(20):
            copy = THOUSAND.copy.clone()
            copy.notes_[number] = flip(note.encode(), pick.randrange(len(note.encode()) * 8)).decode(
                "utf-8", "replace"
            )
            assert "bad-checkpoint" in kinds(check(copy))


def test_stored_tree_nodes_are_checked() -> None:
    for number, (level, place, hash_) in enumerate(THOUSAND.copy.nodes_):
        copy = THOUSAND.copy.clone()
        copy.nodes_[number] = (level, place, flip(hash_, 7 * number))
        assert kinds(check(copy)) == {"wrong-tree"}
        del copy.nodes_[number]
        assert kinds(check(copy)) == {"wrong-tree"}
    copy = THOUSAND.copy.clone()
    copy.nodes_.append((16, 0, bytes(32)))
    assert kinds(check(copy)) == {"wrong-tree"}


def test_the_window_that_nothing_covers_is_reported_not_hidden() -> None:
    copy = THOUSAND.copy.clone()
    last = copy.notes_.pop()
    assert Checkpoint(ORIGIN, 1000, b"", "").size == int(last.split("\n")[1])
    report = check(copy, copy.notes_[:5])
    assert report.good
    assert (report.unsigned, report.unanchored) == (100, 500)


def test_a_record_without_any_signature_is_not_good() -> None:
    copy = THOUSAND.copy.clone()
    copy.notes_ = []
    assert kinds(check(copy)) == {"unsigned"}


def test_an_unreadable_anchor_is_a_fault() -> None:
    def unreadable() -> None:
        raise AuditError("gone")

    assert kinds(verify_ledger(THOUSAND.copy, (VERIFIER,), {"a": unreadable})) == {"anchor-unreadable"}


def told(*made: Entry) -> Report:
    frontier, copy = Frontier(), Copy([], [], [])
    for index, entry in enumerate(made):
        body = entry.canonical()
        copy.rows_.append(
            THOUSAND.copy.rows_[0]._replace(idx=index, id=entry.id, leaf=leaf_hash(body), body=body)
        )
        frontier.append(leaf_hash(body))
    copy.notes_.append(sign(Checkpoint(ORIGIN, len(made), frontier.root(), "2026-01-01T00:00:00.000Z"), KEY))
    return check(copy)


def test_the_story_must_make_sense() -> None:
    one, end, start = (
        decision(audit_id(1)),
        Entry.outcome_of(audit_id(1), "delivered"),
        Entry.event_of("start"),
    )
    assert told(start, one, end).good
    assert told(start, one, end, end).good
    assert told(start, one).still_open == 1
    assert told(start, one).good
    assert kinds(told(start, one, start)) == {"decision-not-closed"}
    assert kinds(told(start, end)) == {"outcome-without-decision"}
    assert kinds(told(end, one)) == {"outcome-without-decision"}


def test_a_clock_that_goes_back_is_mentioned() -> None:
    entry = Entry.event_of("start")
    earlier = Entry.parse(entry.canonical().replace(entry.time.encode(), b"2020-01-01T00:00:00.000Z"))
    assert told(entry, earlier).clock_steps == 1
    assert told(entry, entry).clock_steps == 0


# -- the same on SQLite files


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stored") / f"{ORIGIN}.sqlite"
    store(path, Grown(1000, 1000).copy)
    return path


def opened(path: Path) -> Report:
    with SqliteReader(path) as reader:
        return verify_ledger(reader, (VERIFIER,))


TAMPERINGS: list[Callable[[sqlite3.Connection], object]] = [
    lambda db: db.execute(
        "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'block', 'allow') AS BLOB)"
    ),
    lambda db: db.execute("DELETE FROM entries WHERE idx = 500"),
    lambda db: db.execute("DELETE FROM entries WHERE idx >= 900"),
    lambda db: db.execute("UPDATE entries SET idx = 5000 WHERE idx = 999"),
    lambda db: db.execute("UPDATE entries SET leaf = zeroblob(32) WHERE idx = 0"),
    lambda db: db.execute("UPDATE entries SET id = 'other' WHERE idx = 3"),
    lambda db: db.execute("UPDATE nodes SET hash = zeroblob(32) WHERE number = 1"),
    lambda db: db.execute("DELETE FROM checkpoints"),
    lambda db: db.execute("INSERT INTO entries VALUES (1000, 'a', zeroblob(32), x'7b7d')"),
]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=range(len(TAMPERINGS)))
def test_tampering_with_the_file_is_seen(
    stored: Path, tmp_path: Path, tamper: Callable[[sqlite3.Connection], object]
) -> None:
    path = tmp_path / stored.name
    shutil.copy(stored, path)
    assert opened(path).good
    database = sqlite3.connect(path, isolation_level=None)
    for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    tamper(database)
    database.close()
    assert not opened(path).good


def contents(path: Path) -> object:
    with SqliteReader(path) as reader:
        return list(reader.rows()), list(reader.nodes()), list(reader.checkpoints())


def test_a_flipped_bit_anywhere_in_the_file_is_seen_or_changes_nothing(stored: Path, tmp_path: Path) -> None:
    sound, original = contents(stored), stored.read_bytes()
    pick = chance(3)
    path = tmp_path / stored.name
    harmless = 0
    for _ in range(300):
        path.write_bytes(flip(original, pick.randrange(len(original) * 8)))
        try:
            if opened(path).good:
                harmless += 1
                assert contents(path) == sound
        except AuditError:
            continue
    assert harmless < 200
