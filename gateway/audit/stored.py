"""A ledger over a store: one thread writes in groups, and it is known which decisions are still open."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Protocol, Self

from gateway.audit.canonical import read_record
from gateway.audit.entry import Entry, EntryType
from gateway.audit.ledger import Index, Reader, Row
from gateway.audit.tree import Frontier
from gateway.audit.waiting import NewRow, Pending, Waiter
from gateway.audit.words import new_id
from gateway.audit.writer import GroupWriter
from gateway.errors import AuditError


class Store(Protocol):
    """Where rows are made durable. Every failure is an AuditError."""

    frontier: Frontier
    """The tree over everything durable."""
    closed_below: Callable[[], Index]
    """Below which index no decision is open; kept as a hint for the next start."""

    def write(self, rows: Sequence[NewRow]) -> Index:
        """Make rows durable; answers the index of the first."""
        ...

    def store_checkpoint(self, note: str) -> None:
        """Keep a signed note."""
        ...

    def close(self) -> None:
        """Note where the next start has to look, and let go."""
        ...


class StoredLedger:
    """One gateway's record, open for writing; a `Ledger`. Thread-safe."""

    def __init__(self, store: Store, origin: str, still_open: dict[str, Index]) -> None:
        self.origin, self._store, self._open = origin, store, still_open
        store.closed_below = lambda: next(iter(still_open.values()), store.frontier.size)
        self.gate: Callable[[], str | None] = lambda: None
        """A further reason why no decision may be taken now; set by who signs the record."""
        self._writer = GroupWriter(self._write, store.close, self._refusal)

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

    def note(self, entry: Entry) -> None:
        """See `Ledger`."""
        self.append(entry).add_done_callback(lambda done: done.exception())

    def append_rows(self, rows: Sequence[NewRow], waiter: Waiter) -> None:
        """Write entries that are ready to be stored, side by side; the waiter gets the index of the first."""
        self._put_rows(tuple(rows), waiter, many=False)

    def reader(self) -> Reader:
        """See `Ledger`."""
        raise NotImplementedError

    def frontier(self) -> Frontier:
        """The tree over everything durable; not to be changed by the caller."""
        return self._store.frontier

    def still_open(self) -> tuple[str, ...]:
        """The ids of decisions that have no outcome yet, oldest first."""
        return tuple(self._open)

    @property
    def broken(self) -> str | None:
        """Why nothing can be written any more, or None."""
        return self._writer.broken

    def store_checkpoint(self, note: str) -> Future[None]:
        """Keep a signed note beside the entries."""
        return self._writer.run(lambda: self._store.store_checkpoint(note))

    def close(self) -> None:
        """See `Ledger`."""
        self._writer.close()

    def no_room(self) -> str | None:
        """Why the store will soon be unable to write, or None."""
        return None

    def _put(self, entries: Sequence[Entry], waiter: Waiter, *, many: bool) -> None:
        try:
            rows = tuple(map(NewRow.of, entries))
        except AuditError as error:
            waiter.set_exception(error)
        else:
            self._put_rows(rows, waiter, many=many)

    def _put_rows(self, rows: tuple[NewRow, ...], waiter: Waiter, *, many: bool) -> None:
        try:
            # Nothing at all asks whether a decision could be written now.
            decision = not rows or any(row.type == EntryType.DECISION for row in rows)
            self._writer.put(Pending(rows, decision, many, waiter))
        except AuditError as error:
            waiter.set_exception(error)

    def _write(self, rows: Sequence[NewRow]) -> Index:
        """On the writing thread: make rows durable, and remember which decisions are still open."""
        index = first = self._store.write(rows)
        for row in rows:
            if row.type == EntryType.DECISION:
                self._open[row.id] = index
            elif row.type == EntryType.OUTCOME:
                self._open.pop(row.id, None)
            index += 1
        return first

    def _refusal(self) -> str | None:
        return self.gate() or self.no_room()


def open_decisions(rows: Iterable[Row]) -> dict[str, Index]:
    """The decisions among these rows that have no outcome, and where they stand."""
    found: dict[str, Index] = {}
    for row in rows:
        if row.pruned:
            continue
        kind = read_record(row.body)["type"]
        if kind == EntryType.DECISION:
            found[row.id] = row.idx
        elif kind == EntryType.OUTCOME:
            found.pop(row.id, None)
    return found
