"""What an exemption is bound to, and what can be bound at all."""

from dataclasses import replace

import pytest

from gateway.exemptions.subject import MOST, subject_of
from gateway.model import Action, Decision, Destination, Examination, Format, PartReport, Transfer

KEY = b"k" * 32
TRANSFER = Transfer(Destination("api.openai.com"), body=b"body")
HELD = Decision(Action.COACH, ("coach",), "")


def part(name: str, digest: str) -> PartReport:
    return PartReport((name,), Format.PNG, 1, digest=digest)


SEEN = Examination("", (part("a", "aa"), part("b", "bb"), part("text", "cc")))


def subject(seen: Examination = SEEN, key: bytes = KEY, **decided: object) -> tuple[str, ...]:
    return subject_of(key, TRANSFER, seen, replace(HELD, **decided))  # type: ignore[arg-type]


def test_files_are_known_wherever_they_stand_and_whatever_is_around_them() -> None:
    one = subject(about=(("a",),))
    elsewhere = Examination("", (part("other", "xx"), part("renamed", "aa")))
    assert subject(elsewhere, about=(("renamed",),)) == one
    assert len(one) == 1
    assert set(one) < set(subject(about=(("a",), ("b",))))


def test_without_the_key_a_digest_says_nothing() -> None:
    assert subject(about=(("a",),)) != subject(about=(("a",),), key=b"x" * 32)
    assert all(len(digest) == 32 for digest in subject(about=(("a",), ("b",))))


def test_an_upload_as_a_whole_is_known_only_as_a_whole() -> None:
    (whole,) = subject(about=())
    fewer = replace(SEEN, parts=SEEN.parts[:2])
    assert subject(fewer, about=()) != (whole,)
    assert subject(replace(SEEN, parts=SEEN.parts[::-1]), about=()) == (whole,)
    assert whole not in subject(about=tuple(part.path for part in SEEN.parts))


def test_many_files_are_known_only_together() -> None:
    many = Examination("", tuple(part(str(at), f"{at:02x}") for at in range(MOST + 1)))
    paths = tuple(part.path for part in many.parts)
    assert len(subject(many, about=paths)) == 1
    assert subject(many, about=paths[:-1]) != subject(many, about=paths)
    assert len(subject(many, about=paths[:-1])) == MOST


def test_a_plain_text_is_known_by_its_body() -> None:
    plain = Examination("", (PartReport((), Format.JSON, 4),))
    (one,) = subject(plain)
    assert subject_of(KEY, replace(TRANSFER, body=b"other"), plain, HELD) != (one,)


@pytest.mark.parametrize("reason", ["unforeseen", "timeout", "encrypted", "signed-body"])
def test_what_no_rule_stopped_cannot_be_bound(reason: str) -> None:
    assert subject(reason_code=reason) == ()


def test_a_place_without_a_file_cannot_be_bound() -> None:
    assert subject(about=(("nowhere",),)) == ()
    assert subject(about=(("a",), ("nowhere",))) == ()
    assert subject(Examination("")) == ()
    assert subject(Examination("", (part("a", ""), part("b", "")))) == ()
