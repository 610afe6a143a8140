"""Finds where something is written in a picture, without reading it.

A text detector of the DB kind (Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", 2020)
gives every pixel a probability of being text; regions are what is left after thresholding, growing back what the
network shrank (the paper's unclip step) and second thoughts about what is suspicious (`text_doubts`). The network looks
closely only where there are strokes (`text_candidates`), and at a small copy of everything, which shows large letters.
The weights are PP-OCRv4's detector, see `text_weights/NOTICE`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from gateway.detect.text_candidates import candidates, strokes_of, tall
from gateway.detect.text_doubts import (
    GLANCE,
    LARGE,
    TEXT_PROBABILITY,
    is_curve,
    is_paint,
    looks_written,
    with_surroundings,
)
from gateway.detect.text_network import (
    VERSION,
    Map,
    Pixels,
    one_plane,
    probabilities,
    probabilities_of,
    resized,
)
from gateway.model import Box

__all__ = ["ACCURATE", "FAST", "VERSION", "Effort", "Region", "find_text"]

UNCLIP = 1.6
"""The network is trained on regions shrunk towards their middle; this ratio grows them back."""
EXTRA = 2
"""Pixels grown beyond that, for the soft edges of glyphs."""
SURE = 0.8
"""Regions below this, and very thick ones, are asked whether they are only the shape of black boxes."""
MIDDLING, CERTAIN = 42, 0.9
"""Up to this thickness, and from this score on, a large region needs no second glance."""
SHRUNK, ENLARGED = (GLANCE, 0.02), (2 * GLANCE, 0.08)
"""To what thickness a large region is brought for the second glance, and how much of it must look written there: another
size than the one it was found at."""
HUGE = 100
"""Thicker regions must look written at both sizes: many organs do at one."""
SHORT = 2.5
"""Regions less than so many times longer than thick hold a glyph or two."""
SMALL_COPY = 0.4
"""The scale of the copy on which large letters are looked for everywhere."""
NEW = 0.12
"""A region of which known ones leave less uncovered is known."""
SEEN_ALREADY = 0.5
"""A large region that is covered to this share by smaller ones says nothing new."""
GLANCES = 48
"""More large regions than this are believed without a second glance: the picture is a page."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How closely a picture is looked at."""

    pixels: float
    """Smaller pictures are enlarged until they have about this many pixels."""
    smallest_scale: float
    largest_scale: float
    most_pixels: float
    """Larger ones are shrunk to this many: in photographs and mammograms the letters are large too."""
    turned: bool
    """Look a second time at the picture turned by 90 degrees."""
    score: float
    """The least mean probability of a region. What decides and proves asks for more than what paints, so that a
    painted picture does not hover at the threshold."""

    def scale(self, height: int, width: int) -> float:
        """How much larger than stored the picture is looked at."""
        area = height * width
        if area * self.smallest_scale**2 > self.most_pixels:
            return float(max(0.2, (self.most_pixels / area) ** 0.5))
        return float(min(max((self.pixels / area) ** 0.5, self.smallest_scale), self.largest_scale))


FAST = Effort(pixels=0.27e6, smallest_scale=1.0, largest_scale=2.0, most_pixels=4e6, turned=False, score=0.6)
ACCURATE = Effort(
    pixels=1.0e6, smallest_scale=1.0, largest_scale=2.0, most_pixels=6e6, turned=True, score=0.5
)


@dataclass(frozen=True, slots=True)
class Region:
    """A place where something is written; the score is the detector's mean probability inside it."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class _Blob:
    """A connected piece of the probability map, in the picture's own pixels, already grown."""

    box: Box
    thickness: float
    score: float
    from_copy: bool = False
    """Seen only in a copy smaller than the picture is otherwise looked at."""

    def moved(self, left: int, top: int) -> "_Blob":
        x, y, width, height = self.box
        return replace(self, box=(x + left, y + top, width, height))


def find_text(pixels: Pixels, effort: Effort = FAST, known: Sequence[Box] = ()) -> tuple[Region, ...]:
    """Every region of a picture that looks written.

    `pixels` is height x width (grey) or height x width x 3 (RGB), as displayed. Boxes are in its pixels, do not leave
    it, and may overlap. With `known` boxes, only what they do not cover is looked for. Deterministic.
    """
    colour = one_plane(pixels)
    done = np.zeros(colour.shape[:2], np.uint8)
    for x, y, width, height in known:
        done[y : y + height, x : x + width] = 1
    blobs = list(_seen(colour, effort, known))
    page = sum(blob.thickness > LARGE for blob in blobs) > GLANCES
    regions = list[Region]()
    for blob in blobs:
        seen = cv2.mean(_window(done, blob.box))[0]
        if seen < (SEEN_ALREADY if blob.from_copy else 1 - NEW):
            for sure in (blob,) if page else _confirmed(colour, blob):
                if (
                    is_curve(_window(colour, sure.box))
                    or (_doubtful(sure) and is_paint(colour, sure.box, sure.thickness))
                    or (effort.turned and _is_speck(colour, sure))
                ):
                    continue
                regions.append(Region(sure.box, sure.score))
                _window(done, sure.box)[:] = 1
    return tuple(regions)


def _seen(colour: Pixels, effort: Effort, known: Sequence[Box]) -> Iterator[_Blob]:
    """Letters of ordinary size where there are strokes, then large ones anywhere that were not seen yet."""
    place = (colour.shape[0], colour.shape[1])
    scale = effort.scale(*place)
    less, larger = min(1.0, scale), max(1.0, scale)
    sharp = resized(colour, less)
    boxes = [_scaled(box, less) for box in known]
    strokes = strokes_of(sharp)
    cells = candidates(strokes, boxes)
    upright = list(_blobs(probabilities_of(sharp, cells, larger), scale, place, effort.score))
    yield from upright
    if effort.turned:
        boxes += [_scaled(blob.box, less) for blob in upright if blob.thickness <= 2 * LARGE]
        columns = tall(candidates(strokes, boxes))
        seen = probabilities_of(sharp, columns, 1.0, turned=True)
        yield from _blobs(seen, less, place, effort.score)
    if known:
        return  # who knew them has looked at a small copy already
    small = less * SMALL_COPY
    seen = probabilities(resized(colour, small), margin=16)
    for blob in _blobs(seen, small, place, effort.score, from_copy=True):
        if blob.thickness > LARGE:
            yield blob


def _scaled(box: Box, scale: float) -> Box:
    """A box in a smaller copy, not reaching beyond what it covers there."""
    x, y, width, height = (side * scale for side in box)
    left, top = -int(-x // 1), -int(-y // 1)
    return left, top, max(0, int(x + width) - left), max(0, int(y + height) - top)


def _window(picture: Pixels, box: Box) -> Pixels:
    x, y, width, height = box
    return picture[y : y + height, x : x + width]


def _is_speck(colour: Pixels, blob: _Blob) -> bool:
    """Whether a short region of which the network is not certain looks written at no other size.

    Asked in the closer look only, which believes fainter regions and would paint bits of bone.
    """
    width, height = blob.box[2:]
    if blob.score >= CERTAIN or max(width, height) >= SHORT * min(width, height):
        return False
    return not any(
        looks_written(colour, blob.box, min(width, height), size * GLANCE, SHRUNK[1])
        for size in (1, 5 / 3, 7 / 3)
    )


def _doubtful(blob: _Blob) -> bool:
    return blob.score < SURE or blob.thickness > 2 * LARGE


def _confirmed(colour: Pixels, blob: _Blob) -> Iterator[_Blob]:
    """The blob, if it looks written at another size too; else what a copy of half the size shows in it."""
    sizes = (SHRUNK, ENLARGED) if blob.thickness > HUGE else (ENLARGED,) if blob.from_copy else (SHRUNK,)
    if (
        blob.thickness <= LARGE
        or (not blob.from_copy and blob.thickness <= MIDDLING and blob.score >= CERTAIN)
        or all(looks_written(colour, blob.box, blob.thickness, *size) for size in sizes)
    ):
        yield blob
    elif blob.thickness > 2 * LARGE:
        crop, left, top = with_surroundings(colour, blob.box)
        scale = min(0.5, 8 * GLANCE / blob.thickness)
        seen = probabilities(resized(crop, scale))
        for smaller in _blobs(seen, scale, (crop.shape[0], crop.shape[1]), SURE, from_copy=True):
            if smaller.thickness < blob.thickness * 0.75:
                yield from _confirmed(colour, smaller.moved(left, top))


def _blobs(
    seen: Map, scale: float, place: tuple[int, int], least: float, *, from_copy: bool = False
) -> Iterator[_Blob]:
    """The connected pieces of a probability map of some scale, in the pixels of a picture of this height and width."""
    height, width = place
    outlines, _ = cv2.findContours(
        (seen > TEXT_PROBABILITY).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    for outline in outlines:
        x, y, w, h = cv2.boundingRect(outline)
        _, (a, b), _ = cv2.minAreaRect(outline)
        a, b = a + 1, b + 1
        if min(a, b) < 2 or max(a, b) < 5:
            continue
        filled = np.zeros((h, w), np.uint8)
        cv2.drawContours(filled, [outline - np.array([x, y])], -1, 1, -1)
        score = cv2.mean(seen[y : y + h, x : x + w], filled)[0] / 255
        if score < least:
            continue
        grow = a * b * UNCLIP / (2 * (a + b)) + EXTRA * max(1.0, scale)
        left, top = max(0, int((x - grow) / scale)), max(0, int((y - grow) / scale))
        right = min(width, int((x + w + grow) / scale) + 1)
        bottom = min(height, int((y + h + grow) / scale) + 1)
        yield _Blob(
            (left, top, right - left, bottom - top),
            (min(a, b) + 2 * grow) / scale,
            round(float(score), 3),
            from_copy,
        )
