"""The folder of sealed uploads: one file each, for a while, and never more than a set size in all."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.durable import write_whole
from gateway.errors import EvidenceError
from gateway.evidence.envelope import Envelope, Identity, Recipients
from gateway.model import Transfer

SUFFIX: Final = ".age"
_DAY: Final = 86_400
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """What can be told about a sealed upload without opening it."""

    id: str
    bytes: int
    kept: float  # seconds since 1970
    expires: float


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """Keeps what was stopped; whoever runs the gateway cannot read it."""

    folder: Path
    recipients: Recipients = field(default=(), repr=False)
    days: int = 14
    megabytes: int = 1000

    async def keep(self, audit_id: str, transfer: Transfer) -> str:
        """Seal a stopped upload under its id. Empty, or the word for why that was not possible: `full`, `cannot-write`."""
        return await asyncio.to_thread(self._keep, audit_id, transfer)

    def _keep(self, audit_id: str, transfer: Transfer) -> str:
        if self._size() + len(transfer.body) > self.megabytes * _MEGABYTE:
            return "full"
        try:
            # Ciphertext only; what a crash leaves of it the next sweep removes.
            write_whole(self._path(audit_id), Envelope.around(transfer).seal(self.recipients))
        except (OSError, EvidenceError):
            return "cannot-write"
        return ""

    def open(self, audit_id: str, identity: Identity) -> Envelope:
        """Unseal an upload. EvidenceError where it is not here, or this is not the key."""
        try:
            sealed = self._path(audit_id).read_bytes()
        except OSError:
            raise EvidenceError("nothing is kept of this decision, or it has expired") from None
        return Envelope.unseal(sealed, identity)

    def all(self) -> tuple[Sealed, ...]:
        """What is kept, newest first."""
        return tuple(sorted(map(self._about, self._files(SUFFIX)), key=lambda one: -one.kept))

    def erase(self, audit_id: str) -> bool:
        """Forget one upload; whether there was one."""
        path = self._path(audit_id)
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    def erase_old(self) -> int:
        """Forget what has expired, and what a crash left half written; how many uploads were forgotten."""
        now = time.time()
        for path in self._files(".new"):
            if path.stat().st_mtime < now - _DAY:
                path.unlink(missing_ok=True)
        return sum(self.erase(one.id) for one in self.all() if one.expires < now)

    def _about(self, path: Path) -> Sealed:
        state = path.stat()
        return Sealed(path.stem, state.st_size, state.st_mtime, state.st_mtime + self.days * _DAY)

    def _size(self) -> int:
        return sum(path.stat().st_size for path in self._files(SUFFIX))

    def _files(self, suffix: str) -> tuple[Path, ...]:
        return tuple(self.folder.glob(f"*{suffix}"))

    def _path(self, audit_id: str) -> Path:
        if not audit_id.isascii() or not audit_id.isalnum():
            raise EvidenceError("this is not the id of a decision")
        return self.folder / (audit_id + SUFFIX)
