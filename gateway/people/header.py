"""What a client says about itself in `Proxy-Authorization` (RFC 7617, RFC 6750)."""

import base64
import binascii
from typing import Final

from gateway.people.person import LONGEST_SECRET, Credential, Password, Token
from gateway.people.secrets import HOST, is_token

TOKEN_USER: Final = "token"  # noqa: S105 - a user name that anybody may know
"""The user name under which a token can be given as a password."""


def read_authorization(value: str) -> Credential | None:
    """The credential in a header; None where there is none that can be read.

    A token can also be given as the password of Basic, since that is all that `https://token:...@proxy` can say.
    """
    scheme, _, given = value.strip().partition(" ")
    given = given.strip()
    if len(given) > 2 * LONGEST_SECRET:
        return None
    if scheme.lower() == "bearer" and given:
        return Token(given)
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(given, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, secret = text.partition(":")
    if not colon:
        return None
    if is_token(secret) or name == TOKEN_USER:
        return Token(secret, "" if name == TOKEN_USER else name)
    return Password(name, secret)


def read_host(name: str | None) -> Credential | None:
    """The token in a personal proxy name, `lgp....proxy.example`."""
    label = (name or "").partition(".")[0].lower()
    return Token(label, as_host=True) if label.startswith(HOST) and is_token(label) else None
