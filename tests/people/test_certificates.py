"""Certificates that the organisation gave to its people."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.errors import PeopleError
from gateway.people import Certificate
from gateway.people.book import load_book
from gateway.people.certificates import CertificateDirectory
from gateway.people.schema import CertificatesSpec
from tests.support.certificates import Issuer

CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH


def directory(
    folder: Path, issuer: Issuer, *, revoked: tuple[str, ...] = (), name: str = "common-name"
) -> CertificateDirectory:
    issuer.write(folder / "people-ca.pem")
    path = folder / "people.yaml"
    path.write_text(f"revoked: {list(revoked)}\n")
    spec = CertificatesSpec.model_validate({"authority": "people-ca.pem", "name": name})
    return CertificateDirectory.of(load_book(path), spec)


def test_a_sound_certificate_names_its_person(tmp_path: Path) -> None:
    issuer = Issuer()
    leaf = issuer.issue("Mara", "mara@hospital.example")
    found = directory(tmp_path, issuer).find(Certificate((leaf.der,)))
    assert found is not None
    assert found.name == "mara"
    by_mail = directory(tmp_path, issuer, name="email").find(Certificate((leaf.der,)))
    assert by_mail is not None
    assert by_mail.name == "mara@hospital.example"


def test_every_other_certificate_names_nobody(tmp_path: Path) -> None:
    issuer, other = Issuer(), Issuer()
    ours = directory(tmp_path, issuer)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
    assert ours.find(Certificate((other.issue("mara", "m@h.example").der,))) is None
    assert ours.find(Certificate((issuer.issue("mara", "m@h.example", start=long_ago).der,))) is None
    server = issuer.issue("mara", "m@h.example", usage=ExtendedKeyUsageOID.SERVER_AUTH)
    assert ours.find(Certificate((server.der,))) is None
    assert ours.find(Certificate((issuer.issue("mara)(uid=*", "m@h.example").der,))) is None
    assert ours.find(Certificate((b"not a certificate",))) is None
    assert ours.find(Certificate(())) is None
    revoked = issuer.issue("mara", "m@h.example")
    serial = f"{x509.load_der_x509_certificate(revoked.der).serial_number:x}"
    assert directory(tmp_path, issuer, revoked=(serial,)).find(Certificate((revoked.der,))) is None


def test_an_authority_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text("people: {}\n")
    with pytest.raises(PeopleError, match="authority"):
        CertificateDirectory.of(load_book(path), CertificatesSpec(authority="missing.pem"))
