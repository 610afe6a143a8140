"""Files spelled as text in ways older or odder than base64: uuencode, dumps with offsets, base85, other letters.

Each reading is exact: what it means is spelled again, and has to be the very same text. So no letter of it can mean
anything else to anybody, and a file read this way is judged, forwarded and redacted like any other.
"""

import base64
import binascii
import html
import re
import string
from collections.abc import Callable, Iterator

from gateway.wire import alphabets
from gateway.wire.alphabets import Reading
from gateway.wire.shape import RUN

LONGEST = 4 << 20
"""Bytes of a text that is read this way; the codecs of base85 are slow."""

_UU = re.compile(rb"(begin [0-7]{3,4} [^\r\n]{1,255}\r?\n)((?:[!-M][ -`]*\r?\n)+)([` ]?\r?\nend)")
_DUMP = re.compile(rb"([0-9A-Fa-f]{4,16})(:?[ \t]+)([0-9A-Fa-f]{2}(?: ?[0-9A-Fa-f]{2}){3,63})(?:\r?\n|\Z)")
_NUMBERED = re.compile(rb"(\d{1,6})([:.)|\t ] ?)(?=[A-Za-z0-9+/])")
_QUOTED = re.compile(rb"(>+ ?)+")
_CELL = re.compile(rb"<[^<>]{1,1000}>([^<]{%d,})</" % RUN)
_TAGS = re.compile(rb"</?[A-Za-z]")
_PLAIN = string.ascii_letters + string.digits + "+/-_="
_WIDE = str.maketrans({chr(ord(c) + 0xFEE0): c for c in _PLAIN})
_TO_WIDE = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in _PLAIN})
_BLOCKS = (0x2800, 0x1F300)
"""Blocks of 256 signs that stand for a byte each: braille patterns, pictograms."""


def read(text: bytes) -> Reading | None:
    """The file that a whole text spells, or None. White space around it is kept."""
    core = text.strip()
    if not RUN <= len(core) <= LONGEST:
        return None
    start = text.index(core)
    lead, tail = text[:start], text[start + len(core) :]
    for dress in _DRESSES:
        reading = dress(core)
        if reading is not None and reading.data and reading.write(reading.data) == core:
            return Reading(reading.data, lambda new, write=reading.write: lead + write(new) + tail)  # type: ignore[misc]  # bound now
    return None


def cells(text: bytes) -> Iterator[tuple[int, int]]:
    """Where long texts stand between the tags of XML or HTML."""
    if _TAGS.search(text):
        yield from (match.span(1) for match in _CELL.finditer(text))


def read_cell(cell: bytes) -> Reading | None:
    """The same for what stands between two tags, its escapes undone."""
    plain = html.unescape(cell.decode(errors="replace")).encode()
    reading = read(plain)
    closed = b"&gt;" in cell

    def escaped(text: bytes) -> bytes:
        text = text.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
        return text.replace(b">", b"&gt;") if closed else text

    if reading is None or escaped(plain) != cell:
        return None
    return Reading(reading.data, lambda new: escaped(reading.write(new)))


def _lines(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _uuencode(text: bytes) -> Reading | None:
    match = _UU.fullmatch(text)
    if match is None:
        return None
    head, body, end = match.groups()
    tick, cut = b"`" in body, b"\r\n" in head

    def write(new: bytes) -> bytes:
        spelled = b"".join(binascii.b2a_uu(line, backtick=tick) for line in _lines(new, 45))
        return head + (spelled.replace(b"\n", b"\r\n") if cut else spelled) + end

    try:
        return Reading(b"".join(map(binascii.a2b_uu, body.splitlines())), write)
    except binascii.Error:
        return None


def _dump(text: bytes) -> Reading | None:
    """Lines of an offset and pairs of digits, as `hexdump` and `od` write them."""
    first = _DUMP.match(text)
    if first is None:
        return None
    width, gap, pairs = len(first[1]), first[2], first[3]
    size = len(pairs.replace(b" ", b"")) // 2
    group = len(pairs.split(b" ")[0]) // 2 if b" " in pairs else 0
    step = int(first[1], 16)
    cut = b"\r\n" if b"\r\n" in text else b"\n"

    def write(new: bytes) -> bytes:
        return cut.join(
            b"%0*x" % (width, step + size * at)
            + gap
            + (line.hex(" ", -group) if group else line.hex()).encode()
            for at, line in enumerate(_lines(new, size))
        )

    lines = [_DUMP.fullmatch(line) for line in text.splitlines()[:-1]]
    if not all(lines):
        return None
    last = text.splitlines()[-1].partition(gap)[2]
    digits = b"".join([line[3] for line in lines if line] + [last]).replace(b" ", b"")
    try:
        return Reading(binascii.unhexlify(digits), write)
    except binascii.Error:
        return None


def _base85(text: bytes) -> Reading | None:
    found = alphabets.read_base85(text) if b"\n" not in text and b" " not in text else ()
    adobe = text.startswith(b"<~")
    dresses: tuple[Callable[[bytes], bytes], ...] = (
        base64.b85encode,
        lambda new: base64.a85encode(new, adobe=adobe),
    )
    for data in found:
        for write in dresses:
            if write(data) == text:
                return Reading(data, write)
    return None


def _wide(text: bytes) -> Reading | None:
    """Base64 in the full-width letters of Unicode."""
    plain = text.decode(errors="replace").translate(_WIDE)
    if not plain.isascii() or text.isascii():
        return None
    reading = alphabets.read_base64(plain.encode())
    if reading is None:
        return None
    return Reading(reading.data, lambda new: reading.write(new).decode().translate(_TO_WIDE).encode())


def _signs(text: bytes) -> Reading | None:
    """One sign of a block of Unicode for each byte."""
    if text.isascii():
        return None
    letters = text.decode(errors="replace")
    for block in _BLOCKS:
        if all(block <= ord(letter) < block + 256 for letter in letters):
            data = bytes(ord(letter) - block for letter in letters)
            return Reading(data, lambda new, block=block: "".join(chr(block + byte) for byte in new).encode())  # type: ignore[misc]  # bound now
    return None


def _prefixed(text: bytes) -> Reading | None:
    """Lines of base64 behind the marks of a quoted mail, or behind their numbers."""
    lines = text.splitlines(keepends=True)
    if len(lines) < 2 or not text.isascii():
        return None
    numbered, quoted = _NUMBERED.match(lines[0]), _QUOTED.match(lines[0])
    if numbered is not None:
        first, gap = int(numbered[1]), numbered[2]
        marks = [b"%d" % (first + at) + gap for at in range(len(lines))]
    elif quoted is not None:
        marks = [quoted[0]] * len(lines)
    else:
        return None
    if not all(line.startswith(mark) for line, mark in zip(lines, marks, strict=True)):
        return None
    reading = alphabets.read_base64(
        b"".join(line[len(mark) :] for line, mark in zip(lines, marks, strict=True))
    )
    if reading is None:
        return None

    def write(new: bytes) -> bytes:
        spelled = reading.write(new).splitlines(keepends=True)
        return b"".join(
            (b"%d" % (first + at) + gap if numbered else marks[0]) + line for at, line in enumerate(spelled)
        )

    return Reading(reading.data, write)


_DRESSES: tuple[Callable[[bytes], Reading | None], ...] = (
    _uuencode,
    _dump,
    _prefixed,
    _wide,
    _signs,
    _base85,
)
"""Asked in this order; each says quickly that a text is not its own."""
