"""tar in its dialects."""

import io
import tarfile

import pytest

from gateway.errors import RedactionError
from tests.unpack import made
from tests.unpack.made import FILES, PNG, WORDS, taped

LONG = {"d/" * 60 + "scan.png": PNG, "letter.txt": WORDS}


def _sparse() -> bytes:
    """A GNU sparse member of the old kind: PNG, a hole, then words."""
    info = tarfile.TarInfo("hole.bin")
    hole, stored = 8192, PNG.ljust(512, b"\x00") + WORDS.ljust(512, b"\x00")
    info.type, info.size = b"S", len(stored)
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    table = b"".join(b"%011o\x00" % n for n in (0, 512, hole, 512))
    head[386 : 386 + len(table)] = table
    head[483:495] = b"%011o\x00" % (hole + 512)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\x00 " % sum(head)
    return bytes(head) + stored + bytes(1024)


HONEST = {
    "gnu": taped(),
    "ustar": taped(form=tarfile.USTAR_FORMAT),
    "pax": taped(form=tarfile.PAX_FORMAT),
    "pax with times": taped(form=tarfile.PAX_FORMAT, mtime="1700000000.25"),
    "gnu long names": taped(LONG),
    "pax long names": taped(LONG, tarfile.PAX_FORMAT),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_archives_are_opened_without_a_word(name: str) -> None:
    assert made.findings(HONEST[name]) == []
    assert set(made.contents(HONEST[name]).values()) == {PNG, WORDS}


def test_holes_of_a_sparse_member_are_filled() -> None:
    (content,) = made.contents(_sparse()).values()
    assert content.startswith(PNG)
    assert content[8192:].startswith(WORDS)
    with pytest.raises(RedactionError):
        made.replaced(_sparse(), {("hole.bin",): b"x"})


def _padded() -> bytes:
    data = bytearray(taped({"a.txt": b"x" * 10}))
    data[600:620] = b"hidden in the slack "
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (taped() + PNG, "ambiguous"),
        (taped() + taped({"more.png": PNG}), "ambiguous"),
        (_padded(), "ambiguous"),
        (taped({"b.png": PNG * 9})[:1500], "unreadable"),
        (taped({"a.txt": WORDS})[:1024] + b"\x01" * 512 + taped({"b.png": PNG}), "ambiguous"),
    ],
    ids=["trailing picture", "second archive", "slack", "cut short", "damaged header"],
)
def test_crooked_archives_are_findings(data: bytes, reason: str) -> None:
    assert ("unreadable", reason) in made.findings(data)


def test_what_follows_the_end_is_looked_at() -> None:
    assert made.holds(taped({"a.txt": WORDS}) + PNG)
    assert made.holds(taped({"a.txt": WORDS}) + taped({"more.png": PNG}))


def test_a_picture_in_an_extended_header_is_shown() -> None:
    import base64

    data = taped(
        {"a.txt": WORDS},
        tarfile.PAX_FORMAT,
        comment="data:image/png;base64," + base64.b64encode(PNG).decode(),
    )
    assert made.holds(data)


@pytest.mark.parametrize("name", HONEST)
def test_one_member_is_replaced_and_the_rest_stays(name: str) -> None:
    data = HONEST[name]
    path = next(path for path, content in made.contents(data).items() if content == PNG)
    new = made.replaced(data, {path: made.OTHER_PNG})
    assert made.findings(new) == []
    assert made.contents(new) == {**made.contents(data), path: made.OTHER_PNG}
    assert _names(new) == _names(data)


def test_a_member_that_is_not_there_is_refused() -> None:
    with pytest.raises(RedactionError):
        made.replaced(taped(FILES), {("other",): b""})


def _names(data: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.getnames()
