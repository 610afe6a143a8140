"""RTF: pictures and objects that stand as hexadecimal or raw bytes in the text (RTF 1.9.1)."""

import re
from collections.abc import Iterator
from typing import Final

from gateway.formats.sniff import sniff
from gateway.model import Format, Kind, Part
from gateway.unpack.carve import bitmap_file
from gateway.unpack.counter import Counter
from gateway.unpack.markup import data_uris
from gateway.unpack.member import Member, Trouble
from gateway.unpack.splice import Seen, Span, Spliced

_HEX = re.compile(rb"(?<![0-9A-Za-z\\])(?:[0-9A-Fa-f][0-9A-Fa-f]\s*+){128,}+")
"""Shorter runs are ids and colours; a picture of 128 bytes shows nothing."""
_BIN = re.compile(rb"\\bin([0-9]{1,10})(?: |\r?\n)?")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LINE: Final = 128


def _pictures(part: Part, counter: Counter) -> Iterator[Seen]:
    data, done, number = part.data, 0, 0
    places = sorted([*_raw(data), *((m.start(), m.end(), True) for m in _HEX.finditer(data))])
    for start, end, coded in places:
        if start < done:
            continue
        done, number = end, number + 1
        content = bytes.fromhex(data[start:end].decode("ascii")) if coded else data[start:end]
        counter.book(len(content))
        yield from _seen((start, end), content, number, part=part, coded=coded)
    if data.rstrip(b"\x00\r\n \t")[-1:] != b"}":
        yield Trouble(Kind.UNREADABLE, "ambiguous", "trailing data")
    yield from (seen.member if isinstance(seen, Span) else seen for seen in data_uris(part, counter))


def _raw(data: bytes) -> Iterator[tuple[int, int, bool]]:
    for match in _BIN.finditer(data):
        size = int(match[1])
        if size:
            yield match.end(), min(match.end() + size, len(data)), False


def _seen(place: tuple[int, int], content: bytes, number: int, *, part: Part, coded: bool) -> Iterator[Seen]:
    name = f"object {number}"
    group = part.data[max(0, place[0] - 512) : place[0]]
    if rb"\dibitmap" in group[group.rfind(rb"\pict") :]:
        yield Member(name, bitmap_file(content), rewritable=False, named=False)
        return
    at = content.find(_OLE, 0, 1024)
    if at > 0 and sniff(content) is Format.UNKNOWN:
        # An OLE 1 head with a class name stands in front of the document (MS-OLEDS 2.2.5).
        yield Member(name, content[at:], rewritable=False, named=False)
        return
    member = Member(name, content, rewritable=coded, named=False)
    yield Span(*place, member, _hexadecimal)


def _hexadecimal(data: bytes) -> bytes:
    text = data.hex().encode()
    return b"\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))


RTF = Spliced(_pictures)
