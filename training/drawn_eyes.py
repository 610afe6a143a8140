"""Draws eyes and skin as the clinic photographs them: fundus, OCT, dermoscopy, endoscopy, blood smears. HxWx3 uint8 RGB.

Caricatures with wide variation. They stand beside real pictures of one source each, so that the network cannot take that
source's colours, borders and sizes for the kind itself.
"""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Plane, Random, fog, gray, scribble


def branches(random: Random, plane: Plane, at: tuple[float, float], heading: float, width: float) -> None:
    """A vessel that wanders, thins and forks, drawn as brightness 1 into `plane`."""
    x, y = at
    height, wide = plane.shape
    while width > 0.6 and 0 <= x < wide and 0 <= y < height:
        step = max(4.0, 3 * width)
        heading += random.normal(0, 0.16)
        to = (x + step * np.cos(heading), y + step * np.sin(heading))
        cv2.line(
            plane,
            (int(x), int(y)),
            (int(to[0]), int(to[1])),
            float(random.uniform(0.7, 1)),
            max(1, round(width)),
            cv2.LINE_AA,
        )
        (x, y), width = to, width * random.uniform(0.95, 0.995)
        if random.random() < 0.09:
            side = random.choice([-1, 1]) * random.uniform(0.4, 0.9)
            branches(random, plane, (x, y), heading + side, width * random.uniform(0.5, 0.8))


def fundus(random: Random) -> Pixels:
    """The back of the eye: orange to brown, red-free or with dye; disc, vessels, macula; round, cut or filling."""
    side = int(random.integers(240, 384))
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    ground = np.array([random.uniform(120, 235), random.uniform(45, 130), random.uniform(8, 70)])
    disc = np.array([random.uniform(0.12, 0.88), random.uniform(0.42, 0.58)]) * side
    macula = np.array([side - disc[0] * random.uniform(0.8, 1.1), disc[1] + random.normal(0, 0.04) * side])
    light = 0.55 + 0.6 * fog(random, side, side, random.uniform(120, 300), 2)
    light *= 1.1 - random.uniform(0.1, 0.7) * np.hypot(xs - side / 2, ys - side / 2) / (side * 0.7)
    reach = random.uniform(0.05, 0.14) * side
    light *= 1 - random.uniform(0.15, 0.55) * np.exp(
        -(((xs - macula[0]) ** 2 + (ys - macula[1]) ** 2) / (2 * reach**2))
    )
    radius = random.uniform(0.05, 0.11) * side
    pale = 1 / (1 + np.exp((np.hypot(xs - disc[0], (ys - disc[1]) * 0.9) - radius) / (radius * 0.12)))
    vessels = np.zeros((side, side), np.float32)
    for _ in range(int(random.integers(6, 13))):
        up = random.choice([-1, 1])
        heading = up * random.uniform(0.6, 2.4)
        branches(random, vessels, (disc[0], disc[1]), heading, random.uniform(0.006, 0.017) * side)
    vessels = cv2.GaussianBlur(vessels, (0, 0), random.uniform(0.5, 1.0))
    picture = ground * light[:, :, None]
    picture += pale[:, :, None] * np.array([90.0, 95.0, 60.0]) * random.uniform(0.6, 1.3)
    picture *= 1 - vessels[:, :, None] * np.array([0.35, 0.6, 0.55]) * random.uniform(0.6, 1.1)
    for _ in range(int(random.choice([0, 0, 6, 25]))):
        at, size = random.integers(0, side, 2).tolist(), int(random.integers(1, 6))
        colour = [(235, 215, 130), (110, 15, 10)][random.integers(2)]
        cv2.circle(picture, at, size, colour, -1, cv2.LINE_AA)
    match int(random.integers(8)):
        case 0:
            picture = np.repeat(picture[:, :, 1:2] * 1.6, 3, axis=2)
        case 1:
            dye = light * 70 + vessels * 170 + fog(random, side, side, 9, 2) * 20
            picture = np.repeat(dye[:, :, None], 3, axis=2)
        case 2:
            picture = picture * np.array([0.15, 1.5, 0.5])
        case _:
            pass
    size = random.choice([0.49, 0.5, 0.58, 0.9])
    outside = np.hypot(xs - side / 2, ys - side / 2) > side * size
    picture[outside] = 0 if random.random() < 0.9 else 255
    return np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def oct_scan(random: Random) -> Pixels:
    """A cut through the retina: bent speckled layers with a pit, on dark or, inverted, on white."""
    height, width = int(random.integers(180, 340)), int(random.integers(280, 400))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    pit = random.uniform(0.3, 0.7) * width
    bend = random.uniform(-0.1, 0.1) * height * np.cos((xs - width / 2) / width * 3)
    bend += fog(random, 1, width, 120, 2) * random.uniform(0, 0.1) * height
    depth = (
        np.exp(-(((xs - pit) / (width * random.uniform(0.05, 0.12))) ** 2)) * random.uniform(0, 0.11) * height
    )
    thick = random.uniform(0.2, 0.36) * height
    top = height * random.uniform(0.2, 0.45) + bend
    picture = np.zeros((height, width), np.float32) + random.uniform(0.02, 0.14)
    bounds = np.sort(random.uniform(0, 1, int(random.integers(4, 8))))
    share = (ys - top - depth) / np.maximum(thick - depth, 4)
    for low, high in zip([0.0, *bounds], [*bounds, 1.0], strict=True):
        picture[(share >= low) & (share < high)] = random.uniform(0.15, 0.8)
    picture[(share >= 0.93) & (share < 1.04)] = random.uniform(0.75, 1)
    under = share >= 1.04
    picture[under] = (random.uniform(0.3, 0.7) * np.exp(-(share - 1.04) * random.uniform(0.8, 3)))[under]
    for _ in range(int(random.choice([0, 0, 1, 3]))):
        at = (int(random.normal(pit, 40)), int(top.mean() + thick * random.uniform(0.3, 0.9)))
        cv2.ellipse(
            picture, at, (int(random.integers(5, 40)), int(random.integers(4, 18))), 0, 0, 360, 0.06, -1
        )
    picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.6, 1.6))
    grain = cv2.GaussianBlur(
        random.rayleigh(0.8, (height, width)).astype(np.float32), (0, 0), random.uniform(0.4, 0.9)
    )
    picture = np.clip(picture * (0.35 + 0.65 * grain) + random.normal(0, 0.03, picture.shape), 0, 1)
    drawn = gray((1 - picture if random.random() < 0.2 else picture).astype(np.float32))
    if random.random() < 0.12:
        scale = int(random.choice([cv2.COLORMAP_JET, cv2.COLORMAP_HOT, cv2.COLORMAP_RAINBOW]))
        drawn = np.ascontiguousarray(cv2.applyColorMap(drawn[:, :, 0].copy(), scale)[:, :, ::-1])
    return drawn


def skin_spot(random: Random) -> Pixels:
    """A mole or a patch seen close: skin, an uneven brown, red or black spot, hairs, sometimes the dermatoscope's rim."""
    height, width = int(random.integers(220, 340)), int(random.integers(260, 384))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    tone = random.uniform(0.4, 1.0)
    skin = np.array([235.0, 185.0 + random.normal(0, 14), 165.0 + random.normal(0, 18)]) * tone
    picture = skin * (0.86 + 0.2 * fog(random, height, width, random.uniform(8, 60), 5)[:, :, None])
    middle = np.array([width, height]) * random.uniform(0.38, 0.62, 2)
    around = np.arctan2(ys - middle[1], xs - middle[0])
    edge = 1 + sum(random.normal(0, 0.1) * np.cos(n * around + random.uniform(0, 6)) for n in range(1, 7))
    away = np.hypot((xs - middle[0]) * random.uniform(0.7, 1.2), ys - middle[1]) / (
        edge * height * random.uniform(0.12, 0.42)
    )
    inside = 1 / (1 + np.exp((away - 1) * random.uniform(6, 25)))
    dark = np.array(
        [[90, 50, 30], [150, 95, 60], [40, 30, 30], [170, 70, 70], [200, 120, 110]][random.integers(5)], float
    )
    uneven = fog(random, height, width, random.uniform(6, 50), 5)[:, :, None]
    spot = dark * (0.6 + 0.8 * uneven) + skin * 0.25 * uneven
    blend = inside[:, :, None] * random.uniform(0.6, 1)
    picture = picture * (1 - blend) + spot * blend
    for _ in range(int(random.choice([0, 0, 5, 20]))):
        points = (random.uniform(0, 1, (3, 2)) * [width, height]).astype(int)
        ends = points[0], points[0] + (points[1] - points[0]) // 2 + random.integers(-14, 15, 2), points[1]
        cv2.polylines(
            picture,
            [np.array(ends, np.int32)],
            isClosed=False,
            color=(50, 35, 30),
            thickness=1,
            lineType=cv2.LINE_AA,
        )
    if random.random() < 0.25:
        picture[np.hypot(xs - width / 2, ys - height / 2) > height * random.uniform(0.5, 0.65)] = (
            random.integers(0, 20)
        )
    return np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def gut(random: Random) -> Pixels:
    """Mucosa through an endoscope: wet pink folds, a dark lumen, highlights, black corners and small print."""
    height, width = int(random.integers(240, 340)), int(random.integers(260, 384))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    lumen = np.array([width, height]) * random.uniform(0.25, 0.75, 2)
    away = np.hypot(xs - lumen[0], (ys - lumen[1]) * random.uniform(0.8, 1.3)) / height
    folds = 0.5 + 0.5 * np.cos(
        away * random.uniform(8, 30) + fog(random, height, width, 90, 3) * random.uniform(2, 9)
    )
    colour = np.array([random.uniform(170, 245), random.uniform(70, 150), random.uniform(50, 125)])
    light = np.clip(away * random.uniform(1.5, 4), 0.08, 1) * (0.65 + 0.35 * folds)
    picture = colour * (light * (0.75 + 0.35 * fog(random, height, width, 30, 4)))[:, :, None]
    veins = np.zeros((height, width), np.float32)
    for _ in range(int(random.integers(0, 7))):
        at = (float(random.uniform(0, width)), float(random.uniform(0, height)))
        branches(random, veins, at, random.uniform(0, 6.3), random.uniform(1, 2.4))
    picture *= 1 - cv2.GaussianBlur(veins, (0, 0), 0.8)[:, :, None] * np.array([0.1, 0.35, 0.3])
    shine = (fog(random, height, width, random.uniform(12, 30), 3) * light) > random.uniform(0.62, 0.8)
    picture[cv2.morphologyEx(shine.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0] = 250
    away = np.hypot((xs - width / 2) / width, (ys - height / 2) / height)
    match int(random.integers(3)):
        case 0:
            picture[away > random.uniform(0.5, 0.6)] = 0
        case 1:
            corner = random.uniform(0.6, 0.8)
            picture[(np.abs(xs / width - 0.5) + np.abs(ys / height - 0.5)) > corner] = 0
        case _:
            pass
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if random.random() < 0.6:
        margin = int(width * random.uniform(0.15, 0.4))
        picture = cv2.copyMakeBorder(picture, 8, 8, margin, 8, cv2.BORDER_CONSTANT)
        scribble(random, picture, (4, 12, margin - 6, int(random.integers(30, 120))))
    return picture


def blood(random: Random) -> Pixels:
    """Red cells with pale middles, and some white cells with purple lobes, on a light ground."""
    height, width = int(random.integers(220, 340)), int(random.integers(260, 384))
    ground = np.array([random.uniform(200, 248), random.uniform(195, 240), random.uniform(190, 240)])
    picture = ground * (0.92 + 0.1 * fog(random, height, width, 200, 2)[:, :, None])
    red = np.array([random.uniform(185, 240), random.uniform(110, 180), random.uniform(110, 185)])
    radius = random.uniform(7, 30)
    for _ in range(int(height * width / (radius * radius) * random.uniform(0.08, 0.3))):
        at = (int(random.integers(0, width)), int(random.integers(0, height)))
        size = max(3, int(radius * random.uniform(0.85, 1.1)))
        axes, turn = (size, max(3, int(size * random.uniform(0.8, 1)))), float(random.uniform(0, 180))
        layer = picture.copy()
        cv2.ellipse(
            layer, at, axes, turn, 0, 360, (red * random.uniform(0.9, 1.05)).tolist(), -1, cv2.LINE_AA
        )
        middle = tuple(max(1, int(a * random.uniform(0.25, 0.5))) for a in axes)
        cv2.ellipse(layer, at, middle, turn, 0, 360, (red * 0.6 + ground * 0.4).tolist(), -1, cv2.LINE_AA)
        picture = cv2.addWeighted(layer, 0.85, picture, 0.15, 0)
    for _ in range(int(random.integers(0, 4))):
        at = random.integers(30, [width - 30, height - 30])
        cv2.circle(
            picture,
            at.tolist(),
            int(radius * 1.5),
            (random.uniform(170, 215), 170.0, random.uniform(195, 225)),
            -1,
            cv2.LINE_AA,
        )
        for _ in range(int(random.integers(1, 5))):
            lobe = (at + random.normal(0, radius * 0.45, 2)).astype(int).tolist()
            purple = (random.uniform(70, 130), random.uniform(30, 80), random.uniform(120, 170))
            cv2.circle(picture, lobe, max(2, int(radius * random.uniform(0.4, 0.8))), purple, -1, cv2.LINE_AA)
    picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.6, 1.5))
    return np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
