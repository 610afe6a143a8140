"""Takes the content of entries out of a store, as only a pruning may; their hashes stay."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Protocol, override

import psycopg

from gateway.audit.ledger import VERSION, Index, refuse_unknown
from gateway.audit.postgres_reader import connect
from gateway.audit.postgres_schema import code
from gateway.audit.sqlite import RESERVE, writers_place
from gateway.audit.sqlite_file import NO_UPDATE, altered
from gateway.errors import AuditError

AT_ONCE: Final = 50_000
"""Entries emptied in one transaction."""
MIGRATE: Final = "this record has its first form; run `leadglass audit migrate` first"


class Eraser(Protocol):
    """Empties entries of one record."""

    def check(self) -> None:
        """AuditError where it could not be done, said before anything is written."""
        ...

    def erase(self, below: Index, kept: Iterable[Index], progress: Callable[[int], object]) -> str:
        """Empty all entries below an index but the ones to be kept; says what became of the space. Raises AuditError."""
        ...


class SqliteEraser(Eraser):
    """For a file that no gateway writes to meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @override
    def check(self) -> None:
        with altered(self.path, "pruned") as database:
            _refuse_other(database.execute("PRAGMA user_version").fetchone()[0])

    @override
    def erase(self, below: Index, kept: Iterable[Index], progress: Callable[[int], object]) -> str:
        with writers_place(self.path), altered(self.path, "pruned") as database:
            database.execute("PRAGMA secure_delete=ON")
            database.execute("PRAGMA synchronous=FULL")
            database.execute("CREATE TEMP TABLE kept (idx INTEGER PRIMARY KEY)")
            database.executemany("INSERT INTO kept VALUES (?)", ((index,) for index in kept))
            for start in range(0, below, AT_ONCE):
                database.execute("BEGIN IMMEDIATE")
                database.execute("DROP TRIGGER entries_no_update")
                emptied = database.execute(
                    "UPDATE entries SET id = '', body = x'' WHERE idx >= ? AND idx < ? AND body <> x''"
                    " AND idx NOT IN (SELECT idx FROM kept)",
                    (start, min(start + AT_ONCE, below)),
                ).rowcount
                database.execute(NO_UPDATE)
                database.execute("COMMIT")
                progress(emptied)
            return self._give_back(database)

    def _give_back(self, database: sqlite3.Connection) -> str:
        before = self.path.stat().st_size
        words = "the space in the file is used for new entries; the disk is too full to give it back now"
        if shutil.disk_usage(self.path.parent).free > before + RESERVE:
            database.execute("VACUUM")
            words = ""
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return words or f"the file has {self.path.stat().st_size:,} bytes, {before:,} before"


class PostgresEraser(Eraser):
    """For one record in a database, by the owner of its tables; the gateways' own role may not."""

    def __init__(self, record: str, origin: str) -> None:
        self.record, self.origin = record, origin

    @override
    def check(self) -> None:
        with self._opened() as database:
            (version,) = database.execute("SELECT version FROM leadglass.about").fetchone() or (0,)
            _refuse_other(version)
            owned = "SELECT pg_has_role(tableowner, 'USAGE') FROM pg_tables WHERE schemaname = 'leadglass' AND tablename = 'entries'"
            if database.execute(owned).fetchone() != (True,):
                raise AuditError(
                    "only the owner of the record's tables can prune; let LEADGLASS_RECORD name the database as that role"
                )

    @override
    def erase(self, below: Index, kept: Iterable[Index], progress: Callable[[int], object]) -> str:
        spared = sorted(kept)
        with self._opened() as database:
            for start in range(0, below, AT_ONCE):
                with database.transaction():
                    # In one transaction with the change: nobody else ever sees the table without its guard.
                    database.execute("ALTER TABLE leadglass.entries DISABLE TRIGGER entries_append_only")
                    emptied = database.execute(
                        "UPDATE leadglass.entries SET id = '', body = '' WHERE origin = %s AND idx >= %s AND idx < %s"
                        " AND body <> '' AND idx <> ALL(%s::bigint[])",
                        (self.origin, start, min(start + AT_ONCE, below), spared),
                    ).rowcount
                    database.execute("ALTER TABLE leadglass.entries ENABLE TRIGGER entries_append_only")
                progress(emptied)
            database.execute("VACUUM leadglass.entries")
        return "the space in the table is used for new entries; VACUUM FULL leadglass.entries gives it back while no gateway writes"

    @contextmanager
    def _opened(self) -> Iterator[psycopg.Connection]:
        with closing(connect(self.record)) as database:
            try:
                yield database
            except psycopg.Error as error:
                raise AuditError(f"the record cannot be pruned ({code(error)})") from None


def _refuse_other(version: int) -> None:
    refuse_unknown(version)
    if version != VERSION:
        raise AuditError(MIGRATE)
