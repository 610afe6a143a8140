"""The people file: read whole or not at all, and read again as soon as it changes."""

import logging
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final

from gateway.errors import PeopleError, RuleError
from gateway.people.person import canonical
from gateway.people.schema import PeopleSpec
from gateway.policy.reading import read_model

logger = logging.getLogger(__name__)

SETTLED_SECONDS: Final = 0.1
"""A file that was written so recently could be written again without its time changing."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that was given to somebody."""

    id: str
    name: str
    kind: str
    until: date | None
    within: tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The people file as it stood at one moment."""

    spec: PeopleSpec
    folder: Path
    tokens: Mapping[str, Issued]
    revoked: frozenset[str]

    def groups_of(self, name: str) -> tuple[str, ...]:
        """The groups that the file gives to a person."""
        entry = self.spec.people.get(name)
        return tuple(entry.groups) if entry else ()

    def path(self, written: str) -> Path:
        """A path as the file means it: beside itself."""
        return self.folder / written


def load_book(path: Path) -> Book:
    """The people file. PeopleError with every mistake, each with its line; no value of the file is repeated."""
    try:
        if path.stat().st_mode & 0o002:
            raise PeopleError(f"{path} can be written by everybody; make it mode 0600")
        spec = read_model(path, PeopleSpec)
    except OSError as error:
        raise PeopleError(f"{path} cannot be read ({type(error).__name__})") from None
    except RuleError as error:
        raise PeopleError(str(error)) from None
    tokens = {
        token.digest: Issued(id_, name, token.kind, token.until, tuple(token.within or ()))
        for name, person in spec.people.items()
        for id_, token in person.tokens.items()
    }
    return Book(spec, path.parent, tokens, frozenset(map(canonical, spec.revoked)))


type _Stamp = tuple[int, int, int]


class PeopleFile:
    """The people file of a running gateway. Looking costs two microseconds while nothing has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: _Stamp | None = None
        self._settled = False
        self._book: Book | PeopleError = PeopleError("the people file was not read yet")

    def current(self) -> Book | None:
        """The file as it stands, or None where it has to be read first (`reread`). PeopleError while it is unusable."""
        if not self._settled or self._stamp_now() != self._stamp:
            return None
        return self._known()

    def reread(self) -> Book:
        """Read the file if it changed. Blocks. PeopleError while it is unusable: then nobody is known."""
        with self._lock:
            stamp, moment = self._stamp_now(), time.time_ns()
            if stamp != self._stamp or not self._settled:
                try:
                    book = load_book(self.path)
                    self._book = self._book if self._book == book else book
                except PeopleError as error:
                    if stamp != self._stamp:
                        logger.warning("the people file cannot be used, so nobody is known: %s", error)
                    self._book = error
                self._stamp = stamp
                self._settled = stamp is not None and moment - stamp[0] > SETTLED_SECONDS * 1e9
            return self._known()

    def _known(self) -> Book:
        if isinstance(self._book, PeopleError):
            raise PeopleError(str(self._book))
        return self._book

    def _stamp_now(self) -> _Stamp | None:
        try:
            seen = os.stat(self.path)  # noqa: PTH116 - asked at every request, and a Path costs more than the answer
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_size, seen.st_ino
