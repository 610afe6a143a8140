"""Readings of a text that a lenient receiver could make: cut-up letters, other alphabets, escapes undone once more.

For looking only. Receivers differ in what they skip and undo, so whatever is seen here is a part without a place of
its own: it can be judged, not replaced.
"""

import binascii
import contextlib
import html
import quopri
import re
import string
import urllib.parse
from collections.abc import Iterator
from itertools import chain, islice

from gateway.formats.sniff import sniff
from gateway.formats.sniff_text import CONTROLS
from gateway.model import Format, PartPath
from gateway.wire import alphabets, numbers, shape, spelled
from gateway.wire.codec import Body, slots
from gateway.wire.opening import Opening
from gateway.wire.payload import TEXTUAL, from_mark, hidden, readable

_PAIRS = re.compile(rb"(?:(?:0[xX]|\\x|%|&#x)?[0-9A-Fa-f]{2}[\s:,;_|+./*-]{0,3}){48,}")
_PAIR_LETTERS = bytes(
    65 if chr(c) in string.hexdigits + " \t\r\n:,;_|+./*-xX\\%&#" else 32 for c in range(256)
)
_MANY_PAIRS = b"A" * 96  # the expression is slow, so a plain search says first whether it can match
_LEAD = re.compile(rb"0[xX]|\\x|&#x|[^0-9A-Fa-f]")
_BASE32 = re.compile(rb"[A-Za-z2-7]{64,}={0,6}")
_WORD = re.compile(rb"[^\s\"',\[\]]{64,}")
_DUMP = re.compile(rb"(?m)^[ \t>|]*(?:0[xX])?[0-9A-Fa-f]{4,16}[:h]?[ \t]+((?:[0-9A-Fa-f]{2}[ \t-]?){4,64})")
_UU = re.compile(rb"(?m)^(?:M[ -`]{60}(?=\r?$)|[!-L][ -`]{1,60}(?=\r?\n(?:`|end)))")
_BINARY = re.compile(rb"(?:(?:0b)?[01]{8}[\s,;]{0,3}){48,}")
_OCTAL = re.compile(rb"(?:(?:\\|0o)[0-3]?[0-7]{1,2}[\s,;]{0,3}){48,}")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_PRINTABLE = re.compile(rb"=[0-9A-F]{2}")
_ESCAPE = re.compile(rb"\\(?:u00([0-9A-Fa-f]{2})|([/nrt\"\\]))")
_ENTITY = re.compile(rb"&(?:#x?[0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);")
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"/": b"/", b'"': b'"', b"\\": b"\\"}
_QUOTED = re.compile(rb"\"([^\"\\]{8,})\"|'([^'\\]{8,})'")
_WINDOW = 1 << 20
"""Bytes of a long text that are read at a time: four readings of 100 MB would be more than a worker may hold."""
_OVERLAP = 4096
_GUESSES = 4
"""Guesses inside guesses. Each has several readings, and nobody wraps a picture deeper by hand."""
_BY_CHANCE = frozenset(
    {*TEXTUAL, Format.UNKNOWN, Format.AUDIO, Format.FONT, Format.EXECUTABLE, Format.JPEG_XL, Format.ICO}
)
"""What wrongly decoded letters turn into now and then: formats with marks of two bytes."""
_BETWEEN_TAGS = re.compile(rb">([^<>]{64,})<")
_FIELDS = re.compile(rb"\s*[\w.\[\]-]{1,64}=")
_LINE = re.compile(rb"(?m)^[!-~]{64,}(?=\r?$)")
_CELL = re.compile(rb"(?m)^[^,;|\t=:\n]{0,64}[,;|\t=:] ?([!-~]{64,})\r?$")
_RUN = b"A" * 64
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_BASE32_LETTERS = bytes(65 if chr(c) in string.ascii_letters + "234567" else 32 for c in range(256))
_WORD_LETTERS = bytes(32 if c in b" \t\r\n\x0b\x0c\"',[]" else 65 for c in range(256))
_FEW = 96  # digits or backslashes below which nothing is spelled in them
_PRINTED = re.compile(rb"[\t\r\n -~]{64,}")
_WORDS = 64  # words of one text that are read as base85


def look(text: bytes, path: PartPath, opening: Opening) -> None:
    """Add a part for every reading of a text in which a picture or container shows; texts in it are looked into again."""
    key = (len(text), hash(text))  # seeded afresh in every process, so that nobody can make two texts meet
    if opening.guesses >= opening.looked.get(key, _GUESSES):
        return
    opening.looked[key] = opening.guesses
    opening.guesses += 1
    try:
        for at in range(0, len(text), _WINDOW):
            _look(text[at : at + _WINDOW + _OVERLAP], path, opening)
    finally:
        opening.guesses -= 1


def _look(text: bytes, path: PartPath, opening: Opening) -> None:
    for reading in dict.fromkeys(_common(text) if opening.headers else _readings(text)):
        _read(reading, path, opening)
    _as_numbers(text, path, opening)
    for undressed in _undressed(text):
        if undressed != text:
            _read(undressed, path, opening)
            if _spelled(undressed) and shape.is_opaque(undressed):
                opening.add(path, undressed, Format.UNKNOWN)


def _read(reading: bytes, path: PartPath, opening: Opening) -> None:
    """Look at one reading: as text to be looked into, as bytes, and as bytes that were spelled as letters."""
    if readable(reading):
        _inside(reading, path, opening)
    spelled = _spelled(reading)
    # Bytes spelled as letters of XML have escapes between them, which break up the marks of files.
    undressed = (_spelled(text) for text in _undressed(reading)) if spelled else ()
    for data in (reading, spelled, *undressed):
        if data and not readable(data) and (hidden(data) or sniff(data) not in _BY_CHANCE):
            found = from_mark(data)
            opening.add(path, found, sniff(found))
            return
    for words in () if readable(reading) else _PRINTED.findall(reading):
        if shape.has_run(words) or shape.is_dense(words):
            _inside(words, path, opening)


def _spelled(text: bytes) -> bytes:
    """The bytes that letters up to U+00FF stand for, where controls and letters beyond ASCII say that they are bytes."""
    if text.isascii() and text.translate(None, CONTROLS) == text:
        return b""
    try:
        return text.decode().encode("latin-1")
    except UnicodeError:
        return b""


def _as_numbers(text: bytes, path: PartPath, opening: Opening) -> bool:
    """Bytes or grey values written in decimals."""
    return numbers.look(numbers.written(text), 0, path, opening)


def joined(whole: bytes, path: PartPath, opening: Opening) -> None:
    """Look at strings that stand side by side, joined to one text, for a payload may be cut over them."""
    if not (shape.has_run(whole) or shape.is_dense(whole)):
        return
    _inside(whole, path, opening)


def _inside(text: bytes, path: PartPath, opening: Opening) -> None:
    said = len(opening.text)
    for slot in slots(opening.inside(Body(text, path=path))):
        # Such a reading is a guess: a file in it is a file, anything else is most often nothing at all.
        data = slot.part.data
        if slot.part.format not in (*TEXTUAL, Format.UNKNOWN) or hidden(data):
            opening.add(path, data, slot.part.format)
        elif data != text and not readable(data) and _spelled(data):
            _read(data, path, opening)
    del opening.text[said:]  # the same words are counted where they stand


def _common(text: bytes) -> Iterator[bytes]:
    yield from alphabets.salvage(text)
    pairs = _PAIRS.finditer(text) if _MANY_PAIRS in text.translate(_PAIR_LETTERS) else ()
    for match in pairs:
        digits = _LEAD.sub(b"", match[0])
        yield binascii.unhexlify(digits[: len(digits) & ~1])


def _digits(text: bytes) -> Iterator[bytes]:
    """Dumps with offsets and margins, uuencode, bytes in binary and in octal digits."""
    if 3 * (len(text) - len(text.translate(None, _HEX_DIGITS))) > len(text):
        lines = _DUMP.findall(text)
        if len(lines) > 1:
            digits = b"".join(lines).translate(None, b" \t-")
            yield binascii.unhexlify(digits[: len(digits) & ~1])
    if text.count(b"\nM") > 1:
        with contextlib.suppress(binascii.Error):
            yield b"".join(map(binascii.a2b_uu, _UU.findall(text)))
    for pattern, base, sign in ((_BINARY, 2, b"01"), (_OCTAL, 8, b"\\o")):
        if len(text) - len(text.translate(None, sign)) >= _FEW:
            for match in pattern.finditer(text):
                yield bytes(int(digits, base) & 255 for digits in re.findall(rb"[0-7]+", match[0]))


def _readings(text: bytes) -> Iterator[bytes]:
    yield from _common(text)
    yield from _digits(text)
    for letters in dict.fromkeys((text, alphabets.unspaced(text))):
        if _RUN in letters.translate(_BASE32_LETTERS):
            for match in _BASE32.finditer(letters):
                data = alphabets.read_base32(match[0])
                if data is not None:
                    yield data
    for match in _BETWEEN_TAGS.finditer(text):
        yield from alphabets.salvage(match[1])
    yield from alphabets.read_base85(text)
    for line in islice(_LINE.finditer(text), _WORDS):
        yield from alphabets.read_base85(line[0])
    if _RUN in text.translate(_WORD_LETTERS):
        for word in chain(_cells(text), (match[0] for match in islice(_WORD.finditer(text), _WORDS))):
            yield from alphabets.read_base85(word)


def _cells(text: bytes) -> Iterator[bytes]:
    """What stands between tags, behind a name, and in the cells of tables; these marks are letters of base85 too."""
    for start, end in spelled.cells(text):
        cell = html.unescape(text[start:end].decode("latin-1")).encode("latin-1", "replace")
        yield cell
        yield from _LINE.findall(cell)
    for match in _CELL.finditer(text):
        yield match[1]


def _undressed(text: bytes) -> Iterator[bytes]:
    """The text with one more layer of escapes undone, for each kind of escape in it."""
    if _PERCENT.search(text):
        yield urllib.parse.unquote_to_bytes(text)
    if b"+" in text and b"=" in text:
        yield urllib.parse.unquote_to_bytes(text.replace(b"+", b" "))
    if _ESCAPE.search(text):
        yield _ESCAPE.sub(
            lambda m: bytes((int(m[1], 16),)).decode("latin-1").encode() if m[1] else _PLAIN[m[2]], text
        )
    for match in _BETWEEN_TAGS.finditer(text):
        # Undone together, what is written in it could end its tag; JSON is a text of its own.
        if match[1].lstrip()[:1] in (b"{", b"[", b'"'):
            yield html.unescape(match[1].decode(errors="replace")).encode(errors="replace")
        elif _FIELDS.match(match[1]):
            for field in (
                html.unescape(match[1].decode(errors="replace")).encode(errors="replace").split(b"&")
            ):
                _, _, value = field.partition(b"=")
                if len(value) >= len(_RUN):
                    yield urllib.parse.unquote_to_bytes(value.replace(b"+", b" "))
    if _ENTITY.search(text):
        yield html.unescape(text.decode(errors="replace")).encode(errors="replace")
    if len(_PRINTABLE.findall(text)) >= _FEW // 2:
        yield quopri.decodestring(text)
    quoted = [first or second for first, second in _QUOTED.findall(text)]
    if len(quoted) > 1:
        yield b"".join(quoted)
