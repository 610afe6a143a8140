"""Where in a picture something could be written at all: thin strokes, lighter or darker than what is around them.

The network costs a hundred times more a pixel than the two morphological filters used here (white and black top-hat, Serra 1982),
and most of a medical picture is smooth. What the filters pass over is only what no reader could read either: strokes
that stand out less than the noise about them. Large letters, whose strokes are thick, are left to a look at a small copy.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

type Pixels = NDArray[np.uint8]
type Cells = NDArray[np.bool_]
type Span = tuple[int, int, int, int]
"""First and last row, first and last column; the last ones are exclusive."""

CELL = 16
"""Pixels of a cell's side: the picture is sorted out by squares of this size."""
STROKE = 9
"""Thinner lines than this are strokes; letters up to 60 pixels are made of them."""
FEW = 12
"""So many of a cell's 256 pixels must stand out; a single speck is no writing."""
FAINTEST = 8
"""Grey levels by which strokes stand out at least on a ground without noise."""
PLAIN = 28
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


def candidates(picture: Pixels) -> Cells:
    """The cells of a picture (HxW or HxWx3) that may hold writing, and their neighbours."""
    strength = _strength(picture)
    noise = cv2.medianBlur(np.minimum(strength, 255).astype(np.uint8), 5).astype(np.float32)
    marked = strength >= np.clip(OVER_NOISE * noise, FAINTEST, PLAIN)
    return cv2.dilate(marked.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


def covered(cells: Cells, boxes: list[Span]) -> Cells:
    """The cells that lie wholly inside one of the boxes, which are given in pixels."""
    inside = np.zeros_like(cells)
    for top, bottom, left, right in boxes:
        inside[-(-top // CELL) : bottom // CELL, -(-left // CELL) : right // CELL] = True
    return inside


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
    cuts = np.arange(2, height - 1) if height <= longest else np.arange(height // 3, height - height // 3)
    costs = _costs(cuts + 1, above[cuts - 1]) + _costs(height - cuts + 1, below[cuts])
    best = int(costs.argmin())
    return float(costs[best]), int(cuts[best])


def _costs(heights: NDArray[np.int_], widths: NDArray[np.int_]) -> NDArray[np.float64]:
    return (heights + 2 * CONTEXT) * (np.maximum(widths, 0) + 2 * CONTEXT)


def _strength(picture: Pixels) -> NDArray[np.float32]:
    """By how many grey levels the strokes of each cell stand out."""
    planes = [picture] if picture.ndim == 2 else _planes(picture)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (STROKE, STROKE))
    height, width = planes[0].shape
    strokes = np.zeros((height + -height % CELL, width + -width % CELL), np.uint8)
    inside = strokes[:height, :width]
    for plane in planes:
        for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            np.maximum(inside, cv2.morphologyEx(plane, operation, kernel), out=inside)
    rows, columns = strokes.shape[0] // CELL, strokes.shape[1] // CELL
    cells = (
        strokes.reshape(rows, CELL, columns, CELL).transpose(0, 2, 1, 3).reshape(rows, columns, CELL * CELL)
    )
    return np.partition(cells, -FEW, axis=2)[..., -FEW].astype(np.float32)


def _planes(picture: Pixels) -> list[Pixels]:
    """The planes of a colour picture; one where all are the same."""
    planes = [np.asarray(plane, np.uint8) for plane in cv2.split(picture)]
    same = all(np.array_equal(planes[0], other) for other in planes[1:])
    return planes[:1] if same else planes
