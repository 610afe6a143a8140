"""Places outside the record where its checkpoints are kept: what was anchored cannot be taken back unseen."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from gateway.audit.checkpoint import DASH
from gateway.errors import AuditError

_MARK: Final = json.dumps(f"\n\n{DASH}")[1:-1]
"""What stands before the signature of every signed note, as JSON writes it."""
_TAIL: Final = 64 * 1024
"""Bytes at the end of the file in which the newest notes are looked for."""


class Anchor(Protocol):
    """Keeps signed notes out of the record's reach."""

    name: str

    def publish(self, note: str) -> None:
        """Keep a note; AuditError where it was not kept."""
        ...

    def notes(self) -> Iterator[str]:
        """All notes kept so far, oldest first; AuditError where they cannot be read."""
        ...


class FileAnchor:
    """A file on another volume, another host's share, or append-only media: one JSON string a line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def publish(self, note: str) -> None:
        """See `Anchor`."""
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, json.dumps(note).encode("ascii") + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise AuditError(f"the anchor {self.name} cannot be written ({type(error).__name__})") from None

    def notes(self) -> Iterator[str]:
        """See `Anchor`; a last line cut off by a crash is not a note yet.

        The file may be a log host's: then a note stands at the end of a line, and lines without one are passed over.
        """
        try:
            yield from _notes(self.path.read_text("utf-8").split("\n")[:-1])
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None

    def newest(self) -> tuple[str, ...]:
        """The last notes, oldest first, without reading the file from its beginning: it grows by one a second for years."""
        try:
            with self.path.open("rb") as file:
                start = max(0, file.seek(0, os.SEEK_END) - _TAIL)
                file.seek(start)
                lines = file.read().split(b"\n")
            return tuple(_notes(line.decode("utf-8") for line in lines[1 if start else 0 : -1]))
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> AuditError:
        return AuditError(f"the anchor {self.name} cannot be read ({type(error).__name__})")


def _notes(lines: Iterable[str]) -> Iterator[str]:
    """The signed notes at the ends of lines. ValueError where one is broken."""
    for line in lines:
        start = 0 if line.startswith('"') else line.rstrip().rfind('"', 0, -1)
        if start == 0 or _MARK in line[start:]:
            yield str(json.loads(line[start:]))
