"""What is sealed, and to whom: an age file (age-encryption.org/v1) whose content is one line of JSON and then the body.

The gateway knows public keys only. Any program that reads age files opens one with the reviewer's secret key.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyrage

from gateway.errors import EvidenceError, SettingsError
from gateway.model import Destination, Headers, Transfer

KEPT_HEADERS: Final = (b"content-type", b"content-encoding", b"grpc-encoding")
"""What is needed to read the body again. Anything else may hold a password or a token."""
SECRET: Final = "AGE-SECRET-KEY"  # noqa: S105 - the mark of a secret key, not one

type Recipients = tuple[Any, ...]  # pyrage ships no types
type Identity = Any


@dataclass(frozen=True, slots=True)
class Envelope:
    """One stopped upload, as it is given back to a reviewer."""

    host: str
    method: str
    template: str
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)

    @staticmethod
    def around(transfer: Transfer) -> "Envelope":
        """The envelope of an upload: its body, and of the rest only what is needed to read it."""
        kept = tuple((name, value) for name, value in transfer.headers if name.lower() in KEPT_HEADERS)
        to = transfer.destination
        return Envelope(to.host, transfer.method, to.template, kept, transfer.body)

    def transfer(self) -> Transfer:
        """The upload again, to be taken apart as it was on the wire."""
        return Transfer(Destination(self.host, 443), method=self.method, headers=self.headers, body=self.body)

    def seal(self, recipients: Recipients) -> bytes:
        """The envelope closed for these recipients. EvidenceError where that fails."""
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in self.headers]
        head = {"host": self.host, "method": self.method, "path": self.template, "headers": headers}
        try:
            sealed: bytes = pyrage.encrypt(json.dumps(head).encode() + b"\n" + self.body, list(recipients))
        except pyrage.EncryptError:
            raise EvidenceError("the upload cannot be sealed") from None
        return sealed

    @staticmethod
    def unseal(sealed: bytes, identity: Identity) -> "Envelope":
        """Open a sealed envelope. EvidenceError where this is not its key, or one byte of it was changed."""
        try:
            head, _, body = pyrage.decrypt(sealed, [identity]).partition(b"\n")
            said = json.loads(head)
            headers = tuple(
                (name.encode("latin-1"), value.encode("latin-1")) for name, value in said["headers"]
            )
            return Envelope(said["host"], said["method"], said["path"], headers, body)
        except pyrage.DecryptError:
            raise EvidenceError("this key does not open it, or it was changed") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise EvidenceError("what was sealed is not an upload") from None


def read_recipients(path: Path) -> Recipients:
    """The reviewers' public keys, one `age1...` a line, `#` before a remark. SettingsError where one is no such key.

    A secret key in this file is refused: the gateway must not be able to open what it has sealed.
    """
    lines = _lines(path)
    if any(line.upper().startswith(SECRET) for line in lines):
        raise SettingsError(f"{path} holds a secret key; give the gateway the public one (age1...) only")
    try:
        found = tuple(pyrage.x25519.Recipient.from_str(line) for line in lines)
    except pyrage.RecipientError:
        raise SettingsError(f"{path} holds a line that is not a public key of age (age1...)") from None
    if not found:
        raise SettingsError(f"{path} holds no public key of age (age1...)")
    return found


def read_identity(path: Path) -> Identity:
    """A reviewer's secret key. SettingsError where the file holds none, or more than one."""
    try:
        [line] = _lines(path)
        return pyrage.x25519.Identity.from_str(line)
    except (ValueError, pyrage.IdentityError):
        raise SettingsError(f"{path} does not hold one secret key of age ({SECRET}-1...)") from None


def _lines(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__})") from None
    return tuple(line for raw in text.splitlines() if (line := raw.strip()) and not line.startswith("#"))
