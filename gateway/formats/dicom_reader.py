"""Walks the elements of a DICOM data set strictly, in one encoding; values are views of the input."""

import itertools
import struct
from typing import Final

from gateway.errors import FormatError, LimitReached
from gateway.formats.dicom_dictionary import vr_of
from gateway.formats.dicom_elements import (
    AFTER_PIXELS,
    DEPTH,
    ELEMENTS,
    ITEM,
    ITEM_END,
    LONG,
    PIXEL_DATA,
    SEQUENCE_END,
    SHORT,
    UNDEFINED,
    VRS,
    DataSet,
    Element,
)

_made: Final = tuple.__new__
_NUMBERS: Final = tuple(
    tuple(struct.Struct(order + shape).unpack_from for shape in ("HHI", "HH2sH", "I")) for order in "<>"
)


class _NoElementError(FormatError):
    """What stands here is no element at all."""


class Reader:
    """Walks one buffer in one encoding."""

    def __init__(self, view: memoryview, *, big: bool, explicit: bool, count: int = 0) -> None:
        self.view, self.explicit, self.big, self.count = view, explicit, big, count
        self.tag_length, self.tag_vr_length, self.length = _NUMBERS[big]

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
        view, end, seen = self.view, len(self.view), -1
        unpacked, short, explicit = self.tag_vr_length, SHORT.get, self.explicit
        while at + 8 <= end:
            if seen >= PIXEL_DATA:
                group, number, _ = self.tag_length(view, at)
                if not seen < group << 16 | number or group << 16 | number not in AFTER_PIXELS:
                    break  # bytes after the end
            elif explicit:
                # Nine of ten elements are short and plain; this way costs them half.
                group, number, code, length = unpacked(view, at)
                vr = short(code)
                after = at + 8 + length
                if vr is not None and not length & 1 and after <= end and group != 0x0002:
                    tag = group << 16 | number
                    found.append(_made(Element, (tag, vr, view[at + 8 : after], None, None)))
                    at = after
                    if tag > seen:  # noqa: PLR1730 - max() costs as much as all the rest of an element
                        seen = tag
                    continue
            try:
                element, at = self.element(at, end, 0)
            except _NoElementError:
                if not found:
                    raise
                break  # no element begins here; what has to be there is asked for later
            if element.tag >> 16 == 0x0002:
                raise FormatError("file meta information behind the data set")
            found.append(element)
            seen = max(seen, element.tag)
        self.count += len(found)
        if seen < PIXEL_DATA and 0 < end - at < 8 and any(view[at:end]):
            raise FormatError("a DICOM file that is cut short")
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

    def _implicit(self) -> "Reader":
        return Reader(self.view, big=False, explicit=False, count=self.count) if self.explicit else self

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
    seen, tidy = -1, True
    for element in found:
        tag = element[0]
        if tag <= seen or not tag & 0xFFFF:
            tidy = False
            break
        seen = tag
    if tidy:
        return tuple(found)
    found = sorted((element for element in found if element.tag & 0xFFFF), key=lambda element: element.tag)
    if any(before.tag == after.tag for before, after in itertools.pairwise(found)):
        raise FormatError("an attribute that stands in a file twice")
    return tuple(found)
