"""Finds where something is written in a picture, without reading it.

A text detector of the DB kind (Liao et al., "Real-time Scene Text Detection with Differentiable Binarization", 2020)
gives every pixel a probability of being text; regions are what is left after thresholding, growing back what the
network shrank (the paper's unclip step) and a second glance at what is suspiciously large. The weights are
PP-OCRv4's detector, see `text_weights/NOTICE`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from gateway.detect.text_network import VERSION, Pixels, probabilities, resized
from gateway.model import Box

__all__ = ["ACCURATE", "FAST", "VERSION", "Effort", "Region", "find_text"]

TEXT_PROBABILITY = 0.3
UNCLIP = 1.6
"""The network is trained on regions shrunk towards their middle; this ratio grows them back."""
EXTRA = 2
"""Pixels grown beyond that, for the soft edges of glyphs."""
LARGE = 28
"""Regions thicker than this get a second glance: organs look like text at one size, text does at every size."""
GLANCE = 24
"""The thickness to which a large region is shrunk for the second glance."""
SURE = 0.8
"""Regions below this, and very thick ones, are asked whether they are only the shape of black boxes."""
SOLID = 8
"""Nothing brighter is solid black; the value that redaction paints, with what a decoder makes of it."""
AROUND = 0.6
"""How much of its surroundings a region is shown with, in its own thicknesses."""
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
    pixels=1.4e6, smallest_scale=1.0, largest_scale=2.0, most_pixels=6e6, turned=True, score=0.5
)


@dataclass(frozen=True, slots=True)
class Region:
    """A place where something is written; the score is the detector's mean probability inside it."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class _Blob:
    """A connected piece of the probability map, in the picture's own pixels, already grown."""

    left: int
    top: int
    right: int
    bottom: int
    thickness: float
    score: float

    def moved(self, left: int, top: int) -> "_Blob":
        return _Blob(
            self.left + left, self.top + top, self.right + left, self.bottom + top, self.thickness, self.score
        )


def find_text(pixels: Pixels, effort: Effort = FAST) -> tuple[Region, ...]:
    """Every region of a picture that looks written.

    `pixels` is height x width (grey) or height x width x 3 (RGB), as displayed. Boxes are in its pixels, do not leave
    it, and may overlap. Deterministic.
    """
    colour = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    height, width = colour.shape[:2]
    scale = effort.scale(height, width)
    blobs = list(_blobs(colour, scale, effort.score))
    if effort.turned:
        turned = np.ascontiguousarray(np.rot90(colour))
        blobs += [
            _Blob(width - b.bottom, b.left, width - b.top, b.right, b.thickness, b.score)
            for b in _blobs(turned, max(1.0, scale * 0.75) if scale >= 1 else scale, effort.score)
        ]
    large = sum(b.thickness > LARGE for b in blobs)
    kept = blobs if large > GLANCES else [c for b in blobs for c in _confirmed(colour, b)]
    return tuple(
        Region((b.left, b.top, b.right - b.left, b.bottom - b.top), b.score)
        for b in kept
        if not _is_curve(colour[b.top : b.bottom, b.left : b.right])
        and not (_doubtful(b) and _is_paint(colour, b))
    )


def _doubtful(blob: _Blob) -> bool:
    return blob.score < SURE or blob.thickness > 2 * LARGE


def _is_paint(colour: Pixels, blob: _Blob) -> bool:
    """Whether a region is only the shape of solid black boxes: rows of them look like lines of large letters.

    The boxes are filled from around them; writing stays writing (a rim of black stays about it), painted boxes vanish.
    """
    around = int(2 * LARGE + blob.thickness)
    top, left = max(0, blob.top - around), max(0, blob.left - around)
    crop = colour[top : blob.bottom + around, left : blob.right + around]
    solid = cv2.morphologyEx(
        (crop.max(axis=2) <= SOLID).astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)
    )
    inside = np.s_[blob.top - top : blob.bottom - top, blob.left - left : blob.right - left]
    near = np.s_[
        max(0, inside[0].start - 6) : inside[0].stop + 6, max(0, inside[1].start - 6) : inside[1].stop + 6
    ]
    if not solid[near].any():
        return False
    if solid[inside].all():
        return True
    rest = (solid == 0).astype(np.float32)
    size = (2 * LARGE + 1, 2 * LARGE + 1)
    weight = cv2.boxFilter(rest, -1, size)[..., None]
    smooth = cv2.boxFilter(crop.astype(np.float32) * rest[..., None], -1, size) / np.maximum(weight, 1e-3)
    fallback = crop[solid == 0].mean(axis=0)
    filled = np.where(solid[..., None] > 0, np.where(weight > 0.02, smooth, fallback), crop).astype(np.uint8)
    scale = min(1.0, GLANCE / blob.thickness)
    seen = probabilities(resized(filled, scale), margin=16)
    shown = cv2.resize(seen, (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_LINEAR)
    return float((shown[inside] > TEXT_PROBABILITY).mean()) <= 0.05


def _confirmed(colour: Pixels, blob: _Blob) -> Iterator[_Blob]:
    """The blob, if a smaller copy of its surroundings shows text too; else what a copy of half the size shows in it."""
    if blob.thickness <= LARGE:
        yield blob
        return
    around = int(AROUND * min(blob.right - blob.left, blob.bottom - blob.top))
    top, left = max(0, blob.top - around), max(0, blob.left - around)
    crop = colour[top : blob.bottom + around, left : blob.right + around]
    upright = crop if crop.shape[1] >= crop.shape[0] else np.ascontiguousarray(np.rot90(crop))
    seen = probabilities(resized(upright, GLANCE / blob.thickness), margin=16)
    inside = cv2.resize(seen, (upright.shape[1], upright.shape[0]), interpolation=cv2.INTER_LINEAR)
    inside = inside if upright is crop else np.rot90(inside, -1)
    inside = inside[blob.top - top : blob.bottom - top, blob.left - left : blob.right - left]
    if float((inside > TEXT_PROBABILITY).mean()) > 0.02:
        yield blob
    elif blob.thickness > 2 * LARGE:
        for smaller in _blobs(crop, min(0.5, 8 * GLANCE / blob.thickness), SURE):
            if smaller.thickness < blob.thickness * 0.75:
                yield from _confirmed(colour, smaller.moved(left, top))


def _blobs(colour: Pixels, scale: float, least: float) -> Iterator[_Blob]:
    """The connected pieces of the probability map of the picture at one scale, in the picture's pixels."""
    height, width = colour.shape[:2]
    seen = probabilities(resized(colour, scale))
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
        score = cv2.mean(seen[y : y + h, x : x + w], filled)[0]
        if score < least:
            continue
        grow = a * b * UNCLIP / (2 * (a + b)) + EXTRA * max(1.0, scale)
        yield _Blob(
            max(0, int((x - grow) / scale)),
            max(0, int((y - grow) / scale)),
            min(width, int((x + w + grow) / scale) + 1),
            min(height, int((y + h + grow) / scale) + 1),
            (min(a, b) + 2 * grow) / scale,
            round(float(score), 3),
        )


def _is_curve(window: Pixels) -> bool:
    """Whether all the ink is one thin line that every column crosses once: a trace or graph, which no writing is."""
    height, width = window.shape[:2]
    if height < LARGE or width < 2 * height:
        return False
    grey = cv2.cvtColor(np.ascontiguousarray(window), cv2.COLOR_RGB2GRAY)
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if ink.mean() > 0.5:
        ink = 1 - ink
    strokes = np.diff(np.pad(ink.astype(np.int8), ((1, 1), (0, 0))), axis=0) == 1
    crossings = strokes.sum(axis=0)
    return bool((crossings <= 1).mean() > 0.95 and (crossings == 1).mean() > 0.7 and ink.mean() < 0.25)
