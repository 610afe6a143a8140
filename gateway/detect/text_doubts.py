"""Second thoughts about regions that look written: black boxes, traces, and organs that are text at one size only."""

import cv2
import numpy as np

from gateway.detect.text_network import Map, Pixels, probabilities, resized
from gateway.model import Box

TEXT_PROBABILITY = 76
"""Of 255: from here on a pixel counts as text (0.3, as in the paper)."""
LARGE = 28
"""Regions thicker than this get a second glance: organs look like text at one size, text does at every size."""
GLANCE = 24
"""The thickness to which a large region is shrunk for the second glance."""
AROUND = 0.6
"""How much of its surroundings a region is shown with, in its own thicknesses."""
SOLID = 8
"""Nothing brighter is solid black; the value that redaction paints, with what a decoder makes of it."""


def is_paint(colour: Pixels, box: Box, thickness: float) -> bool:
    """Whether a region is only the shape of solid black boxes: rows of them look like lines of large letters.

    The boxes are filled from around them; writing stays writing (a rim of black stays about it), painted boxes vanish.
    """
    x, y, width, height = box
    around = int(2 * LARGE + thickness)
    top, left = max(0, y - around), max(0, x - around)
    crop = colour[top : y + height + around, left : x + width + around]
    crop = crop if crop.ndim == 3 else np.repeat(crop[..., None], 3, axis=2)
    planes = cv2.split(crop)
    solid = cv2.morphologyEx(
        (cv2.max(cv2.max(*planes[:2]), planes[2]) <= SOLID).astype(np.uint8),
        cv2.MORPH_OPEN,
        np.ones((9, 9), np.uint8),
    )
    inside = np.s_[y - top : y + height - top, x - left : x + width - left]
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
    seen = probabilities(resized(filled, min(1.0, GLANCE / thickness)), margin=16)
    shown = cv2.resize(seen, (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_LINEAR)
    return float((shown[inside] > TEXT_PROBABILITY).mean()) <= 0.05


def looks_written(colour: Pixels, box: Box, thickness: float, wanted: float, least: float) -> bool:
    """Whether a region still shows text when it is brought to another thickness: the least share of its pixels."""
    crop, left, top = with_surroundings(colour, box)
    x, y, width, height = box
    upright = crop if crop.shape[1] >= crop.shape[0] else np.ascontiguousarray(np.rot90(crop))
    seen: Map = probabilities(resized(upright, wanted / thickness), margin=16)
    shown = cv2.resize(seen, (upright.shape[1], upright.shape[0]), interpolation=cv2.INTER_LINEAR)
    shown = shown if upright is crop else np.rot90(shown, -1)
    inside = shown[y - top : y + height - top, x - left : x + width - left]
    return float((inside > TEXT_PROBABILITY).mean()) > least


def with_surroundings(colour: Pixels, box: Box) -> tuple[Pixels, int, int]:
    """A region with what is around it, and where that begins: left, top."""
    x, y, width, height = box
    around = int(AROUND * min(width, height))
    top, left = max(0, y - around), max(0, x - around)
    return colour[top : y + height + around, left : x + width + around], left, top


def is_curve(window: Pixels) -> bool:
    """Whether all the ink is one thin line that every column crosses once: a trace or graph, which no writing is."""
    height, width = window.shape[:2]
    if height < LARGE or width < 2 * height:
        return False
    grey = np.ascontiguousarray(window)
    grey = grey if grey.ndim == 2 else np.asarray(cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY), np.uint8)
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if ink.mean() > 0.5:
        ink = 1 - ink
    strokes = np.diff(np.pad(ink.astype(np.int8), ((1, 1), (0, 0))), axis=0) == 1
    crossings = strokes.sum(axis=0)
    return bool((crossings <= 1).mean() > 0.95 and (crossings == 1).mean() > 0.7 and ink.mean() < 0.25)
