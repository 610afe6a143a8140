import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from gateway.audit import Entry, PostgresLedger, PostgresReader, keep_ledger, verify_ledger
from gateway.audit.index import Wanted, catch_up, open_index, page
from gateway.audit.opening import key_path, known_origins, read_keys
from gateway.audit.postgres_schema import prepare
from gateway.audit.tree import leaf_hash
from gateway.audit.waiting import NewRow
from gateway.errors import AuditError
from tests.audit.ledger_contract import LedgerContract, stored
from tests.audit.made import ORIGIN, audit_id, decision, entries
from tests.support.postgres import WRITER, PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


@pytest.fixture
def record(server: PostgresServer) -> str:
    server.empty()
    return server.record()


class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    def opened(self, record: str) -> Iterator[Callable[[], PostgresLedger]]:
        ledgers: list[PostgresLedger] = []

        def open_() -> PostgresLedger:
            ledgers.append(PostgresLedger(record, ORIGIN, patience=5))
            return ledgers[-1]

        yield open_
        for ledger in ledgers:
            ledger.close()


def test_one_gateway_writes_one_record_and_several_write_side_by_side(record: str) -> None:
    with PostgresLedger(record, "gateway-1") as one, PostgresLedger(record, "gateway-2") as two:
        with pytest.raises(AuditError, match="another gateway writes"):
            PostgresLedger(record, "gateway-1")
        for number in range(5):
            assert one.append(decision(audit_id(number))).result() == number
            assert two.append(decision(audit_id(number + 100))).result() == number
        assert [row.id for row in stored(one)] == [audit_id(number) for number in range(5)]
        assert [row.id for row in stored(two)] == [audit_id(number + 100) for number in range(5)]
    assert known_origins(Path("unused"), record) == ("gateway-1", "gateway-2")


@pytest.mark.parametrize("table", ["entries", "nodes", "checkpoints"])
@pytest.mark.parametrize("role", [WRITER, "owner"])
@pytest.mark.parametrize(
    "change", ["UPDATE leadglass.{} SET origin = 'x'", "DELETE FROM leadglass.{}", "TRUNCATE leadglass.{}"]
)
def test_nobody_changes_what_is_written(
    server: PostgresServer, record: str, table: str, role: str, change: str
) -> None:
    with PostgresLedger(record, ORIGIN) as ledger:
        ledger.append_many(entries(300)).result()
        ledger.store_checkpoint("note").result()
    with (
        psycopg.connect(server.record(role)) as database,
        pytest.raises(psycopg.Error, match=r"append-only|permission denied"),
    ):
        database.execute(change.format(table))


def test_the_record_has_no_gaps_and_no_second_entry_in_one_place(server: PostgresServer, record: str) -> None:
    with PostgresLedger(record, ORIGIN) as ledger:
        ledger.append_many(entries(3)).result()
    with psycopg.connect(server.record(), autocommit=True) as database:
        for index in (0, 2, 4):
            with pytest.raises(psycopg.Error):
                database.execute(
                    "INSERT INTO leadglass.entries VALUES (%s, %s, 'x', '', '')", (ORIGIN, index)
                )


def test_a_database_that_went_away_refuses_and_is_found_again(server: PostgresServer, record: str) -> None:
    with PostgresLedger(record, ORIGIN) as ledger:
        assert ledger.append(decision(audit_id(0))).result() == 0
        server.stop()
        for number in (1, 2):
            with pytest.raises(AuditError, match="database"):
                ledger.append(decision(audit_id(number))).result()
        assert ledger.broken is None
        server.start()
        assert ledger.append(decision(audit_id(3))).result() == 1
        assert [row.id for row in stored(ledger)] == [audit_id(0), audit_id(3)]


def test_a_batch_that_was_durable_without_an_answer_is_remembered_as_open(
    server: PostgresServer, record: str
) -> None:
    with PostgresLedger(record, ORIGIN) as ledger:
        ledger.append(decision(audit_id(0))).result()
        server.stop()
        with pytest.raises(AuditError):
            ledger.append(decision(audit_id(1))).result()
        server.start()
        body = decision(audit_id(2)).canonical()
        with psycopg.connect(record) as database:  # as if the answer to this one had been lost
            database.execute(
                "INSERT INTO leadglass.entries VALUES (%s, 1, %s, %s, %s)",
                (ORIGIN, audit_id(2), leaf_hash(body), body),
            )
        assert ledger.append(decision(audit_id(3))).result() == 2
        assert ledger.still_open() == (audit_id(0), audit_id(2), audit_id(3))
        assert ledger.frontier().size == 3


def test_a_database_that_was_put_back_is_not_written_to_again(server: PostgresServer, record: str) -> None:
    with PostgresLedger(record, ORIGIN) as ledger:
        ledger.append_many(entries(5)).result()
        server.stop()
        with pytest.raises(AuditError):
            ledger.append(decision(audit_id(1))).result()
        server.start()
        server.empty()
        for _ in range(2):
            with pytest.raises(AuditError, match="put back"):
                ledger.append(decision(audit_id(2))).result()
        assert ledger.broken


def test_a_batch_the_database_refuses_ends_the_record(server: PostgresServer, record: str) -> None:
    with PostgresLedger(record, ORIGIN) as ledger:
        ledger.append(decision(audit_id(0))).result()
        with psycopg.connect(record) as database:
            database.execute("INSERT INTO leadglass.entries VALUES (%s, 1, 'x', '', '')", (ORIGIN,))
        with pytest.raises(AuditError, match="cannot be written"):
            ledger.append(decision(audit_id(1))).result()
        assert ledger.broken
        row = NewRow.of(decision(audit_id(2)))
    assert row.type == "decision"


def test_it_is_refused_where_a_commit_is_not_on_a_disk(server: PostgresServer, record: str) -> None:
    with psycopg.connect(server.record("owner"), autocommit=True) as database:
        database.execute(f"ALTER ROLE {WRITER} SET synchronous_commit = off")
        try:
            with pytest.raises(AuditError, match="before it is durable"):
                PostgresLedger(record, ORIGIN)
        finally:
            database.execute(f"ALTER ROLE {WRITER} RESET synchronous_commit")


def test_an_unprepared_or_absent_database_is_named_as_such(server: PostgresServer, tmp_path: Path) -> None:
    with psycopg.connect(server.record("owner"), autocommit=True) as database:
        database.execute("CREATE DATABASE bare")
    bare = server.record().replace("/postgres?", "/bare?")
    with pytest.raises(AuditError, match="leadglass audit prepare"):
        PostgresLedger(bare, ORIGIN)
    with pytest.raises(AuditError, match="cannot be made"):
        prepare(bare, "nobody")
    with pytest.raises(AuditError, match="cannot be reached"):
        PostgresReader(f"postgresql:///x?host={tmp_path}", ORIGIN)


def test_a_gateway_keeps_and_everybody_verifies_a_record_in_the_database(
    server: PostgresServer, record: str, tmp_path: Path
) -> None:
    async def dictate() -> None:
        with keep_ledger(tmp_path, ORIGIN, record=record) as ledger:
            for number in range(300):
                await ledger.append_async(decision(audit_id(number)))
            await asyncio.wrap_future(ledger.append(Entry.outcome_of(audit_id(7), "refused")))
            with ledger.reader() as reader:
                assert reader.size() == 302

    asyncio.run(dictate())
    assert not list((tmp_path / "ledger").glob("*.sqlite"))
    with PostgresReader(record, ORIGIN) as reader:
        report = verify_ledger(reader, read_keys(key_path(tmp_path, ORIGIN)))
    assert report.good
    assert (report.size, report.unsigned) == (303, 0)

    def audit(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "audit", *words, "--state", str(tmp_path)],
            env={**os.environ, "LEADGLASS_RECORD": record}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    assert json.loads(audit("verify", "--json"))["good"] is True
    assert json.loads(audit("show", "--json", audit_id(7)))["id"] == audit_id(7)
    assert len(audit("list", "--json").splitlines()) == 300
    assert json.loads(audit("prove", audit_id(7)))


def test_the_records_of_a_database_are_indexed_together_and_read_by_their_indexes(
    record: str, tmp_path: Path
) -> None:
    with PostgresLedger(record, "gateway-1") as one, PostgresLedger(record, "gateway-2") as two:
        one.append_many(entries(40)).result()
        two.append(decision(audit_id(100), user="eve")).result()
    with (
        open_index(tmp_path / "index.sqlite") as index,
        PostgresReader(record, "gateway-1") as first,
        PostgresReader(record, "gateway-2") as second,
    ):
        assert catch_up(index, [first, second]) == 0
        assert len(page(index, Wanted())) == 21
        assert [(found.origin, found.id) for found in page(index, Wanted(person="eve"))] == [
            ("gateway-2", audit_id(100))
        ]
    with psycopg.connect(record) as database:
        database.execute(
            "SET enable_seqscan = off"
        )  # a small table is read through by choice, not for want of an index
        for asked in ("id = 'x'", "idx >= 5 AND idx < 9"):
            told = database.execute(
                f"EXPLAIN SELECT idx, id, leaf, body FROM leadglass.entries WHERE origin = 'g' AND {asked} ORDER BY idx"  # noqa: S608 - constants of this test
            )
            plan = " ".join(line for (line,) in told)
            assert "Index" in plan
            assert "Seq Scan" not in plan
