"""EMF and WMF."""

import struct

import pytest

from gateway.model import Format
from tests.unpack import made
from tests.unpack.made import PNG


def emf(*steps: bytes, trailing: bytes = b"") -> bytes:
    head = struct.pack("<LL", 1, 88) + bytes(32) + b" EMF" + b"\x00\x00\x01\x00" + bytes(40)
    return head + b"".join(steps) + struct.pack("<LL", 14, 20) + bytes(12) + trailing


def comment(content: bytes) -> bytes:
    content = content.ljust(len(content) + -len(content) % 4, b"\x00")
    return struct.pack("<LLL", 70, 12 + len(content), len(content)) + content


def bitmap() -> bytes:
    dib = struct.pack("<LllHHLLllLL", 40, 96, 64, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(96 * 64 * 3)
    return struct.pack("<LL", 81, 80 + len(dib)) + bytes(72) + dib


def wmf(*steps: bytes) -> bytes:
    return struct.pack("<HHHLHLH", 1, 9, 0x300, 0, 0, 0, 0) + b"".join(steps) + struct.pack("<LH", 3, 0)


def test_pictures_in_a_drawing_are_found() -> None:
    assert made.holds(emf(comment(b"EMF+" + PNG)))
    assert Format.BMP in made.formats(emf(bitmap()))
    escape = struct.pack("<LHHH", 5 + (len(PNG) + 1) // 2, 0x626, 15, len(PNG)) + PNG.ljust(
        len(PNG) + len(PNG) % 2, b"\x00"
    )
    assert made.formats(wmf(escape))[0] is Format.METAFILE
    assert made.holds(wmf(escape))


def test_a_plain_drawing_is_one_part() -> None:
    line = struct.pack("<LLll", 54, 16, 5, 5)
    assert made.formats(emf(line)) == [Format.METAFILE]
    assert made.findings(emf(line)) == []
    assert made.findings(wmf()) == []


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (emf(struct.pack("<LLll", 54, 16, 5, 5) * 6000), ("unclaimed", "unclaimed")),
        (emf(trailing=PNG), ("unreadable", "ambiguous")),
        (emf()[:-6], ("unreadable", "unreadable")),
        (emf(struct.pack("<LL", 54, 3)), ("unreadable", "unreadable")),
        (wmf(struct.pack("<LH", 900, 0x626)), ("unreadable", "unreadable")),
    ],
    ids=["mosaic", "trailing picture", "cut short", "bad step", "bad WMF step"],
)
def test_crooked_drawings_are_findings(data: bytes, finding: tuple[str, str]) -> None:
    assert finding in made.findings(data)
