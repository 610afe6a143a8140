"""Finds QR codes, bar codes and other squares of black and white: a wristband's square says more than its writing.

They are found, never decoded. OpenCV's finders know two kinds; the texture that all printed codes have in common (dense
strokes of two shades, in two directions) shows them and the others, such as Data Matrix, whichever way they lie.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.model import Box

type Pixels = NDArray[np.uint8]

LONGEST_SIDE = 2000
"""Larger pictures are shrunk to this: a code that was meant to be scanned survives it."""
GROWTH = 0.08
"""Finders return the outer modules' corners or a bar code's middle; this share of the size is added on every side."""

STROKE = 9
"""Modules thinner than this are strokes; larger ones are in a smaller copy."""
COPIES = (1.0, 0.5)
STRONG = 60
"""Grey levels by which a code's modules stand out at least."""
AROUND = 21
"""Pixels of the neighbourhood whose strokes are counted."""
DENSE = 0.8
"""A code has at least this share of strokes; writing has less."""
SMALLEST = 26
"""Pixels of a code's shorter side at least, in the copy it is seen in."""
TWO_SHADES = 0.6
"""The share of pixels that are nearly as light or as dark as the box gets."""
TWO_WAYS = 0.2
"""How much the edges keep to two directions: 0 for blood vessels, 1 for a chess-board."""
WRITTEN = 0.5
"""Texture that is covered by lines of text to this share is text."""


def find_codes(pixels: Pixels, written: Sequence[Box] = ()) -> tuple[Box, ...]:
    """Boxes around every code of a picture (HxW or HxWx3 uint8), inside the picture.

    `written` are boxes where text was found: dense lines of it have the texture of a code.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < 24:
        return ()  # smaller than the smallest code; the finders fail on it
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    if scale < 1:
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    grey = np.asarray(grey, np.uint8)
    corners = []
    for finder in (cv2.QRCodeDetector(), cv2.barcode.BarcodeDetector()):
        found, quads = finder.detectMulti(grey)
        if found and quads is not None:
            corners += [np.asarray(quad, np.float64).reshape(-1, 2) / scale for quad in quads]
    boxes = [_box(quad, width, height) for quad in corners]
    text = np.zeros((height, width), np.uint8)
    for x, y, across, down in written:
        text[y : y + down, x : x + across] = 1
    for x, y, across, down in _textures(grey):
        left, top = int(x / scale), int(y / scale)
        right, bottom = min(width, int((x + across) / scale) + 1), min(height, int((y + down) / scale) + 1)
        if cv2.mean(text[top:bottom, left:right])[0] < WRITTEN:
            boxes.append((left, top, right - left, bottom - top))
    return tuple(sorted({box for box in boxes if box[2] > 8 and box[3] > 8}))


def _textures(grey: Pixels) -> Iterator[Box]:
    """Places that look like a code, with a rim of half a neighbourhood."""
    height, width = grey.shape
    kernel = np.ones((STROKE, STROKE), np.uint8)
    for scale in COPIES:
        copy = (
            grey if scale == 1 else cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        )
        if min(copy.shape) < SMALLEST:
            return
        light = cv2.morphologyEx(copy, cv2.MORPH_TOPHAT, kernel)
        dark = cv2.morphologyEx(copy, cv2.MORPH_BLACKHAT, kernel)
        strong = 255 * (cv2.max(light, dark) >= STRONG).astype(np.uint8)
        dense = (cv2.boxFilter(strong, -1, (AROUND, AROUND)) >= 255 * DENSE).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(dense)
        rim = AROUND // 2
        for x, y, across, down, filled in stats[1:count].tolist():
            if min(across, down) + rim < SMALLEST or filled < 0.35 * across * down:
                continue
            left, top = max(0, int((x - rim) / scale)), max(0, int((y - rim) / scale))
            right = min(width, int((x + across + rim) / scale) + 1)
            bottom = min(height, int((y + down + rim) / scale) + 1)
            if _is_code(grey[top:bottom, left:right]):
                yield left, top, right - left, bottom - top


def _is_code(window: Pixels) -> bool:
    """Whether a piece is made of two shades, and its edges run in two directions at right angles."""
    seen = window.astype(np.float32)
    low, high = np.percentile(seen, (5, 95))
    reach = 0.25 * max(1.0, float(high - low))
    if float(((seen < low + reach) | (seen > high - reach)).mean()) < TWO_SHADES:
        return False
    edges = cv2.Sobel(seen, cv2.CV_32F, 1, 0) + 1j * cv2.Sobel(seen, cv2.CV_32F, 0, 1)
    strength = np.abs(edges)
    # Directions times four: those at right angles to each other add up, others cancel out.
    together = np.abs((edges**4 / np.maximum(strength, 1) ** 3).sum())
    return float(together / max(1.0, float(strength.sum()))) >= TWO_WAYS


def _box(quad: NDArray[np.float64], width: int, height: int) -> Box:
    (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
    grow = GROWTH * max(x1 - x0, y1 - y0)
    left, top = max(0, int(x0 - grow)), max(0, int(y0 - grow))
    return left, top, min(width, int(x1 + grow) + 1) - left, min(height, int(y1 + grow) + 1) - top
