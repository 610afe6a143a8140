"""The gateway's side of the scribe: starts it, dictates to it, and refuses everything once it is gone."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

from gateway.audit.dictation import CHUNK, Done, batch, read_hello, resolve, unheard
from gateway.audit.entry import Entry, EntryType
from gateway.audit.ledger import Index
from gateway.audit.opening import RECORD, open_reader
from gateway.audit.words import new_id
from gateway.audit.writer import CLOSED, LINGER, MOST_WAITING
from gateway.errors import AuditError

GOODBYE_SECONDS: Final = 60.0
"""How long the scribe may take to write what waits, sign it and end."""


@contextmanager
def keep_ledger(
    state: Path, origin: str, *, anchors: Sequence[Path] = (), record: str = "", signer: Path | None = None
) -> Iterator["ScribeLedger"]:
    """The record of this gateway, kept by a process of its own. As `open_ledger`; in a running loop."""
    ledger = ScribeLedger(state, origin, anchors, record, signer)
    try:
        yield ledger
    finally:
        ledger.close()


class ScribeLedger:
    """A `Ledger` that belongs to one event loop; everything may be called from any thread."""

    def __init__(
        self,
        state: Path,
        origin: str,
        anchors: Sequence[Path] = (),
        record: str = "",
        signer: Path | None = None,
    ) -> None:
        """Start the scribe and wait until it has opened the record. AuditError where it cannot."""
        self.origin = origin
        self.reader = partial(open_reader, state, origin, record)
        """See `Ledger`."""
        self._loop, self._home = asyncio.get_running_loop(), threading.get_ident()
        self._waiting: dict[int, tuple[float, Done]] = {}
        self._number, self._unread, self._unsent = 0, b"", b""
        self._said: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due = False
        self._broken = ""
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module under our own interpreter
                [
                    sys.executable,
                    "-m",
                    __package__ + ".scribe",
                    "--state",
                    str(state),
                    "--origin",
                    origin,
                    *(word for anchor in anchors for word in ("--anchor", str(anchor))),
                    *(("--signer", str(signer)) if signer else ()),
                ],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**os.environ, RECORD: record},
                process_group=0,  # Ctrl-C ends the gateway, whose end has to be written down; no session, see `workers.confine`
            )
        try:
            read_hello(self._line)
        except AuditError:
            self._hang_up()
            raise
        self._line.settimeout(0)
        self._loop.add_reader(self._line, self._heard)

    def new_id(self) -> str:
        """See `Ledger`."""
        return new_id()

    def append(self, entry: Entry) -> Future[Index]:
        """See `Ledger`."""
        return self._append((entry,), lambda index: index)

    def append_many(self, entries: Sequence[Entry]) -> Future[tuple[Index, ...]]:
        """See `Ledger`."""
        return self._append(entries, lambda index: tuple(range(index, index + len(entries))))

    def append_async(self, entry: Entry) -> asyncio.Future[Index]:
        """See `Ledger`; for the loop that opened it."""
        waiter: asyncio.Future[Index] = self._loop.create_future()
        self._say(batch((entry,)), resolve(waiter), urgent=entry.type is EntryType.DECISION)
        return waiter

    def note(self, entry: Entry) -> None:
        """See `Ledger`; for the loop that opened it."""
        with contextlib.suppress(AuditError):
            self._say(batch((entry,)), unheard, urgent=False)

    @property
    def broken(self) -> str | None:
        """Why nothing can be written any more, or None."""
        return self._broken or None

    @property
    def waiting(self) -> int:
        """How many batches are not yet durable."""
        return len(self._waiting)

    def ask(self) -> asyncio.Future[Index]:
        """Whether a decision could be written now: resolves, or raises AuditError with why not; for the loop that opened it."""
        waiter: asyncio.Future[Index] = self._loop.create_future()
        self._say(batch(()), resolve(waiter), urgent=True)
        return waiter

    @property
    def lag(self) -> float:
        """For how many seconds the oldest of them has waited; for any thread."""
        return next((monotonic() - since for since, _ in list(self._waiting.values())), 0.0)

    def close(self) -> None:
        """See `Ledger`."""
        if self._line.fileno() < 0:
            return
        self._loop.remove_reader(self._line)
        self._loop.remove_writer(self._line)
        self._line.settimeout(GOODBYE_SECONDS)
        try:
            self._line.sendall(self._unsent + b"".join(self._said) + b"stop\n")
            self._line.shutdown(socket.SHUT_WR)
            while data := self._line.recv(CHUNK):
                self._take(data)
        except OSError:
            pass  # whoever still waits is told below
        finally:
            self._hang_up()
            self._break(CLOSED)

    # -- dictating

    def _append[T](self, entries: Sequence[Entry], made: Callable[[Index], T]) -> Future[T]:
        waiter: Future[T] = Future()

        def done(answer: Index | AuditError) -> None:
            if waiter.set_running_or_notify_cancel():
                if isinstance(answer, AuditError):
                    waiter.set_exception(answer)
                else:
                    waiter.set_result(made(answer))

        try:
            text, urgent = batch(entries), any(entry.type is EntryType.DECISION for entry in entries)
        except AuditError as error:
            done(error)
            return waiter
        if not entries:
            done(0)
        elif threading.get_ident() == self._home:
            self._say(text, done, urgent=urgent)
        else:
            self._loop.call_soon_threadsafe(partial(self._say, text, done, urgent=urgent))
        return waiter

    def _say(self, text: bytes, done: Done, *, urgent: bool) -> None:
        if self._broken or len(self._waiting) > MOST_WAITING:
            done(AuditError(self._broken or "too many entries wait for the disk"))
            return
        self._number += 1
        self._waiting[self._number] = monotonic(), done
        self._said.append(b"%d %s" % (self._number, text))
        if urgent and not self._due:
            # All that is decided in one turn of the loop travels together, and takes the outcomes along.
            self._due = True
            self._loop.call_soon(self._send)
        elif not urgent and self._timer is None:
            self._timer = self._loop.call_later(LINGER, self._send)

    def _send(self) -> None:
        self._due = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._unsent += b"".join(self._said)
        self._said.clear()
        try:
            self._unsent = self._unsent[self._line.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._break("the record's keeper has ended")
            return
        if self._unsent:
            self._loop.add_writer(self._line, self._send)
        else:
            self._loop.remove_writer(self._line)

    # -- listening

    def _heard(self) -> None:
        try:
            data = self._line.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(data)
        else:
            self._loop.remove_reader(self._line)
            self._break("the record's keeper has ended")

    def _take(self, data: bytes) -> None:
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            number, answer = line.split(b" ", 1)
            said = self._waiting.pop(int(number), None)
            if said is not None:  # else it was told already that the record is broken
                said[1](AuditError(answer[2:].decode()) if answer.startswith(b"!") else int(answer))

    def _break(self, why: str) -> None:
        """From now on nothing is written, and whoever waits is told so."""
        self._broken = self._broken or why
        waiting, self._waiting = self._waiting, {}
        for _, done in waiting.values():
            done(AuditError(self._broken))

    def _hang_up(self) -> None:
        self._line.close()
        try:
            self._process.wait(GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
