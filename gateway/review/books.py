"""Where the pages read: the record, its index, its keys, and the texts of its rules."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.audit import Reader
from gateway.audit.checkpoint import VerifierKey
from gateway.audit.index import Index, catch_up, index_path, open_index
from gateway.audit.opening import key_path, open_readers, read_keys
from gateway.errors import AuditError
from gateway.policy import kept

STEP: Final = 1_000
"""Entries that a page reads into the index before it answers: some 40 ms of work."""


@dataclass(frozen=True, slots=True)
class Open:
    """The record and its index while one page is made."""

    readers: tuple[Reader, ...]
    index: Index
    left: int
    """Entries that are not in the index yet."""

    def reader(self, origin: str) -> Reader | None:
        """The reader of one gateway's record."""
        return next((reader for reader in self.readers if reader.origin == origin), None)


@dataclass(slots=True)
class Books:
    """Everything the content pages read, and nothing they could change but the index."""

    state: Path
    record: str = field(default="", repr=False)
    """The database of the record; empty for files under the state folder."""
    anchors: tuple[Path, ...] = ()
    language: str = "en"
    _clerk: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @contextmanager
    def open(self) -> Iterator[Open]:
        """The record and its index, brought up to it as far as a page may take. Raises AuditError."""
        with open_readers(self.state, self.record) as readers, open_index(index_path(self.state)) as index:
            left = catch_up(index, readers, most=STEP)
            if left:
                self._read_on()
            yield Open(tuple(readers), index, left)

    def keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """The public keys of one gateway's signer; none where they are not here."""
        try:
            return read_keys(key_path(self.state, origin))
        except AuditError:
            return ()

    def rules(self, digest: str) -> Mapping[str, Any] | None:
        """The rule set of a digest, where its text was kept and is the one."""
        return kept(self.state, digest)

    def close(self) -> None:
        """Stop reading on."""
        if self._clerk is not None and self._clerk.poll() is None:
            self._clerk.terminate()
            self._clerk.wait(10)

    def _read_on(self) -> None:
        """A long record is read in a process of its own, so that uploads do not wait for it."""
        if self._clerk is None or self._clerk.poll() is not None:
            self._clerk = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "gateway", "audit", "reindex", "--state", str(self.state)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
