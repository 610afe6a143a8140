"""Readings of a text that a lenient receiver could make: cut-up letters, other alphabets, escapes undone once more.

For looking only. Receivers differ in what they skip and undo, so whatever is seen here is a part without a place of
its own: it can be judged, not replaced.
"""

import binascii
import html
import re
import string
import urllib.parse
from collections.abc import Iterator

from gateway.formats.sniff import sniff
from gateway.model import PartPath
from gateway.wire import alphabets, shape
from gateway.wire.codec import Body, slots
from gateway.wire.opening import Opening
from gateway.wire.payload import from_mark, hidden

_PAIRS = re.compile(rb"(?:(?:0[xX]|\\x|%|&#x)?[0-9A-Fa-f]{2}[\s:,;_|-]{0,3}){48,}")
_PAIR_LETTERS = bytes(65 if chr(c) in string.hexdigits + " \t\r\n:,;_|-xX\\%&#" else 32 for c in range(256))
_MANY_PAIRS = b"A" * 96  # the expression is slow, so a plain search says first whether it can match
_LEAD = re.compile(rb"0[xX]|\\x|&#x|[^0-9A-Fa-f]")
_BASE32 = re.compile(rb"[A-Za-z2-7]{64,}={0,6}")
_WORD = re.compile(rb"[^\s\"',\[\]]{64,}")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(rb"\\(?:u00([0-9A-Fa-f]{2})|([/nrt\"\\]))")
_ENTITY = re.compile(rb"&(?:#x?[0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);")
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"/": b"/", b'"': b'"', b"\\": b"\\"}
_QUOTED = re.compile(rb"\"([^\"\\]{8,})\"|'([^'\\]{8,})'")
_WINDOW = 1 << 20
"""Bytes of a long text that are read at a time: four readings of 100 MB would be more than a worker may hold."""
_OVERLAP = 4096
_WORDS = 64  # words of one text that are read as base85


def look(text: bytes, path: PartPath, opening: Opening) -> None:
    """Add a part for the first reading of a text in which a picture or container shows, if any does."""
    for at in range(0, len(text), _WINDOW):
        if _look(text[at : at + _WINDOW + _OVERLAP], path, opening):
            return


def _look(text: bytes, path: PartPath, opening: Opening) -> bool:
    readings = tuple(_common(text) if opening.headers else _readings(text))
    if hidden(b"\xff".join(readings)):
        found = from_mark(next((data for data in readings if hidden(data)), b""))
        opening.add(path, found, sniff(found))
        return True
    before = opening.parts
    for undressed in _undressed(text):
        _inside(undressed, path, opening)
        if opening.parts > before:
            return True
    return False


def joined(strings: tuple[bytes, ...], path: PartPath, opening: Opening) -> None:
    """Look at strings that stand side by side as one text, for a payload may be cut over them."""
    whole = b"".join(strings)
    if not (shape.has_run(whole) or shape.is_dense(whole)):
        return
    _inside(whole, path, opening)


def _inside(text: bytes, path: PartPath, opening: Opening) -> None:
    said = len(opening.text)
    for slot in slots(opening.inside(Body(text, path=path))):
        opening.add(path, slot.part.data, slot.part.format)
    del opening.text[said:]  # the same words are counted where they stand


def _common(text: bytes) -> Iterator[bytes]:
    yield from alphabets.salvage(text)
    pairs = _PAIRS.finditer(text) if _MANY_PAIRS in text.translate(_PAIR_LETTERS) else ()
    for match in pairs:
        digits = _LEAD.sub(b"", match[0])
        yield binascii.unhexlify(digits[: len(digits) & ~1])


def _readings(text: bytes) -> Iterator[bytes]:
    yield from _common(text)
    for words in dict.fromkeys((text, alphabets.unspaced(text))):
        for match in _BASE32.finditer(words):
            data = alphabets.read_base32(match[0])
            if data is not None:
                yield data
    if len(text.split(None, 1)) == 1:
        yield from alphabets.read_base85(text)
    for count, match in enumerate(_WORD.finditer(text)):
        if count >= _WORDS:
            break
        yield from alphabets.read_base85(match[0])


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
    if _ENTITY.search(text):
        yield html.unescape(text.decode(errors="replace")).encode(errors="replace")
    quoted = [first or second for first, second in _QUOTED.findall(text)]
    if len(quoted) > 1:
        yield b"".join(quoted)
