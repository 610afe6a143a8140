"""Emptied entries: what a signed pruning took, and everything that only looks like it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from gateway.audit import Entry, PostgresReader, SqliteReader, open_ledger, verify_ledger
from gateway.audit.index import index_path, open_index
from gateway.audit.opening import key_path, open_reader, read_keys, record_path
from gateway.audit.pruning import Place, prune
from gateway.audit.query import Filter, find, newest, oldest
from gateway.audit.report import Report
from gateway.audit.sqlite_file import NO_UPDATE
from gateway.audit.tree import leaf_hash, prove_inclusion, verify_inclusion
from gateway.cli.audit import audit
from gateway.errors import AuditError
from tests.audit.made import ORIGIN, audit_id, decision
from tests.support.postgres import WRITER, PostgresServer

OLD, CUT = "2015-03-01T00:00:00.000Z", "2016-01-01T00:00:00.000Z"
COUNT = 400
"""Old decisions with outcome, after a start; one more is open until long after the cut."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state whose record begins in 2015 (its two starts were turned back as well)."""
    state = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.audit.entry.now", lambda: OLD)
        with open_ledger(state, ORIGIN) as ledger:
            for number in range(COUNT):
                ledger.append_many(
                    [decision(audit_id(number), user="ann"), Entry.outcome_of(audit_id(number), "refused")]
                ).result()
            ledger.append(decision(audit_id(9000), user="ann")).result()
            patch.undo()
            ledger.append_many(
                [Entry.outcome_of(audit_id(9000), "delivered"), decision(audit_id(9001), user="ann")]
            ).result()
    return state


@pytest.fixture
def state(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "state"))


def run(*words: object) -> Result:
    return CliRunner().invoke(audit, [str(word) for word in words])


def checked(state: Path, record: str = "") -> Report:
    with open_reader(state, ORIGIN, record) as reader:
        return verify_ledger(reader, read_keys(key_path(state, ORIGIN)))


def faults(state: Path) -> set[str]:
    return {fault.kind for fault in checked(state).faults}


def change(state: Path, *statements: str) -> None:
    with closing(sqlite3.connect(record_path(state, ORIGIN), isolation_level=None)) as database:
        database.create_function("leaf_of", 1, leaf_hash)
        for trigger in ("entries_no_update", "checkpoints_no_delete", "entries_no_delete"):
            database.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            database.execute(statement)


def _decided_in(index: Path) -> int:
    with open_index(index) as opened:
        return int(opened.ask("SELECT count(*) FROM decisions")[0][0])


def test_a_pruned_record_verifies_and_says_how_much_went(state: Path) -> None:
    path = record_path(state, ORIGIN)
    with SqliteReader(path) as reader:
        before = list(reader.rows())
    size = path.stat().st_size
    assert run("reindex", "--state", state).exit_code == 0
    assert _decided_in(index_path(state)) == COUNT + 2
    looked = run("prune", "--state", state, "--before", "2016-01-01", "--dry-run")
    assert f"{2 * COUNT + 1} entries before {CUT} would be emptied; 1 kept" in looked.output
    assert checked(state).pruned == 0
    done = run("prune", "--state", state, "--before", "2016-01-01", "--by", "ann")
    assert done.exit_code == 0, done.exception
    assert f"{2 * COUNT + 1} entries before {CUT} were emptied" in done.output
    assert _decided_in(index_path(state)) == 0
    assert audit_id(7).encode() not in index_path(state).read_bytes()
    assert run("reindex", "--state", state).exit_code == 0
    assert _decided_in(index_path(state)) == 2
    report = checked(state)
    assert report.good, report.faults
    assert report.pruned == 2 * COUNT + 1
    assert f"Pruned: {2 * COUNT + 1} of them" in run("verify", "--state", state).output
    assert path.stat().st_size < size / 2
    raw = path.read_bytes()
    assert audit_id(7).encode() not in raw
    assert audit_id(9000).encode() in raw  # its outcome is younger

    with SqliteReader(path) as reader:
        rows = list(reader.rows())
        assert [row.leaf for row in rows[: len(before)]] == [row.leaf for row in before]
        (event,) = [r.entry for r in newest([reader], Filter(events=True)) if r.entry.event == "pruned"]
        assert (event.user, event.count, event.days, event.until) == ("ann", 2 * COUNT + 1, 2192, CUT)
        assert event.below == 2 * COUNT + 2
        with open_ledger(state, ORIGIN) as ledger:
            root = ledger.frontier()
        # Whoever kept an entry can still show that it stood there.
        for index in (0, 5, 300):
            proof = prove_inclusion(index, root.size, reader.subtree)
            assert verify_inclusion(leaf_hash(before[index].body), index, root.size, proof, root.root())


def test_what_reads_the_record_copes_with_emptied_entries(state: Path) -> None:
    run("prune", "--state", state, "--before", "2016-01-01")
    with SqliteReader(record_path(state, ORIGIN)) as reader:
        assert reader.find("") == ()
        assert find([reader], audit_id(7)) is None
        ids = [record.entry.id for record in newest([reader], Filter())]
        assert ids == [audit_id(9001), audit_id(9000)]
        assert [record.entry.id for record in oldest([reader], Filter())] == ids[::-1]
    assert run("list", "--state", state, "--json").output.count("\n") == 2
    for form in ("csv", "cef", "fhir", "atna", "ndjson"):
        assert run("export", "--state", state, "--format", form).exit_code == 0
    with open_ledger(state, ORIGIN) as ledger:
        assert ledger.append(decision(audit_id(9100))).result() > 2 * COUNT
    assert checked(state).good
    again = run("prune", "--state", state, "--before", "2016-01-01")
    assert "0 entries" not in again.output
    assert "nothing is older" in again.output


def test_a_pruned_record_is_backed_up_and_restored(state: Path, tmp_path: Path) -> None:
    run("prune", "--state", state, "--before", "2016-01-01")
    assert run("backup", "--state", state, "--to", tmp_path / "copies").exit_code == 0
    (copy,) = (tmp_path / "copies").iterdir()
    assert run("restore", copy, "--state", tmp_path / "anew").exit_code == 0
    assert checked(tmp_path / "anew") == checked(state)


EMPTY = "UPDATE entries SET id = '', body = x'' WHERE "
SAID = "instr(cast(body AS text), 'pruned')"
MOVE = "body = cast(replace(cast(body AS text), '\"below\":802', '\"below\":804') AS blob)"
MOVED = f"UPDATE entries SET {MOVE} WHERE {SAID}"  # noqa: S608 - constants of this file
HASHED = f"UPDATE entries SET leaf = leaf_of(body) WHERE {SAID}"  # noqa: S608 - constants of this file
TAMPERED: dict[str, tuple[tuple[str, ...], str]] = {
    "emptied above the cut": ((EMPTY + f"idx = {2 * COUNT + 3}",), "emptied-entry"),
    "the kept one's outcome emptied": ((EMPTY + f"idx = {2 * COUNT + 2}",), "emptied-entry"),
    "emptied, but its id left": (("UPDATE entries SET id = 'x' WHERE idx = 5",), "emptied-entry"),
    "an emptied entry's hash changed": (
        ("UPDATE entries SET leaf = randomblob(32) WHERE idx = 5",),
        "history-changed",
    ),
    "an emptied entry's hash cut short": (
        ("UPDATE entries SET leaf = x'00' WHERE idx = 5",),
        "emptied-entry",
    ),
    "put back with other content": (
        (
            "UPDATE entries SET id = (SELECT id FROM entries WHERE idx = {kept}), body = (SELECT body FROM entries WHERE idx = {kept}) WHERE idx = 5",
        ),
        "altered-entry",
    ),
    "an emptied entry removed": (("DELETE FROM entries WHERE idx = 5",), "gap"),
    "the cut moved": ((MOVED, EMPTY + "idx = 803"), "altered-entry"),
    "the cut moved, and its hash with it": (
        (MOVED, HASHED, EMPTY + "idx = 803"),
        "history-changed",
    ),
    "the pruning itself emptied": ((EMPTY + SAID,), "emptied-entry"),
}


@pytest.fixture(scope="module")
def pruned(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = Path(shutil.copytree(made, tmp_path_factory.mktemp("pruned") / "state"))
    done = run("prune", "--state", state, "--before", "2016-01-01")
    assert done.exit_code == 0, done.exception
    return state


@pytest.mark.parametrize("name", TAMPERED)
def test_what_only_looks_like_a_pruning_is_found(pruned: Path, tmp_path: Path, name: str) -> None:
    state = Path(shutil.copytree(pruned, tmp_path / "state"))
    assert faults(state) == set()
    statements, kind = TAMPERED[name]
    change(state, *(statement.replace("{kept}", str(2 * COUNT + 1)) for statement in statements))
    assert kind in faults(state)


def forge(state: Path) -> None:
    """As somebody who can write the file and not sign: a pruning at its end, and entries emptied under it."""
    said = Entry.event_of("pruned", count=9, user="eve")._replace(below=2 * COUNT + 4, days=2192, until=CUT)
    with SqliteReader(record_path(state, ORIGIN)) as reader:
        index = reader.size()
    body = said.canonical()
    with closing(sqlite3.connect(record_path(state, ORIGIN), isolation_level=None)) as database:
        database.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", (index, said.id, leaf_hash(body), body))
    change(state, EMPTY + f"idx = {2 * COUNT + 3}", NO_UPDATE)


def test_a_forged_pruning_is_found_and_never_signed(state: Path) -> None:
    forge(state)
    assert "emptied-entry" in faults(state)
    with pytest.raises(AuditError, match="never signed"), open_ledger(state, ORIGIN):
        pass
    with pytest.raises(AuditError, match="does not verify"):
        prune(Place(state, ORIGIN), CUT, by="eve", days=30)
    assert "emptied-entry" in faults(state)


def test_a_pruning_that_was_interrupted_verifies_and_is_finished(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.erasing.AT_ONCE", 101)

    class GoneError(Exception):
        pass

    def die(emptied: int) -> None:
        if emptied == 101:
            raise GoneError

    with pytest.raises(GoneError):
        prune(Place(state, ORIGIN), CUT, by="ann", days=30, progress=die)
    report = checked(state)
    assert report.good, report.faults
    assert report.pruned == 101
    done = prune(Place(state, ORIGIN), CUT, by="ann", days=30)
    assert done is not None
    assert done.plan.count == 2 * COUNT + 1 - 101
    assert checked(state).pruned == 2 * COUNT + 1


def test_entries_that_have_to_be_kept_are_kept(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = run("prune", "--state", state, "--before", "1d")
    assert isinstance(refused.exception, AuditError)
    assert "LEADGLASS_RETENTION_DAYS" in str(refused.exception)
    monkeypatch.setenv("LEADGLASS_RETENTION_DAYS", "36500")
    assert isinstance(run("prune", "--state", state, "--before", "2016-01-01").exception, AuditError)
    assert checked(state).pruned == 0
    monkeypatch.setattr("gateway.audit.opening.PATIENCE", 0.0)
    with open_ledger(state, ORIGIN), pytest.raises(AuditError, match="another gateway writes"):
        prune(Place(state, ORIGIN), CUT, by="ann", days=30)
    assert "--before takes" in str(run("prune", "--state", state, "--before", "soon").exception)


def test_only_the_owner_prunes_a_database(
    server: PostgresServer, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.empty()
    state = Path(shutil.copytree(made, tmp_path / "state"))
    run("backup", "--state", state, "--to", tmp_path / "copies")
    (copy,) = (tmp_path / "copies").iterdir()
    record_path(state, ORIGIN).unlink()
    monkeypatch.setenv("LEADGLASS_RECORD", server.record())
    assert run("restore", copy, "--state", state).exit_code == 0
    refused = run("prune", "--state", state, "--before", "2016-01-01")
    assert "only the owner" in str(refused.exception)
    monkeypatch.setenv("LEADGLASS_RECORD", server.record("owner"))
    done = run("prune", "--state", state, "--before", "2016-01-01")
    assert done.exit_code == 0, done.exception
    report = checked(state, server.record())
    assert report.good, report.faults
    assert report.pruned == 2 * COUNT + 1
    for role in (WRITER, "owner"):
        with (
            psycopg.connect(server.record(role)) as database,
            pytest.raises(psycopg.Error, match=r"append-only|permission"),
        ):
            database.execute("UPDATE leadglass.entries SET body = '' WHERE idx = 803")
    with open_ledger(state, ORIGIN, record=server.record()) as ledger:
        ledger.append(decision(audit_id(9100))).result()
    assert checked(state, server.record()).good
    with psycopg.connect(server.record("owner")) as database:
        database.execute("SET LOCAL session_replication_role = replica")
        database.execute("UPDATE leadglass.entries SET id = '', body = '' WHERE idx = 803")
        reader = PostgresReader(server.record(), ORIGIN, writing=database)
        assert "emptied-entry" in {
            f.kind for f in verify_ledger(reader, read_keys(key_path(state, ORIGIN))).faults
        }
        database.rollback()
