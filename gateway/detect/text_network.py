"""The network behind `text_regions`: how likely every pixel of a picture belongs to something written."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from gateway.detect.text_candidates import CELL, Cells, rectangles

type Pixels = NDArray[np.uint8]
type Map = NDArray[np.uint8]
"""Probabilities in 255ths: a quarter of the memory of floats, and fine enough."""

WEIGHTS = "ch_PP-OCRv4_det_folded.onnx"
VERSION = "pp-ocrv4-det-2"

MEANS = tuple(np.float32(255 * mean) for mean in (0.485, 0.456, 0.406))
"""What the network wants subtracted from its planes blue, green, red; that it names them red, green, blue is its own."""

MARGIN = 32
"""Pixels added around a picture: without them a line that touches the edge is missed."""
TILE = 448
"""Longest side looked at in one go; what is larger is cut, so that memory stays bounded."""
OVERLAP = 96
"""Tiles share this much, so that a line cut by one tile stands whole in the next."""
LONGEST = 512
"""Longest side of a rectangle of candidates, its surroundings not counted."""
SEEN_WITH = 24
"""Surroundings of such a rectangle, in pixels as the network sees them."""
FAINT = 64
"""Rectangles with fewer grey levels are stretched to so many."""
MOST_STRETCH = 8.0
"""More would make a picture of the noise."""
RIM = 8
"""Of which so many at the rim are not believed: letters are cut there."""


@cache
def _session() -> Any:
    """The detector, loaded at the first picture and kept: one thread, because every worker has one core."""
    runtime: Any = onnxruntime  # exports its names in a way that type checkers do not follow
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # an arena keeps the largest picture's memory for good
    weights = resources.files("gateway.detect").joinpath("text_weights", WEIGHTS).read_bytes()
    return runtime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def one_plane(pixels: Pixels) -> Pixels:
    """A grey picture that is stored in three equal planes as one plane; others as they are."""
    if pixels.ndim == 3 and all(np.array_equal(pixels[..., 0], pixels[..., other]) for other in (1, 2)):
        return np.ascontiguousarray(pixels[..., 0])
    return pixels


def resized(colour: Pixels, scale: float) -> Pixels:
    """The picture larger or smaller."""
    if scale == 1:
        return colour
    size = (max(1, round(colour.shape[1] * scale)), max(1, round(colour.shape[0] * scale)))
    way = cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(colour, size, interpolation=way), np.uint8)


def probabilities(colour: Pixels, margin: int = MARGIN) -> Map:
    """How likely every pixel belongs to text; large pictures tile by tile, the larger value where tiles overlap."""
    height, width = colour.shape[:2]
    if max(height, width) <= TILE + OVERLAP:
        return _tile(colour, margin)
    whole = np.zeros((height, width), np.uint8)
    for top, bottom in _spans(height):
        for left, right in _spans(width):
            window = whole[top:bottom, left:right]
            np.maximum(window, _tile(colour[top:bottom, left:right], margin), out=window)
    return whole


def probabilities_of(colour: Pixels, cells: Cells, larger: float, *, turned: bool = False) -> Map:
    """The same where there are candidates and zero elsewhere, for the picture enlarged `larger` times (1 and more).

    With `turned` the network sees every piece turned by 90 degrees; the map stands as the picture does.
    """
    height, width = colour.shape[:2]
    whole = np.zeros((round(height * larger), round(width * larger)), np.uint8)
    around = -int(-SEEN_WITH // larger)
    padded = np.asarray(cv2.copyMakeBorder(colour, *(around,) * 4, cv2.BORDER_REPLICATE), np.uint8)
    for first, last, start, end in rectangles(cells, max(4, int(LONGEST / larger / CELL))):
        top, left = first * CELL, start * CELL
        bottom, right = min(height, last * CELL), min(width, end * CELL)
        piece = padded[top : bottom + 2 * around, left : right + 2 * around]
        seen = _piece(_stretched(piece), larger, turned=turned)
        rows = slice(round((top - around) * larger), round((bottom + around) * larger))
        columns = slice(round((left - around) * larger), round((right + around) * larger))
        shown = np.s_[
            max(0, rows.start + RIM) : min(whole.shape[0], rows.stop - RIM),
            max(0, columns.start + RIM) : min(whole.shape[1], columns.stop - RIM),
        ]
        window = whole[shown]
        top, left = shown[0].start - rows.start, shown[1].start - columns.start
        np.maximum(window, seen[top : top + window.shape[0], left : left + window.shape[1]], out=window)
    return whole


def _stretched(piece: Pixels) -> Pixels:
    """A piece with little contrast with more of it: the network was trained on writing that people can see."""
    low, high = (float(value) for value in np.percentile(piece, (0.1, 99.9)))
    if high - low >= FAINT:
        return piece
    factor = min(MOST_STRETCH, FAINT / max(1.0, high - low))
    return np.asarray(np.clip((piece - (low + high) / 2) * factor + 128, 0, 255), np.uint8)


def _piece(piece: Pixels, larger: float, *, turned: bool) -> Map:
    seen = resized(piece, larger)
    return np.rot90(_tile(np.ascontiguousarray(np.rot90(seen)), 0), -1) if turned else _tile(seen, 0)


def _spans(length: int) -> Iterator[tuple[int, int]]:
    """Equal pieces of at most TILE + OVERLAP pixels that overlap by OVERLAP."""
    count = max(1, -(-(length - OVERLAP) // TILE))
    step = -(-(length - OVERLAP) // count)
    for index in range(count):
        start = min(index * step, max(0, length - step - OVERLAP))
        yield start, min(length, start + step + OVERLAP)


def _tile(colour: Pixels, margin: int) -> Map:
    height, width = colour.shape[:2]
    below, beside = -(height + 2 * margin) % 32 + margin, -(width + 2 * margin) % 32 + margin
    padded = cv2.copyMakeBorder(colour, margin, below, margin, beside, cv2.BORDER_REPLICATE)
    planes = np.empty((1, 3, *padded.shape[:2]), np.float32)
    for plane, mean in enumerate(MEANS):
        np.subtract(padded if padded.ndim == 2 else padded[..., 2 - plane], mean, out=planes[0, plane])
    (seen,) = _session().run(None, {"x": planes})
    return np.asarray(seen[0, 0, margin : margin + height, margin : margin + width] * 255, np.uint8)
