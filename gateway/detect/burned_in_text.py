"""Names, dates and numbers written into the pixels, and codes that hold them.

Everything written is a finding, except marks that say how a picture was taken (`allowed_marks`). Nothing that was
read leaves this room: a finding is a place, a frame and a confidence.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gateway.detect.allowed_marks import LONGEST, is_allowed_mark
from gateway.detect.codes import find_codes
from gateway.detect.text_regions import ACCURATE, FAST, VERSION, Region, find_text
from gateway.errors import LimitReached
from gateway.formats.raster import PICTURES, open_raster
from gateway.formats.reading import answers
from gateway.limits import Limits
from gateway.model import Box, Finding, Format, Kind, Look, Part, PartPath

type Pixels = NDArray[np.uint8]
type View = tuple[str, Pixels]
"""Where it stands (`frame 0`), and what is seen there."""

FRAMES_ONE_BY_ONE = 16
"""Longer films are looked at in this many groups at most: the brightest and the darkest of each pixel, and one frame."""
GROUPS = 8
BLOCK = 16
"""JPEG is painted in blocks of this size, or half of it."""
ROUNDS = 8
"""Painting can bring fainter writing to light; after so many rounds the proof has the last word."""


class BurnedInText:
    """Looks for writing and codes in pictures and DICOM files."""

    version = VERSION
    look = Look.TEXT

    name = "burned-in-text"

    def claims(self, part: Part) -> bool:
        """Everything that holds pixels."""
        return part.format in PICTURES or part.format is Format.DICOM

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """One finding for each region and frame, boxes in the pixels of the frame as it is shown (upright)."""
        by = f"{self.name} {self.version}"
        seen = set[tuple[Kind, Box]]()
        for where, pixels in views(part, limits):
            for finding in _found(pixels, where, part.path, by):
                assert finding.box is not None
                if (finding.kind, finding.box) not in seen:  # one finding is enough: every frame is painted
                    seen.add((finding.kind, finding.box))
                    yield finding


BURNED_IN_TEXT = BurnedInText()
"""What is asked of every picture that a rule wants text to be looked for in."""


class CloserLook:
    """What is still written in a picture beside what is known and will be painted over: faint, small or turned lines.

    Slower than `BurnedInText`: enlarged, turned by 90 degrees, and then once more as the picture will look when it is
    painted, until nothing is found in it any more. What is painted by these findings therefore passes the proof.
    """

    name = "burned-in-text-closely"
    version = VERSION
    look = Look.TEXT

    def __init__(self, known: Iterable[Box] = ()) -> None:
        self._known = tuple(known)

    def claims(self, part: Part) -> bool:
        """Everything that holds pixels."""
        return BURNED_IN_TEXT.claims(part)

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """One finding for each region that was not known."""
        by = f"{self.name} {self.version}"
        known = list(self._known)
        unit = BLOCK if part.format is Format.JPEG else 1
        for where, pixels in views(part, limits):
            for region in _unmarked(pixels, find_text(pixels, ACCURATE, known)):
                known.append(region.box)
                yield Finding(Kind.TEXT_IN_PIXELS, part.path, where, "text", region.score, region.box, by)
            painted = pixels.copy()
            for _ in range(ROUNDS):
                for x, y, width, height in known:
                    rows = slice(y // unit * unit, -(-(y + height) // unit) * unit)
                    painted[rows, x // unit * unit : -(-(x + width) // unit) * unit] = 0
                left = _unmarked(painted, find_text(painted, FAST))
                if not left:
                    break
                for region in left:
                    known.append(region.box)
                    yield Finding(Kind.TEXT_IN_PIXELS, part.path, where, "text", region.score, region.box, by)


def views(part: Part, limits: Limits) -> Iterator[View]:
    """What there is to look at in a part: single frames, or a long film summed up so that no frame goes unseen."""
    if part.format is Format.DICOM:
        yield from _dicom_views(part, limits)
        return
    raster = open_raster(part.data, limits, part.format)
    frames = ((index, layers) for index, layers in raster.views(range(raster.frames), None))
    if raster.frames <= FRAMES_ONE_BY_ONE:
        for index, layers in frames:
            yield from ((f"frame {index}", layer) for layer in layers)
    else:
        yield from summed_up(((index, layers[0]) for index, layers in frames), raster.frames)


def _dicom_views(part: Part, limits: Limits) -> Iterator[View]:
    from gateway.formats.dicom import open_dicom  # noqa: PLC0415 - pydicom is not needed for ordinary pictures

    dicom = open_dicom(part.data, limits)
    count = dicom.frame_count
    if count > limits.frames:
        raise LimitReached("more frames than are looked at")
    shown = ((index, dicom.display(index)) for index in range(count))
    if count <= FRAMES_ONE_BY_ONE:
        yield from ((f"frame {index}", pixels) for index, pixels in shown)
    else:
        yield from summed_up(shown, count)


def summed_up(frames: Iterable[tuple[int, Pixels]], count: int) -> Iterator[View]:
    """A film of `count` frames in groups: its brightest and darkest pixels keep every frame's writing visible."""
    size = -(-count // GROUPS)
    group: list[Pixels] = []
    bright = dark = np.empty(0, np.uint8)
    first = 0
    for index, pixels in frames:
        if group and (group[0].shape != pixels.shape or index - first >= size):
            yield from _sum(first, bright, dark, group[0])
            group = []
        if group:
            np.maximum(bright, pixels, out=bright)
            np.minimum(dark, pixels, out=dark)
        else:
            group, first, bright, dark = [pixels], index, pixels.copy(), pixels.copy()
    if group:
        yield from _sum(first, bright, dark, group[0])


def _sum(first: int, *pictures: Pixels) -> Iterator[View]:
    yield from ((f"frame {first}", picture) for picture in pictures)


def _found(pixels: Pixels, where: str, path: PartPath, by: str) -> Iterator[Finding]:
    regions = find_text(pixels, FAST)
    for box in find_codes(pixels, [region.box for region in regions]):
        yield Finding(Kind.CODE_IN_PIXELS, path, where, "code", 1.0, box, by)
    for region in _unmarked(pixels, regions):
        yield Finding(Kind.TEXT_IN_PIXELS, path, where, "text", region.score, region.box, by)


def _unmarked(pixels: Pixels, regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions that are no mark which may stay."""
    short = [region for region in regions if _may_be_mark(region)]
    allowed = answers(pixels, [region.box for region in short], is_allowed_mark)
    spared = {region.box for region, yes in zip(short, allowed, strict=True) if yes}
    return tuple(region for region in regions if region.box not in spared)


def _may_be_mark(region: Region) -> bool:
    """Whether a region is short enough to be a mark; only those are read at all."""
    _, _, width, height = region.box
    return max(width, height) <= min(width, height) * LONGEST * 0.6
