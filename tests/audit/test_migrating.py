"""Records in the first form: opened, written to, refused where too new, and brought to the second."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from gateway.audit import Entry, PostgresReader, SqliteReader, open_ledger, verify_ledger
from gateway.audit.opening import key_path, open_reader, read_keys, record_path
from gateway.cli.audit import audit
from gateway.errors import AuditError
from tests.audit.made import ORIGIN, audit_id, decision, entries
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


def run(*words: object) -> Result:
    return CliRunner().invoke(audit, [str(word) for word in words])


def first_form(state: Path) -> None:
    """What the version before made: an index over all ids, and 1 as the form."""
    with closing(sqlite3.connect(record_path(state, ORIGIN), isolation_level=None)) as database:
        database.execute("DROP INDEX entries_by_id")
        database.execute("DROP INDEX entries_exempting")
        database.execute("CREATE INDEX entries_by_id ON entries (id)")
        database.execute("PRAGMA user_version=1")


def first_form_there(server: PostgresServer) -> None:
    with psycopg.connect(server.record("owner"), autocommit=True) as database:
        database.execute("DROP INDEX leadglass.entries_by_id")
        database.execute("DROP INDEX leadglass.entries_exempting")
        database.execute("CREATE INDEX entries_by_id ON leadglass.entries (id)")
        database.execute("UPDATE leadglass.about SET version = 1")


def set_form(place: Path | PostgresServer, form: int) -> None:
    if isinstance(place, PostgresServer):
        with psycopg.connect(place.record("owner"), autocommit=True) as server:
            server.execute("UPDATE leadglass.about SET version = %s", (form,))
        return
    with closing(sqlite3.connect(place, isolation_level=None)) as database:
        database.execute(f"PRAGMA user_version={form}")


def check(state: Path, record: str = "") -> None:
    with open_reader(state, ORIGIN, record) as reader:
        report = verify_ledger(reader, read_keys(key_path(state, ORIGIN)))
        assert report.good, report.faults
        assert [row.id for row in reader.find(audit_id(7))] == [audit_id(7)] * 2
        assert [Entry.parse(row.body).event for row in reader.exempting()] == ["exemption-asked"]


def write(state: Path, number: int, record: str = "") -> None:
    with open_ledger(state, ORIGIN, record=record) as ledger:
        about = Entry.exemption_of("exemption-asked", audit_id(7), user="mara", reason="other", note="")
        first = [*entries(300)[1:], about]
        ledger.append_many(first if number == 0 else [decision(audit_id(number))]).result()


def test_a_file_in_the_first_form_is_written_to_and_brought_to_the_second(tmp_path: Path) -> None:
    write(tmp_path, 0)
    first_form(tmp_path)
    write(tmp_path, 5001)
    check(tmp_path)
    refused = run("prune", "--state", tmp_path)
    assert "leadglass audit migrate" in str(refused.exception)
    with open_ledger(tmp_path, ORIGIN):
        assert "another gateway writes" in str(run("migrate", "--state", tmp_path).exception)
    assert run("migrate", "--state", tmp_path).output == f"{ORIGIN}: form 2; it had form 1\n"
    assert run("migrate", "--state", tmp_path).output == f"{ORIGIN}: form 2; it was so already\n"
    with closing(sqlite3.connect(record_path(tmp_path, ORIGIN))) as database:
        plan = str(
            database.execute(
                "EXPLAIN QUERY PLAN SELECT idx FROM entries WHERE id = ? AND id <> ''", ("x",)
            ).fetchall()
        )
        assert "USING INDEX entries_by_id" in plan or "USING COVERING INDEX entries_by_id" in plan
        assert database.execute(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'entries_exempting'"
        ).fetchone() == (1,)
    write(tmp_path, 5002)
    check(tmp_path)
    assert "nothing is older" in run("prune", "--state", tmp_path).output


def test_a_database_in_the_first_form_is_written_to_and_brought_to_the_second(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = server.record()
    write(tmp_path, 0, record)
    first_form_there(server)
    write(tmp_path, 5001, record)
    check(tmp_path, record)
    monkeypatch.setenv("LEADGLASS_RECORD", server.record())
    assert "owner" in str(run("migrate").exception)
    monkeypatch.setenv("LEADGLASS_RECORD", server.record("owner"))
    assert "leadglass audit migrate" in str(run("prune", "--state", tmp_path).exception)
    assert run("migrate").output == "the database: form 2; it had form 1\n"
    assert run("migrate").output == "the database: form 2; it was so already\n"
    with psycopg.connect(record) as database:
        found = database.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'entries_by_id'"
        ).fetchone()
        assert found is not None
        assert "WHERE" in found[0]
        assert database.execute("SELECT to_regclass('leadglass.entries_exempting')").fetchone() != (None,)
    write(tmp_path, 5002, record)
    check(tmp_path, record)
    set_form(server, 3)
    try:
        for refuse in (lambda: PostgresReader(record, ORIGIN), lambda: write(tmp_path, 5003, record)):
            with pytest.raises(AuditError, match="newer Leadglass"):
                refuse()
        assert "newer Leadglass" in str(run("migrate").exception)
    finally:
        set_form(server, 2)


def test_a_newer_form_than_known_is_refused_in_plain_words(tmp_path: Path) -> None:
    write(tmp_path, 0)
    path = record_path(tmp_path, ORIGIN)
    set_form(path, 3)
    before = path.read_bytes()
    for refuse in (lambda: SqliteReader(path), lambda: write(tmp_path, 5003)):
        with pytest.raises(AuditError, match="newer Leadglass"):
            refuse()
    for command in ("list", "verify", "prune", "migrate"):
        assert "newer Leadglass" in str(run(command, "--state", tmp_path).exception)
    assert path.read_bytes() == before
