"""A Ledger in one SQLite file.

One file for each writing gateway, not one for all: no gateway waits for another's lock, a damaged or lost file takes
no other record with it, each is verified alone, and copying one file moves all the evidence of one gateway.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Self

from gateway.audit.entry import Entry, EntryType, read_record
from gateway.audit.ledger import Index, Row
from gateway.audit.sqlite_file import SqliteFile
from gateway.audit.sqlite_reader import SqliteReader
from gateway.audit.tree import Frontier, leaf_hash
from gateway.audit.words import new_id
from gateway.audit.writer import GroupWriter, NewRow, Pending, Waiter
from gateway.errors import AuditError
from gateway.limits import MIB

RESERVE: Final = 64 * MIB
"""Free space below which no decision is taken: enough to write down the end of all that is under way."""


class SqliteLedger:
    """One gateway's record, open for writing; a `Ledger`. Thread-safe."""

    def __init__(self, path: Path, origin: str, *, reserve: int = RESERVE, patience: float = 0.0) -> None:
        """Open or create the record. AuditError where somebody else writes to it, or it cannot be trusted.

        `patience` is how many seconds a writer that is about to end is waited for.
        """
        self.path, self.origin, self._reserve = path, origin, reserve
        self._lock = _lock(path, patience)
        try:
            self._file = SqliteFile(path, origin)
            try:
                with SqliteReader(path) as reader:
                    self._open = _open_decisions(reader.rows(reader.closed_below()))
            except AuditError:
                self._file.close()
                raise
        except AuditError:
            os.close(self._lock)
            raise
        self._file.closed_below = lambda: next(iter(self._open.values()), self._file.frontier.size)
        self._room_known_until = 0.0
        self.gate: Callable[[], str | None] = lambda: None
        """A further reason why no decision may be taken now; set by who signs the record."""
        self._writer = GroupWriter(self._write, self._file.close, self._refusal)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def new_id(self) -> str:
        """See `Ledger`."""
        return new_id()

    def append(self, entry: Entry) -> Future[Index]:
        """See `Ledger`."""
        waiter: Future[Index] = Future()
        self._put((entry,), waiter, many=False)
        return waiter

    def append_many(self, entries: Sequence[Entry]) -> Future[tuple[Index, ...]]:
        """See `Ledger`."""
        waiter: Future[tuple[Index, ...]] = Future()
        if entries:
            self._put(entries, waiter, many=True)
        else:
            waiter.set_result(())
        return waiter

    def append_async(self, entry: Entry) -> asyncio.Future[Index]:
        """See `Ledger`; much cheaper for an event loop than wrapping `append`'s future."""
        waiter: asyncio.Future[Index] = asyncio.get_running_loop().create_future()
        self._put((entry,), waiter, many=False)
        return waiter

    def append_rows(self, rows: Sequence[NewRow], waiter: Waiter) -> None:
        """Write entries that are ready to be stored, side by side; the waiter gets the index of the first."""
        self._put_rows(tuple(rows), waiter, many=False)

    def reader(self) -> SqliteReader:
        """See `Ledger`."""
        return SqliteReader(self.path)

    def frontier(self) -> Frontier:
        """The tree over everything durable; not to be changed by the caller."""
        return self._file.frontier

    def still_open(self) -> tuple[str, ...]:
        """The ids of decisions that have no outcome yet, oldest first."""
        return tuple(self._open)

    @property
    def broken(self) -> str | None:
        """Why nothing can be written any more, or None."""
        return self._writer.broken

    def store_checkpoint(self, note: str) -> Future[None]:
        """Keep a signed note beside the entries."""
        return self._writer.run(lambda: self._file.store_checkpoint(note))

    def close(self) -> None:
        """See `Ledger`."""
        self._writer.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _put(self, entries: Sequence[Entry], waiter: Waiter, *, many: bool) -> None:
        try:
            rows = tuple(map(_row, entries))
        except AuditError as error:
            waiter.set_exception(error)
        else:
            self._put_rows(rows, waiter, many=many)

    def _put_rows(self, rows: tuple[NewRow, ...], waiter: Waiter, *, many: bool) -> None:
        try:
            decision = any(row.type == EntryType.DECISION for row in rows)
            self._writer.put(Pending(rows, decision, many, waiter))
        except AuditError as error:
            waiter.set_exception(error)

    def _write(self, rows: Sequence[NewRow]) -> Index:
        """On the writing thread: make rows durable, and remember which decisions are still open."""
        index = first = self._file.write(rows)
        for row in rows:
            if row.type == "decision":
                self._open[row.id] = index
            elif row.type == "outcome":
                self._open.pop(row.id, None)
            index += 1
        return first

    def _refusal(self) -> str | None:
        return self.gate() or self._no_room()

    def _no_room(self) -> str | None:
        moment = time.monotonic()
        if moment < self._room_known_until:
            return None
        try:
            disk = os.statvfs(self.path.parent)
        except OSError as error:
            return f"the record's disk does not answer ({type(error).__name__})"
        if disk.f_bavail * disk.f_frsize < self._reserve:
            return "the record's disk is almost full; free some space"
        self._room_known_until = moment + 1.0
        return None


def _open_decisions(rows: Iterable[Row]) -> dict[str, Index]:
    found: dict[str, Index] = {}
    for row in rows:
        kind = read_record(row.body)["type"]
        if kind == "decision":
            found[row.id] = row.idx
        elif kind == "outcome":
            found.pop(row.id, None)
    return found


def _row(entry: Entry) -> NewRow:
    body = entry.canonical()
    return NewRow(entry.type.value, entry.id, leaf_hash(body), body)


def _lock(path: Path, patience: float) -> int:
    """Hold the writer's place; the system gives it back when this process ends, however it ends."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise AuditError(f"the folder {path.parent} cannot be used ({type(error).__name__})") from None
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= until:
                os.close(descriptor)
                raise AuditError(
                    f"another gateway writes to {path}; give each its own --gateway-id or --state"
                ) from None
            time.sleep(0.02)
        else:
            return descriptor
