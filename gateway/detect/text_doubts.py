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
    brightest = crop if crop.ndim == 2 else crop.max(axis=2)
    dark = (brightest <= SOLID).astype(np.uint8)
    solid = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)), np.uint8)
    inside = np.s_[y - top : y + height - top, x - left : x + width - left]
    near = np.s_[
        max(0, inside[0].start - 6) : inside[0].stop + 6, max(0, inside[1].start - 6) : inside[1].stop + 6
    ]
    if not solid[near].any():
        return False
    if solid[inside].all():
        return True
    scale = min(1.0, GLANCE / thickness)
    seen = probabilities(_filled(resized(crop, scale), resized(solid * 255, scale), scale), margin=16)
    shown = cv2.resize(seen, (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_LINEAR)
    return float((shown[inside] > TEXT_PROBABILITY).mean()) <= 0.05


def _filled(crop: Pixels, solid: Pixels, scale: float) -> Pixels:
    """A crop with its solid parts filled from what is around them."""
    rest = (solid < SOLID).astype(np.float32)
    side = 2 * int(LARGE * scale) + 3
    weight = cv2.boxFilter(rest, -1, (side, side))
    filled = crop.copy() if crop.ndim == 3 else crop[..., None].copy()
    for plane in range(filled.shape[2]):
        here = filled[..., plane]
        smooth = cv2.boxFilter(here * rest, -1, (side, side)) / np.maximum(weight, 1e-3)
        ground = float(here[rest > 0].mean()) if rest.any() else 0.0
        here[rest == 0] = np.where(weight > 0.02, smooth, ground).astype(np.uint8)[rest == 0]
    return filled if crop.ndim == 3 else filled[..., 0]


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
