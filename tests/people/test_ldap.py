"""People whom a real LDAP server knows."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import PeopleError
from gateway.people import Identified, Password, Person, Reception
from gateway.people.book import Book, load_book
from gateway.people.ldap import LdapDirectory
from gateway.people.schema import LdapSpec
from tests.support.slapd import Slapd

BIND = "uid={name},ou=people,dc=hospital,dc=example"
BASE = "ou=people,dc=hospital,dc=example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    with Slapd(tmp_path_factory.mktemp("slapd")) as running:
        yield running


def book(folder: Path) -> Book:
    path = folder / "people.yaml"
    path.write_text("people: {}\n")
    return load_book(path)


def directory(server: Slapd, folder: Path, **more: object) -> LdapDirectory:
    given = {"url": server.url, "authority": str(server.ca), "bind": BIND, "base": BASE} | more
    return LdapDirectory.of(book(folder), LdapSpec.model_validate(given))


def test_the_right_password_finds_name_and_groups(server: Slapd, tmp_path: Path) -> None:
    found = directory(server, tmp_path).find(Password(" MARA ", "correct horse battery"))
    assert found == Person("mara", ("radiology",))
    assert directory(server, tmp_path).find(Password("nora", "another long secret")) == Person("nora")


def test_groups_can_be_searched_for_instead(server: Slapd, tmp_path: Path) -> None:
    searching = directory(server, tmp_path, groups="description", group_base="dc=hospital,dc=example")
    assert searching.find(Password("mara", "correct horse battery")) == Person("mara", ("radiology",))


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("mara", "wrong"),
        ("mara", ""),  # an anonymous bind would succeed
        ("nobody", "correct horse battery"),
        ("", ""),
        ("mara,ou=people,dc=hospital,dc=example", "correct horse battery"),
        ("*", "correct horse battery"),
        ("mara)(uid=*", "correct horse battery"),
        ("mara\\2a", "correct horse battery"),
        ("mara\x00", "correct horse battery"),
        ("mara", "x" * 100_000),
    ],
)
def test_everything_else_finds_nobody(server: Slapd, tmp_path: Path, name: str, password: str) -> None:
    assert directory(server, tmp_path).find(Password(name, password)) is None


def test_a_filter_that_fits_two_people_finds_nobody(server: Slapd, tmp_path: Path) -> None:
    loose = directory(server, tmp_path, filter="(|(uid=*)(uid={name}))")
    assert loose.find(Password("mara", "correct horse battery")) is None


def test_plain_connections_turn_to_tls_first(server: Slapd, tmp_path: Path) -> None:
    turned = directory(server, tmp_path, url=server.plain_url, start_tls=True)
    assert turned.find(Password("mara", "correct horse battery")) == Person("mara", ("radiology",))


def test_passwords_are_not_sent_in_the_open(server: Slapd, tmp_path: Path) -> None:
    with pytest.raises(PeopleError, match="in the open"):
        directory(server, tmp_path, url="ldap://dc.hospital.example")


def test_a_server_that_cannot_prove_its_name_is_not_told_the_password(server: Slapd, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with Slapd(other) as stranger:
        wrong = directory(server, tmp_path, authority=str(stranger.ca))
        with pytest.raises(PeopleError):
            wrong.find(Password("mara", "correct horse battery"))
        renamed = directory(server, tmp_path, url=server.url.replace("127.0.0.1", "localhost"))
        with pytest.raises(PeopleError):
            renamed.find(Password("mara", "correct horse battery"))


def test_answers_are_remembered_for_their_time_and_no_longer(
    server: Slapd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(
        f"ldap: {{url: '{server.url}', authority: '{server.ca}', bind: '{BIND}', base: '{BASE}'}}\n"
        "people: {mara: {groups: [on-call]}}\ncache: {seconds: 60}\n"
    )
    mara = Password("mara", "correct horse battery")

    async def asked() -> Identified:
        return await reception.identify(mara, "10.0.0.1")

    reception = Reception(path)
    known = Identified(Person("mara", ("on-call", "radiology")), "")
    assert asyncio.run(asked()) == known
    server.stop()
    try:
        assert asyncio.run(asked()) == known
        now = time.time()
        monkeypatch.setattr("gateway.people.reception.time.time", lambda: now + 61)
        assert asyncio.run(asked()) == Identified(doubt="directory-failed")
    finally:
        server.start()
    assert asyncio.run(asked()) == known


def test_a_server_that_is_away_is_no_answer(server: Slapd, tmp_path: Path) -> None:
    server.stop()
    try:
        with pytest.raises(PeopleError) as caught:
            directory(server, tmp_path).find(Password("mara", "correct horse battery"))
        assert "correct horse" not in str(caught.value)
        assert caught.value.reason == "directory-failed"
    finally:
        server.start()
