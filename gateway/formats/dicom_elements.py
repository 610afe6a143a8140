"""What a DICOM file is made of: elements, items, data sets, and the numbers that frame them (PS3.5 section 7)."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

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
SHORT: Final = {code: name for code, name in VRS.items() if name not in LONG}


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
