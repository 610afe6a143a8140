"""Group commit: one thread makes durable, in one go, whatever has arrived since it last did so.

A decision wakes the thread at once. Outcomes and events wait up to LINGER for a decision to travel with, since
nobody's upload waits for them; their future resolves no earlier than they are durable, like all others.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final

from gateway.audit.ledger import Index
from gateway.audit.waiting import Item, Job, NewRow, Pending, Waiter, settle
from gateway.errors import AuditError

LINGER: Final = 0.05
"""Seconds an outcome may wait for company; it halves the number of flushes under traffic."""
MOST_WAITING: Final = 100_000
"""Entries that may wait for the disk; beyond it the disk hangs, and refusing is the honest answer."""
CLOSED: Final = "the record is closed"
MOST_AT_ONCE: Final = 2_048
"""Entries in one transaction, so that the first one in a long queue is not kept waiting for the last."""


class Interrupted(AuditError):  # noqa: N818 - a state of the store, not a kind of error of its user
    """The store was not there for this batch, and may be again for the next one."""


class GroupWriter:
    """Owns the writing thread. After any failure of the store it refuses everything until reopened."""

    def __init__(
        self,
        write: Callable[[Sequence[NewRow]], Index],
        finish: Callable[[], None],
        refusal: Callable[[], str | None],
    ) -> None:
        """`write` makes rows durable or raises AuditError; `refusal` says why no decision may be taken now, or None."""
        self._write, self._finish, self._refusal = write, finish, refusal
        self._queue: SimpleQueue[Item] = SimpleQueue()
        self._lingering: deque[Pending] = deque()
        self._armed = False
        self._door = threading.Lock()
        self._broken: str | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    @property
    def broken(self) -> str | None:
        """Why nothing can be written any more, or None."""
        return self._broken

    def put(self, pending: Pending) -> None:
        """Hand over rows; raises AuditError where it is already known that they cannot be written."""
        with self._door:
            self._check()
            if pending.decision:
                self._queue.put(pending)
                return
            self._lingering.append(pending)
            if not self._armed:
                self._armed = True
                self._queue.put(Job(_nothing))

    def run(self, work: Callable[[], None]) -> Future[None]:
        """Have the writing thread do something between two commits."""
        job = Job(work)
        with self._door:
            self._check()
            self._queue.put(job)
        return job.waiter

    def _check(self) -> None:
        if self._closed or self._broken:
            raise AuditError(self._broken or CLOSED)
        if self._queue.qsize() > MOST_WAITING:
            raise AuditError("too many entries wait for the disk")

    def close(self) -> None:
        """Write what waits, then stop. Later appends raise."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    # -- the thread

    def _run(self) -> None:
        going = True
        while going:
            batch, jobs, going = self._collect()
            batch.extend(self._lingered())
            for start in range(0, len(batch), MOST_AT_ONCE):
                self._commit(batch[start : start + MOST_AT_ONCE])
            for job in jobs:
                self._do(job)
        try:
            self._finish()
        except AuditError as error:
            self._broken = self._broken or str(error)
        with self._door:
            self._broken = self._broken or CLOSED
        self._fail([*self._lingered(), *self._left_over()])

    def _collect(self) -> tuple[list[Pending], list[Job], bool]:
        batch: list[Pending] = []
        jobs: list[Job] = []
        try:
            item = self._queue.get(timeout=LINGER) if self._armed else self._queue.get()
        except Empty:
            self._armed = False
            self._armed = bool(self._lingering)
            return batch, jobs, True
        while True:
            if item is None:
                return batch, jobs, False
            if isinstance(item, Job):
                if item.work is _nothing:
                    return self._linger(batch, jobs)
                jobs.append(item)
            else:
                batch.append(item)
            try:
                item = self._queue.get_nowait()
            except Empty:
                return batch, jobs, True

    def _linger(self, batch: list[Pending], jobs: list[Job]) -> tuple[list[Pending], list[Job], bool]:
        """Something lingers: wait for company, unless there already is some."""
        if batch or jobs:
            return batch, jobs, True
        return self._collect()

    def _lingered(self) -> list[Pending]:
        found: list[Pending] = []
        while self._lingering:
            found.append(self._lingering.popleft())
        return found

    def _left_over(self) -> list[Pending]:
        found: list[Pending] = []
        while not self._queue.empty():
            item = self._queue.get_nowait()
            if isinstance(item, Pending):
                found.append(item)
            elif item is not None:
                item.waiter.set_exception(AuditError(CLOSED))
        return found

    def _commit(self, batch: list[Pending]) -> None:
        refusal = self._broken or (self._refusal() if any(p.decision for p in batch) else None)
        if refusal is not None:
            turned_away = [p for p in batch if p.decision or self._broken]
            settle([(p.waiter, AuditError(refusal)) for p in turned_away])
            batch = [p for p in batch if not p.decision and not self._broken]
        if not batch:
            return
        try:
            index = self._write([row for pending in batch for row in pending.rows])
        except Interrupted as error:
            settle([(pending.waiter, error) for pending in batch])
            return
        except AuditError as error:
            self._broken = str(error)
            self._fail(batch)
            return
        results: list[tuple[Waiter, Any]] = []
        for pending in batch:
            count = len(pending.rows)
            results.append((pending.waiter, tuple(range(index, index + count)) if pending.many else index))
            index += count
        settle(results)

    def _fail(self, batch: Sequence[Pending]) -> None:
        settle([(pending.waiter, AuditError(self._broken or CLOSED)) for pending in batch])

    def _do(self, job: Job) -> None:
        if self._broken:
            job.waiter.set_exception(AuditError(self._broken))
            return
        try:
            job.work()
        except Interrupted as error:
            job.waiter.set_exception(error)
        except AuditError as error:
            self._broken = str(error)
            job.waiter.set_exception(error)
        else:
            job.waiter.set_result(None)


def _nothing() -> None:
    """The job that only wakes the thread."""
