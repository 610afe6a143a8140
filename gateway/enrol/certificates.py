"""The gateway's own certificate authority, which may speak only for the destinations that it inspects.

The authority is constrained by name (RFC 5280, section 4.2.1.10): were its key stolen, a client that trusts it
would still believe it for AI services alone, not for a bank. Elliptic P-256, because every client knows it and a
handshake costs a tenth of RSA.
"""

import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.enrol.delivered import open_delivered
from gateway.errors import SettingsError

VALIDITY = dt.timedelta(days=3 * 365)
BACKDATED = dt.timedelta(days=1)  # clients' clocks are not always right

# A leaf never names an address; without these, a name constraint says nothing about addresses.
NO_ADDRESSES = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True)
class Authority:
    """Where the authority lies: `secret` holds key and certificate (0600), `public` the certificate clients trust."""

    secret: Path
    public: Path
    permitted: tuple[str, ...]
    ends: dt.datetime

    def covers(self, host: str) -> bool:
        """Whether a client will believe the authority about this host; one without constraints speaks for all."""
        return not self.permitted or any(host == name or host.endswith("." + name) for name in self.permitted)


def open_authority(state: Path, names: tuple[str, ...]) -> Authority:
    """The authority of a state folder, made on first start for these DNS names and everything below them.

    Raises SettingsError where the files cannot be read or written, or the key is open to others.
    """
    folder = state / "ca"
    secret, public = folder / "authority.pem", state / "ca.pem"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not secret.exists():
            create_authority(secret, names)
        if secret.stat().st_mode & 0o077:
            raise SettingsError(
                f"{secret} can be read by others; make it mode 0600 and issue a new authority"
            )
        certificate = x509.load_pem_x509_certificate(_certificate_part(secret.read_bytes()))
        public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    except (OSError, ValueError) as error:
        raise SettingsError(f"the authority in {folder} cannot be used ({type(error).__name__})") from None
    return Authority(secret, public, _permitted(certificate), certificate.not_valid_after_utc)


def open_given_authority(state: Path, path: Path, passphrase: Path | None) -> Authority:
    """An authority that the organisation hands over, in place of one of our own; only its certificates are written to STATE.

    Raises SettingsError where it cannot be used.
    """
    given = open_delivered(path, passphrase)
    public = state / "ca.pem"
    try:
        public.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in given.chain))
    except OSError as error:
        raise SettingsError(f"{public} cannot be written ({type(error).__name__})") from None
    return Authority(given.secret, public, _permitted(given.chain[0]), given.chain[0].not_valid_after_utc)


def create_authority(path: Path, names: tuple[str, ...]) -> None:
    """Make an authority for these DNS names and everything below them: key and certificate in one new file, mode 0600. Raises OSError."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Leadglass"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Leadglass gateway {os.uname().nodename}"[:64]),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,  # mitmproxy's leaves share the authority's key, so it signs handshakes too
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(name) for name in names] or None,
        excluded_subtrees=[x509.IPAddress(_network(network)) for network in NO_ADDRESSES],
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(constraints, critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret + certificate.public_bytes(serialization.Encoding.PEM))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text)


def _certificate_part(pem: bytes) -> bytes:
    return pem[pem.index(b"-----BEGIN CERTIFICATE") :]


def _permitted(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(
        name.value for name in constraints.permitted_subtrees or () if isinstance(name, x509.DNSName)
    )
