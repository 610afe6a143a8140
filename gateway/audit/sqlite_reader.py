"""Reads a record in a SQLite file, without being able to change it."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

from gateway.audit.ledger import EXEMPTING, LOWEST, Index, Row, refuse_unknown
from gateway.audit.tree import folded, stored_span
from gateway.errors import AuditError

ROWS: Final = "SELECT idx, id, leaf, body FROM entries"
ABOUT: Final = f"instr(body, x'{EXEMPTING.hex()}') > 0"
"""Which entries speak of an exemption; an index is over these alone, and is used where a question says the same."""


class SqliteReader:
    """Reads a record without being able to change it; one for each thread. A `Reader`."""

    origin: str

    def __init__(self, path: Path, *, writing: sqlite3.Connection | None = None) -> None:
        """Raises AuditError where there is no record."""
        self._own = writing is None
        try:
            self._db = writing or _open_to_read(path)
        except (sqlite3.Error, OSError) as error:
            raise AuditError(f"the record {path} cannot be read ({type(error).__name__})") from None
        try:
            refuse_unknown(int(next(self._ask("PRAGMA user_version"))[0]))
            (self.origin,) = next(self._ask("SELECT origin FROM about"), ("",))
        except AuditError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._own:
            self._db.close()

    def pin(self) -> None:
        """See `Reader`."""
        next(self._ask("BEGIN"), None)
        self.size()

    def size(self) -> int:
        """See `Reader`."""
        (last,) = next(self._ask("SELECT max(idx) FROM entries"))
        return 0 if last is None else last + 1

    def rows(self, start: Index = 0, stop: Index | None = None) -> Iterator[Row]:
        """See `Reader`."""
        end = self.size() if stop is None else stop
        found = self._ask(
            f"{ROWS} WHERE idx >= ? AND idx < ? ORDER BY idx",
            start or LOWEST, end,
        )  # fmt: skip
        return _sound(found)

    def newest(self, before: Index | None = None) -> Iterator[Row]:
        """See `Reader`."""
        end = self.size() if before is None else before
        return _sound(self._ask(f"{ROWS} WHERE idx < ? ORDER BY idx DESC", end))

    def exempting(self, start: Index = 0, stop: Index | None = None) -> Iterator[Row]:
        """See `Reader`."""
        end = self.size() if stop is None else stop
        return _sound(
            self._ask(f"{ROWS} WHERE idx >= ? AND idx < ? AND {ABOUT} ORDER BY idx DESC", start, end)
        )

    def find(self, audit_id: str) -> tuple[Row, ...]:
        """See `Reader`."""
        return tuple(_sound(self._ask(f"{ROWS} WHERE id = ? AND id <> '' ORDER BY idx", audit_id)))

    def subtree(self, level: int, number: int) -> bytes:
        """See `Reader`."""
        stored, first, last = stored_span(level, number)
        if stored:
            found = self._ask(
                "SELECT hash FROM nodes WHERE level = ? AND number >= ? AND number < ? ORDER BY number",
                stored, first, last,
            )  # fmt: skip
        else:
            found = self._ask("SELECT leaf FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx", first, last)
        return folded([hash_ for (hash_,) in found], last - first)

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """See `Reader`."""
        return self._ask("SELECT level, number, hash FROM nodes ORDER BY level, number")

    def checkpoints(self) -> Iterator[str]:
        """See `Reader`."""
        return (str(note) for (note,) in self._ask("SELECT note FROM checkpoints ORDER BY number"))

    def last_checkpoint(self) -> str | None:
        """The newest signed note, or None."""
        return next(
            (note for (note,) in self._ask("SELECT note FROM checkpoints ORDER BY number DESC LIMIT 1")), None
        )

    def closed_below(self) -> Index:
        """Below this index, every decision had its outcome when this was last written; a hint, no evidence."""
        return int(next(self._ask("SELECT closed_below FROM hint"))[0])

    def damage(self) -> str | None:
        """See `Reader`: SQLite's own check of its pages and indexes."""
        try:
            answer = next(self._ask("PRAGMA integrity_check(1)"))[0]
        except AuditError:
            return "the file cannot be read through"
        return None if answer == "ok" else "the file is damaged"

    def _ask(self, question: str, *values: object) -> Iterator[Any]:
        try:
            cursor = self._db.execute(question, values)
            while found := cursor.fetchmany(1024):
                yield from found
        except (sqlite3.Error, OSError, OverflowError) as error:
            raise AuditError(f"the record cannot be read ({type(error).__name__})") from None


def _sound(found: Iterator[Any]) -> Iterator[Row]:
    for values in found:
        if (*map(type, values),) != (int, str, bytes, bytes):  # a damaged page can hold anything
            raise AuditError("the record is damaged")
        yield Row._make(values)


def _open_to_read(path: Path) -> sqlite3.Connection:
    """A read-only connection; a copy on a read-only medium is read as the finished file it is."""
    still = "" if Path(f"{path}-wal").exists() or os.access(path.parent, os.W_OK) else "&immutable=1"
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{still}", uri=True, isolation_level=None)
    try:
        database.execute("PRAGMA query_only=ON")
        database.execute("PRAGMA trusted_schema=OFF")
    except sqlite3.Error:
        database.close()
        raise
    return database
