"""Tells whether bytes without the usual `DICM` mark are a bare DICOM data set.

A bare data set has no magic: it begins with its first element. The first elements are walked strictly (PS3.5
section 7.1): tags rise, lengths are even and stay inside the file, value representations exist, and the values look
like what their tag promises. Random or ordinary bytes do not pass three elements of that.
"""

import re
import struct
from typing import NamedTuple

FIRST_TAGS = frozenset({0x00020000, 0x00020001, 0x00020002, 0x00020010, 0x00041130, 0x00041200})
"""Tags that may open a file meta group or a media directory that lost its preamble; group 0008 is handled by rule."""

VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
)
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
"""Explicit VRs with two reserved bytes and a four-byte length (PS3.5 table 7.1-1)."""

UNDEFINED = 0xFFFFFFFF
ITEM = {False: b"\xfe\xff\x00\xe0", True: b"\xff\xfe\xe0\x00"}
ELEMENTS = 4
"""How many well-formed elements convince; fewer only when the file ends there."""
LONGEST_VALUE = 1 << 20
"""A first element longer than this is no identification module; real ones are under 100 bytes."""

_DISPLACED = re.compile(rb"[\x02\x08]\x00[\x00-\x18]\x00(?=CS|UI|UL|OB|DA|..\x00\x00)", re.DOTALL)
_UID = re.compile(rb"[0-9][0-9.]{4,62}[0-9]\x00?")
_DATE = re.compile(rb"(\d{8}|\d{4}\.\d\d\.\d\d)? *")
_WORD = re.compile(rb"[A-Z0-9_ \\]*\x00?")
_SHAPES = {
    0x00020002: _UID, 0x00020003: _UID, 0x00020010: _UID, 0x00080012: _DATE, 0x00080016: _UID, 0x00080018: _UID,
    0x00080020: _DATE, 0x00080021: _DATE, 0x00080022: _DATE, 0x00080023: _DATE, 0x00080060: _WORD, 0x00080005:
    re.compile(rb"[A-Za-z0-9_ \\-]*\x00?"), 0x00080008: re.compile(rb"[A-Za-z0-9_ \\./-]*\x00?"),
}  # fmt: skip


class _Element(NamedTuple):
    tag: int
    length: int
    start: int  # of the value
    nested: bool  # undefined length, or a sequence: the walk ends here


def bare_data_set(data: bytes, at: int = 0) -> bool:
    """Whether a DICOM data set without preamble begins here: implicit or explicit VR, little or big endian."""
    if len(data) < at + 16:
        return False
    # The group of the first tag decides the byte order; everything else is refused at the price of one comparison.
    lead = data[at : at + 2]
    if lead in (b"\x08\x00", b"\x02\x00", b"\x04\x00"):
        return _walks(data, at, big=False)
    if lead in (b"\x00\x08", b"\x00\x02", b"\x00\x04"):
        return _walks(data, at, big=True)
    return False


def displaced_data_set(data: bytes) -> bool:
    """Whether a bare data set begins after a few stray bytes; asked only of what nothing else explains."""
    return any(bare_data_set(data, match.start()) for match in _DISPLACED.finditer(data, 0, 1024))


def _walks(data: bytes, position: int, *, big: bool) -> bool:
    explicit = data[position + 4 : position + 6] in VRS
    previous, seen, shaped = -1, 0, 0
    while seen < ELEMENTS and position + 8 <= len(data):
        element = _element(data, position, big=big, explicit=explicit)
        if element is None or element.tag <= previous:
            return False
        if previous < 0 and not _may_be_first(element.tag):
            return False
        if previous >> 16 in (0x0002, 0x0004) and element.tag >> 16 >= 0x0008 and seen:
            # The file meta group is explicit little endian; what follows may be written in any other way.
            return shaped > 0
        value = data[element.start : element.start + min(element.length, 128)] if not element.nested else b""
        shape = _SHAPES.get(element.tag)
        if shape is not None and element.length <= 128:
            if shape.fullmatch(value) is None:
                return False
            shaped += 1
        if element.tag & 0xFFFF == 0 and (element.length != 4 or not _group_length(data, element, big=big)):
            return False
        seen += 1
        if element.nested:
            break
        previous, position = element.tag, element.start + element.length
    whole = position == len(data)
    return shaped > 0 and (seen >= 3 or (whole and seen >= 2))


def _may_be_first(tag: int) -> bool:
    return tag in FIRST_TAGS or 0x00080000 <= tag <= 0x00080201


def _element(data: bytes, at: int, *, big: bool, explicit: bool) -> _Element | None:
    order = ">" if big else "<"
    group, number = struct.unpack_from(order + "HH", data, at)
    tag = group << 16 | number
    if explicit:
        vr = data[at + 4 : at + 6]
        if vr not in VRS:
            return None
        if vr in LONG_VRS:
            if at + 12 > len(data) or data[at + 6 : at + 8] != b"\x00\x00":
                return None
            (length,) = struct.unpack_from(order + "I", data, at + 8)
            start = at + 12
        else:
            (length,) = struct.unpack_from(order + "H", data, at + 6)
            start = at + 8
        nested = vr == b"SQ" or length == UNDEFINED
    else:
        (length,) = struct.unpack_from(order + "I", data, at + 4)
        start = at + 8
        nested = length == UNDEFINED or data[start : start + 4] == ITEM[big]
    if length == UNDEFINED:
        return _Element(tag, length, start, nested=True) if data[start : start + 4] == ITEM[big] else None
    if length % 2 or length > LONGEST_VALUE or start + length > len(data):
        return None
    return _Element(tag, length, start, nested)


def _group_length(data: bytes, element: _Element, *, big: bool) -> bool:
    """A group length counts bytes of this very file (PS3.5 section 7.2)."""
    (count,) = struct.unpack_from(">I" if big else "<I", data, element.start)
    return 0 < int(count) <= len(data)
