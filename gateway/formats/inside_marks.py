"""How files begin that can stand inside other files, and how a true beginning is told from an accident."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.formats.endings import end_of
from gateway.formats.sniff_dicom import bare_data_set
from gateway.model import Format

type _End = Callable[[bytes, int], int]
"""Where a file that may begin at an offset ends; 0 where it does not begin there, the end of all where nobody knows."""
_LARGEST: Final = 16 << 20
_ENTRIES: Final = 64
"""Entries of a TIFF's first directory that are walked."""
_LONGEST_NAME: Final = 4096


@dataclass(frozen=True, slots=True)
class Mark:
    """The beginning of a format."""

    pattern: re.Pattern[bytes]
    form: Format
    end: _End
    back: int
    """Bytes between the beginning of the file and its mark."""
    leads: tuple[bytes, ...]
    """The pairs of bytes that the mark can begin with."""
    sure: bool
    """Whether the mark and what is asked of its end are no accident of packed bytes."""
    packed: bool
    """Whether it is packed bytes that begin here, in which a file may be."""


def _mark(  # noqa: PLR0913 - a row of the table below
    pattern: bytes,
    form: Format,
    end: _End,
    back: int = 0,
    *,
    leads: tuple[bytes, ...],
    sure: bool = True,
    packed: bool = False,
) -> Mark:
    return Mark(re.compile(pattern), form, end, back, leads, sure, packed)


def _walked(form: Format) -> _End:
    """The end of a picture by its structure; one with an unmistakable mark and without an end goes on to the last byte."""

    def end_at(data: bytes, at: int) -> int:
        window = memoryview(data)[at : at + _LARGEST]
        found = end_of(window, form)
        return at + found if found else 0 if form is Format.JPEG else len(data)

    return end_at


def _rest(data: bytes, at: int) -> int:
    del at
    return len(data)


def _riff(data: bytes, at: int) -> int:
    return min(len(data), at + 8 + int.from_bytes(data[at + 4 : at + 8], "little"))


def _bitmap(data: bytes, at: int) -> int:
    """A BMP: its pixels lie behind its head, and there is one plane of a known depth."""
    offset, header, _, _, planes, bits = struct.unpack("<IIiiHH", data[at + 10 : at + 30].ljust(20, b"\0"))
    sound = planes == 1 and bits in (1, 4, 8, 16, 24, 32) and 14 + header <= offset <= len(data) - at
    return len(data) if sound else 0


def _tiff(data: bytes, at: int) -> int:
    """A TIFF whose first directory says where pixels are; that of EXIF does not."""
    order: Literal["little", "big"] = "little" if data[at : at + 2] == b"II" else "big"
    large = data[at + 2 : at + 4].strip(b"\0") == b"+"

    def number(where: int, size: int) -> int:
        return int.from_bytes(data[at + where : at + where + size], order)

    first, wide = (number(8, 8), 20) if large else (number(4, 4), 12)
    count = number(first, 8 if large else 2)
    if not (8 <= first < len(data) - at and 1 <= count <= 4096):
        return 0
    begin = first + (8 if large else 2)
    tags = {number(begin + wide * index, 2) for index in range(min(count, _ENTRIES))}
    return len(data) if 0x100 in tags and tags & {0x111, 0x144} else 0


def _codestream(data: bytes, at: int) -> int:
    """JPEG 2000 without boxes: the size marker has a length for each component (ITU-T T.800, A.5.1)."""
    length, count = int.from_bytes(data[at + 4 : at + 6]), int.from_bytes(data[at + 40 : at + 42])
    end = data.find(b"\xff\xd9", at)
    return (end + 2 if end > 0 else len(data)) if count and length == 38 + 3 * count else 0


def _netpbm(data: bytes, at: int) -> int:
    """PBM, PGM or PPM of at least 16 x 16 with room for its pixels (digits take two bytes each, at least)."""
    numbers = _NETPBM.match(data, at)
    if numbers is None:
        return 0
    width, height = int(numbers[2]), int(numbers[3])
    each = {b"1": 2.0, b"2": 2.0, b"3": 6.0, b"4": 0.125, b"5": 1.0, b"6": 3.0}[numbers[1]]
    return len(data) if min(width, height) >= 16 and width * height * each <= len(data) - at else 0


def _nifti(data: bytes, at: int) -> int:
    return len(data) if data[at : at + 4] in (b"\x5c\x01\x00\x00", b"\x00\x00\x01\x5c") else 0


def _data_set(data: bytes, at: int) -> int:
    return len(data) if bare_data_set(data, at) else 0


def _zip_entry(data: bytes, at: int) -> int:
    name = int.from_bytes(data[at + 26 : at + 28], "little")
    return len(data) if 0 < name < _LONGEST_NAME else 0


_NETPBM = re.compile(rb"P([1-6])\s{1,4}(\d{1,5})\s{1,4}(\d{1,5})\s")

MARKS: Final[tuple[Mark, ...]] = (
    _mark(rb"\xff\xd8\xff", Format.JPEG, _walked(Format.JPEG), sure=False, leads=(b"\xff\xd8",)),
    _mark(rb"\x89PNG\r\n\x1a\n", Format.PNG, _walked(Format.PNG), leads=(b"\x89P",)),
    _mark(rb"GIF8[79]a", Format.GIF, _walked(Format.GIF), leads=(b"GI",)),
    _mark(rb"RIFF[\s\S]{4}WEBP", Format.WEBP, _riff, leads=(b"RI",)),
    _mark(rb"RIFF[\s\S]{4}AVI ", Format.AVI, _riff, leads=(b"RI",)),
    _mark(rb"BM[\s\S]{4}\x00{4}[\s\S]{2}\x00\x00[\x0c-\x7c]\x00{3}", Format.BMP, _bitmap, leads=(b"BM",)),
    _mark(rb"II[*+]\x00", Format.TIFF, _tiff, leads=(b"II",)),
    _mark(rb"MM\x00[*+]", Format.TIFF, _tiff, leads=(b"MM",)),
    _mark(rb"jP  \r\n\x87\n", Format.JPEG2000, _walked(Format.JPEG2000), 4, leads=(b"jP",)),
    _mark(rb"\xff\x4f\xff\x51\x00", Format.JPEG2000, _codestream, leads=(b"\xff\x4f",)),
    _mark(rb"JXL \r\n\x87\n", Format.JPEG_XL, _rest, 4, leads=(b"JX",)),
    _mark(rb"ftypavi[fs]", Format.AVIF, _walked(Format.AVIF), 4, leads=(b"ft",)),
    _mark(rb"ftyp(?:he[iv][cxms]|mif[12]|msf1)", Format.HEIF, _walked(Format.HEIF), 4, leads=(b"ft",)),
    _mark(rb"ftyp(?:isom|iso[2-9]|mp4[12]|avc1|M4V |qt  |3gp\d|MSNV)", Format.MP4, _walked(Format.MP4), 4, leads=(b"ft",)),
    _mark(rb"8BPS\x00[\x01\x02]\x00{6}", Format.PSD, _rest, leads=(b"8B",)),
    _mark(rb"DICM\x02\x00", Format.DICOM, _rest, leads=(b"DI",)),
    _mark(rb"\x08\x00[\x05\x08\x16\x18]\x00(?:CS|UI|[\x02-\x40]\x00{3}[0-9A-Z])", Format.DICOM, _data_set, leads=(b"\x08\x00",)),
    _mark(rb"\x00\x08\x00[\x05\x08\x16\x18](?:CS|UI)", Format.DICOM, _data_set, leads=(b"\x00\x08",)),
    _mark(rb"n[+i]1\x00", Format.NIFTI, _nifti, 344, leads=(b"n+", b"ni")),
    _mark(rb"NRRD000[1-5]\n", Format.NRRD, _rest, leads=(b"NR",)),
    _mark(rb"\x89HDF\r\n\x1a\n", Format.MINC, _rest, leads=(b"\x89H",)),
    _mark(rb"%PDF-[12]\.\d", Format.PDF, _rest, leads=(b"%P",)),
    _mark(rb"PK\x03\x04[\x00-\x3f][\x00-\x0f][\s\S]{2}[\x00-\x63]\x00", Format.ZIP, _zip_entry, leads=(b"PK",)),
    _mark(rb"7z\xbc\xaf\x27\x1c", Format.SEVEN_ZIP, _rest, leads=(b"7z",)),
    _mark(rb"Rar!\x1a\x07", Format.RAR, _rest, leads=(b"Ra",)),
    _mark(rb"\xfd7zXZ\x00", Format.XZ, _rest, leads=(b"\xfd7",)),
    _mark(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)", Format.BZIP2, _rest, leads=(b"BZ",)),
    _mark(_NETPBM.pattern, Format.PNM, _netpbm, leads=tuple(b"P%d" % n for n in range(1, 7))),
    _mark(rb"\x1f\x8b\x08[\x00-\x1f]", Format.GZIP, _rest, packed=True, leads=(b"\x1f\x8b",)),
    _mark(rb"\x78[\x01\x5e\x9c\xda]", Format.UNKNOWN, _rest, packed=True, leads=(b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")),
)  # fmt: skip
"""The likeliest first; the two bytes that each begins with are few."""
