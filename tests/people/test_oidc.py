"""Signed tokens of an issuer, whose keys come from a file or over TLS."""

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.errors import PeopleError
from gateway.people import Token
from gateway.people.book import load_book
from gateway.people.oidc import OidcDirectory
from gateway.people.schema import OidcSpec

ISSUER, AUDIENCE = "https://login.hospital.example", "leadglass"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())


def jwks(*keys: tuple[str, ec.EllipticCurvePrivateKey]) -> str:
    found = []
    for kid, key in keys:
        public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        found.append(public | {"kid": kid, "use": "sig", "alg": "ES256"})
    return json.dumps({"keys": found})


def directory(folder: Path, keys: str, *, revoked: tuple[str, ...] = (), **more: Any) -> OidcDirectory:
    path = folder / "people.yaml"
    path.write_text(json.dumps({"revoked": list(revoked)}))
    spec = {"issuer": ISSUER, "audience": AUDIENCE, "keys": keys} | more
    return OidcDirectory.of(load_book(path), OidcSpec.model_validate(spec))


def token(
    key: Any = KEY, *, algorithm: str = "ES256", headers: dict[str, Any] | None = None, **changed: Any
) -> str:
    claims: dict[str, Any] = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "1234", "jti": "t-1", "preferred_username": "Mara",
        "groups": ["Radiology", 7], "exp": datetime.now(UTC) + timedelta(minutes=5),
    }  # fmt: skip
    claims |= changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm, headers={"kid": "a"} if headers is None else headers)


@pytest.fixture
def issuer(tmp_path: Path) -> OidcDirectory:
    (tmp_path / "jwks.json").write_text(jwks(("a", KEY)))
    return directory(tmp_path, "jwks.json")


def test_a_sound_token_names_its_person_and_groups(issuer: OidcDirectory) -> None:
    found = issuer.find(Token(token()))
    assert found is not None
    assert (found.name, found.groups) == ("mara", ("radiology",))
    assert found.until - datetime.now(UTC).timestamp() < 400
    assert issuer.find(Token(token(headers={}))) is not None  # one key, no name for it
    assert issuer.find(Token(token(), name="MARA")) is not None
    assert issuer.find(Token(token(), name="nora")) is None


PAST = datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://login.elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"exp": PAST},
        {"exp": None},
        {"nbf": datetime.now(UTC) + timedelta(hours=1)},
        {"preferred_username": None},
        {"preferred_username": ["mara"]},
        {"preferred_username": "mara)(uid=*"},
        {"groups": "radiology"},
        {"key": OTHER},
        {"headers": {"kid": "b"}},
    ],
)
def test_every_other_token_names_nobody(issuer: OidcDirectory, changed: dict[str, Any]) -> None:
    assert issuer.find(Token(token(**changed))) is None


def test_the_algorithm_is_ours_to_choose(issuer: OidcDirectory, tmp_path: Path) -> None:
    assert issuer.find(Token(token(None, algorithm="none"))) is None
    public = jwt.utils.base64url_decode(json.loads(jwks(("a", KEY)))["keys"][0]["x"])
    assert issuer.find(Token(token(public, algorithm="HS256"))) is None  # something public as a shared secret
    mixed = rsa.generate_private_key(65537, 2048)
    assert issuer.find(Token(token(mixed, algorithm="RS256"))) is None
    assert directory(tmp_path, "jwks.json", algorithms=["RS256"]).find(Token(token())) is None


@pytest.mark.parametrize("revoked", ["t-1", "1234"])
def test_a_revoked_token_names_nobody(issuer: OidcDirectory, tmp_path: Path, revoked: str) -> None:
    assert directory(tmp_path, "jwks.json", revoked=(revoked,)).find(Token(token())) is None


@pytest.mark.parametrize("text", ["a.b.c", "..", "e30.e30.e30", "x" * 9000, "é.é.é"])
def test_what_is_no_token_names_nobody(issuer: OidcDirectory, text: str) -> None:
    assert issuer.find(Token(text)) is None


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"keys": [7]}'])
def test_keys_that_cannot_be_read_are_no_answer(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "jwks.json").write_text(content)
    with pytest.raises(PeopleError, match="keys cannot be read"):
        directory(tmp_path, "jwks.json").find(Token(token()))


def test_keys_in_the_open_are_not_taken(tmp_path: Path) -> None:
    with pytest.raises(PeopleError, match="in the open"):
        directory(tmp_path, "http://login.hospital.example/jwks")


@contextmanager
def serving(authority: trustme.CA, answers: list[str]) -> Iterator[tuple[str, list[str]]]:
    """An issuer's key address; answers one text after the other, the last one for ever."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = (answers.pop(0) if len(answers) > 1 else answers[0]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}/jwks", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_keys_are_fetched_over_tls_and_asked_for_again_when_the_issuer_changed_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(authority, [jwks(("a", KEY)), jwks(("a", KEY), ("b", OTHER))]) as (address, asked):
        issuer = directory(tmp_path, address, authority="ca.pem")
        assert issuer.find(Token(token())) is not None
        assert issuer.find(Token(token())) is not None
        assert len(asked) == 1
        changed = Token(token(OTHER, headers={"kid": "b"}))
        assert issuer.find(changed) is None  # an unknown key does not make us ask more often than that
        assert len(asked) == 1
        monkeypatch.setattr("gateway.people.oidc.AGAIN_SECONDS", -1.0)
        assert issuer.find(changed) is not None
        assert len(asked) == 2
        with pytest.raises(PeopleError):
            directory(tmp_path, address).find(Token(token()))  # an issuer that nobody vouches for
