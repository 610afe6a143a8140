"""Takes a DICOM file apart into its elements, every byte accounted for; nothing is decoded.

pydicom reads what it can and forgives the rest; here nothing is forgiven, since what a lenient reader skips would
leave with the file. A file that does not add up is a FormatError. Values are views of the input, so a large picture
costs nothing. Source: PS3.5 sections 7 and A, PS3.10 section 7.
"""

import itertools
import struct
import zlib
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from gateway.errors import FormatError, LimitReached
from gateway.formats.dicom_dictionary import vr_of
from gateway.limits import MIB, Limits

IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
NATIVE: Final = frozenset({IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN})
ENCAPSULATED: Final = ("1.2.840.10008.1.2.4.", "1.2.840.10008.1.2.5")
"""JPEG family, MPEG and RLE: explicit little endian with the frames in fragments."""

PIXEL_DATA: Final = 0x7FE00010
AFTER_PIXELS: Final = (0x7FE00010, 0xFFFAFFFA, 0xFFFCFFFC)
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED: Final = 0xFFFFFFFF
DEPTH: Final = 24
"""Sequences inside sequences. Structured reports of real life stay below 15."""
ELEMENTS: Final = 1_000_000
"""Elements of one file, items included; a tomosynthesis with per-frame groups has about 100,000."""

VRS: Final = {
    name.encode(): name
    for name in "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
}
LONG: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
"""Value representations with a length of four bytes (PS3.5 table 7.1-1)."""


class Element(NamedTuple):
    """One attribute; a named tuple, since a file has thousands and each is made once."""

    tag: int
    vr: str
    value: bytes | memoryview = b""
    items: "tuple[DataSet, ...] | None" = None  # of a sequence
    fragments: tuple[memoryview, ...] | None = None  # of encapsulated pixels; the first is the offset table


type DataSet = tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class DicomFile:
    """A file as its parts."""

    meta: DataSet = field(repr=False)
    dataset: DataSet = field(repr=False)
    syntax: str  # UID of the transfer syntax the data set is in

    @property
    def big(self) -> bool:
        """Whether numbers are stored with the most significant byte first."""
        return self.syntax == BIG_ENDIAN

    @property
    def explicit(self) -> bool:
        """Whether elements name their value representation."""
        return self.syntax != IMPLICIT


def take_apart(data: bytes, limits: Limits) -> DicomFile:
    """A file, with or without preamble. Bytes after its last element are left out: they belong to nothing.

    Raises FormatError where lengths, tags or encodings do not add up, LimitReached beyond depth, count or expansion.
    """
    start = 132 if data[128:132] == b"DICM" else 0
    view = memoryview(data)
    reader = _Reader(view, big=False, explicit=True)
    meta: DataSet = ()
    if start or data[:2] == b"\x02\x00":
        meta, start = reader.file_meta(start)
    syntax = _declared(meta) or _guessed(data[start : start + 6])
    if syntax == DEFLATED:
        view, start = memoryview(_inflated(data[start:], limits)), 0
    elif syntax == IMPLICIT and bytes(view[start + 4 : start + 6]) in VRS:
        # A writer that named the wrong syntax; a length of that value would be over 16 KiB in a first element.
        syntax = EXPLICIT
    if syntax not in NATIVE and not syntax.startswith(ENCAPSULATED):
        raise FormatError("a transfer syntax that is not of the standard", reason="unreadable")
    reader = _Reader(view, big=syntax == BIG_ENDIAN, explicit=syntax != IMPLICIT)
    return DicomFile(meta, reader.whole(start), syntax)


def _declared(meta: DataSet) -> str:
    for element in meta:
        if element.tag == 0x00020010:
            return bytes(element.value).rstrip(b"\0 ").decode("ascii", "replace")
    return ""


def _guessed(head: bytes) -> str:
    if head[:1] == b"\0" and head[1:2] != b"\0":
        if head[4:6] in VRS:
            return BIG_ENDIAN
        raise FormatError("a data set in an encoding that the standard never had")
    return EXPLICIT if head[4:6] in VRS else IMPLICIT


def _inflated(body: bytes, limits: Limits) -> bytes:
    room = min(limits.decoded_bytes, max(MIB, limits.expansion_ratio * len(body)))
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = machine.decompress(body, room)
    except zlib.error:
        raise FormatError("a deflated data set that does not inflate") from None
    if machine.unconsumed_tail:
        raise LimitReached("a deflated data set unfolds beyond the limit", reason="expansion")
    if not machine.eof:
        raise FormatError("a deflated data set that is cut short")
    return plain


class _NoElementError(FormatError):
    """What stands here is no element at all."""


class _Reader:
    """Walks one buffer in one encoding."""

    def __init__(self, view: memoryview, *, big: bool, explicit: bool, count: int = 0) -> None:
        self.view, self.explicit, self.big, self.count = view, explicit, big, count
        order = ">" if big else "<"
        self.tag_length = struct.Struct(order + "HHI").unpack_from
        self.tag_vr_length = struct.Struct(order + "HH2sH").unpack_from
        self.length = struct.Struct(order + "I").unpack_from

    def file_meta(self, at: int) -> tuple[DataSet, int]:
        """Group 0002; its length element is not believed, its tags are."""
        found: list[Element] = []
        while bytes(self.view[at : at + 2]) == b"\x02\x00":
            element, at = self.element(at, len(self.view), 0)
            found.append(element)
        return _in_order(found), at

    def whole(self, at: int) -> DataSet:
        """All elements to the end, in the order of their tags."""
        found: list[Element] = []
        end, seen = len(self.view), -1
        while at + 8 <= end:
            if seen >= PIXEL_DATA:
                group, number, _ = self.tag_length(self.view, at)
                if not seen < group << 16 | number or group << 16 | number not in AFTER_PIXELS:
                    break  # bytes after the end
            try:
                element, at = self.element(at, end, 0)
            except _NoElementError:
                if not found:
                    raise
                break  # no element begins here; what has to be there is asked for later
            found.append(element)
            seen = max(seen, element.tag)
        return _in_order(found)

    def element(self, at: int, end: int, depth: int) -> tuple[Element, int]:
        """The element at a place, and where the next one begins."""
        self.count += 1
        if self.count > ELEMENTS:
            raise LimitReached("more elements than the limit", reason="too-many-parts")
        if at + 8 > end:
            raise FormatError("a DICOM file that is cut short")
        if self.explicit:
            group, number, code, length = self.tag_vr_length(self.view, at)
            tag, at = group << 16 | number, at + 8
            vr = VRS.get(code, "")
            if not vr:
                raise _NoElementError("an element of a value representation that does not exist")
            if vr in LONG:
                if at + 4 > end:
                    raise FormatError("a DICOM file that is cut short")
                (length,) = self.length(self.view, at)
                at += 4
        else:
            group, number, length = self.tag_length(self.view, at)
            tag, at = group << 16 | number, at + 8
            vr = vr_of(tag)
        if group == 0xFFFE or (group == 0x0002 and depth):
            raise FormatError("a delimiter where an element should be")
        if length == UNDEFINED:
            return self._undefined(tag, vr, at, end, depth)
        if length % 2 and at + length + 1 <= end and self._padded(at + length, end):
            length += 1
        if at + length > end:
            raise FormatError("an element longer than the file")
        known = vr_of(tag) if vr == "UN" and not group & 1 else vr
        if known == "SQ" and not (group & 1 and not self.explicit):
            reader = self if vr == "SQ" else self._implicit()
            items, after = reader.items(at, at + length, depth + 1, delimited=False)
            if after != at + length:
                raise FormatError("a sequence of another length than it says")
            return Element(tag, "SQ", b"", items), after
        return Element(tag, known, self.view[at : at + length]), at + length

    def _padded(self, at: int, end: int) -> bool:
        """Whether an odd value is followed by the byte its writer forgot to count."""
        return at < end and self.view[at] in (0, 32)

    def _undefined(self, tag: int, vr: str, at: int, end: int, depth: int) -> tuple[Element, int]:
        if tag == PIXEL_DATA and vr in ("OB", "OW", "UN") and self.explicit:
            fragments, at = self._fragments(at, end)
            return Element(tag, vr if vr != "UN" else "OB", b"", None, fragments), at
        if vr not in ("SQ", "UN"):
            raise FormatError("a value without a length")
        # A sequence of unknown representation is implicit little endian inside (PS3.5 section 6.2.2, note 2).
        reader = self._implicit() if vr == "UN" and self.explicit else self
        items, at = reader.items(at, end, depth + 1, delimited=True)
        return Element(tag, "SQ", b"", items), at

    def _implicit(self) -> "_Reader":
        return _Reader(self.view, big=False, explicit=False, count=self.count) if self.explicit else self

    def items(self, at: int, end: int, depth: int, *, delimited: bool) -> tuple[tuple[DataSet, ...], int]:
        """The items of a sequence, each in the order of its tags."""
        if depth > DEPTH:
            raise LimitReached("sequences are nested beyond the limit", reason="too-deep")
        found: list[DataSet] = []
        while at < end:
            tag, length = self._mark(at, end)
            at += 8
            if tag == SEQUENCE_END and delimited and not length:
                return tuple(found), at
            if tag != ITEM:
                raise FormatError("a sequence that holds something else than items")
            if length == UNDEFINED:
                content, at = self._open_item(at, end, depth)
            elif at + length > end:
                raise FormatError("an item longer than its sequence")
            else:
                content, at = self._closed_item(at, at + length, depth), at + length
            found.append(content)
        if delimited:
            raise FormatError("a sequence without an end")
        return tuple(found), at

    def _mark(self, at: int, end: int) -> tuple[int, int]:
        if at + 8 > end:
            raise FormatError("a DICOM file that is cut short")
        group, number, length = self.tag_length(self.view, at)
        self.count += 1
        return group << 16 | number, int(length)

    def _closed_item(self, at: int, end: int, depth: int) -> DataSet:
        found = []
        while at < end:
            element, at = self.element(at, end, depth)
            found.append(element)
        return _in_order(found)

    def _open_item(self, at: int, end: int, depth: int) -> tuple[DataSet, int]:
        found: list[Element] = []
        while True:
            tag, length = self._mark(at, end)
            if tag == ITEM_END:
                if length:
                    raise FormatError("a delimiter with a length")
                return _in_order(found), at + 8
            element, at = self.element(at, end, depth)
            found.append(element)

    def _fragments(self, at: int, end: int) -> tuple[tuple[memoryview, ...], int]:
        found: list[memoryview] = []
        while True:
            tag, length = self._mark(at, end)
            at += 8
            if tag == SEQUENCE_END and not length and found:
                return tuple(found), at
            if tag != ITEM or at + length > end:
                raise FormatError("compressed frames that are cut short")
            found.append(self.view[at : at + length])
            at += length


def _in_order(found: list[Element]) -> DataSet:
    """Sorted by tag, without group lengths, which say nothing that the elements do not (PS3.5 section 7.2)."""
    found = [element for element in found if element.tag & 0xFFFF]
    tags = [element.tag for element in found]
    if any(before >= after for before, after in itertools.pairwise(tags)):
        if len(set(tags)) != len(tags):
            raise FormatError("an attribute that stands in a file twice")
        found.sort(key=lambda element: element.tag)
    return tuple(found)
