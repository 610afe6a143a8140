"""Passwords and tokens, and what is kept of them: never the thing itself.

A password is guessable, so its hash is slow (Argon2id, RFC 9106). A token is 160 random bits, so a plain SHA-256 of
it cannot be searched, and costs nothing at each request.
"""

import base64
import hashlib
import secrets
from typing import Final

import argon2

from gateway.people.person import LONGEST_SECRET

DEVICE: Final = "lgd"
"""How a token begins that is sent in a header."""
HOST: Final = "lgp"
"""How a token begins that is the first label of a personal proxy name."""
TOKEN_LETTERS: Final = 3 + 32

_HASHER: Final = argon2.PasswordHasher()
_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""Is compared with where there is no such person, so that the time does not tell who exists."""


def new_token(kind: str) -> str:
    """A fresh token: letters and digits that survive in a host name, in an environment variable and on the telephone."""
    return kind + base64.b32encode(secrets.token_bytes(20)).decode("ascii").lower()


def is_token(text: str) -> bool:
    """Whether a text has the form of one of our tokens."""
    return (
        len(text) == TOKEN_LETTERS and text.startswith((DEVICE, HOST)) and text.isascii() and text.isalnum()
    )


def token_digest(token: str) -> str:
    """What is kept of a token: SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def password_hash(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(password)


def is_password_hash(text: str) -> bool:
    """Whether a text is an Argon2 hash."""
    try:
        argon2.extract_parameters(text)
    except argon2.exceptions.InvalidHashError:
        return False
    return True


def password_fits(kept: str | None, password: str) -> bool:
    """Whether this is the password; takes about as long where there is none. Blocks for tens of milliseconds."""
    if not 0 < len(password) <= LONGEST_SECRET:
        return False
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return kept is not None
