"""Odd spellings are read exactly: what is read is written back as it was, and what is not exact is not read."""

import base64
import binascii

import pytest

from gateway import wire
from gateway.limits import Limits
from gateway.model import Format
from gateway.wire import spelled
from tests.property.strategies import png, transfer

LIMITS = Limits()
PNG = png(40)


def lines(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def uu(data: bytes, *, tick: bool = False, end: bytes = b"`\nend") -> bytes:
    return (
        b"begin 644 a.png\n" + b"".join(binascii.b2a_uu(one, backtick=tick) for one in lines(data, 45)) + end
    )


def dump(data: bytes, size: int = 16, gap: bytes = b"  ", group: int = 1) -> bytes:
    return b"\n".join(
        b"%08x" % (size * n) + gap + one.hex(" ", -group).encode() for n, one in enumerate(lines(data, size))
    )


def quoted(data: bytes, mark: str = "> ") -> bytes:
    return "".join(
        mark + line for line in base64.encodebytes(data).decode().splitlines(keepends=True)
    ).encode()


def numbered(data: bytes, first: int = 1) -> bytes:
    text = base64.encodebytes(data).decode().splitlines(keepends=True)
    return "".join(f"{n}: {line}" for n, line in enumerate(text, first)).encode()


SPELLED = {
    "uuencode": uu(PNG), "uuencode with ticks": uu(PNG, tick=True), "uuencode with carriage returns": uu(PNG).replace(b"\n", b"\r\n"), "uuencode, blank end": uu(PNG, end=b" \nend"),
    "dump": dump(PNG), "dump of eight": dump(PNG, 8), "dump with colons": dump(PNG, gap=b": "), "dump in twos": dump(PNG, group=2),
    "base85": base64.b85encode(PNG), "Ascii85": base64.a85encode(PNG), "Ascii85 of Adobe": base64.a85encode(PNG, adobe=True),
    "quoted": quoted(PNG), "quoted twice": quoted(PNG, "> > "), "numbered": numbered(PNG), "numbered from ten": numbered(PNG, 10),
    "full-width": "".join(chr(ord(c) + 0xFEE0) for c in base64.b64encode(PNG).decode()).encode(),
    "braille": "".join(chr(0x2800 + c) for c in PNG).encode(), "pictograms": "".join(chr(0x1F300 + c) for c in PNG).encode(),
    "white space around": b"\n\n " + uu(PNG) + b"\n",
}  # fmt: skip


@pytest.mark.parametrize("name", SPELLED)
def test_it_is_read_and_written_back_as_it_was(name: str) -> None:
    reading = spelled.read(SPELLED[name])
    assert reading is not None
    assert reading.data == PNG
    assert reading.write(PNG) == SPELLED[name]
    other = spelled.read(reading.write(PNG[:-20]))
    assert other is not None
    assert other.data == PNG[:-20]


@pytest.mark.parametrize(
    "text",
    [
        uu(PNG).replace(b"\nM", b"\nM" + b"#", 1), uu(PNG) + b"\nand more words behind it", uu(PNG)[:-5], uu(PNG).replace(b"\nM", b"\n\nM", 1), dump(PNG).replace(b"00000010", b"00000020", 1),
        dump(PNG) + b"\nnotes", dump(PNG).replace(b"  ", b"   ", 1), base64.b85encode(PNG) + b" x", base64.b85encode(PNG)[:-1] + b"\x7f", quoted(PNG) + b"and words",
        quoted(PNG).replace(b"> ", b">> ", 1), numbered(PNG).replace(b"2: ", b"3: ", 1), "".join(chr(0x2800 + c) for c in PNG).encode() + b"x", b"", b"short", b"word " * 100,
    ],
)  # fmt: skip
def test_what_is_not_exact_is_not_read(text: bytes) -> None:
    assert spelled.read(text) is None


@pytest.mark.parametrize("name", SPELLED)
def test_the_file_has_a_place_of_its_own_in_the_body(name: str) -> None:
    body = SPELLED[name]
    decoded = wire.decode(transfer(body, b"text/plain"), LIMITS)
    places = [(index, part) for index, part in enumerate(decoded.parts) if part.format is Format.PNG]
    assert [part.data for _, part in places] == [PNG]
    assert decoded.encode({}) == body
    index, part = places[0]
    changed = decoded.encode({index: part.with_data(png(40, seed=9))})
    again = wire.decode(transfer(changed, b"text/plain"), LIMITS)
    assert [one.data for one in again.parts if one.format is Format.PNG] == [png(40, seed=9)]


@pytest.mark.parametrize("closed", [False, True])
def test_cells_of_xml_keep_their_escapes(closed: bool) -> None:
    cell = base64.a85encode(PNG).replace(b"&", b"&amp;").replace(b"<", b"&lt;")
    cell = cell.replace(b">", b"&gt;") if closed else cell
    body = b"<?xml version='1.0'?><doc><n>x</n><d>" + cell + b"</d><m>y</m></doc>"
    (place,) = spelled.cells(body)
    reading = spelled.read_cell(body[slice(*place)])
    assert reading is not None
    assert (reading.data, reading.write(PNG)) == (PNG, cell)
    decoded = wire.decode(transfer(body, b"application/xml"), LIMITS)
    assert [part.data for part in decoded.parts if part.format is Format.PNG] == [PNG]
    assert decoded.encode({}) == body
