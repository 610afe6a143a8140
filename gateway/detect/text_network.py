"""The network behind `text_regions`: how likely every pixel of a picture belongs to something written."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

type Pixels = NDArray[np.uint8]
type Map = NDArray[np.float32]

WEIGHTS = "ch_PP-OCRv4_det_folded.onnx"
VERSION = "pp-ocrv4-det-2"

MEANS = tuple(np.float32(255 * mean) for mean in (0.485, 0.456, 0.406))
"""What the network wants subtracted from its planes blue, green, red; that it names them red, green, blue is its own."""

MARGIN = 32
"""Pixels added around a picture: without them a line that touches the edge is missed."""
TILE = 704
"""Longest side looked at in one go; what is larger is cut, so that memory stays bounded."""
OVERLAP = 96
"""Tiles share this much, so that a line cut by one tile stands whole in the next."""


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
    whole = np.zeros((height, width), np.float32)
    for top, bottom in _spans(height):
        for left, right in _spans(width):
            window = whole[top:bottom, left:right]
            np.maximum(window, _tile(colour[top:bottom, left:right], margin), out=window)
    return whole


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
        np.subtract(padded[..., 2 - plane], mean, out=planes[0, plane])
    (seen,) = _session().run(None, {"x": planes})
    return np.asarray(seen[0, 0, margin : margin + height, margin : margin + width], np.float32)
