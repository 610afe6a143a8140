"""Only the reviewers' key opens an envelope, and nothing but the upload is in it."""

from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import EvidenceError, SettingsError
from gateway.evidence import Envelope, read_identity, read_recipients
from gateway.model import Destination, Transfer

REVIEWER, OTHER, STRANGER = (pyrage.x25519.Identity.generate() for _ in range(3))
TO = (REVIEWER.to_public(), OTHER.to_public())
HEADERS = (
    (b"Content-Type", b"image/png"),
    (b"Authorization", b"Bearer sk-secret"),
    (b"Cookie", b"session=secret"),
)


def upload(body: bytes) -> Transfer:
    place = Destination("api.openai.com", 443, template="/v1/files")
    return Transfer(place, path="/v1/files?name=doe", headers=HEADERS, body=body)


@given(st.binary(max_size=300))
@settings(max_examples=30, deadline=None)
def test_each_reviewer_gets_back_what_was_sealed(body: bytes) -> None:
    sealed = Envelope.around(upload(body)).seal(TO)
    for key in (REVIEWER, OTHER):
        opened = Envelope.unseal(sealed, key)
        assert opened.body == body
        assert opened.headers == ((b"Content-Type", b"image/png"),)
        assert (opened.host, opened.template) == ("api.openai.com", "/v1/files")


def test_nobody_else_opens_it_and_a_changed_one_does_not_open() -> None:
    sealed = Envelope.around(upload(b"DOE^JANE" * 20)).seal(TO)
    assert b"DOE^JANE" not in sealed
    with pytest.raises(EvidenceError, match="key"):
        Envelope.unseal(sealed, STRANGER)
    for at in (0, len(sealed) // 2, len(sealed) - 1):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(EvidenceError):
            Envelope.unseal(changed, REVIEWER)
    for head in (b"", b"[]\n", b'{"host": 1}\n'):
        with pytest.raises(EvidenceError, match="not an upload"):
            Envelope.unseal(pyrage.encrypt(head, list(TO)), REVIEWER)


def test_tokens_and_the_path_as_it_travelled_are_not_kept() -> None:
    sealed = Envelope.around(upload(b"x")).seal(TO)
    plain = pyrage.decrypt(sealed, [REVIEWER])
    assert b"secret" not in plain
    assert b"doe" not in plain


def test_a_file_of_keys(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# the radiology desk\n{TO[0]}\n\n  {TO[1]}\n")
    assert [str(one) for one in read_recipients(file)] == [str(one) for one in TO]
    for wrong in ("", "# nobody\n", "age1wrong\n", "ssh-ed25519 AAAA\n"):
        file.write_text(wrong)
        with pytest.raises(SettingsError, match="age1"):
            read_recipients(file)
    file.write_text(f"{TO[0]}\n{REVIEWER}\n")
    with pytest.raises(SettingsError, match="secret key") as caught:
        read_recipients(file)
    assert str(REVIEWER) not in str(caught.value)
    assert str(read_identity(_written(tmp_path, f"# public key: {TO[0]}\n{REVIEWER}\n"))) == str(REVIEWER)
    for wrong in ("", str(TO[0]), f"{REVIEWER}\n{OTHER}\n"):
        with pytest.raises(SettingsError, match="one secret key"):
            read_identity(_written(tmp_path, wrong))
    with pytest.raises(SettingsError, match="cannot be read"):
        read_identity(tmp_path / "none")


def _written(folder: Path, text: str) -> Path:
    path = folder / "key"
    path.write_text(text)
    return path
