"""Finds files that begin somewhere inside other bytes, by their marks and by what has to follow a mark.

A viewer shows the picture or plays the film that a file begins with, and skips all the rest; whoever looks for a second
file finds it there. So the whole file is searched, and not only the places that its format has for other things.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from gateway.formats.inside_marks import MARKS, Mark
from gateway.formats.salvage import inflated
from gateway.formats.sniff import sniff
from gateway.model import Format

SMALL: Final = 128
"""Bytes below which nothing that shows a scan has room."""
LARGEST: Final = 16 << 20
"""A file inside another one is looked at as far as this."""
_HEAD: Final = 512
_STRETCH: Final = 1 << 20
_LONGEST: Final = 64
"""Bytes of the longest mark."""
_DENSE: Final = 64
"""One byte in so many may begin a pair of bytes that marks begin with; where more do, patterns are faster."""
_PACKED: Final = frozenset(
    {
        Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.BMP, Format.TIFF, Format.HEIF, Format.AVIF, Format.JPEG2000, Format.JPEG_LS, Format.PNM,
        Format.JPEG_XL, Format.PSD, Format.ICO, Format.PDF, Format.ZIP, Format.OFFICE, Format.TAR, Format.OLE, Format.DICOM, Format.NIFTI, Format.NRRD,
        Format.MINC, Format.MP4, Format.AVI, Format.WEBM,
    }
)  # fmt: skip
"""What counts as a file when it comes out of packed bytes."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A file inside other bytes."""

    start: int
    form: Format
    data: bytes = field(repr=False)
    sure: bool = True
    """Whether such bytes are no accident of packed ones; three bytes and a plausible chain of segments can be."""


def files_in(data: bytes, start: int = 1) -> Iterator[Inside]:
    """Files that begin at an offset or behind it, in order; those inside of others as well."""
    for mark, where in _hits(data, start):
        if mark.packed:
            opened = inflated(data[where : where + _HEAD], _HEAD)
            form = sniff(opened) if len(opened) >= SMALL else Format.UNKNOWN
            if form in _PACKED:
                yield Inside(where, form, inflated(data[where : where + LARGEST], LARGEST))
            continue
        at = where - mark.back
        end = mark.end(data, at) if at >= start else at
        if end - at >= SMALL:
            yield Inside(at, mark.form, data[at : min(end, at + LARGEST)], mark.sure)


def _hits(data: bytes, start: int) -> Iterator[tuple[Mark, int]]:
    """Where marks stand, found by the pairs of bytes that they begin with, all of them in one go."""
    letters = np.frombuffer(data, np.uint8)
    for begin in range(start, len(data) - 1, _STRETCH):
        stretch = letters[begin : begin + _STRETCH + 1].astype(np.uint16)
        near = _FIRST[(stretch[:-1] << 8) | stretch[1:]]
        places = np.flatnonzero(near)
        if len(places) * _DENSE > _STRETCH:
            yield from _in_stretch(data, begin)
            continue
        for place, number in zip(places.tolist(), near[places].tolist(), strict=True):
            for mark in _BY_PAIR[number]:
                if mark.pattern.match(data, begin + place):
                    yield mark, begin + place


def _in_stretch(data: bytes, begin: int) -> Iterator[tuple[Mark, int]]:
    end = begin + _STRETCH
    for mark in MARKS:
        for match in mark.pattern.finditer(data, begin, end + _LONGEST):
            if match.start() < end:
                yield mark, match.start()


def _pairs() -> tuple[tuple[tuple[Mark, ...], ...], np.ndarray]:
    """Marks by the pair of bytes that they begin with, and the number of each pair in that table."""
    leads = sorted({lead for mark in MARKS for lead in mark.leads})
    numbers = np.zeros(1 << 16, np.uint8)
    for number, lead in enumerate(leads, 1):
        numbers[int.from_bytes(lead)] = number
    return ((), *(tuple(mark for mark in MARKS if lead in mark.leads) for lead in leads)), numbers


_BY_PAIR, _FIRST = _pairs()
