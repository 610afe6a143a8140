"""The authority speaks for the inspected destinations and for nobody else."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509

from gateway.enrol import open_authority
from gateway.errors import SettingsError


def test_it_is_made_once_with_a_private_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    first = open_authority(tmp_path, ("openai.com",))
    again = open_authority(tmp_path, ("other.example",))
    assert first.public.read_bytes() == again.public.read_bytes()
    assert first.secret.stat().st_mode & 0o777 == 0o600
    assert first.secret.parent.stat().st_mode & 0o777 == 0o700
    assert b"PRIVATE" not in first.public.read_bytes()


def test_it_is_constrained_to_the_names_it_was_made_for(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, ("openai.com", "claude.ai"))
    certificate = x509.load_pem_x509_certificate(authority.public.read_bytes())
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert authority.permitted == ("openai.com", "claude.ai")
    assert authority.covers("api.openai.com")
    assert authority.covers("claude.ai")
    assert not authority.covers("notopenai.com")
    assert not authority.covers("bank.example")


def test_a_key_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, ("openai.com",))
    authority.secret.chmod(0o644)
    with pytest.raises(SettingsError, match="read by others"):
        open_authority(tmp_path, ("openai.com",))


def test_a_damaged_authority_stops_the_start(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, ("openai.com",))
    authority.secret.write_bytes(b"nothing")
    with pytest.raises(SettingsError, match="cannot be used"):
        open_authority(tmp_path, ("openai.com",))


def test_openssl_accepts_it_as_a_trust_anchor(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, ("openai.com",))
    context = ssl.create_default_context(cafile=str(authority.public))
    assert context.cert_store_stats()["x509_ca"] == 1
