"""Where in a picture something could be written at all: thin strokes, lighter or darker than what is around them.

The network costs a hundred times more a pixel than the two morphological filters used here (white and black top-hat, Serra 1982),
and most of a medical picture is smooth. What the filters pass over is only what no reader could read either: strokes
that stand out less than the noise about them. Large letters, whose strokes are thick, are left to a look at a small copy.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.model import Box

type Pixels = NDArray[np.uint8]
type Cells = NDArray[np.bool_]
type Span = tuple[int, int, int, int]
"""First and last row, first and last column; the last ones are exclusive."""

CELL = 16
"""Pixels of a cell's side: the picture is sorted out by squares of this size."""
STROKE = 9
"""Thinner lines than this are strokes; letters up to 60 pixels are made of them."""
STRAIGHT = ((1, 41), (41, 1))
"""Longer straight strokes across or down are rules, frames and axes."""
ALONE = 0.75
"""So are fainter ones where nothing stands out much more than they do: the rims of blocks, not letters on a line."""
FEW = 12
"""So many of a cell's 256 pixels must stand out; a single speck is no writing."""
LEVELS = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28)
"""Grey levels that are told apart."""
FAINTEST = LEVELS[0]
"""Grey levels by which strokes stand out at least where nothing around them does."""
ROUNDED = 2
"""Grey levels by which a plane of a colour picture differs from its neighbour by rounding alone."""
FAINT = 8
"""Elsewhere they must stand out by this much: tissue has strokes too."""
PLAIN = LEVELS[-1]
"""Strokes that stand out by this much are looked at, whatever is around them."""
OVER_NOISE = 1.5
"""In between, they must stand out so many times more than the middle cell of the neighbourhood."""
CONTEXT = 1.5
"""Cells of surroundings that every rectangle is seen with, on each side."""
FULL = 0.55
"""A rectangle with this share of candidates is not cut any further."""
SMALL = 80
"""Nor is one of so few cells."""
WORTH = 0.85
"""A cut must save at least the rest."""


def candidates(strokes: Pixels, known: Sequence[Box] = ()) -> Cells:
    """The cells of a picture with these `strokes` that may hold writing, and their neighbours.

    What lies inside the `known` boxes does not count.
    """
    if known:
        strokes = strokes.copy()
    for x, y, width, height in known:
        strokes[y : y + height, x : x + width] = 0
    strength = _strength(strokes)
    noise = cv2.medianBlur(strength, 5).astype(np.float32)
    marked = strength >= np.where(noise > 0, np.clip(OVER_NOISE * noise, FAINT, PLAIN), FAINTEST)
    return cv2.dilate(marked.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def strokes_of(picture: Pixels) -> Pixels:
    """By how many grey levels every pixel of a picture (HxW or HxWx3) is lighter or darker than what is around it.

    Rules and frames are left out. The result is filled up to whole cells.
    """
    planes = [picture] if picture.ndim == 2 else [np.asarray(plane, np.uint8) for plane in cv2.split(picture)]
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (STROKE, STROKE))
    height, width = planes[0].shape
    strokes = np.zeros((height + -height % CELL, width + -width % CELL), np.uint8)
    inside = strokes[:height, :width]
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        found = cv2.morphologyEx(planes[0], operation, kernel)
        for plane in planes[1:]:
            found = cv2.max(found, cv2.morphologyEx(plane, operation, kernel))
        for side in STRAIGHT:
            line = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones(side, np.uint8))
            found[(line >= PLAIN) | (line >= np.maximum(FAINTEST, found * ALONE))] = 0
        np.maximum(inside, found, out=inside)
    if len(planes) > 1:
        strokes[strokes <= ROUNDED] = 0
    return strokes


def tall(cells: Cells) -> Cells:
    """The pieces that are higher than wide: lines written upwards or downwards are."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_HEIGHT] > stats[:, cv2.CC_STAT_WIDTH]
    keep[0] = False
    return np.asarray(keep[labels], np.bool_) if count > 1 else np.zeros_like(cells)


def rectangles(cells: Cells, longest: int) -> Iterator[Span]:
    """Rectangles of at most `longest` cells a side that cover all candidates and little else; they may overlap."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    for label in range(1, count):
        left, top, width, height, _ = (int(v) for v in stats[label])
        piece = labels[top : top + height, left : left + width] == label
        for a, b, c, d in _cut(piece, longest):
            yield top + a, top + b, left + c, left + d


def _cut(piece: Cells, longest: int) -> Iterator[Span]:
    """Guillotine cuts, each where the two halves together are smallest."""
    waiting: list[Span] = [(0, piece.shape[0], 0, piece.shape[1])]
    while waiting:
        span = _shrunk(piece, waiting.pop())
        if span is None:
            continue
        top, bottom, left, right = span
        here = piece[top:bottom, left:right]
        too_long = max(here.shape) > longest
        if not too_long and (here.size <= SMALL or here.mean() >= FULL):
            yield span
            continue
        rows, columns = _best(here, longest), _best(here.T, longest)
        upright = rows[0] <= columns[0] if not too_long else here.shape[0] >= here.shape[1]
        cost, at = rows if upright else columns
        if not too_long and cost > WORTH * _cost(*here.shape):
            yield span
            continue
        if upright:
            joined = bool((here[at - 1] & here[at]).any())
            waiting += [(top, top + at + joined, left, right), (top + at - joined, bottom, left, right)]
        else:
            joined = bool((here[:, at - 1] & here[:, at]).any())
            waiting += [(top, bottom, left, left + at + joined), (top, bottom, left + at - joined, right)]


def _shrunk(piece: Cells, span: Span) -> Span | None:
    """The span without its empty rims; None when there is nothing in it."""
    top, bottom, left, right = span
    here = piece[top:bottom, left:right]
    rows, columns = np.flatnonzero(here.any(axis=1)), np.flatnonzero(here.any(axis=0))
    if not rows.size:
        return None
    return top + int(rows[0]), top + int(rows[-1]) + 1, left + int(columns[0]), left + int(columns[-1]) + 1


def _cost(height: float, width: float) -> float:
    return (height + 2 * CONTEXT) * (width + 2 * CONTEXT)


def _best(here: Cells, longest: int) -> tuple[float, int]:
    """The cheapest cut between two rows: the cost of both halves, and the row before which to cut.

    What is too long is cut somewhere in its middle third, or no piece would ever become short.
    """
    height, width = here.shape
    if height < 4:
        return float("inf"), 0
    first = np.where(here.any(axis=1), here.argmax(axis=1), width)
    last = np.where(here.any(axis=1), width - here[:, ::-1].argmax(axis=1), 0)
    above = np.maximum.accumulate(last) - np.minimum.accumulate(first)
    below = (np.maximum.accumulate(last[::-1]) - np.minimum.accumulate(first[::-1]))[::-1]
    cuts = (
        np.arange(2, height - 1)
        if height <= longest
        else np.arange(max(2, height // 3), height - height // 3)
    )
    costs = _costs(cuts + 1, above[cuts - 1]) + _costs(height - cuts + 1, below[cuts])
    best = int(costs.argmin())
    return float(costs[best]), int(cuts[best])


def _costs(heights: NDArray[np.int_], widths: NDArray[np.int_]) -> NDArray[np.float64]:
    return (heights + 2 * CONTEXT) * (np.maximum(widths, 0) + 2 * CONTEXT)


def _strength(strokes: Pixels) -> Pixels:
    """By how many grey levels the strokes of each cell stand out, rounded down to a level."""
    size = strokes.shape[1] // CELL, strokes.shape[0] // CELL
    strength = np.zeros((size[1], size[0]), np.uint8)
    for level in LEVELS:
        # Shrinking 255s and zeros to cells counts them: 255 * count / 256, rounded.
        over = cv2.resize(255 * (strokes >= level).astype(np.uint8), size, interpolation=cv2.INTER_AREA)
        strength[over >= FEW] = level
    return strength
