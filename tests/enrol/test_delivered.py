"""An authority that was handed over is unlocked in memory, and only one that can be used is taken."""

import datetime as dt
import ssl
from pathlib import Path

import httpx
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from gateway.enrol import open_authority, open_given_authority
from gateway.errors import SettingsError
from tests.support.gateways import GatewayProcess
from tests.support.upstream import RecordingUpstream

WORDS = b"open, please"
SIGNS = x509.KeyUsage(
    digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
    data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


def handed_over(tmp_path: Path, *, pem: bool = False) -> tuple[Path, Path]:
    """An authority of the house's own, locked, and the file with its passphrase."""
    house = open_authority(tmp_path / "house", ("openai.com",))
    data = house.secret.read_bytes()
    key = load_pem_private_key(data, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = x509.load_pem_x509_certificate(data)
    lock = BestAvailableEncryption(WORDS)
    path, words = tmp_path / "authority", tmp_path / "words"
    path.touch(0o640)
    words.touch(0o600)
    if pem:
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
            + certificate.public_bytes(Encoding.PEM)
        )
    else:
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"hospital", key, certificate, None, lock))
    words.write_bytes(WORDS + b"\n")
    return path, words


@pytest.mark.parametrize("pem", [False, True])
def test_it_is_unlocked_in_memory_and_its_key_is_written_nowhere(tmp_path: Path, *, pem: bool) -> None:
    path, words = handed_over(tmp_path, pem=pem)
    state = tmp_path / "state"
    state.mkdir()
    authority = open_given_authority(state, path, words)
    assert b"BEGIN PRIVATE KEY" in authority.secret.read_bytes()
    assert authority.covers("api.openai.com")
    assert not authority.covers("bank.example")
    assert [file.name for file in state.rglob("*")] == ["ca.pem"]
    assert b"PRIVATE" not in authority.public.read_bytes()


def test_what_cannot_be_used_stops_the_start_and_says_why_without_a_word_of_it(tmp_path: Path) -> None:
    path, words = handed_over(tmp_path)
    state = tmp_path

    def refused(because: str) -> None:
        with pytest.raises(SettingsError, match=because) as told:
            open_given_authority(state, path, words)
        assert WORDS.decode() not in str(told.value)

    words.write_bytes(b"wrong")
    refused("cannot be unlocked")
    words.write_bytes(WORDS)
    words.chmod(0o604)
    refused("read by others")
    words.chmod(0o600)
    path.chmod(0o644)
    refused("read by others")
    path.chmod(0o600)
    path.write_bytes(b"0 no PKCS#12")
    refused("cannot be unlocked")
    with pytest.raises(SettingsError, match="cannot be read"):
        open_given_authority(state, tmp_path / "gone", None)


def test_a_servers_certificate_or_another_key_is_no_authority(tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("openai.com")
    path = tmp_path / "leaf.pem"
    path.touch(0o600)
    path.write_bytes(leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes())
    with pytest.raises(SettingsError, match="is no authority"):
        open_given_authority(tmp_path, path, None)
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.write_bytes(other + leaf.cert_chain_pems[0].bytes())
    with pytest.raises(SettingsError, match="do not belong together"):
        open_given_authority(tmp_path, path, None)


def intermediate(root: Path) -> tuple[bytes, x509.Certificate]:
    """An intermediate without name constraints, and its root, as PKCS#12 without a passphrase."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in ("Root", "Between")]
    now = dt.datetime.now(dt.UTC)
    made = []
    for key, name in zip(keys, names, strict=True):
        made.append(
            x509.CertificateBuilder().subject_name(name).issuer_name(names[0]).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
            .add_extension(SIGNS, critical=True)
            .sign(keys[0], hashes.SHA256())
        )  # fmt: skip
    root.write_bytes(made[0].public_bytes(Encoding.PEM))
    data = pkcs12.serialize_key_and_certificates(b"x", keys[1], made[1], [made[0]], NoEncryption())
    return data, made[0]


def test_clients_that_trust_the_houses_root_alone_are_served_by_its_intermediate(tmp_path: Path) -> None:
    path, root = tmp_path / "given.p12", tmp_path / "root.pem"
    path.touch(0o600)
    path.write_bytes(intermediate(root)[0])
    with (
        RecordingUpstream(tmp_path, "api.openai.com") as upstream,
        GatewayProcess(tmp_path / "state", upstream, "--authority", str(path)) as gateway,
    ):
        trusting = ssl.create_default_context(cafile=str(root))
        with httpx.Client(proxy=f"http://{gateway.proxy}", verify=trusting, trust_env=False) as client:
            body = {"messages": [{"role": "user", "content": "hello"}]}
            assert client.post("https://api.openai.com/v1/chat/completions", json=body).status_code == 200
        assert "every name" in gateway.log.read_text()
    assert not (tmp_path / "state" / "ca").exists()
    assert not any(
        b"PRIVATE" in file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file()
    )
