"""`leadglass enrol user`: adding, listing, tokens and taking back."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypac.parser import PACFile

from gateway.cli.enrol import enrol
from gateway.errors import PeopleError
from gateway.people import Password, Person, Token
from gateway.people.book import load_book
from gateway.people.local import LocalDirectory


def run(path: Path, *arguments: str, given: str | None = None) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(
        enrol, ["user", command, "--people", str(path), *rest], input=given, catch_exceptions=False
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.yaml"


def test_a_person_is_added_and_can_sign_in(path: Path) -> None:
    run(path, "add", "Mara", "--group", "Radiology", "--password-stdin", given="correct horse\n")
    directory = LocalDirectory(load_book(path))
    assert directory.find(Password("mara", "correct horse")) == Person("mara")
    assert load_book(path).groups_of("mara") == ("radiology",)
    assert path.stat().st_mode & 0o777 == 0o600
    asked = run(path, "add", "mara", given="another secret\nanother secret\n")
    assert "another secret" not in asked.output
    assert LocalDirectory(load_book(path)).find(Password("mara", "correct horse")) is None
    assert load_book(path).groups_of("mara") == ("radiology",)


def test_short_passwords_and_odd_names_are_refused(path: Path) -> None:
    with pytest.raises(PeopleError, match="8 characters"):
        run(path, "add", "mara", "--password-stdin", given="short\n")
    with pytest.raises(PeopleError, match="not a name"):
        run(path, "add", "ma ra", "--no-password")
    with pytest.raises(PeopleError, match="no token"):
        run(path, "revoke", "mara", "--token", "7")


def test_tokens_are_shown_once_listed_and_taken_back(path: Path) -> None:
    run(path, "add", "mara", "--no-password")
    token = run(path, "token", "mara", "--label", "laptop", "--until", "2099-01-31").stdout.strip()
    assert LocalDirectory(load_book(path)).find(Token(token)) is not None
    (shown,) = [json.loads(line) for line in run(path, "list", "--json").stdout.splitlines()]
    (kept,) = shown["tokens"]
    assert (kept["label"], kept["until"]) == ("laptop", "2099-01-31")
    table = run(path, "list").stdout
    assert "laptop" in table
    assert token not in table + path.read_text()
    run(path, "revoke", "mara", "--token", kept["id"])
    assert LocalDirectory(load_book(path)).find(Token(token)) is None
    run(path, "revoke", "mara")
    run(path, "revoke", "known-in-ldap")
    assert "revoked elsewhere: known-in-ldap" in run(path, "list").stdout
    assert "mara" in load_book(path).revoked
    run(path, "add", "mara", "--no-password")
    assert load_book(path).revoked == {"known-in-ldap"}


def test_a_personal_proxy_file_leads_to_a_name_of_ones_own(path: Path) -> None:
    text = run(path, "token", "mara", "--pac", "proxy.hospital.example:8080").stdout
    found = PACFile(text).find_proxy_for_url("https://chatgpt.com/", "chatgpt.com")
    assert found is not None
    kind, address = found.split()
    assert kind == "HTTPS"
    label, _, rest = address.partition(".")
    assert rest == "proxy.hospital.example:8080"
    directory = LocalDirectory(load_book(path))
    assert directory.find(Token(label, as_host=True)) is not None
    assert directory.find(Token(label)) is None
