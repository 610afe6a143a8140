"""Draws stained tissue by the light it absorbs, and gives real tissue other stains. HxWx3 uint8 RGB.

Two dyes absorb red, green and blue by Beer's law (Ruifrok & Johnston 2001, "Quantification of histochemical staining by color
deconvolution"); how dark and how pure they are differs between laboratories far more than the tissue does.
"""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Plane, Random, fog

DYES = (
    ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11)),  # haematoxylin and eosin
    ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11)),
    ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11)),
    ((0.65, 0.70, 0.29), (0.27, 0.57, 0.78)),  # haematoxylin and brown immune stain
    ((0.80, 0.59, 0.10), (0.10, 0.75, 0.55)),  # trichrome
    ((0.55, 0.76, 0.34), (0.20, 0.95, 0.25)),  # PAS
)
TISSUES = 4


def tissue(random: Random) -> Pixels:
    """Sheets, streams, glands or a whole small section: nuclei, fibres, gaps, in one of several stains."""
    side = int(random.integers(224, 384))
    kind = int(random.integers(TISSUES))
    radius = random.uniform(1.6, 8.5)
    heading = fog(random, side, side, random.uniform(60, 250), 2) * random.uniform(2, 9)
    gaps, lining = _gaps(random, side, kind, radius)
    crowd = np.clip(0.25 + 1.1 * fog(random, side, side, random.uniform(40, 160), 3), 0, 1)
    crowd = np.maximum(crowd * random.uniform(0.3, 1), lining)
    nuclei = _nuclei(random, (crowd, gaps, heading), radius)
    pink = random.uniform(0.15, 0.65) + random.uniform(0.1, 0.6) * (
        fog(random, side, side, random.uniform(15, 70), 5) - 0.5
    )
    pink = pink + _fibres(random, heading) * random.uniform(0.0, 0.6)
    pink = np.clip(pink, 0.05, 2) * (1 - 0.6 * nuclei)
    blue = nuclei * random.uniform(0.9, 2.1) + random.uniform(0.03, 0.22)
    clear = 1 - np.clip(gaps, 0, 1)
    picture = _stained(random, blue * clear + 0.01, pink * clear + 0.01)
    picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.3, 0.9))
    return np.clip(picture + random.normal(0, random.uniform(1, 5), picture.shape), 0, 255).astype(np.uint8)


def _gaps(random: Random, side: int, kind: int, radius: float) -> tuple[Plane, Plane]:
    """Where the glass shows, and the rim of cells around it."""
    gaps, lining = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    if kind == 0:
        gaps = (fog(random, side, side, random.uniform(20, 90), 4) > random.uniform(0.62, 0.9)).astype(
            np.float32
        )
        return cv2.GaussianBlur(gaps, (0, 0), 1.0), cv2.dilate(gaps, np.ones((5, 5), np.uint8)) * 0.6
    if kind == 1:
        for _ in range(int(random.integers(4, 26))):
            at = random.integers(0, side, 2)
            axes, turn = random.uniform(2.5 * radius, 9 * radius, 2), float(random.uniform(0, 180))
            for plane, grow in ((lining, random.uniform(2, 4) * radius), (gaps, 0.0)):
                cv2.ellipse(plane, at.tolist(), (axes + grow).astype(int).tolist(), turn, 0, 360, 1.0, -1)
        gaps *= fog(random, side, side, 12, 2) > random.uniform(0.05, 0.3)
        return cv2.GaussianBlur(gaps, (0, 0), 1.0), lining * (1 - gaps)
    if kind == 2:
        edge = fog(random, side, side, side * 0.8, 6)
        ys, xs = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
        away = np.hypot(xs * random.uniform(0.9, 1.4), ys) + (edge - 0.5) * random.uniform(0.5, 1.2)
        gaps = (away > random.uniform(0.7, 0.95)).astype(np.float32)
        gaps = np.maximum(gaps, fog(random, side, side, 30, 4) > 0.9)
    return cv2.GaussianBlur(np.asarray(gaps, np.float32), (0, 0), 1.0), lining


def _nuclei(random: Random, where: tuple[Plane, Plane, Plane], radius: float) -> Plane:
    """Dots, ovals or spindles, as dense as `crowd` says, lying along `heading`, none in the gaps."""
    crowd, gaps, heading = where
    side = crowd.shape[0]
    layer = np.zeros((side, side), np.float32)
    slim = random.uniform(0.3, 1)
    count = int(side * side / (radius * radius * random.uniform(1.5, 9)))
    for x, y, luck, size, tone in zip(
        *random.integers(0, side, (2, count)).tolist(), random.random(count), random.uniform(0.6, 1.3, count),
        random.uniform(0.45, 1, count), strict=True,
    ):  # fmt: skip
        if luck > crowd[y, x] or gaps[y, x] > 0.3:
            continue
        axes = (max(1, round(radius * size)), max(1, round(radius * size * slim)))
        turn = float(np.degrees(heading[y, x]) + (20 * luck if slim < 0.7 else 300 * luck))
        cv2.ellipse(layer, (x, y), axes, turn, 0, 360, float(tone), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(layer, (0, 0), random.uniform(0.4, 1.2)) * (
        0.6 + 0.5 * fog(random, side, side, 4, 2)
    )


def _fibres(random: Random, heading: Plane) -> Plane:
    """Streaks along the heading: noise smeared a few pixels at a time."""
    side = heading.shape[0]
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    streaks = fog(random, side, side, random.uniform(2, 6), 2)
    total = np.zeros_like(streaks)
    for step in range(-6, 7, 2):
        total += cv2.remap(
            streaks,
            xs + step * np.cos(heading),
            ys + step * np.sin(heading),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
    return total / 7


def _stained(random: Random, first: Plane, second: Plane) -> Pixels:
    """Light left after two dyes of these amounts, on glass that is nearly white."""
    dyes = np.array(DYES[random.integers(len(DYES))]) + random.normal(0, 0.06, (2, 3))
    amounts = np.stack([first, second], axis=2) * random.uniform(0.6, 1.35, 2)
    return np.asarray(random.uniform(225, 252) * np.exp(-np.clip(amounts @ dyes, 0, 4)), np.float32)


def restained(random: Random, pixels: Pixels) -> Pixels:
    """Real tissue as another laboratory might have stained it: each dye darker or paler, hues shifted."""
    light = np.maximum(pixels.astype(np.float32), 2) / 250
    dyes = np.array(DYES[0])
    third = np.cross(dyes[0], dyes[1])
    basis = np.stack([dyes[0], dyes[1], third / np.linalg.norm(third)])
    amounts = -np.log(light) @ np.linalg.inv(basis)
    amounts = amounts * random.uniform(0.55, 1.6, 3) + random.normal(0, 0.04, 3)
    other = basis + random.normal(0, 0.07, (3, 3))
    return np.clip(250 * np.exp(-np.clip(amounts @ other, 0, 5)), 0, 255).astype(np.uint8)
