"""Streams of a PDF that are no picture and no attachment: whether each is what its role promises, and what stands in it."""

import binascii
import re
import struct
from collections.abc import Iterator
from typing import Final

from gateway.formats.pdf import PdfStream, Role
from gateway.formats.sniff import others, sniff
from gateway.formats.text import SMALLEST_FILE, encoded_files
from gateway.model import Format
from gateway.unpack.carve import carved
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble
from gateway.unpack.pdf_views import INLINE

_LONG: Final = 1 << 15
_SMALL: Final = 1 << 12
"""Bytes of a function, a halftone or a map of glyphs, which have no mark; pictures with a mark in them are cut out."""
_WORDS: Final = frozenset({Format.TEXT, Format.EMPTY, Format.XML, Format.HTML, Format.JSON})
_FONT_HEADS: Final = (b"%!", b"\x80\x01", b"\x01\x00", b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf")
_INLINE_END: Final = re.compile(rb"\sEI\b")
_STRING: Final = re.compile(rb"\((?:[^()\\]|\\[\s\S]){0,4096}+\)?")
"""Letters to be shown, as codes of a font; nobody shows four thousand at once."""
_COMMENT: Final = re.compile(rb"%[^\r\n]*")
_RUN: Final = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % SMALLEST_FILE)
_DIGITS: Final = re.compile(rb"[0-9A-Fa-f]{%d,}" % SMALLEST_FILE)
_LETTERS: Final = bytes(range(9, 14)) + bytes(range(32, 127))
_ICC_HEAD, _ICC_TAGS = 128, 256


def explained(role: Role, content: bytes) -> bool:
    """Whether a stream is what its role promises; one that is not is shown as a file of its own."""
    form = sniff(content)
    if role is Role.METADATA:
        return False  # shown as it is: it speaks of people
    if others(content, form) or any(not _DIGITS.fullmatch(run[0]) for run in _RUN.finditer(content)):
        return False  # so many letters without a blank are no drawing, no name of a colour and no font
    if form in _WORDS:
        if role in (Role.DRAWING, Role.FONT):
            return True
        # Tables from the codes of a font to letters are long lists of hexadecimal.
        return len(content) < (_LONG if b"begincmap" in content else SMALLEST_FILE)
    if role is Role.FONT:
        return form is Format.FONT or content.startswith(_FONT_HEADS)
    if role is Role.DRAWING:
        return form is Format.UNKNOWN and len(_strange(content)) < SMALLEST_FILE
    return _is_colour_profile(content) or (form is Format.UNKNOWN and len(content) < _SMALL)


def within(stream: PdfStream, content: bytes, counter: Counter) -> Iterator[Member | Trouble]:
    """Pictures and files that stand in a stream beside what it is for: spelled in letters, as bytes, in comments."""
    for number, data in enumerate(encoded_files(content), 1):
        counter.book(len(data))
        yield Member(f"{stream.name} text {number}", data, rewritable=False, named=False)
    yield from carved(stream.name, content, counter)
    for number, run in enumerate(_DIGITS.finditer(content), 1):
        yield from _spelled(f"{stream.name} digits {number}", run[0], counter)
    if stream.role is Role.DRAWING:
        comments = b"\n".join(one[1:] for one in _COMMENT.findall(_bare(content)))
        if len(comments) >= SMALLEST_FILE:
            counter.book(len(comments))
            yield Member(f"{stream.name} comments", comments, rewritable=False, named=False)


def _spelled(name: str, digits: bytes, counter: Counter) -> Iterator[Member | Trouble]:
    """Files somewhere in what pairs of digits mean, whichever digit is the first of a pair; fonts write letters so."""
    for shift in (0, 1):
        data = binascii.unhexlify(digits[shift : len(digits) - (len(digits) - shift) % 2])
        counter.book(len(data))
        if others(data, Format.UNKNOWN):
            yield Member(name, data, rewritable=False, named=False)
        yield from carved(name, data, counter)


def _bare(content: bytes) -> bytes:
    """Drawing steps without the pictures and strings in them."""
    kept, at = list[bytes](), 0
    while (begin := INLINE.search(content, at)) and (end := _INLINE_END.search(content, begin.end())):
        kept.append(content[at : begin.start()])
        at = end.end()
    # What is not closed stays, and is not read again from each of its letters.
    return _STRING.sub(
        lambda one: b"()" if one[0].endswith(b")") else one[0], b" ".join((*kept, content[at:]))
    )


def _strange(content: bytes) -> bytes:
    """What no drawing step is written with (ISO 32000-1, 7.8.2: letters of ASCII, but for strings and pictures)."""
    return _bare(content).translate(None, _LETTERS)


def _is_colour_profile(content: bytes) -> bool:
    """Whether size, mark and table of tags are true (ICC.1:2022, 7.2 and 7.3); tags share or fill all of the rest."""
    if content[36:40] != b"acsp" or len(content) < _ICC_HEAD + 4:
        return False
    size, count = int.from_bytes(content[:4]), int.from_bytes(content[_ICC_HEAD : _ICC_HEAD + 4])
    begin = _ICC_HEAD + 4 + 12 * count
    if not (size <= len(content) < size + SMALLEST_FILE and 0 < count <= _ICC_TAGS and begin <= size):
        return False
    end: int = begin
    for _, at, length in sorted(
        struct.iter_unpack(">4sII", content[_ICC_HEAD + 4 : begin]), key=lambda tag: tag[1]
    ):
        if not begin <= at <= end + SMALLEST_FILE or at + length > size:
            return False
        end = max(end, at + length)
    return size - end < SMALLEST_FILE
