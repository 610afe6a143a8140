"""An authority that the organisation hands over (its own PKI, a KMS, a vault) as PKCS#12 or PEM, under a passphrase or not.

What is unlocked here stays in memory: no file of ours holds the open key, and the passphrase comes from a file, since
everybody on a machine can read command lines, and often environments.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

from gateway.errors import SettingsError

OTHERS = 0o007
"""A group may read what is delivered: orchestrators hand secrets to a pod's group."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A key and its certificates, the issuing one first; `secret` names them in memory only."""

    secret: Path
    chain: tuple[x509.Certificate, ...]


def open_delivered(path: Path, passphrase: Path | None) -> Delivered:
    """Unlock what was delivered. SettingsError where it cannot be used as an authority, or others can read it."""
    words = _read(passphrase).rstrip(b"\r\n") if passphrase else None
    data = _read(path)
    try:
        key, chain = _pem(data, words) if data.startswith(b"-----") else _pkcs12(data, words)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            f"the authority {path} cannot be unlocked ({type(error).__name__}); is it PKCS#12 or PEM, and the passphrase right?"
        ) from None
    if key is None or not chain:
        raise SettingsError(f"the authority {path} needs a key and a certificate")
    if _public(key.public_key()) != _public(chain[0].public_key()):
        raise SettingsError(f"key and first certificate of {path} do not belong together")
    if not _may_sign(chain[0]):
        raise SettingsError(f"the first certificate of {path} is no authority; it may not issue certificates")
    opened = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Delivered(_in_memory(opened + b"".join(one.public_bytes(Encoding.PEM) for one in chain)), chain)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_mode & OTHERS:
            raise SettingsError(f"{path} can be read by others; take their rights away and renew it")
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__})") from None


def _pem(data: bytes, words: bytes | None) -> tuple[PrivateKeyTypes | None, tuple[x509.Certificate, ...]]:
    return load_pem_private_key(data, words), tuple(x509.load_pem_x509_certificates(data))


def _pkcs12(data: bytes, words: bytes | None) -> tuple[PrivateKeyTypes | None, tuple[x509.Certificate, ...]]:
    key, first, others = pkcs12.load_key_and_certificates(data, words)
    return key, ((first, *others) if first else ())


def _public(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined] # one of six kinds of key, all of which can
    return encoded


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _in_memory(pem: bytes) -> Path:
    """A file without a place on any disk, open for as long as this process lives, closed to its children."""
    descriptor = os.memfd_create("authority")
    os.write(descriptor, pem)
    return Path(f"/proc/self/fd/{descriptor}")
