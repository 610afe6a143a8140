"""Draws slices and echoes that the corpus has from one source only: CT of trunk and head, flat-probe ultrasound."""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Plane, Random, fog, gray, scribble


def _soft(plane: Plane, sigma: float) -> Plane:
    """Blurred."""
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def slice_of_body(random: Random) -> Pixels:
    """A cut across a trunk or a head as CT shows it: rim of fat, spine or skull, organs, gas; at a random window."""
    side = int(random.integers(240, 384))
    plane = np.zeros((side, side), np.float32)
    head = random.random() < 0.35
    axes = (
        np.array([0.36, 0.44] if head else [0.46, random.uniform(0.28, 0.36)])
        * side
        * random.uniform(0.85, 1)
    )
    at = (side // 2, side // 2)

    def oval(centre: tuple[float, float], half: tuple[float, float], value: float, turn: float = 0) -> None:
        where = (int(centre[0] * side), int(centre[1] * side))
        cv2.ellipse(
            plane,
            where,
            (max(1, int(half[0] * side)), max(1, int(half[1] * side))),
            turn,
            0,
            360,
            value,
            -1,
            cv2.LINE_AA,
        )

    ring = 1.0 if head else random.uniform(0.2, 0.35)
    cv2.ellipse(plane, at, axes.astype(int).tolist(), 0, 0, 360, ring, -1, cv2.LINE_AA)
    inner = axes * random.uniform(0.8, 0.93)
    soft = random.uniform(0.42, 0.55)
    cv2.ellipse(plane, at, inner.astype(int).tolist(), 0, 0, 360, soft, -1, cv2.LINE_AA)
    if head:
        for way in (-1, 1):
            oval((0.5 + way * 0.05, 0.47), (0.025, random.uniform(0.05, 0.11)), soft - 0.22, way * -15)
        cv2.line(plane, (at[0], int(at[1] - inner[1])), (at[0], int(at[1] + inner[1])), soft + 0.08, 1)
    else:
        lungs = random.random() < 0.4
        for way in (-1, 1):
            if lungs:
                oval(
                    (0.5 + way * 0.2, 0.48),
                    (random.uniform(0.12, 0.16), random.uniform(0.15, 0.2)),
                    0.03,
                    way * 10,
                )
            else:
                oval(
                    (0.5 + way * random.uniform(0.1, 0.17), 0.6),
                    (0.05, 0.07),
                    soft + random.uniform(0.05, 0.35),
                    way * 20,
                )
        if not lungs:
            oval((0.34, 0.44), (random.uniform(0.12, 0.17), random.uniform(0.1, 0.16)), soft + 0.08, 20)
            for _ in range(int(random.integers(3, 12))):
                oval(
                    tuple(random.uniform([0.35, 0.33], [0.75, 0.55])),
                    tuple(random.uniform(0.015, 0.06, 2)),
                    random.choice([soft + 0.1, soft - 0.15, 0.02, 0.85]),
                    random.uniform(0, 180),
                )
        oval((0.5, 0.68 if not lungs else 0.7), (0.05, 0.045), 0.95)
        oval((0.5, 0.735 if not lungs else 0.755), (0.02, 0.02), soft)
        for way in (-1, 1):
            oval((0.5 + way * 0.07, 0.76), (0.05, 0.012), 0.85, way * 25)
        for rib in range(int(random.integers(4, 9))):
            turn = rib / 9 * 2 * np.pi + random.normal(0, 0.1)
            oval(
                (0.5 + np.cos(turn) * inner[0] / side * 0.97, 0.5 + np.sin(turn) * inner[1] / side * 0.97),
                (0.035, 0.012),
                0.95,
                np.degrees(turn) + 90,
            )
    plane = _soft(plane, random.uniform(0.8, 1.8)) * (
        0.9 + 0.2 * fog(random, side, side, random.uniform(6, 30), 4)
    )
    if not head and random.random() < 0.5:
        cv2.ellipse(
            plane, (side // 2, int(side * 1.02)), (int(side * 0.45), int(side * 0.2)), 0, 180, 360, 0.45, 2
        )
    low, high = random.uniform(-0.05, 0.25), random.uniform(0.6, 1.05)
    plane = (plane - low) / (high - low) + random.normal(0, random.uniform(0.01, 0.07), plane.shape)
    picture = gray(plane.astype(np.float32))
    for _ in range(int(random.choice([0, 0, 2, 4]))):
        scribble(
            random, picture, (int(random.choice([2, side - 80])), int(random.choice([2, side - 46])), 76, 44)
        )
    return picture


def linear_ultrasound(random: Random) -> Pixels:
    """A flat probe on breast, thyroid or muscle: skin line, layered streaks, a dark lump, shadow, callipers."""
    height, width = int(random.integers(230, 340)), int(random.integers(260, 400))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    streak = cv2.resize(
        fog(random, height, max(8, width // int(random.integers(4, 14))), random.uniform(5, 16), 4),
        (width, height),
    )
    cloud = fog(random, height, width, random.uniform(30, 90), 4)
    sway = (fog(random, height, width, 120, 2) * random.uniform(4, 26)).astype(np.float32)
    tissue = cv2.remap(
        streak.astype(np.float32), xs, ys + sway, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    tissue = (0.25 + 1.2 * tissue ** random.uniform(1.5, 4)) * (0.35 + 0.8 * cloud)
    tissue[: int(height * random.uniform(0.02, 0.07))] += random.uniform(0.3, 0.8)
    for _ in range(int(random.choice([0, 1, 1, 1, 2]))):
        lump = np.zeros((height, width), np.float32)
        at = (int(random.uniform(0.25, 0.75) * width), int(random.uniform(0.25, 0.65) * height))
        axes = (int(random.uniform(12, 80)), int(random.uniform(10, 55)))
        cv2.ellipse(lump, at, axes, float(random.normal(0, 20)), 0, 360, 1.0, -1)
        lump = _soft(lump, random.uniform(1.5, 6)) * random.uniform(0.6, 0.95)
        tissue *= 1 - np.clip(lump + fog(random, height, width, 20, 3) * lump * 0.4, 0, 1)
        below = (np.abs(xs - at[0]) < axes[0] * 0.8) & (ys > at[1])
        tissue *= 1 + _soft(below.astype(np.float32), 6) * random.uniform(-0.6, 0.6)
    tissue *= np.exp(-ys / height * random.uniform(0.1, 1.6))
    grain = _soft(random.rayleigh(0.8, (height, width)).astype(np.float32), random.uniform(0.6, 1.5))
    plane = tissue * (0.5 + 0.6 * grain)
    if random.random() < 0.2:
        edge = np.abs(xs - width / 2) > width * 0.42 + (ys - height) * random.uniform(0.02, 0.2)
        plane[edge] = 0
    picture = gray(np.clip(plane * random.uniform(0.7, 1.3), 0, 1).astype(np.float32))
    if random.random() < 0.5:
        for _ in range(int(random.choice([2, 4]))):
            at = (random.uniform(0.2, 0.8, 2) * [width, height]).astype(int).tolist()
            cv2.drawMarker(picture, at, (240, 240, 240), cv2.MARKER_CROSS, 9, 1)
    if random.random() < 0.5:
        top, left = int(random.integers(0, 40)), int(random.integers(0, 60))
        picture = cv2.copyMakeBorder(picture, top, 14, left, left, cv2.BORDER_CONSTANT)
        scribble(random, picture, (3, 1, width // 3, max(12, top)))
    return picture
