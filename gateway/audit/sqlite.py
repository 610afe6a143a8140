"""A Ledger in one SQLite file.

One file for each writing gateway, not one for all: no gateway waits for another's lock, a damaged or lost file takes
no other record with it, each is verified alone, and copying one file moves all the evidence of one gateway.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, override

from gateway.audit.sqlite_file import SqliteFile
from gateway.audit.sqlite_reader import SqliteReader
from gateway.audit.stored import StoredLedger, open_decisions
from gateway.errors import AuditError
from gateway.limits import MIB

RESERVE: Final = 64 * MIB
"""Free space below which no decision is taken: enough to write down the end of all that is under way."""


class SqliteLedger(StoredLedger):
    """One gateway's record in a file, open for writing."""

    def __init__(self, path: Path, origin: str, *, reserve: int = RESERVE, patience: float = 0.0) -> None:
        """Open or create the record. AuditError where somebody else writes to it, or it cannot be trusted.

        `patience` is how many seconds a writer that is about to end is waited for.
        """
        self.path, self._reserve = path, reserve
        self._lock = _lock(path, patience)
        try:
            file = SqliteFile(path, origin)
            try:
                with SqliteReader(path) as reader:
                    still_open = open_decisions(reader.rows(reader.closed_below()))
            except AuditError:
                file.close()
                raise
        except AuditError:
            os.close(self._lock)
            raise
        self._room_known_until = 0.0
        super().__init__(file, origin, still_open)

    @override
    def reader(self) -> SqliteReader:
        return SqliteReader(self.path)

    @override
    def close(self) -> None:
        super().close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @override
    def no_room(self) -> str | None:
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


@contextmanager
def writers_place(path: Path) -> Iterator[None]:
    """Be the only one who writes a record for a while. AuditError where somebody else does."""
    descriptor = _lock(path, 0.0)
    try:
        yield
    finally:
        os.close(descriptor)


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
