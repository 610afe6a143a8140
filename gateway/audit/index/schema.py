"""The index's own small database."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.audit.index.shape import Shape
from gateway.errors import AuditError

VERSION: Final = 3

SCHEMA: Final = f"""
CREATE TABLE origins (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                      first INTEGER NOT NULL, next INTEGER NOT NULL, last BLOB NOT NULL) STRICT;
CREATE TABLE shapes (number INTEGER PRIMARY KEY, words TEXT NOT NULL UNIQUE, total INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE people (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE) STRICT;
CREATE TABLE departments (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE decisions (key INTEGER PRIMARY KEY, origin INTEGER NOT NULL, id TEXT NOT NULL,
                        person INTEGER NOT NULL, shape INTEGER NOT NULL) STRICT;
CREATE INDEX by_shape ON decisions (shape);
CREATE INDEX by_person ON decisions (person, shape);
CREATE TABLE members (department INTEGER NOT NULL, shape INTEGER NOT NULL, key INTEGER NOT NULL,
                      PRIMARY KEY (department, shape, key)) STRICT, WITHOUT ROWID;
CREATE TABLE days (day INTEGER NOT NULL, shape INTEGER NOT NULL, count INTEGER NOT NULL,
                   PRIMARY KEY (day, shape)) STRICT, WITHOUT ROWID;
CREATE TABLE rolled (day INTEGER NOT NULL, facet TEXT NOT NULL, word TEXT NOT NULL, action TEXT NOT NULL,
                     count INTEGER NOT NULL, PRIMARY KEY (day, facet, word, action)) STRICT, WITHOUT ROWID;
CREATE TABLE event_days (day INTEGER NOT NULL, event TEXT NOT NULL, times INTEGER NOT NULL, count INTEGER NOT NULL,
                         PRIMARY KEY (day, event)) STRICT, WITHOUT ROWID;
CREATE TABLE rule_sets (digest TEXT PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE verdicts (id TEXT NOT NULL, person TEXT NOT NULL, verdict TEXT NOT NULL, time TEXT NOT NULL,
                       shape INTEGER NOT NULL, PRIMARY KEY (id, person)) STRICT, WITHOUT ROWID;
CREATE TABLE prunings (origin INTEGER NOT NULL, below INTEGER NOT NULL, until TEXT NOT NULL, days INTEGER NOT NULL,
                       time TEXT NOT NULL, PRIMARY KEY (origin, below, time)) STRICT, WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""
"""Every index of `decisions` ends in its key, which is in order of time: so each of them is read newest first."""


@dataclass(slots=True)
class Index:
    """The open index; for one thread. Every failure is an AuditError."""

    database: sqlite3.Connection
    _shapes: dict[int, Shape] = field(default_factory=dict)

    def ask(self, question: str, *values: object) -> list[Any]:
        """All rows of an answer."""
        try:
            return self.database.execute(question, values).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise AuditError(f"the index of the record cannot be read ({type(error).__name__})") from None

    def shapes(self) -> dict[int, Shape]:
        """Every shape there is, by its number."""
        newest = max(self._shapes, default=0)
        for number, words in self.ask("SELECT number, words FROM shapes WHERE number > ?", newest):
            self._shapes[number] = Shape(*json.loads(words))
        return self._shapes

    def named(self, table: str, name: str) -> int:
        """The number of a person or department; 0 where there is none of that name."""
        return next((number for (number,) in self.ask(_NAMED[table], name)), 0)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction; nobody else writes meanwhile. AuditError where it cannot be done, and then nothing is."""
        try:
            self.database.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise AuditError(f"the index of the record cannot be written ({type(error).__name__})") from None
        try:
            yield self.database
            self.database.execute("COMMIT")
        except BaseException as error:
            self._shapes.clear()
            with contextlib.suppress(sqlite3.Error):
                self.database.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise AuditError(
                    f"the index of the record cannot be written ({type(error).__name__})"
                ) from None
            raise

    def empty(self) -> None:
        """Forget everything, inside a transaction."""
        for table in _TABLES:
            self.database.execute(f"DELETE FROM {table}")  # noqa: S608 - a closed list of this file
        self._shapes.clear()


_TABLES: Final = (
    "origins", "shapes", "people", "departments", "decisions", "members", "days", "rolled", "event_days",
    "rule_sets", "verdicts",
)  # fmt: skip
_NAMED: Final = {
    "people": "SELECT number FROM people WHERE name = ?",
    "departments": "SELECT number FROM departments WHERE name = ?",
}


def index_path(state: Path) -> Path:
    """Where the index of the records of a state folder is; it can be deleted at any time."""
    return state / "review" / "index.sqlite"


@contextmanager
def open_index(path: Path) -> Iterator[Index]:
    """Open or make the index; one that is broken or of another version is made anew. AuditError where it cannot be."""
    try:
        database = _opened(path)
    except sqlite3.DatabaseError:
        for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            name.unlink(missing_ok=True)
        try:
            database = _opened(path)
        except (sqlite3.Error, OSError) as error:
            raise AuditError(f"the index of the record cannot be made ({type(error).__name__})") from None
    except OSError as error:
        raise AuditError(f"the index of the record cannot be opened ({type(error).__name__})") from None
    try:
        yield Index(database)
    finally:
        database.close()


def forget(path: Path) -> None:
    """Overwrite what the index knows, if there is one; it is built again from what the record still holds. Raises AuditError."""
    if not path.exists():
        return
    with open_index(path) as index:
        index.ask("PRAGMA secure_delete=ON")
        with index.writing():
            index.empty()
        index.ask("VACUUM")
        index.ask("PRAGMA wal_checkpoint(TRUNCATE)")


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(
            "PRAGMA synchronous=NORMAL"
        )  # it can be made again; it must only never be half a page
        if database.execute("PRAGMA user_version").fetchone()[0] == 0:
            database.execute("BEGIN IMMEDIATE")
            if database.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in SCHEMA.split(";"):
                    database.execute(statement)
            database.execute("COMMIT")
        if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise sqlite3.DatabaseError
    except sqlite3.Error:
        database.close()
        raise
    return database
