"""The front desk: who is it, answered from a bounded memory, or by asking the directories one after the other.

Whatever goes wrong here makes somebody unknown, never known.
"""

import asyncio
import hmac
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gateway.errors import PeopleError
from gateway.people.attempts import Attempts
from gateway.people.book import Book, PeopleFile
from gateway.people.certificates import CertificateDirectory
from gateway.people.ldap import LdapDirectory
from gateway.people.local import LocalDirectory
from gateway.people.oidc import OidcDirectory
from gateway.people.person import Certificate, Credential, Directory, Password, Person, Token, canonical

logger = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Answers that are looked for at the same time; an Argon2 hash takes 64 MB and half a core."""
NOT_IDENTIFIED: Final = "not-identified"


@dataclass(frozen=True, slots=True)
class Identified:
    """What is known of a sender: a person, or a reason code why there is none."""

    person: Person | None = None
    doubt: str = NOT_IDENTIFIED


class Reception:
    """Tells who a credential belongs to."""

    def __init__(self, path: Path) -> None:
        self._file = PeopleFile(path)
        self._book = self._file.reread()
        self._directories = tuple(directories(self._book))
        self._known: OrderedDict[bytes, tuple[float, Person]] = OrderedDict()
        self._attempts = Attempts()
        self._key = secrets.token_bytes(32)
        self._looking = asyncio.Semaphore(AT_ONCE)

    @property
    def takes_plain(self) -> bool:
        """Whether passwords are taken over a connection that others can read."""
        return self._book.spec.plain

    @property
    def wants_certificates(self) -> bool:
        """Whether clients are asked for a certificate."""
        return self._book.spec.certificates is not None

    async def identify(self, credential: Credential, address: str) -> Identified:
        """Who this proves to be, at this moment: a revocation that was written down counts from the next call on."""
        try:
            await self._refresh()
            key = self._memory_key(credential)
            person = self._remembered(key)
            if person is None:
                async with self._looking:
                    # Somebody may have asked the same meanwhile.
                    person = self._remembered(key) or await self._look(credential, address, key)
        except PeopleError as error:
            return Identified(doubt=error.reason)
        if person is None or not person.may_be_at(address):
            return Identified()
        return Identified(person, "")

    async def _refresh(self) -> None:
        book = self._file.current()
        if book is None:
            book = await asyncio.to_thread(self._file.reread)
        if book is not self._book:
            found = tuple(directories(book))
            self._book, self._directories = book, found
            self._known.clear()

    def _remembered(self, key: bytes) -> Person | None:
        until, person = self._known.get(key, (0.0, None))
        return person if time.time() < until else None

    async def _look(self, credential: Credential, address: str, key: bytes) -> Person | None:
        book, asked = self._book, self._directories
        if not self._attempts.charge(address, book.spec.attempts, time.monotonic()):
            raise PeopleError("too many wrong passwords", reason="sign-in-blocked")
        failed = False
        for directory in asked:
            if not directory.knows(credential):
                continue
            try:
                person = await asyncio.to_thread(directory.find, credential)
            except PeopleError as error:
                logger.warning("%s", error)
                failed = True
                continue
            except Exception as error:  # noqa: BLE001 - whatever a library raises, nobody is known by it
                logger.warning("a directory broke (%s)", type(error).__name__)
                failed = True
                continue
            if person is not None:
                self._attempts.refund(address)
                return self._admit(book, person, key)
        if failed:
            self._attempts.refund(address)
            raise PeopleError("a directory could not be asked")
        return None

    def _admit(self, book: Book, person: Person, key: bytes) -> Person | None:
        if person.name in book.revoked or person.until <= time.time():
            return None
        groups = {*person.groups, *book.groups_of(person.name)}
        person = replace(person, groups=tuple(sorted(groups)))
        if book is self._book:  # else it changed while we were asking, and the answer is not worth keeping
            cache = book.spec.cache
            self._known[key] = min(time.time() + cache.seconds, person.until), person
            self._known.move_to_end(key)
            while len(self._known) > cache.answers:
                self._known.popitem(last=False)
        return person

    def _memory_key(self, credential: Credential) -> bytes:
        """What an answer is kept under: a keyed digest, so that no password stands in the memory of answers."""
        match credential:
            case Password(name, secret):
                parts = ["p", canonical(name), secret]
            case Token(secret, name, as_host):
                parts = ["h" if as_host else "t", name, secret]
            case Certificate(chain):
                parts = ["c", *(der.hex() for der in chain)]
        text = "".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256")


def directories(book: Book) -> Iterator[Directory]:
    """Everybody who is asked, in order. PeopleError where one cannot be used as it is written down."""
    spec = book.spec
    yield LocalDirectory(book)
    if spec.ldap is not None:
        yield LdapDirectory.of(book, spec.ldap)
    if spec.oidc is not None:
        yield OidcDirectory.of(book, spec.oidc)
    if spec.certificates is not None:
        yield CertificateDirectory.of(book, spec.certificates)
