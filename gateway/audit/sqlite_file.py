"""The SQLite file behind a record: its tables and the one connection that writes."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.audit.ledger import VERSION, Index, refuse_unknown
from gateway.audit.sqlite_reader import ABOUT, SqliteReader
from gateway.audit.tree import frontier_of
from gateway.audit.waiting import NewRow
from gateway.durable import sync_folder
from gateway.errors import AuditError

APPLICATION: Final = 0x4C656164  # "Lead"

_GUARD: Final = (
    "CREATE TRIGGER {0}_no_{1} BEFORE {1} ON {0} BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END"
)
NO_UPDATE: Final = _GUARD.format("entries", "update")
"""Makes the trigger that only a pruning takes away, and puts back in the same transaction."""
_APPEND_ONLY: Final = "".join(
    f"{_GUARD.format(table, verb)};\n"
    for table in ("entries", "nodes", "checkpoints", "about")
    for verb in ("update", "delete")
)

BY_ID: Final = "CREATE INDEX entries_by_id ON entries (id) WHERE id <> ''"
"""Entries without content are not in it."""
BY_EXEMPTION: Final = f"CREATE INDEX IF NOT EXISTS entries_exempting ON entries (idx) WHERE {ABOUT}"
"""Other gateways ask for these every second. No form of its own: whoever does not know it keeps it up all the same."""

SCHEMA: Final = f"""
CREATE TABLE about (origin TEXT NOT NULL) STRICT;
CREATE TABLE entries (idx INTEGER PRIMARY KEY, id TEXT NOT NULL, leaf BLOB NOT NULL, body BLOB NOT NULL) STRICT;
{BY_ID};
{BY_EXEMPTION};

CREATE TABLE nodes (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
                    PRIMARY KEY (level, number)) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (number INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE hint (closed_below INTEGER NOT NULL) STRICT;
INSERT INTO hint VALUES (0);
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries
  WHEN NEW.idx IS NOT (SELECT ifnull(max(idx) + 1, 0) FROM entries)
  BEGIN SELECT RAISE(ABORT, 'the record has no gaps'); END;
{_APPEND_ONLY}
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""  # noqa: S608 - nothing but constants of this file
"""`hint` is no evidence: below it all decisions had their outcome, so that a start need not read everything."""

ROWS_A_STATEMENT: Final = 64
"""One statement is one transaction, and gives the interpreter up once, not once a row."""


@cache
def _insert(count: int) -> str:
    return "INSERT INTO entries VALUES " + ",".join(["(?,?,?,?)"] * count)  # noqa: S608 - only marks


class SqliteFile:
    """The one connection that writes. Every failure is an AuditError, after which the file is not touched again."""

    def __init__(self, path: Path, origin: str) -> None:
        """Open or create. Raises AuditError where it cannot be made durable, or does not continue its checkpoint."""
        self.path, self.origin, self._given_up = path, origin, False
        try:
            _create(path)
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, cached_statements=2 * ROWS_A_STATEMENT
            )
        except (sqlite3.Error, OSError) as error:
            raise AuditError(f"the record {path} cannot be opened ({type(error).__name__})") from None
        try:
            self._prepare()
            with SqliteReader(path, writing=self._db) as reader:
                if reader.origin != origin:
                    raise AuditError("this record belongs to another gateway")
                self.frontier = frontier_of(reader.size(), reader.subtree)
                closed_below = reader.closed_below()
        except AuditError:
            self._db.close()
            raise
        self.closed_below: Callable[[], Index] = lambda: closed_below
        """Below which index no decision is open; whoever keeps count of them puts its own here."""

    def _prepare(self) -> None:
        try:
            self._prepare_file()
        except (sqlite3.Error, OSError, TypeError) as error:
            raise AuditError(f"the record {self.path} cannot be opened ({_code(error)})") from None

    def _prepare_file(self) -> None:
        wanted = (("journal_mode", "WAL", "wal"), ("synchronous", "FULL", 2), ("trusted_schema", "OFF", 0))
        for pragma, value, answer in wanted:
            self._db.execute(f"PRAGMA {pragma}={value}")
            if self._db.execute(f"PRAGMA {pragma}").fetchone()[0] != answer:
                raise AuditError(f"this SQLite does not keep {pragma}={value}, so nothing is durable")
        if self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            self._db.executescript(f"BEGIN IMMEDIATE;{SCHEMA}")
            self._db.execute("INSERT INTO about VALUES (?)", (self.origin,))
            self._db.execute("COMMIT")
            sync_folder(self.path.parent)
        if self._db.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
            raise AuditError(f"{self.path} is not a record of Leadglass")
        refuse_unknown(self._db.execute("PRAGMA user_version").fetchone()[0])

    def write(self, rows: Sequence[NewRow]) -> Index:
        """Make rows durable; answers the index of the first."""
        if not rows:
            return self.frontier.size
        frontier = self.frontier.copy()
        first = frontier.size
        nodes: list[tuple[int, int, bytes]] = []
        values: list[Any] = []
        for row in rows:
            values += (frontier.size, row.id, row.leaf, row.body)
            nodes += frontier.append(row.leaf)
        try:
            if len(rows) <= ROWS_A_STATEMENT and not nodes:
                self._db.execute(_insert(len(rows)), values)
            else:
                self._write_many(values, nodes)
        except (sqlite3.Error, OSError) as error:
            self._give_up()
            raise AuditError(f"the record cannot be written ({_code(error)})") from None
        self.frontier = frontier
        return first

    def _write_many(self, values: list[Any], nodes: list[tuple[int, int, bytes]]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        for start in range(0, len(values), 4 * ROWS_A_STATEMENT):
            chunk = values[start : start + 4 * ROWS_A_STATEMENT]
            self._db.execute(_insert(len(chunk) // 4), chunk)
        self._db.executemany("INSERT INTO nodes VALUES (?,?,?)", nodes)
        self._db.execute("UPDATE hint SET closed_below = ?", (self.closed_below(),))
        self._db.execute("COMMIT")

    def store_checkpoint(self, note: str) -> None:
        """Keep a signed note."""
        try:
            self._db.execute("INSERT INTO checkpoints (note) VALUES (?)", (note,))
        except (sqlite3.Error, OSError) as error:
            self._give_up()
            raise AuditError(f"a checkpoint cannot be stored ({_code(error)})") from None

    def close(self) -> None:
        """Note where the next start has to look, and close."""
        if self._given_up:
            return
        try:
            self._db.execute("UPDATE hint SET closed_below = ?", (self.closed_below(),))
            self._db.close()
        except (sqlite3.Error, OSError) as error:
            self._give_up()
            raise AuditError(f"the record cannot be closed ({_code(error)})") from None

    def _give_up(self) -> None:
        """After a failed flush nobody knows what the disk holds; trying again could call it durable."""
        self._given_up = True
        with contextlib.suppress(sqlite3.Error, OSError):
            self._db.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)  # noqa: FBT003 - its own signature
            self._db.close()


def _create(path: Path) -> None:
    """Make an empty file that only its owner can read, if there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.close(descriptor)
    os.chmod(path, 0o600)  # noqa: PTH101 - beside the other calls on the same path
    sync_folder(path.parent)


@contextmanager
def altered(path: Path, what: str) -> Iterator[sqlite3.Connection]:
    """A record's file, open to be changed by a command; `what` says how ("pruned"). AuditError where that fails."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        ) as database:
            yield database
    except (sqlite3.Error, OSError) as error:
        raise AuditError(f"the record {path} cannot be {what} ({_code(error)})") from None


def _code(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", None) or type(error).__name__
