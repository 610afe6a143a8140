"""Draws medical pictures of kinds that the corpus has few of, each HxWx3 uint8 RGB of 200 to 400 pixels."""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Plane, Random, fog, gray, paper, scribble, trace


def heartbeats(random: Random, beats: float, samples: int) -> Plane:
    """A lead of an ECG: P, Q, R, S and T as Gaussian bumps (after McSharry et al. 2003), wander and noise."""
    t = np.linspace(0, beats, samples, dtype=np.float32) + random.random(dtype=np.float32)
    jitter = 0.06 * np.sin(t * random.uniform(0.5, 2))
    phase = (t + jitter) % 1.0
    sign = random.choice([1.0, 1.0, 1.0, -1.0])
    waves = [
        (0.18, 0.025, 0.12),
        (0.27, 0.008, -0.12),
        (0.30, 0.010, 1.0),
        (0.33, 0.009, -0.3),
        (0.55, 0.045, 0.25),
    ]
    total = np.zeros(samples, np.float32)
    for centre, spread, high in waves:
        total += (
            sign
            * high
            * random.uniform(0.4, 1.4)
            * np.exp(-(((phase - centre) / (spread * random.uniform(0.8, 1.4))) ** 2))
        )
    wander = 0.08 * np.sin(np.linspace(0, random.uniform(2, 9), samples)) * random.random()
    return (0.7 * total + wander + random.normal(0, 0.012, samples)).astype(np.float32)


def ecg(random: Random) -> Pixels:
    """A 12-lead sheet, a strip, or a bedside monitor."""
    width, height = int(random.integers(260, 400)), int(random.integers(110, 300))
    monitor = random.random() < 0.15
    canvas = np.zeros((height, width, 3), np.uint8) if monitor else paper(random, height, width)
    inks = (
        [(0, 255, 80), (255, 220, 0), (80, 200, 255)]
        if monitor
        else [(0, 0, 0), (20, 20, 60), (40, 40, 40), (120, 0, 20)]
    )
    rows, columns = [(3, 4), (4, 4), (6, 2), (12, 1), (1, 1), (2, 1), (3, 1)][random.integers(7)]
    head = int(height * random.choice([0.0, 0.15]))
    if head:
        scribble(random, canvas, (4, 2, width // 2, head))
    cell_w, cell_h = (width - 8) // columns, (height - head) // rows
    ink = inks[random.integers(len(inks))]
    for row in range(rows):
        for column in range(columns):
            box = (4 + column * cell_w, head + row * cell_h, cell_w, cell_h)
            trace(random, canvas, heartbeats(random, random.uniform(1.5, 11) / columns + 1, 600), box, ink)
            if random.random() < 0.6:
                name = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"][
                    (row + column * rows) % 12
                ]
                cv2.putText(canvas, name, (box[0] + 1, box[1] + 9), cv2.FONT_HERSHEY_SIMPLEX, 0.3, ink, 1)
    return canvas


def stained_tissue(random: Random) -> Pixels:
    """Haematoxylin and eosin under the microscope: purple nuclei in a pink ground with pale gaps."""
    side = int(random.integers(224, 360))
    ground = fog(random, side, side, random.uniform(20, 90), 5)[:, :, None]
    eosin = np.array([random.uniform(205, 240), random.uniform(120, 185), random.uniform(170, 220)])
    pale = np.array([random.uniform(225, 248), random.uniform(205, 240), random.uniform(222, 245)])
    picture = eosin * (1 - ground) + pale * ground
    gaps = fog(random, side, side, random.uniform(25, 100), 3) > random.uniform(0.65, 1.0)
    picture[gaps] = pale * 0.3 + 175
    blue = np.array([random.uniform(70, 125), random.uniform(40, 95), random.uniform(115, 165)])
    radius = random.uniform(2.2, 9)
    crowd = fog(random, side, side, random.uniform(40, 160), 2)
    layer = np.zeros((side, side), np.float32)
    for _ in range(int(side * side / (radius * radius * random.uniform(3.5, 30)))):
        x, y = random.integers(0, side, 2).tolist()
        if random.random() > crowd[y, x] or gaps[y, x]:
            continue
        axes = (
            max(1, round(radius * random.uniform(0.6, 1.3))),
            max(1, round(radius * random.uniform(0.5, 1.1))),
        )
        cv2.ellipse(
            layer,
            (x, y),
            axes,
            float(random.uniform(0, 180)),
            0,
            360,
            float(random.uniform(0.5, 1)),
            -1,
            cv2.LINE_AA,
        )
    layer = cv2.GaussianBlur(layer, (0, 0), random.uniform(0.5, 1.4)) * (
        0.65 + 0.35 * fog(random, side, side, 4, 2)
    )
    picture = picture * (1 - layer[:, :, None]) + blue * layer[:, :, None]
    return np.clip(picture + random.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


def mammogram(random: Random) -> Pixels:
    """A breast from the side or from above, on black, with fibrous density."""
    height, width = int(random.integers(300, 400)), int(random.integers(200, 320))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    depth = width * random.uniform(0.55, 0.9)
    middle = height * random.uniform(0.42, 0.6)
    shape = (
        1
        - (xs / depth) ** random.uniform(1.7, 2.4)
        - (np.abs(ys - middle) / (height * random.uniform(0.36, 0.5))) ** 2.2
    )
    tissue = np.clip(shape * 4, 0, 1) * (0.25 + 0.25 * np.clip(shape, 0, 1))
    dense = fog(random, height, width, random.uniform(50, 120), 6) ** random.uniform(1, 3)
    tissue += np.clip(shape, 0, 1) * dense * random.uniform(0.4, 1.1)
    if random.random() < 0.5:
        tissue[(xs + ys * random.uniform(0.4, 0.9)) < width * random.uniform(0.2, 0.45)] += 0.35
    picture = gray(tissue)
    cv2.putText(
        picture,
        random.choice(["R CC", "L CC", "R MLO", "L MLO"]),
        (width - 70, 30),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.5,
        (230,) * 3,
        1,
    )
    return picture if random.random() < 0.5 else np.ascontiguousarray(picture[:, ::-1])


def pet(random: Random) -> Pixels:
    """Uptake in a torso: dark on white, or a hot colour scale on black."""
    height, width = int(random.integers(300, 400)), int(random.integers(150, 260))
    layer = np.zeros((height, width), np.float32)
    centre = width // 2

    def spot(x: float, y: float, rx: float, ry: float, heat: float) -> None:
        one = np.zeros_like(layer)
        cv2.ellipse(one, (int(x), int(y)), (max(1, int(rx)), max(1, int(ry))), 0, 0, 360, heat, -1)
        np.maximum(layer, one, out=layer)

    spot(centre, height * 0.6, width * random.uniform(0.26, 0.36), height * 0.34, random.uniform(0.1, 0.25))
    spot(centre, height * 0.12, width * 0.15, height * 0.09, random.uniform(0.5, 1))
    spot(centre + width * 0.07, height * 0.42, width * 0.07, height * 0.04, random.uniform(0.2, 1))
    spot(centre - width * 0.1, height * 0.52, width * 0.13, height * 0.06, random.uniform(0.25, 0.45))
    for side in (-1, 1):
        spot(centre + side * width * 0.13, height * 0.6, width * 0.04, height * 0.035, random.uniform(0.4, 1))
    spot(centre, height * 0.88, width * 0.07, height * 0.04, random.uniform(0.6, 1))
    for _ in range(int(random.integers(0, 9))):
        spot(
            centre + random.normal(0, width * 0.13),
            random.uniform(0.15, 0.9) * height,
            4,
            4,
            random.uniform(0.4, 1),
        )
    layer = cv2.GaussianBlur(layer, (0, 0), random.uniform(2, 5)) * (
        0.8 + 0.4 * fog(random, height, width, 12, 3)
    )
    if random.random() < 0.6:
        return gray(1 - layer)
    scale = random.choice([cv2.COLORMAP_HOT, cv2.COLORMAP_INFERNO, cv2.COLORMAP_JET])
    return np.ascontiguousarray(
        cv2.applyColorMap((np.clip(layer, 0, 1) * 255).astype(np.uint8), int(scale))[:, :, ::-1]
    )


def sector_ultrasound(random: Random) -> Pixels:
    """A fan of speckle on black, as a curved or phased probe shows it, with small print around it."""
    height, width = int(random.integers(260, 360)), int(random.integers(300, 400))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    apex_y = -height * random.uniform(0.0, 0.35)
    dx, dy = xs - width / 2, ys - apex_y
    radius, angle = np.hypot(dx, dy), np.arctan2(dx, dy)
    far = height * random.uniform(0.85, 0.98) - apex_y
    near = -apex_y + height * random.uniform(0.02, 0.1)
    fan = (np.abs(angle) < random.uniform(0.45, 0.75)) & (radius < far) & (radius > near)
    tissue = fog(random, height, width, random.uniform(40, 110), 4) ** random.uniform(1, 2.5)
    tissue *= np.exp(-radius / far * random.uniform(0.2, 1.3)) * 1.6
    for _ in range(int(random.integers(1, 5))):
        hole = np.zeros((height, width), np.float32)
        at = (int(random.uniform(0.3, 0.7) * width), int(random.uniform(0.25, 0.8) * height))
        cv2.ellipse(
            hole,
            at,
            (int(random.uniform(10, 60)), int(random.uniform(8, 45))),
            float(random.uniform(0, 180)),
            0,
            360,
            1.0,
            -1,
        )
        tissue *= 1 - random.uniform(0.5, 0.95) * cv2.GaussianBlur(hole, (0, 0), 3)
    speckle = cv2.GaussianBlur(
        random.rayleigh(1.0, (height, width)).astype(np.float32), (0, 0), random.uniform(0.7, 1.4)
    )
    picture = gray(tissue * speckle * fan * 0.9)
    scribble(random, picture, (4, 2, width // 3, int(random.integers(12, 60))))
    return picture
