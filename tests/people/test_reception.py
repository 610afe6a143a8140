"""The front desk: what it remembers, for how long, and what it does when nobody answers."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from gateway.errors import PeopleError
from gateway.people import Credential, Identified, Password, Person, Reception, Token
from gateway.people import reception as room
from gateway.people.book import Book
from gateway.people.edit import add_person, add_token, changing, revoke

RIGHT, WRONG = Password("mara", "right"), Password("mara", "wrong")
HERE = "10.0.0.1"


@dataclass
class Elsewhere:
    """A directory that counts how often it is asked."""

    asked: list[str] = field(default_factory=list)
    fails: BaseException | None = None
    person: Person = field(default_factory=lambda: Person("mara", ("radiology",)))

    def knows(self, credential: Credential) -> bool:
        return isinstance(credential, Password)

    def find(self, credential: Credential) -> Person | None:
        assert isinstance(credential, Password)
        self.asked.append(credential.name)
        if self.fails:
            raise self.fails
        return self.person if credential.secret == "right" else None


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    directory = Elsewhere()

    def directories(book: Book) -> Iterator[Elsewhere]:
        yield directory

    monkeypatch.setattr(room, "directories", directories)
    return directory


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(room.time, "time", lambda: now[0])
    monkeypatch.setattr(room.time, "monotonic", lambda: now[0])
    return now


def desk(folder: Path, text: str = "people: {}\n") -> Reception:
    (folder / "people.yaml").write_text(text)
    return Reception(folder / "people.yaml")


def ask(reception: Reception, *credentials: Credential, address: str = HERE) -> list[Identified]:
    async def each() -> list[Identified]:
        return [await reception.identify(one, address) for one in credentials]

    return asyncio.run(each())


def test_an_answer_is_remembered_for_a_time_and_then_asked_for_again(
    tmp_path: Path, elsewhere: Elsewhere, clock: list[float]
) -> None:
    reception = desk(tmp_path, "cache: {seconds: 60}\npeople: {mara: {groups: [Reading Room]}}\n")
    (found,) = ask(reception, RIGHT)
    assert found == Identified(Person("mara", ("radiology", "reading room")), "")
    ask(reception, RIGHT, Password("MARA ", "right"))
    assert len(elsewhere.asked) == 1
    clock[0] += 61
    elsewhere.person = Person("mara")
    assert ask(reception, RIGHT)[0].person == Person("mara", ("reading room",))
    assert len(elsewhere.asked) == 2


def test_the_memory_is_bounded(tmp_path: Path, elsewhere: Elsewhere, clock: list[float]) -> None:
    reception = desk(tmp_path, "cache: {answers: 3}\n")
    ask(reception, *(Password(f"p{number}", "right") for number in range(50)))
    assert len(reception._known) == 3


def test_the_memory_holds_no_password(tmp_path: Path, elsewhere: Elsewhere) -> None:
    reception = desk(tmp_path)
    ask(reception, Password("mara", "right"))
    assert b"right" not in b"".join(reception._known)
    assert "right" not in repr(Password("mara", "right")) + repr(Token("right"))


def test_many_who_ask_the_same_at_once_are_one_question(tmp_path: Path, elsewhere: Elsewhere) -> None:
    reception = desk(tmp_path)

    async def crowd() -> list[Identified]:
        return await asyncio.gather(*(reception.identify(RIGHT, HERE) for _ in range(40)))

    assert all(found.person for found in asyncio.run(crowd()))
    assert len(elsewhere.asked) <= room.AT_ONCE


def test_after_so_many_wrong_passwords_a_machine_waits_and_others_do_not(
    tmp_path: Path, elsewhere: Elsewhere, clock: list[float]
) -> None:
    reception = desk(tmp_path, "attempts: {wrong: 3, seconds: 60}\n")
    known = Password("nora", "right")
    ask(reception, known)
    assert [found.doubt for found in ask(reception, *[WRONG] * 5)] == ["not-identified"] * 3 + [
        "sign-in-blocked"
    ] * 2
    assert ask(reception, RIGHT)[0].doubt == "sign-in-blocked"
    assert ask(reception, known)[0].person  # who is known already is not thrown out
    assert ask(reception, RIGHT, address="10.0.0.2")[0].person
    clock[0] += 61
    assert ask(reception, WRONG)[0].doubt == "not-identified"


def test_a_right_password_is_not_counted(tmp_path: Path, elsewhere: Elsewhere, clock: list[float]) -> None:
    reception = desk(tmp_path, "attempts: {wrong: 2}\n")
    found = ask(reception, *(Password(f"p{number}", "right") for number in range(20)))
    assert all(one.person for one in found)


def test_one_ipv6_machine_is_one_machine_whatever_address_it_takes(
    tmp_path: Path, elsewhere: Elsewhere, clock: list[float]
) -> None:
    reception = desk(tmp_path, "attempts: {wrong: 3}\n")
    doubts = [ask(reception, WRONG, address=f"2001:db8::{number:x}")[0].doubt for number in range(1, 6)]
    assert doubts[-1] == "sign-in-blocked"
    assert ask(reception, WRONG, address="2001:db8:0:1::1")[0].doubt == "not-identified"


@pytest.mark.parametrize("fails", [PeopleError("away"), RuntimeError("Doe^Jane"), OSError("Doe^Jane")])
def test_a_directory_that_fails_makes_a_stranger_and_is_asked_again(
    tmp_path: Path, elsewhere: Elsewhere, fails: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    reception = desk(tmp_path, "attempts: {wrong: 1}\n")
    elsewhere.fails = fails
    assert [one.doubt for one in ask(reception, RIGHT, RIGHT)] == ["directory-failed"] * 2
    assert "Doe" not in caplog.text
    elsewhere.fails = None
    assert ask(reception, RIGHT)[0].person


def test_a_revocation_counts_at_once_for_people_of_every_directory(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    reception = desk(tmp_path)
    assert ask(reception, RIGHT)[0].person
    with changing(tmp_path / "people.yaml") as data:
        revoke(data, "Mara", None)
    assert ask(reception, RIGHT)[0] == Identified()
    with changing(tmp_path / "people.yaml") as data:
        add_person(data, "mara", (), None)
    assert ask(reception, RIGHT)[0].person


def test_a_change_written_while_a_directory_is_asked_is_not_lost(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    reception = desk(tmp_path)
    begun, go_on = threading.Event(), threading.Event()
    slow = elsewhere.find

    def find(credential: Credential) -> Person | None:
        begun.set()
        assert go_on.wait(10)
        return slow(credential)

    elsewhere.find = find  # type: ignore[method-assign]

    async def race() -> tuple[Identified, Identified]:
        first = asyncio.ensure_future(reception.identify(RIGHT, HERE))
        await asyncio.to_thread(begun.wait, 10)
        with changing(tmp_path / "people.yaml") as data:
            revoke(data, "mara", None)
        await reception._refresh()
        go_on.set()
        await first
        return await first, await reception.identify(RIGHT, HERE)

    assert asyncio.run(race())[1] == Identified()


def test_tokens_end_and_count_only_where_they_were_given_for(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    with changing(path) as data:
        add_person(data, "mara", ("staff",), None)
        here = add_token(data, "mara", host=True, label="", until=None, within=("10.0.0.0/24",))
        over = add_token(data, "mara", host=False, label="", until=date(2020, 1, 1), within=())
    reception = Reception(path)
    near, far = Token(here.token, as_host=True), "10.0.1.1"
    assert ask(reception, near)[0].person == Person(
        "mara", ("staff",), within=ask(reception, near)[0].person.within
    )  # type: ignore[union-attr]
    assert ask(reception, near, address=far)[0] == Identified()
    assert ask(reception, Token(over.token))[0] == Identified()
    assert here.token not in path.read_text()


def test_a_gateway_does_not_start_with_a_people_file_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(PeopleError, match="cannot be read"):
        Reception(tmp_path / "missing.yaml")
    with pytest.raises(PeopleError, match="passwords would travel"):
        desk(tmp_path, "ldap: {url: 'ldap://dc', bind: '{name}', base: dc}\n")
