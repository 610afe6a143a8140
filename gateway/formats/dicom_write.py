"""Puts the elements of a DICOM file together again, in the encoding they came in.

Written in one way only: lengths explicit, reserved bytes zero, group lengths gone, so that nothing can hide between
the values and the same elements always give the same bytes. Values and compressed frames are copied as they are.
"""

import struct
import zlib
from collections.abc import Iterable
from typing import Final

from gateway.formats.dicom_elements import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    ITEM,
    LONG,
    SEQUENCE_END,
    SHORT,
    UNDEFINED,
    DataSet,
    DicomFile,
    Element,
)

type Pieces = list[bytes | memoryview]

SHORT_CODES: Final = {name: code for code, name in SHORT.items()}
PADDING: Final = {"UI": b"\0", "OB": b"\0", "UN": b"\0"}
DEFLATE_LEVEL: Final = 6
_NUMBERS: Final = tuple(
    tuple(struct.Struct(order + shape).pack for shape in ("HHI", "HH2sH", "HH2sHI")) for order in "<>"
)


def put_together(file: DicomFile) -> bytes:
    """A Part 10 file of these elements."""
    return assembled(file.meta, encode_data_set(file.dataset, file.syntax), file.syntax)


def assembled(meta: DataSet, body: bytes, syntax: str) -> bytes:
    """An empty preamble, the file meta group with its true length, the encoded data set (PS3.10 section 7)."""
    head = encode_data_set(meta, EXPLICIT)
    length = Element(0x00020000, "UL", struct.pack("<I", len(head)))
    if syntax == DEFLATED:
        machine = zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        body = machine.compress(body) + machine.flush()
        body += b"\0" * (len(body) % 2)
    return b"".join((bytes(128), b"DICM", encode_data_set((length,), EXPLICIT), head, body))


def encode_data_set(dataset: Iterable[Element], syntax: str) -> bytes:
    """Elements in one transfer syntax."""
    pieces: Pieces = []
    _Writer(big=syntax == BIG_ENDIAN, explicit=syntax != IMPLICIT).write(dataset, pieces)
    return b"".join(pieces)


class _Writer:
    def __init__(self, *, big: bool, explicit: bool) -> None:
        self.explicit = explicit
        self.tag_length, self.tag_vr_short, self.tag_vr_long = _NUMBERS[big]

    def write(self, dataset: Iterable[Element], pieces: Pieces) -> None:
        short = self.tag_vr_short if self.explicit else None
        for tag, vr, value, items, fragments in dataset:
            if short is not None and items is None and fragments is None and (code := SHORT_CODES.get(vr)):
                length = len(value)
                odd = length & 1
                if length < 0xFFFE:
                    # Nine of ten elements are short and plain.
                    pieces += (short(tag >> 16, tag & 0xFFFF, code, length + odd), value)
                    if odd:
                        pieces.append(PADDING.get(vr, b" "))
                    continue
            if items is not None:
                body = self._items(items)
                pieces += (self._head(tag, "SQ", len(body)), body)
            elif fragments is not None:
                pieces.append(self._head(tag, vr, UNDEFINED))
                for fragment in fragments:
                    pieces += (self.tag_length(ITEM >> 16, ITEM & 0xFFFF, len(fragment)), fragment)
                pieces.append(self.tag_length(SEQUENCE_END >> 16, SEQUENCE_END & 0xFFFF, 0))
            else:
                odd = len(value) % 2
                pieces += (self._head(tag, vr, len(value) + odd), value)
                if odd:
                    pieces.append(PADDING.get(vr, b" "))

    def _items(self, items: tuple[DataSet, ...]) -> bytes:
        pieces: Pieces = []
        for item in items:
            content: Pieces = []
            self.write(item, content)
            pieces += (
                self.tag_length(ITEM >> 16, ITEM & 0xFFFF, sum(len(piece) for piece in content)),
                *content,
            )
        return b"".join(pieces)

    def _head(self, tag: int, vr: str, length: int) -> bytes:
        group, number = tag >> 16, tag & 0xFFFF
        if not self.explicit:
            return self.tag_length(group, number, length)
        if vr in LONG:
            return self.tag_vr_long(group, number, vr.encode(), 0, length)
        if length > 0xFFFE:
            return self.tag_vr_long(group, number, b"UN", 0, length)  # PS3.5 section 6.2.2
        return self.tag_vr_short(group, number, vr.encode(), length)
