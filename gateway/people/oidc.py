"""People for whom an issuer of signed tokens vouches (OpenID Connect, RFC 7519)."""

import json
import ssl
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import jwt

from gateway.errors import PeopleError
from gateway.people.book import Book
from gateway.people.person import LONGEST_SECRET, NAME, Credential, Person, Token, canonical
from gateway.people.schema import OidcSpec
from gateway.people.secrets import is_token

KEYS_BYTES: Final = 256 * 1024
KEYS_SECONDS: Final = 3600.0
"""How long the issuer's keys are believed."""
AGAIN_SECONDS: Final = 30.0
"""How often an unknown key, which anybody can name, makes the gateway ask the issuer."""
LEEWAY_SECONDS: Final = 30


@dataclass(slots=True)
class OidcDirectory:
    """One issuer, and its keys as they were last fetched."""

    spec: OidcSpec
    folder: Path
    revoked: frozenset[str]
    _keys: tuple[jwt.PyJWK, ...] = ()
    _fetched: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @staticmethod
    def of(book: Book, spec: OidcSpec) -> "OidcDirectory":
        """The issuer that the people file names."""
        address = urlsplit(spec.keys)
        if address.scheme == "http":
            raise PeopleError("oidc: the issuer's keys would travel in the open; use https:// or a file")
        return OidcDirectory(spec, book.folder, book.revoked)

    def knows(self, credential: Credential) -> bool:
        """Tokens in three parts."""
        return (
            isinstance(credential, Token)
            and not credential.as_host
            and not is_token(credential.secret)
            and credential.secret.count(".") == 2
        )

    def find(self, credential: Credential) -> Person | None:
        """The person in a token that is signed by the issuer, for us, and still valid."""
        assert isinstance(credential, Token)
        if len(credential.secret) > LONGEST_SECRET:
            return None
        try:
            header = jwt.get_unverified_header(credential.secret)
            key = self._key(str(header.get("kid", "")))
            if key is None or header.get("alg") not in self.spec.algorithms:
                return None
            claims = jwt.decode(
                credential.secret, key, algorithms=[header["alg"]], audience=self.spec.audience,
                issuer=self.spec.issuer, leeway=LEEWAY_SECONDS, options={"require": ["exp", "iss", "aud"]},
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        return self._person(claims, credential.name)

    def _person(self, claims: dict[str, Any], given: str) -> Person | None:
        spec = self.spec
        name, groups = claims.get(spec.name), claims.get(spec.groups, [])
        if not isinstance(name, str) or not NAME.fullmatch(canonical(name)) or not isinstance(groups, list):
            return None
        if given and canonical(given) != canonical(name):
            return None
        if not self.revoked.isdisjoint({canonical(str(claims.get(claim, ""))) for claim in ("jti", "sub")}):
            return None
        member = tuple(sorted({canonical(group) for group in groups if isinstance(group, str)}))
        return Person(canonical(name), member, float(claims["exp"]) + LEEWAY_SECONDS)

    def _key(self, kid: str) -> jwt.PyJWK | None:
        """The issuer's key of this id; an issuer with one key need not name it."""
        with self._lock:
            age = time.monotonic() - self._fetched
            known = _of(self._keys, kid)
            if age > KEYS_SECONDS or (known is None and age > AGAIN_SECONDS):
                self._fetched = time.monotonic()
                self._keys = self._fetch()
                known = _of(self._keys, kid)
            return known

    def _fetch(self) -> tuple[jwt.PyJWK, ...]:
        try:
            text = (
                self._download() if "://" in self.spec.keys else (self.folder / self.spec.keys).read_bytes()
            )
            return tuple(jwt.PyJWKSet.from_dict(json.loads(text)).keys)
        except (OSError, ValueError, jwt.PyJWTError, AttributeError, TypeError) as error:
            self._fetched = float("-inf")
            raise PeopleError(f"the issuer's keys cannot be read ({type(error).__name__})") from None

    def _download(self) -> bytes:
        authority = str(self.folder / self.spec.authority) if self.spec.authority else None
        context = ssl.create_default_context(cafile=authority)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(self.spec.keys, timeout=5) as answer:
            text: bytes = answer.read(KEYS_BYTES + 1)
        if len(text) > KEYS_BYTES:
            raise ValueError
        return text


def _of(keys: tuple[jwt.PyJWK, ...], kid: str) -> jwt.PyJWK | None:
    if not kid and len(keys) == 1:
        return keys[0]
    return next((key for key in keys if kid and key.key_id == kid), None)
