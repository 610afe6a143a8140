import os
import resource
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.audit import Entry, SqliteLedger, SqliteReader
from gateway.errors import AuditError
from tests.audit.ledger_contract import LedgerContract, stored
from tests.audit.made import ORIGIN, audit_id, decision, entries


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / f"{ORIGIN}.sqlite"


class TestSqliteLedger(LedgerContract):
    @pytest.fixture
    def opened(self, path: Path) -> Iterator[Callable[[], SqliteLedger]]:
        ledgers: list[SqliteLedger] = []

        def open_() -> SqliteLedger:
            ledgers.append(SqliteLedger(path, ORIGIN, reserve=0))
            return ledgers[-1]

        yield open_
        for ledger in ledgers:
            ledger.close()


def test_every_flush_reaches_the_disk_before_it_is_acknowledged(path: Path) -> None:
    with SqliteLedger(path, ORIGIN) as ledger:
        pragma = {
            name: ledger._store._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "trusted_schema")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "trusted_schema": 0}


def test_only_the_owner_can_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        with SqliteLedger(path, ORIGIN) as ledger:
            ledger.append_many(entries(3)).result()
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
            folder = stat.S_IMODE(path.parent.stat().st_mode)
    finally:
        os.umask(before)
    assert len(modes) == 4
    assert set(modes.values()) == {0o600}
    assert folder == 0o700


@pytest.mark.parametrize("table", ["entries", "nodes", "checkpoints", "about"])
@pytest.mark.parametrize("verb", ["UPDATE {t} SET rowid = rowid", "DELETE FROM {t}"])
def test_rows_can_be_neither_changed_nor_deleted(path: Path, table: str, verb: str) -> None:
    with SqliteLedger(path, ORIGIN) as ledger:
        ledger.append_many(entries(257)).result()
        ledger.store_checkpoint("note").result()
    statement = verb.format(t=table)
    if table == "nodes":
        statement = statement.replace("rowid", "level")
    with sqlite3.connect(path) as database, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(statement)
    database.close()


@pytest.mark.parametrize("index", [2, 4, -1])
def test_no_entry_goes_anywhere_but_to_the_end(path: Path, index: int) -> None:
    with SqliteLedger(path, ORIGIN) as ledger:
        ledger.append_many(entries(3)).result()
    database = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="no gaps"):
        database.execute("INSERT OR REPLACE INTO entries VALUES (?, 'a', x'00', x'00')", (index,))
    database.close()


def test_a_reader_cannot_write(path: Path) -> None:
    with SqliteLedger(path, ORIGIN) as ledger:
        ledger.append_many(entries(3)).result()
    with SqliteReader(path) as reader, pytest.raises(sqlite3.OperationalError):
        reader._db.execute("INSERT INTO hint VALUES (1)")


def test_two_gateways_cannot_write_one_record(path: Path) -> None:
    with SqliteLedger(path, ORIGIN), pytest.raises(AuditError, match="another gateway writes"):
        SqliteLedger(path, ORIGIN)
    SqliteLedger(path, ORIGIN).close()


def test_a_record_belongs_to_its_gateway(path: Path) -> None:
    SqliteLedger(path, ORIGIN).close()
    with pytest.raises(AuditError, match="belongs to another"):
        SqliteLedger(path, "gateway-2")


@pytest.mark.parametrize("content", [b"Doe^Jane" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_record_is_refused_without_quoting_it(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(AuditError) as caught:
        SqliteLedger(path, ORIGIN)
    assert "Doe" not in str(caught.value)


def test_another_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a)")
    database.close()
    with pytest.raises(AuditError):
        SqliteLedger(path, ORIGIN)


def test_a_full_disk_refuses_decisions_but_still_takes_their_outcomes(path: Path) -> None:
    with SqliteLedger(path, ORIGIN, reserve=1 << 62) as ledger:
        with pytest.raises(AuditError, match="almost full"):
            ledger.append(decision(audit_id(1))).result()
        assert ledger.append(Entry.outcome_of(audit_id(0), "refused")).result() == 0
        ledger._reserve = 0
        assert ledger.append(decision(audit_id(2))).result() == 1


def test_a_failed_write_breaks_the_record_until_it_is_reopened(path: Path) -> None:
    with SqliteLedger(path, ORIGIN, reserve=0) as ledger:
        ledger.append_many(entries(10)).result()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{path}-wal").stat().st_size + 100, hard))
        try:
            futures = [ledger.append(decision(audit_id(n))) for n in range(100, 103)]
            kinds = [type(future.exception()) for future in futures]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert kinds == [AuditError] * 3
        assert ledger.broken
        with pytest.raises(AuditError):
            ledger.append(decision(audit_id(200))).result()
        with pytest.raises(AuditError):
            ledger.append(Entry.outcome_of(audit_id(200), "refused")).result()
    with SqliteLedger(path, ORIGIN, reserve=0) as ledger:
        assert len(stored(ledger)) == 10
        assert ledger.append(decision(audit_id(300))).result() == 10


def test_entries_that_arrive_together_are_flushed_together(path: Path) -> None:
    with SqliteLedger(path, ORIGIN, reserve=0) as ledger:
        flushes: list[int] = []
        write = ledger._writer._write
        ledger._writer._write = lambda rows: (flushes.append(len(rows)), write(rows))[1]
        gate = threading.Event()
        held = ledger._writer.run(lambda: gate.wait() and None)
        futures = [ledger.append(decision(audit_id(n))) for n in range(500)]
        gate.set()
        held.result()
        assert sorted(f.result() for f in futures) == list(range(500))
    assert sum(flushes) == 500
    assert len(flushes) <= 2  # what waited behind the gate, in one flush


def test_a_tampered_tree_is_not_continued(path: Path) -> None:
    with SqliteLedger(path, ORIGIN) as ledger:
        ledger.append_many(entries(300)).result()
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("DROP TRIGGER nodes_no_delete")
    database.execute("DELETE FROM nodes")
    database.close()
    with pytest.raises(AuditError, match="lacks part of its tree"):
        SqliteLedger(path, ORIGIN)


def test_where_open_decisions_begin_is_remembered(path: Path) -> None:
    with SqliteLedger(path, ORIGIN) as ledger:
        ledger.append_many([decision(audit_id(0)), Entry.outcome_of(audit_id(0), "delivered")]).result()
        ledger.append_many([decision(audit_id(1)), decision(audit_id(2))]).result()
        ledger.append(Entry.outcome_of(audit_id(2), "delivered")).result()
    with SqliteReader(path) as reader:
        assert reader.closed_below() == 2
    with SqliteLedger(path, ORIGIN) as ledger:
        assert ledger.still_open() == (audit_id(1),)
        ledger.append(Entry.outcome_of(audit_id(1), "unknown-crash")).result()
    with SqliteReader(path) as reader:
        assert reader.closed_below() == 6
