"""A signed statement of how long the record is and what its root is.

C2SP tlog-checkpoint in a C2SP signed note, Ed25519. One extension line `time <RFC 3339>` says when the signer signed.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.errors import AuditError

ED25519: Final = b"\x01"
"""The signature type byte of signed-note."""
DASH: Final = "\u2014 "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of one gateway's record at one moment."""

    origin: str
    size: int
    root: bytes
    time: str
    """When the signer signed; RFC 3339 UTC."""

    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode("ascii")
        return f"{self.origin}\n{self.size}\n{root}\ntime {self.time}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A signer's public half, with the name it signs under."""

    name: str
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()[:4]

    def line(self) -> str:
        """The key as signed-note writes it: name+id+base64."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.raw).decode('ascii')}"

    @staticmethod
    def parse(line: str) -> "VerifierKey":
        """A key from its line. AuditError where it is not one."""
        name, _, rest = line.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        key = VerifierKey(name, raw[1:])
        if len(raw) != 33 or raw[:1] != ED25519 or key.key_id.hex() != key_id:
            raise AuditError("this is not a verifier key line (name+id+base64)")
        return key


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The checkpoint as a signed note, under its origin's name."""
    text = checkpoint.text()
    public = VerifierKey(checkpoint.origin, key.public_key().public_bytes_raw())
    signature = base64.b64encode(public.key_id + key.sign(text.encode())).decode("ascii")
    return f"{text}\n{DASH}{checkpoint.origin} {signature}\n"


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint in a signed note. AuditError unless one of the keys signed exactly this text."""
    checkpoint, signatures = read_note(note)
    text = checkpoint.text().encode()
    for key in keys:
        for name, key_id, signature in signatures:
            if (name, key_id, checkpoint.origin) == (key.name, key.key_id, key.name):
                try:
                    Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, text)
                except InvalidSignature:
                    raise AuditError("a checkpoint's signature is wrong") from None
                return checkpoint
    raise AuditError("a checkpoint is not signed by a known key")


def read_note(note: str) -> tuple[Checkpoint, tuple[tuple[str, bytes, bytes], ...]]:
    """The checkpoint and its signatures (name, key id, signature), not yet verified. AuditError where malformed."""
    try:
        text, _, tail = note.rpartition("\n\n")
        origin, size, root, stamp = text.split("\n")
        checkpoint = Checkpoint(
            origin, int(size), base64.b64decode(root, validate=True), stamp.removeprefix("time ")
        )
        signatures = tuple(map(_signature, tail.removesuffix("\n").split("\n")))
        if checkpoint.text() != text + "\n" or not tail.endswith("\n") or len(checkpoint.root) != 32:
            raise ValueError
    except ValueError:
        raise AuditError("this is not a checkpoint") from None
    return checkpoint, signatures


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    raw = base64.b64decode(encoded, validate=True)
    if line != f"{DASH}{name} {base64.b64encode(raw).decode('ascii')}" or len(raw) < 5:
        raise ValueError
    return name, raw[:4], raw[4:]
