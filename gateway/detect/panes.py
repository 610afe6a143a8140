"""Finds the pictures in a picture: panes of a viewer, thumbnails, figures on a slide or a page.

Two searches on a small sketch, because each finds what the other misses. One cuts the sketch along its quiet rows and columns,
again and again (Nagy & Seth 1984, "Hierarchical representation of optically scanned documents"), which takes apart text, bars
and grids of any colour. The other takes away the few flat colours that screens and slides are made of and keeps solid blobs.
"""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

type Pixels = NDArray[np.uint8]
type Box = tuple[int, int, int, int]
type _Runs = list[tuple[int, int]]

SKETCH: Final = 320  # pixels of the longer side on which panes are searched
MOST_PANES: Final = 4  # bounds the time: each pane costs as much as the whole picture
QUIET_STEP: Final = 5  # grey levels between neighbours that still count as no change
LEAST_SIDE: Final = 18  # pixels of the sketch; narrower strips are lines of text, rules and tool bars
SMALLEST: Final = 0.01  # of the sketch
LARGEST: Final = 0.85
DEEPEST: Final = 6  # cuts inside cuts
SAME: Final = 0.6  # boxes that share this much of their union are one pane


def reduced(pixels: Pixels, longest: int) -> Pixels:
    """The same picture with its longer side at most `longest`."""
    height, width = pixels.shape[:2]
    # By a whole number first, which is many times faster; up to that many pixels of the right and lower edge are lost.
    whole = max(height, width) // longest
    if whole > 1 and min(height, width) >= 16 * whole:
        height, width = height // whole, width // whole
        cut = pixels[: height * whole, : width * whole]
        pixels = np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def scaled(box: Box, target: Pixels, source: Pixels) -> Box:
    """A box on `source` in the pixels of `target`, clipped to it."""
    across, down = target.shape[1] / source.shape[1], target.shape[0] / source.shape[0]
    left, top = int(box[0] * across), int(box[1] * down)
    right = min(target.shape[1], math.ceil((box[0] + box[2]) * across))
    bottom = min(target.shape[0], math.ceil((box[1] + box[3]) * down))
    return left, top, right - left, bottom - top


def find_panes(pixels: Pixels, sketch: Pixels | None = None) -> tuple[Box, ...]:
    """Rectangles that may hold a picture within the picture, largest first, at most `MOST_PANES`.

    A photograph has neither quiet rows nor flat colours, so it has no panes and costs no extra look. `sketch` is the same
    picture made small, if the caller has it already.
    """
    sketch = reduced(pixels, SKETCH) if sketch is None else sketch
    if min(sketch.shape[:2]) < 64:
        return ()
    kept: list[Box] = []
    for box in (*_by_quiet_lines(sketch), *_by_flat_colour(sketch)):
        if all(_overlap(box, other) < SAME for other in kept):
            kept.append(box)
    kept.sort(key=lambda box: -box[2] * box[3])
    return tuple(scaled(box, pixels, sketch) for box in kept[:MOST_PANES])


def _overlap(one: Box, other: Box) -> float:
    """What two boxes share, as a part of their union."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0, across) * max(0, down)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def _by_quiet_lines(sketch: Pixels) -> list[Box]:
    """What is left between rows and columns in which nothing changes."""
    height, width = sketch.shape[:2]
    # Changes up to each pixel, so that those of any stretch are one subtraction.
    along = np.zeros((height, width), np.int32)
    np.cumsum(_changes(sketch[:, 1:], sketch[:, :-1]), axis=1, dtype=np.int32, out=along[:, 1:])
    down = np.zeros((height, width), np.int32)
    np.cumsum(_changes(sketch[1:], sketch[:-1]), axis=0, dtype=np.int32, out=down[1:])
    found: list[Box] = []
    open_boxes: list[tuple[Box, int]] = [((0, 0, width, height), DEEPEST)]
    while open_boxes:
        (x, y, w, h), depth = open_boxes.pop()
        rows = _loud(along[y : y + h, x + w - 1] - along[y : y + h, x], w)
        columns = _loud(down[y + h - 1, x : x + w] - down[y, x : x + w], h)
        if not rows or not columns:
            continue
        if len(rows) == 1 and len(columns) == 1:
            inner = (x + columns[0][0], y + rows[0][0], columns[0][1], rows[0][1])
            if depth == 0 or inner[2] * inner[3] > 0.97 * w * h:
                found.append(inner)
            else:
                open_boxes.append((inner, depth - 1))
        elif depth == 0:
            found.append((x, y, w, h))
        elif _quiet_part(columns, w) >= _quiet_part(rows, h):
            open_boxes.extend(((x + start, y, length, h), depth - 1) for start, length in columns)
        else:
            open_boxes.extend(((x, y + start, w, length), depth - 1) for start, length in rows)
    return [box for box in found if _worth_a_look(box, sketch)]


def _changes(one: Pixels, other: Pixels) -> NDArray[np.bool_]:
    """Where any colour differs by more than QUIET_STEP."""
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(red, green), blue) > QUIET_STEP, np.bool_)


def _loud(changes: NDArray[np.int32], across: int) -> _Runs:
    """Start and length of the runs of lines with more changes than a few straight edges make, narrow runs left out."""
    loud = np.zeros(len(changes) + 2, np.int8)
    loud[1:-1] = changes > 2 + 0.02 * across
    edges = np.flatnonzero(np.diff(loud))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(start, stop - start) for start, stop in runs if stop - start >= LEAST_SIDE]


def _quiet_part(runs: _Runs, length: int) -> float:
    """The part of a side between the runs; nothing when there is no second run to cut off."""
    return 1 - sum(run for _, run in runs) / length if len(runs) > 1 else -1.0


def _worth_a_look(box: Box, sketch: Pixels) -> bool:
    """Neither a speck, nor nearly everything, nor a strip."""
    share = box[2] * box[3] / (sketch.shape[0] * sketch.shape[1])
    return SMALLEST <= share <= LARGEST and max(box[2:]) <= 5 * min(box[2:])


def _by_flat_colour(sketch: Pixels) -> list[Box]:
    """Solid blobs of what is left after taking flat colours away and wiping out text and rules."""
    content = _content(sketch)
    if content is None:
        return []
    closed = cv2.morphologyEx(content, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    solid = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((11, 11), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    boxes: list[Box] = []
    for left, top, w, h, filled in stats[1:count].tolist():
        if min(w, h) >= 24 and filled >= 0.4 * w * h and _worth_a_look((left, top, w, h), sketch):
            boxes.append((left, top, w, h))
    return boxes


def _content(sketch: Pixels) -> Pixels | None:
    """255 where a pixel has none of the picture's flat colours; None when there is no flat colour."""
    coarse = np.right_shift(sketch, 4).astype(np.uint16)
    bins = (coarse[:, :, 0] << 8) | (coarse[:, :, 1] << 4) | coarse[:, :, 2]
    counts = np.bincount(bins.ravel(), minlength=4096)
    flat = np.zeros(bins.shape, np.uint8)
    for colour in np.argpartition(counts, -3)[-3:]:
        if counts[colour] < 0.08 * bins.size:
            continue
        mean = np.array(cv2.mean(sketch, np.asarray(bins == colour, np.uint8))[:3])
        low, high = np.clip(mean - 14, 0, 255), np.clip(mean + 14, 0, 255)
        flat = np.asarray(cv2.bitwise_or(flat, cv2.inRange(sketch, low, high)), dtype=np.uint8)
    if not flat.any():
        return None
    return np.asarray(cv2.bitwise_not(flat), dtype=np.uint8)
