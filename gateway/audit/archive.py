"""A gateway's whole record in one portable file: the same for every store, so that one can be restored into another.

zstd over lines. First `{"format", "origin", "keys"}`; then each checkpoint as a JSON string; an empty line; then each
entry as its canonical bytes, or its leaf hash as a base64 string where its content was pruned; an empty line; last
`{"checkpoints", "entries", "sha256"}`, the digest being over all lines before.
"""

import base64
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

import orjson
import zstandard

from gateway.audit.checkpoint import VerifierKey
from gateway.audit.ledger import Reader, Row
from gateway.audit.tree import leaf_hash
from gateway.audit.waiting import NewRow
from gateway.errors import AuditError
from gateway.limits import MIB

FORMAT: Final = "leadglass-backup/1"
BROKEN: Final = "the backup is damaged or cut off"
LONGEST_LINE: Final = 16 * MIB


@dataclass(slots=True)
class Archive:
    """A backup that is being read: first the checkpoints, then the entries, each once."""

    origin: str
    keys: tuple[VerifierKey, ...]
    notes: tuple[str, ...]
    _lines: "_Lines"

    def rows(self) -> Iterator[NewRow]:
        """Every entry in order. AuditError where the file is not whole, at the latest after the last entry."""
        count = 0
        while line := self._lines.next():
            count += 1
            yield _read_row(line)
        digest, tail = self._lines.digest.hexdigest(), self._lines.json()
        if tail != {"checkpoints": len(self.notes), "entries": count, "sha256": digest}:
            raise AuditError(BROKEN)


@dataclass(slots=True)
class _Lines:
    stream: IO[bytes]
    digest: Any = field(default_factory=sha256)

    def next(self) -> bytes:
        """The next line without its end; empty for an empty one."""
        try:
            line = self.stream.readline(LONGEST_LINE)
        except (OSError, zstandard.ZstdError):
            line = b""
        if not line.endswith(b"\n"):
            raise AuditError(BROKEN)
        self.digest.update(line)
        return line[:-1]

    def json(self) -> Any:
        try:
            return orjson.loads(self.next())
        except ValueError:
            raise AuditError(BROKEN) from None


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Read a backup. AuditError where it is none."""
    try:
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
            lines = _Lines(io.BufferedReader(stream, MIB))
            head = lines.json()
            if not isinstance(head, dict) or head.get("format") != FORMAT:
                raise AuditError(f"{path} is not a backup of this version of Leadglass")
            notes = []
            while note := lines.next():
                notes.append(str(orjson.loads(note)))
            keys = tuple(VerifierKey.parse(line) for line in head["keys"])
            yield Archive(str(head["origin"]), keys, tuple(notes), lines)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AuditError(f"the backup {path} cannot be read ({type(error).__name__})") from None


def write_archive(
    path: Path, reader: Reader, keys: Sequence[VerifierKey], progress: Callable[[int], object]
) -> None:
    """Write the state that the reader is pinned to; mode 0600, flushed to the disk. AuditError where it cannot."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            packer = zstandard.ZstdCompressor(level=3, write_checksum=True)
            with packer.stream_writer(file, closefd=False) as stream:
                _write(stream, reader, keys, progress)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise AuditError(f"the backup {path} cannot be written ({type(error).__name__})") from None


def _write(
    stream: Any, reader: Reader, keys: Sequence[VerifierKey], progress: Callable[[int], object]
) -> None:
    digest, notes, entries = sha256(), 0, 0

    def line(data: bytes) -> None:
        digest.update(data + b"\n")
        stream.write(data + b"\n")

    line(orjson.dumps({"format": FORMAT, "origin": reader.origin, "keys": [key.line() for key in keys]}))
    for note in reader.checkpoints():
        line(orjson.dumps(note))
        notes += 1
    line(b"")
    for row in reader.rows():
        line(_write_row(row))
        entries += 1
        progress(1)
    line(b"")
    line(orjson.dumps({"checkpoints": notes, "entries": entries, "sha256": digest.hexdigest()}))


def _write_row(row: Row) -> bytes:
    if not row.body:
        return orjson.dumps(base64.b64encode(row.leaf).decode("ascii"))
    if b"\n" in row.body or not row.body.startswith(b"{"):
        raise AuditError("the record does not verify; see `leadglass audit verify`")
    return row.body


def _read_row(line: bytes) -> NewRow:
    try:
        if line.startswith(b"{"):
            record = orjson.loads(line)
            return NewRow(str(record["type"]), str(record["id"]), leaf_hash(line), line)
        leaf = base64.b64decode(orjson.loads(line), validate=True)
    except (ValueError, KeyError, TypeError):
        raise AuditError(BROKEN) from None
    if len(leaf) != 32:
        raise AuditError(BROKEN)
    return NewRow("", "", leaf, b"")
