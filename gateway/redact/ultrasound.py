"""The frame around an ultrasound picture: where a machine writes who lies under the probe.

An ultrasound machine stores its whole screen. (0018,6011) Sequence of Ultrasound Regions (PS3.3 C.8.5.5) says which
rectangles of it were measured; the rest is the program's own banner of names, numbers, dates and buttons. Blacking out
all of the rest needs no eye for letters, and is what archives do by hand-written lists of rectangles per machine.
So it is the default wherever writing is removed at all: a banner that nobody can read holds nothing worth keeping.
"""

from itertools import pairwise
from typing import Final

from gateway.formats.dicom import open_dicom
from gateway.formats.dicom_dictionary import tag_named
from gateway.limits import Limits
from gateway.model import Box, RedactionOptions

REGIONS: Final = tag_named("SequenceOfUltrasoundRegions")
MOST: Final = 64
"""Regions that are cut out of a banner; a file with more is damaged, and keeps the first ones only."""
_WRITTEN: Final = (b"\x18\x00\x11\x60", b"\x00\x18\x60\x11")
_DEFLATED: Final = b"1.2.840.10008.1.2.1.99"


def is_asked(options: RedactionOptions) -> bool:
    """Whether everything outside the regions goes: not where a rule removes only what names somebody."""
    return options.text == "all" or "clean-pixel-data" in options.profile


def outside_regions(data: bytes, limits: Limits) -> tuple[Box, ...]:
    """The rectangles (x, y, width, height) of the banner; none where a file names no region inside its picture.

    Raises FormatError, LimitReached.
    """
    if not any(tag in data for tag in _WRITTEN) and _DEFLATED not in data[:4096]:
        return ()
    dataset = open_dicom(data, limits, header_only=True).dataset
    size = _number(dataset, "Columns"), _number(dataset, "Rows")
    items = list(dataset.get(REGIONS).value or ())[:MOST] if REGIONS in dataset else []
    regions = [region for item in items if (region := _region(item, *size)) is not None]
    return around(regions, *size) if regions else ()


def around(regions: list[Box], columns: int, rows: int) -> tuple[Box, ...]:
    """What is left of a picture without its regions, as few rectangles, top to bottom."""
    edges = sorted({0, rows, *(y for _, y, _, _ in regions), *(y + h for _, y, _, h in regions)})
    boxes: list[Box] = []
    for top, bottom in pairwise(edges):
        taken = sorted((x, x + w) for x, y, w, h in regions if y <= top and bottom <= y + h)
        at = 0
        for left, right in (*taken, (columns, columns)):
            if left > at:
                boxes.append((at, top, left - at, bottom - top))
            at = max(at, right)
    return tuple(boxes)


def _region(item: object, columns: int, rows: int) -> Box | None:
    """One region inside the picture; its last column and row belong to it."""
    x, y = (max(0, _number(item, f"RegionLocationMin{axis}0", -1)) for axis in "XY")
    right = min(columns, _number(item, "RegionLocationMaxX1", -1) + 1)
    bottom = min(rows, _number(item, "RegionLocationMaxY1", -1) + 1)
    return (x, y, right - x, bottom - y) if right > x and bottom > y else None


def _number(dataset: object, keyword: str, missing: int = 0) -> int:
    value = getattr(dataset, keyword, None)
    return value if isinstance(value, int) else missing
