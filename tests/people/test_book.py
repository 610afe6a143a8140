"""The people file: every mistake with its line, and no value repeated; changes are seen at once."""

import os
from pathlib import Path

import pytest

from gateway.errors import PeopleError
from gateway.people.book import PeopleFile, load_book
from gateway.people.edit import add_person, changing
from gateway.people.secrets import password_fits, password_hash


def test_every_mistake_is_told_with_its_line_and_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(
        "people:\n  mara:\n    password: hunter2hunter2\n    grups: [x]\n  'no name!':\n    groups: []\nplan: true\n"
    )
    with pytest.raises(PeopleError) as caught:
        load_book(path)
    text = str(caught.value)
    assert "people.yaml:3" in text
    assert "people.yaml:4" in text
    assert "did you mean `groups`" in text
    assert "did you mean `plain`" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "text",
    ["", "- 1\n", "people: {a: {}, a: {}}\n", "people: [\n", "people: {A: {}, a: {tokens: 7}}\n", "\x00"],
)
def test_what_cannot_be_read_whole_is_not_read_at_all(tmp_path: Path, text: str) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(text)
    with pytest.raises(PeopleError):
        load_book(path)


def test_two_spellings_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text("people: {Mara: {groups: [a]}, mara: {groups: [b]}}\n")
    with pytest.raises(PeopleError, match="twice"):
        load_book(path)


def test_a_file_that_everybody_can_write_is_nobodys_word(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text("people: {}\n")
    path.chmod(0o666)
    with pytest.raises(PeopleError, match="written by everybody"):
        load_book(path)


def test_a_change_is_seen_at_the_next_look(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text("people: {}\n")
    os.utime(path, (1, 1))
    file = PeopleFile(path)
    assert file.current() is None
    first = file.reread()
    assert file.current() is first
    with changing(path) as data:
        add_person(data, "mara", (), None)
    assert file.current() is None
    assert "mara" in file.reread().spec.people
    path.unlink()
    assert file.current() is None
    with pytest.raises(PeopleError):
        file.reread()


def test_a_file_written_twice_in_one_moment_is_read_twice(tmp_path: Path) -> None:
    """The clock of a file system is coarser than two writes; size and place can stay the same too."""
    path = tmp_path / "people.yaml"
    path.write_text("people: {mara: {}}\n")
    file = PeopleFile(path)
    assert "mara" in file.reread().spec.people
    seen = path.stat()
    path.write_text("people: {nora: {}}\n")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert file.current() is None
    assert "nora" in file.reread().spec.people


def test_comments_and_everything_else_stay_when_a_command_changes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(
        "# ours\nplain: true  # until the new clients come\npeople:\n  nora: {groups: [a]}  # since 2020\n"
    )
    path.chmod(0o640)
    with changing(path) as data:
        add_person(data, "mara", ("Radiology",), "a long password")
    text = path.read_text()
    assert all(word in text for word in ("# ours", "# until the new clients come", "# since 2020"))
    assert path.stat().st_mode & 0o777 == 0o640
    spec = load_book(path).spec
    assert spec.plain
    assert spec.people["mara"].groups == ["radiology"]
    assert password_fits(spec.people["mara"].password, "a long password")
    assert sorted(one.name for one in tmp_path.iterdir()) == [".people.yaml.lock", "people.yaml"]


def test_a_change_that_would_break_the_file_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text("people: {}\n")
    with pytest.raises(PeopleError), changing(path) as data:
        data["cache"] = {"seconds": -1}
    assert path.read_text() == "people: {}\n"


@pytest.mark.parametrize("password", ["", "x" * 10_000, "wrong"])
def test_only_the_password_is_the_password(password: str) -> None:
    assert not password_fits(password_hash("right"), password)
    assert not password_fits(None, password)
    assert not password_fits("not a hash", password)
