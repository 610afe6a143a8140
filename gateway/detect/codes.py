"""Finds QR codes and bar codes: a wristband's square says more than its writing. They are found, never decoded."""

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.model import Box

LONGEST_SIDE = 2000
"""Larger pictures are shrunk to this: a code that was meant to be scanned survives it."""
GROWTH = 0.08
"""Finders return the outer modules' corners or a bar code's middle; this share of the size is added on every side."""


def find_codes(pixels: NDArray[np.uint8]) -> tuple[Box, ...]:
    """Boxes around every QR and bar code of a picture (HxW or HxWx3 uint8), inside the picture."""
    height, width = pixels.shape[:2]
    if min(height, width) < 24:
        return ()  # smaller than the smallest code; the finders fail on it
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    if scale < 1:
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    corners = []
    for finder in (cv2.QRCodeDetector(), cv2.barcode.BarcodeDetector()):
        found, quads = finder.detectMulti(grey)
        if found and quads is not None:
            corners += [np.asarray(quad, np.float64).reshape(-1, 2) / scale for quad in quads]
    boxes = (_box(quad, width, height) for quad in corners)
    return tuple(sorted({box for box in boxes if box[2] > 8 and box[3] > 8}))


def _box(quad: NDArray[np.float64], width: int, height: int) -> Box:
    (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
    grow = GROWTH * max(x1 - x0, y1 - y0)
    left, top = max(0, int(x0 - grow)), max(0, int(y0 - grow))
    return left, top, min(width, int(x1 + grow) + 1) - left, min(height, int(y1 + grow) + 1) - top
