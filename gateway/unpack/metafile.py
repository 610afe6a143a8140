"""EMF and WMF: rows of drawing steps, some of which carry bitmaps or whole files (MS-EMF, MS-WMF)."""

import struct
from collections.abc import Iterator, Mapping
from typing import Final

from gateway.errors import FormatError, RedactionError
from gateway.limits import Limits
from gateway.model import Kind, Part
from gateway.unpack.carve import carved
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble

_MOST_STEPS: Final = 5_000
"""From here on a drawing can be a picture painted in small squares (70 by 70), which nothing here looks at."""
_LAST_EMF: Final = 122
_PLACEABLE: Final = 22
_FILES: Final = (b"%PDF-", b"<svg", b"PK\x03\x04", b" EMF\x00\x00\x01\x00")
_OFFSETS: Final = {b" EMF\x00\x00\x01\x00": 40}


class Metafile:
    """Bitmaps and files inside; the drawing itself is lines and letters. Read only."""

    writable = False

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """What is embedded, in the order of its marks."""
        data = part.data
        steps = _emf_steps(data) if data[40:44] == b" EMF" else _wmf_steps(data)
        if steps > _MOST_STEPS:
            yield Trouble(Kind.UNCLAIMED, "unclaimed", "drawing")
        yield from carved("drawing", data, counter)
        for mark in _FILES:
            at = data.find(mark, 64)
            if at >= 0:
                start = at - _OFFSETS.get(mark, 0)
                # A document from a Mac stands in the first step and ends long before the drawing does.
                end = data.rfind(b"%%EOF") + 5 if mark == b"%PDF-" and b"%%EOF" in data else len(data)
                counter.book(max(0, end - start))
                yield Member(f"file at {start}", data[start:end], rewritable=False, named=False)

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """RedactionError always."""
        del part, new, limits
        raise RedactionError("drawings of this kind are read only")


def _emf_steps(data: bytes) -> int:
    """How many records an EMF has; they tile the file to its last byte (MS-EMF 2.3)."""
    at = count = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<LL", data, at)
        if not 0 < kind <= _LAST_EMF or size < 8 or size % 4 or at + size > len(data):
            raise FormatError("a drawing whose steps do not fit together")
        at, count = at + size, count + 1
        if kind == 14:
            break
    _ended(data, at)
    return count


def _wmf_steps(data: bytes) -> int:
    """How many records a WMF has, its sizes in words of two bytes (MS-WMF 2.3)."""
    at = (_PLACEABLE if data.startswith(b"\xd7\xcd\xc6\x9a") else 0) + 18
    count = 0
    while at + 6 <= len(data):
        size, kind = struct.unpack_from("<LH", data, at)
        if size < 3 or at + 2 * size > len(data):
            raise FormatError("a drawing whose steps do not fit together")
        at, count = at + 2 * size, count + 1
        if kind == 0:
            break
    _ended(data, at)
    return count


def _ended(data: bytes, at: int) -> None:
    if data[at:].strip(b"\x00"):
        raise FormatError("bytes behind the end of a drawing", reason="ambiguous")
