"""Whatever a client says about itself: it is read or it is nothing, and never an error that holds it."""

import base64
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.people import Password, Token, load_book, read_authorization, read_host
from gateway.people.attempts import ADDRESSES, Attempts
from gateway.people.certificates import CertificateDirectory
from gateway.people.local import LocalDirectory
from gateway.people.oidc import OidcDirectory
from gateway.people.person import NAME, Certificate, canonical
from gateway.people.schema import AttemptsSpec, OidcSpec
from gateway.people.secrets import HOST, new_token


@given(st.text(max_size=300))
def test_any_header_is_a_credential_or_none(value: str) -> None:
    for text in (
        value,
        f"Basic {value}",
        f"Bearer {value}",
        f"Basic {base64.b64encode(value.encode()).decode()}",
    ):
        found = read_authorization(text)
        assert found is None or isinstance(found, Password | Token)


@given(st.text(max_size=40).filter(lambda text: ":" not in text), st.text(max_size=40))
def test_a_name_and_a_password_come_out_as_they_went_in(name: str, secret: str) -> None:
    header = "basic  " + base64.b64encode(f"{name}:{secret}".encode()).decode()
    found = read_authorization(header)
    if name == "token":
        assert found == Token(secret)
    else:
        assert found == Password(name, secret)


@given(st.text(max_size=80))
def test_only_the_first_label_of_a_personal_name_is_a_token(text: str) -> None:
    token = new_token(HOST)
    assert read_host(f"{token.upper()}.{text}") == Token(token, as_host=True)
    assert read_host(text) is None
    assert read_host(f"a{token}.{text}") is None


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.binary(max_size=200))
def test_no_directory_breaks_over_what_is_shown(text: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.yaml"
        path.write_text("people: {}\n")
        (Path(folder) / "jwks.json").write_text('{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}')
        book = load_book(path)
        assert LocalDirectory(book).find(Token(text)) is None
        oidc = OidcDirectory.of(book, OidcSpec(issuer="i", audience="a", keys="jwks.json"))
        assert oidc.find(Token(f"{text}.{text}.{text}")) is None
        assert CertificateDirectory.find(_nobody(book), Certificate((data,))) is None


def _nobody(book: object) -> CertificateDirectory:
    from cryptography.x509.verification import Store

    from gateway.people.schema import CertificatesSpec
    from tests.support.certificates import Issuer

    return CertificateDirectory(CertificatesSpec(authority="x"), Store([Issuer().certificate]), frozenset())


@given(st.text(max_size=90))
def test_a_name_that_is_taken_cannot_mean_anything_to_ldap(text: str) -> None:
    name = canonical(text)
    if NAME.fullmatch(name):
        assert name.isascii()
        assert name != "token"
        assert not set(name) & set("*()\\/,=+<>#;\"' \0:")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_the_memory_of_attempts_is_bounded(numbers: list[int]) -> None:
    attempts, allowed = Attempts(), AttemptsSpec(wrong=1, seconds=10)
    for number in (*numbers, *range(ADDRESSES + 5)):
        attempts.charge(f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", allowed, 0.0)
    assert len(attempts._counts) <= ADDRESSES
