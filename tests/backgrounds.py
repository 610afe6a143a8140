"""Pictures as scanners and viewers make them, before anything is written into them; all synthetic."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

type Pixels = NDArray[np.uint8]


def _noise(height: int, width: int, sigma: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise in 0..1; sigma in pixels."""
    step = max(1, int(sigma))
    small = random.random((height // step + 2, width // step + 2), dtype=np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32).clip(
        0, 1
    )


def _ellipse(height: int, width: int, spot: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[0:height, 0:width]
    x, y, a, b = spot
    return np.asarray(
        ((columns - x * width) / (a * width)) ** 2 + ((rows - y * height) / (b * height)) ** 2 < 1
    )


def _grey(field: NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(field, 0, 255), np.uint8)


def _cr(random: np.random.Generator) -> Pixels:
    height, width = 1152, 960
    field = 60 + 70 * _noise(height, width, 220, random) + 25 * _noise(height, width, 40, random)
    for x in (0.3, 0.7):
        field[_ellipse(height, width, (x, 0.45, 0.16, 0.3))] *= 0.45
    for rib in range(9):
        y = int(height * (0.18 + 0.07 * rib))
        stroke = np.zeros((height, width), np.float32)
        cv2.ellipse(stroke, (width // 2, y), (int(width * 0.38), 60), 0, 200, 340, 22, 9)
        field += stroke
    field[:, int(width * 0.46) : int(width * 0.54)] += 45
    return _grey(cv2.GaussianBlur(field, (0, 0), 3) + random.normal(0, 4, (height, width)))


def _ct(random: np.random.Generator) -> Pixels:
    height = width = 512
    field = np.zeros((height, width), np.float64)
    field[_ellipse(height, width, (0.5, 0.5, 0.4, 0.3))] = 110
    field[_ellipse(height, width, (0.5, 0.68, 0.06, 0.06))] = 235
    for _ in range(9):
        spot = (*(0.25 + 0.5 * random.random(2)), *(0.03 + 0.08 * random.random(2)))
        field[_ellipse(height, width, spot) & (field > 0)] += random.integers(-60, 60)
    return _grey(cv2.GaussianBlur(field, (0, 0), 1.2) + random.normal(0, 9, (height, width)) * (field > 0))


def _us(random: np.random.Generator) -> Pixels:
    height, width = 768, 1024
    rows, columns = np.mgrid[0:height, 0:width]
    radius, angle = np.hypot(columns - width / 2, rows - 40), np.arctan2(columns - width / 2, rows - 40)
    sector = (radius > 60) & (radius < 640) & (abs(angle) < 0.65)
    speckle = random.rayleigh(1, (height, width)) * (30 + 90 * _noise(height, width, 60, random))
    picture = np.repeat(_grey(cv2.GaussianBlur(speckle, (0, 0), 1.5) * sector)[..., None], 3, 2)
    ramp = np.linspace(255, 0, 200).astype(np.uint8)
    picture[120:320, width - 50 : width - 36] = ramp[:, None, None]
    return picture


def _mg(random: np.random.Generator) -> Pixels:
    height, width = 1280, 1024
    breast = _ellipse(height, width, (0.0, 0.5, 0.68, 0.42))
    field = (70 + 100 * _noise(height, width, 90, random) + 40 * _noise(height, width, 18, random)) * breast
    return _grey(cv2.GaussianBlur(field, (0, 0), 2) + random.normal(0, 3, (height, width)) * breast)


def _secondary_capture(random: np.random.Generator) -> Pixels:
    height, width = 768, 1024
    picture = np.full((height, width, 3), random.integers(225, 256, 3), np.uint8)
    for row in range(3):
        top = 90 + row * 210
        cv2.rectangle(picture, (40, top), (width - 40, top + 150), (int(random.integers(150, 200)),) * 3, 1)
        graph = (top + 130 - 90 * _noise(1, 380, 24, random)[0]).astype(np.int32)
        line = np.stack([np.arange(560, 940), graph], 1)
        cv2.polylines(picture, [line], isClosed=False, color=(180, 40, 40), thickness=2)
    return picture


def _viewer(random: np.random.Generator) -> Pixels:
    height, width = 900, 1440
    picture = np.full((height, width, 3), 38, np.uint8)
    picture[:44] = (62, 62, 70)
    for button in range(16):
        spot = (20 + button * 44, 12)
        cv2.rectangle(picture, spot, (spot[0] + 22, spot[1] + 20), (150, 150, 160), 1 + button % 2)
    for pane in range(4):
        top, left = 54 + (pane // 2) * 422, 220 + (pane % 2) * 610
        drawn = cv2.resize(_ct(random), (600, 412))
        picture[top : top + 412, left : left + 600] = drawn[..., None]
    picture[54:, 10:210] = (48, 48, 52)
    return picture


BACKGROUNDS: dict[str, Callable[[np.random.Generator], Pixels]] = {
    "CR": _cr,
    "CT": _ct,
    "US": _us,
    "MG": _mg,
    "secondary-capture": _secondary_capture,
    "viewer-screenshot": _viewer,
}
