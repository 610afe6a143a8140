"""Draws ordinary pictures that could be mistaken for medical ones, each HxWx3 uint8 RGB of 200 to 400 pixels."""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Plane, Random, fog, gray, paper, trace


def other_series(random: Random) -> Plane:
    """Five hundred values of something that is not a heart."""
    t = np.linspace(0, 1, 500, dtype=np.float32)
    makers = [
        lambda: np.cumsum(random.normal(0, 1, 500)),
        lambda: random.normal(0, 1, 500) * fog(random, 1, 500, 60)[0] ** 2,
        lambda: random.normal(0, 1, 500) * np.exp(-((t - 0.4) ** 2) / 0.02),
        lambda: np.sin(t * random.uniform(5, 90) + random.random()),
        lambda: np.sign(np.sin(t * random.uniform(5, 60))),
        lambda: (t * random.uniform(3, 20)) % 1,
        lambda: np.exp(t * 4) + random.normal(0, 1, 500),
        lambda: -np.sin(t * 20) * np.exp(-t * random.uniform(1, 8)),
    ]
    return np.asarray(makers[random.integers(len(makers))](), np.float32)


def curves(random: Random) -> Pixels:
    """Share prices, sound, seismograms, sines and steps, on the same papers as the ECGs."""
    width, height = int(random.integers(260, 400)), int(random.integers(110, 300))
    canvas = (
        np.full((height, width, 3), 12, np.uint8) if random.random() < 0.15 else paper(random, height, width)
    )
    rows = int(random.choice([1, 1, 2, 3, 4, 6]))
    for row in range(rows):
        values = other_series(random)
        values = values - values.mean()
        values /= max(float(np.abs(values).max()), 1e-6)
        ink = tuple(int(c) for c in random.integers(0, 200, 3)) if canvas.mean() > 99 else (90, 230, 120)
        box = (int(width * 0.06), row * height // rows, int(width * 0.9), height // rows)
        trace(random, canvas, values, box, ink)
        if random.random() < 0.5:
            cv2.line(
                canvas, (box[0], box[1] + box[3] - 4), (box[0] + box[2], box[1] + box[3] - 4), (90, 90, 90), 1
            )
            cv2.line(canvas, (box[0], box[1] + 3), (box[0], box[1] + box[3] - 4), (90, 90, 90), 1)
    return canvas


def speckle_field(random: Random) -> Pixels:
    """Radar: speckle with one bright target and its shadow."""
    side = int(random.integers(200, 320))
    scene = 0.15 + 0.35 * fog(random, side, side, random.uniform(30, 150), 3)
    x, y = (random.uniform(0.35, 0.65, 2) * side).astype(int).tolist()
    for _ in range(int(random.integers(2, 14))):
        cv2.circle(
            scene,
            (x + int(random.normal(0, 9)), y + int(random.normal(0, 6))),
            int(random.integers(1, 5)),
            float(random.uniform(1, 3)),
            -1,
        )
    cv2.ellipse(scene, (x + 6, y - 18), (22, 12), 0, 0, 360, 0.05, -1)
    grain = cv2.GaussianBlur(
        random.rayleigh(0.8, (side, side)).astype(np.float32), (0, 0), random.uniform(0.3, 1.2)
    )
    return gray(scene * grain)


def circuit(random: Random) -> Pixels:
    """Tracks, pads and holes of a circuit board."""
    side = int(random.integers(220, 360))
    ground, copper = [((20, 90, 50), (90, 160, 90)), ((0, 0, 0), (255, 255, 255)), ((25, 40, 90), (190, 170, 90)),
                      ((240, 240, 240), (20, 20, 20)), ((60, 60, 60), (170, 170, 170))][random.integers(5)]  # fmt: skip
    canvas = np.full((side, side, 3), ground, np.uint8)
    for _ in range(int(random.integers(8, 30))):
        at = random.integers(0, side, 2)
        width = int(random.integers(2, 9))
        for _ in range(int(random.integers(1, 5))):
            step = np.array([(1, 0), (0, 1), (1, 1), (1, -1)][random.integers(4)]) * int(
                random.integers(-90, 90)
            )
            cv2.line(canvas, at.tolist(), (at + step).tolist(), copper, width)
            at = at + step
        cv2.circle(canvas, at.tolist(), width + 4, copper, -1)
        cv2.circle(canvas, at.tolist(), max(1, width - 1), ground, -1)
    return canvas


def ridges(random: Random) -> Pixels:
    """Finger prints, wood grain, contour maps: bent parallel lines."""
    side = int(random.integers(220, 340))
    bend = fog(random, side, side, random.uniform(90, 260), 2) * random.uniform(6, 22)
    lines = 0.5 + 0.5 * np.sin(bend * random.uniform(2, 7) + 0.2 * random.normal(0, 1, (side, side)))
    if random.random() < 0.5:
        ys, xs = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
        lines = np.where(xs**2 * 1.6 + ys**2 < 0.8, lines, 1.0)
    picture = gray(lines.astype(np.float32))
    return picture if random.random() < 0.7 else np.asarray(picture * random.uniform(0.4, 1, 3), np.uint8)


def terrain(random: Random) -> Pixels:
    """Land from above: fields, water, roads, clouds; in colour or gray."""
    side = int(random.integers(240, 384))
    height = fog(random, side, side, random.uniform(60, 200), 6)
    colours = random.integers(20, 220, (6, 3)).astype(np.float32)
    picture = colours[np.minimum(5, (height * 6).astype(int))] * (
        0.7 + 0.5 * fog(random, side, side, 8, 3)[:, :, None]
    )
    for _ in range(int(random.integers(0, 6))):
        ends = random.integers(0, side, 4).tolist()
        cv2.line(picture, ends[:2], ends[2:], random.uniform(90, 240, 3).tolist(), int(random.integers(1, 5)))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    return gray(picture.mean(axis=2) / 255) if random.random() < 0.4 else picture


def glow(random: Random) -> Pixels:
    """Dark gradients and soft blobs of light: night, stages, screens, lamps, galaxies."""
    height, width = int(random.integers(200, 384)), int(random.integers(200, 384))
    layer = np.zeros((height, width, 3), np.float32)
    for _ in range(int(random.integers(1, 7))):
        one = np.zeros((height, width), np.float32)
        at = (int(random.integers(0, width)), int(random.integers(0, height)))
        cv2.ellipse(
            one,
            at,
            (int(random.integers(5, 140)), int(random.integers(5, 140))),
            float(random.uniform(0, 180)),
            0,
            360,
            1.0,
            -1,
        )
        colour = random.uniform(60, 255, 3) if random.random() < 0.5 else np.full(3, random.uniform(60, 255))
        layer += cv2.GaussianBlur(one, (0, 0), random.uniform(2, 50))[:, :, None] * colour.astype(np.float32)
    layer *= 0.7 + 0.3 * fog(random, height, width, random.uniform(5, 60), 4)[:, :, None]
    return np.clip(layer + random.normal(0, random.uniform(0, 9), layer.shape), 0, 255).astype(np.uint8)


def handwriting(random: Random) -> Pixels:
    """Loops of a pen on plain or ruled paper."""
    height, width = int(random.integers(180, 340)), int(random.integers(260, 384))
    canvas = paper(random, height, width)
    ink = [(10, 10, 10), (20, 30, 120), (90, 90, 90)][random.integers(3)]
    for top in range(14, height - 14, int(random.integers(18, 34))):
        n = int(random.integers(60, 240))
        xs = np.linspace(8, width * random.uniform(0.5, 0.97), n) + 4 * np.sin(
            np.linspace(0, n * random.uniform(0.4, 0.9), n)
        )
        ys = top + np.convolve(random.normal(0, 9, n), np.ones(3) / 3, "same")
        for part in np.array_split(np.stack([xs, ys], axis=1).astype(np.int32), max(1, n // 22)):
            cv2.polylines(canvas, [part], isClosed=False, color=ink, thickness=1, lineType=cv2.LINE_AA)
    return canvas
