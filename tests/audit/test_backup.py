import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner, Result

from gateway.audit import FileAnchor, PostgresReader, Reader, SqliteReader, open_ledger, verify_ledger
from gateway.audit.backup import back_up, check, restore_file
from gateway.audit.opening import key_path, read_keys, record_path
from gateway.audit.stored import StoredLedger
from gateway.cli.audit import audit
from gateway.errors import AuditError
from tests.audit.made import ORIGIN, VERIFIER, Grown, audit_id, decision, entries, store
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


@pytest.fixture(params=["file", "database"])
def record(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "file":
        return ""
    server: PostgresServer = request.getfixturevalue("server")
    server.empty()
    monkeypatch.setenv("LEADGLASS_RECORD", server.record())
    return server.record()


def run(*words: object) -> Result:
    return CliRunner().invoke(audit, [str(word) for word in words])


def written(reader: Reader) -> tuple[object, ...]:
    return list(reader.rows()), list(reader.nodes()), list(reader.checkpoints())


def keep_writing(ledger: StoredLedger, stop: threading.Event) -> None:
    number = 1000
    while not stop.is_set():
        ledger.append(decision(audit_id(number))).result(timeout=30)
        number += 1


def test_a_record_in_use_is_copied_and_either_store_takes_the_copy(
    record: str, server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, stop = tmp_path / "state", threading.Event()
    with open_ledger(state, ORIGIN, record=record) as ledger:
        ledger.append_many(entries(700)).result()
        writer = threading.Thread(target=keep_writing, args=(ledger, stop))
        writer.start()
        try:
            done = run("backup", "--state", state, "--to", tmp_path / "copies")
        finally:
            stop.set()
            writer.join()
        assert done.exit_code == 0, done.exception
        total = ledger.frontier().size
    (copy,) = (tmp_path / "copies").iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    keys = read_keys(key_path(state, ORIGIN))
    held = check(copy, keys)
    assert 700 <= held.entries <= total

    monkeypatch.delenv("LEADGLASS_RECORD", raising=False)
    assert run("restore", copy, "--state", tmp_path / "file").exit_code == 0
    with SqliteReader(record_path(tmp_path / "file", ORIGIN)) as reader:
        in_file = written(reader)
        assert reader.size() == held.entries
    assert run("verify", "--state", tmp_path / "file").exit_code == 0
    assert record_path(tmp_path / "file", ORIGIN).stat().st_mode & 0o777 == 0o600

    server.empty()
    monkeypatch.setenv("LEADGLASS_RECORD", server.record())
    assert run("restore", copy, "--state", tmp_path / "database").exit_code == 0
    assert run("verify", "--state", tmp_path / "database").exit_code == 0
    with PostgresReader(server.record(), ORIGIN) as reader:
        assert written(reader) == in_file
    again = run("restore", copy, "--state", tmp_path / "database")
    assert isinstance(again.exception, AuditError)
    assert "already" in str(again.exception)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """A record of 300 entries, and a copy of it."""
    path = tmp_path / f"{ORIGIN}.sqlite"
    store(path, Grown(300).copy)
    with SqliteReader(path) as reader:
        back_up(reader, (VERIFIER,), tmp_path / "copy")
    return path, tmp_path / "copy"


def test_a_restored_record_takes_no_others_place(made: tuple[Path, Path]) -> None:
    path, copy = made
    before = path.read_bytes()
    with pytest.raises(AuditError, match="already"):
        restore_file(copy, (VERIFIER,), {}, path)
    assert path.read_bytes() == before
    with SqliteReader(path) as reader, pytest.raises(AuditError, match="already"):
        back_up(reader, (VERIFIER,), copy)


def _repacked(change: Callable[[list[bytes]], object]) -> Callable[[bytes], bytes]:
    def damage(data: bytes) -> bytes:
        lines = zstandard.ZstdDecompressor().decompressobj().decompress(data).split(b"\n")
        change(lines)
        return zstandard.ZstdCompressor().compress(b"\n".join(lines))

    return damage


def _moved(lines: list[bytes], taken: int, put: int, old: bytes = b"", new: bytes = b"") -> None:
    lines.insert(put, lines.pop(taken).replace(old, new) if old else lines.pop(taken))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda data: data[:-10],
    "cut in half": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"",
    "a flipped bit": lambda data: data[:900] + bytes([data[900] ^ 1]) + data[901:],
    "an entry less": _repacked(lambda lines: lines.pop(50)),
    "entries swapped": _repacked(lambda lines: _moved(lines, 60, 40)),
    "an entry changed": _repacked(lambda lines: _moved(lines, 50, 50, b'"v":2', b'"v":3')),
    "a checkpoint less": _repacked(lambda lines: lines.pop(2)),
    "no end": _repacked(lambda lines: lines.pop(-2)),
    "another format": _repacked(lambda lines: lines.insert(0, b'{"format":"x"}')),
    "another gateway's": _repacked(lambda lines: _moved(lines, 0, 0, b'"gateway-1"', b'"gateway-2"')),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_backup_is_not_restored_and_leaves_nothing(
    made: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    _, copy = made
    data = copy.read_bytes()
    damaged = DAMAGES[name](data)
    assert damaged != data
    copy.write_bytes(damaged)
    folder = tmp_path / "restored"
    with pytest.raises(AuditError):
        check(copy, (VERIFIER,))
    with pytest.raises(AuditError):
        restore_file(copy, (VERIFIER,), {}, folder / f"{ORIGIN}.sqlite")
    assert {path.suffix for path in folder.glob("*")} <= {".lock"}


def test_a_record_that_is_not_what_was_signed_is_not_backed_up(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    path, _ = made
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("DROP TRIGGER entries_no_update")
        database.execute(
            "UPDATE entries SET leaf = zeroblob(32), body = cast(replace(body, 'block', 'allow') AS blob) WHERE idx < 30"
        )
    with SqliteReader(path) as reader, pytest.raises(AuditError, match="signed"):
        back_up(reader, (VERIFIER,), tmp_path / "other")
    assert not list(tmp_path.glob("other*"))


def test_a_backup_older_than_an_anchor_is_told_as_such(tmp_path: Path) -> None:
    state, anchor = tmp_path / "state", tmp_path / "anchor"
    with open_ledger(state, ORIGIN, anchors=[FileAnchor(anchor)]) as ledger:
        ledger.append_many(entries(50)).result()
    assert run("backup", "--state", state, "--to", tmp_path / "copies").exit_code == 0
    with open_ledger(state, ORIGIN, anchors=[FileAnchor(anchor)]) as ledger:
        ledger.append_many(entries(30)).result()
    (copy,) = (tmp_path / "copies").iterdir()
    done = run("restore", copy, "--state", tmp_path / "restored", "--anchor", anchor)
    assert done.exit_code == 1
    assert "OLDER than an anchor" in done.output
    missing = (
        int(anchor.read_text().splitlines()[-1].split("\\n")[1])
        - check(copy, read_keys(key_path(state, ORIGIN))).entries
    )
    assert missing >= 30
    assert f"{missing} are missing here" in done.output
    with SqliteReader(record_path(tmp_path / "restored", ORIGIN)) as reader:
        assert verify_ledger(reader, read_keys(key_path(tmp_path / "restored", ORIGIN))).good
    shutil.copytree(state / "keys", tmp_path / "restored" / "keys")
    with pytest.raises(AuditError, match="put back"), open_ledger(tmp_path / "restored", ORIGIN):
        pass


def test_a_restored_record_is_gone_on_with(tmp_path: Path) -> None:
    state, anew = tmp_path / "state", tmp_path / "anew"
    with open_ledger(state, ORIGIN) as ledger:
        ledger.append_many(entries(50)).result()
    run("backup", "--state", state, "--to", tmp_path / "copies")
    (copy,) = (tmp_path / "copies").iterdir()
    assert run("restore", copy, "--state", anew, "--key", key_path(state, ORIGIN)).exit_code == 0
    shutil.copytree(state / "keys", anew / "keys")
    with open_ledger(anew, ORIGIN) as ledger:
        ledger.append(decision(audit_id(77))).result()
    assert run("verify", "--state", anew).exit_code == 0
