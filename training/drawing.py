"""The pens and papers that drawn pictures share."""

import cv2
import numpy as np
from corpus import Pixels
from numpy.typing import NDArray

Random = np.random.Generator
Plane = NDArray[np.float32]


def fog(random: Random, height: int, width: int, coarse: float, octaves: int = 4) -> Plane:
    """Smooth noise in 0..1: octaves of random grids, each twice as fine and half as strong."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        rows, columns = (max(2, round(n / coarse * 2**octave)) for n in (height, width))
        grid = random.random((rows, columns), np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def gray(values: Plane) -> Pixels:
    """0..1 to an RGB picture without colour."""
    return np.repeat((np.clip(values, 0, 1) * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def paper(random: Random, height: int, width: int) -> Pixels:
    """White, tinted or ruled paper; medical and other curves are drawn on the same kinds."""
    style = random.integers(5)
    base = np.full((height, width, 3), random.integers(236, 256, 3), np.uint8)
    if style == 0:
        return base
    tint = [(250, 190, 190), (250, 205, 170), (180, 225, 190), (205, 205, 205)][style - 1]
    step = int(random.integers(4, 9))
    for every, weight in ((step, 0.45), (step * 5, 1.0)):
        colour = tuple(int(255 - (255 - c) * weight * random.uniform(0.7, 1.2)) for c in tint)
        base[::every] = colour
        base[:, ::every] = colour
    return base


def trace(
    random: Random, canvas: Pixels, values: Plane, box: tuple[int, int, int, int], ink: tuple[int, ...]
) -> None:
    """A curve with values in about -1..1 across a box x, y, width, height."""
    left, top, width, height = box
    xs = np.linspace(left, left + width - 1, len(values))
    ys = top + height / 2 - values * height * 0.45
    points = np.stack([xs, ys], axis=1).round().astype(np.int32)
    cv2.polylines(
        canvas,
        [points],
        isClosed=False,
        color=ink,
        thickness=int(random.integers(1, 3)),
        lineType=cv2.LINE_AA,
    )


def scribble(random: Random, canvas: Pixels, box: tuple[int, int, int, int]) -> None:
    """Lines of small print in a box x, y, width, height."""
    left, top, width, height = box
    size = float(random.uniform(0.28, 0.45))
    tone = int(canvas[max(0, top), max(0, left)].mean())
    ink = (int(random.integers(0, 90)),) * 3 if tone > 120 else (int(random.integers(150, 256)),) * 3
    for y in range(top + 9, top + height, int(28 * size) + 2):
        letters = random.integers(97, 123, int(random.integers(3, max(4, width / (18 * size)))))
        text = "".join(" " if random.random() < 0.15 else chr(c) for c in letters)
        cv2.putText(canvas, text, (left, y), cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1, cv2.LINE_AA)
