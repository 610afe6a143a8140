"""Draws ordinary things with the shapes of medical ones: discs on black, pebbles, cloth, cracks, gauges. HxWx3 uint8 RGB."""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Random, fog, gray, scribble


def planet(random: Random) -> Pixels:
    """A round thing on a plain ground: a planet, a cup from above, a plate, a clock, a ball."""
    side = int(random.integers(220, 384))
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    centre = random.uniform(0.42, 0.58, 2) * side
    radius = random.uniform(0.25, 0.5) * side
    away = np.hypot(xs - centre[0], ys - centre[1]) / radius
    texture = fog(random, side, side, random.uniform(8, 120), 5)
    colours = random.uniform(20, 240, (2, 3))
    picture = colours[0] * texture[:, :, None] + colours[1] * (1 - texture[:, :, None])
    picture *= (1 - random.uniform(0, 0.6) * away**2 + random.uniform(-0.4, 0.4) * (xs - centre[0]) / radius)[
        :, :, None
    ]
    for _ in range(int(random.integers(0, 4))):
        ring = random.uniform(0.15, 0.95)
        picture[np.abs(away - ring) < random.uniform(0.01, 0.06)] = random.uniform(0, 255, 3)
    ground = 0.0 if random.random() < 0.6 else random.uniform(0, 255, 3)
    picture[away > 1] = ground
    for _ in range(int(random.choice([0, 3, 12]))):
        turn = random.uniform(0, 6.3)
        ends = [
            (centre + radius * share * np.array([np.cos(turn), np.sin(turn)])).astype(int).tolist()
            for share in (random.uniform(0, 0.7), 0.95)
        ]
        cv2.line(picture, *ends, random.uniform(0, 255, 3).tolist(), int(random.integers(1, 5)), cv2.LINE_AA)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    return gray(picture.mean(axis=2) / 255) if random.random() < 0.3 else picture


def pebbles(random: Random) -> Pixels:
    """Beads, bubbles, berries, pills, gravel, confetti: many round things of one kind, in any colours."""
    height, width = int(random.integers(220, 340)), int(random.integers(240, 384))
    colours = random.uniform(20, 250, (int(random.integers(1, 5)), 3))
    picture = random.uniform(20, 250, 3) * (
        0.8 + 0.4 * fog(random, height, width, random.uniform(10, 150), 4)[:, :, None]
    )
    picture = np.ascontiguousarray(picture, np.float32)
    radius = random.uniform(3, 34)
    edged, shining = random.random() < 0.5, random.random() < 0.7
    for _ in range(int(height * width / radius**2 * random.uniform(0.1, 0.5))):
        at = random.integers(0, [width, height])
        axes = np.maximum(2, radius * random.uniform(0.5, 1.2, 2)).astype(int)
        colour = colours[random.integers(len(colours))] * random.uniform(0.7, 1.2)
        turn = float(random.uniform(0, 180))
        cv2.ellipse(picture, at.tolist(), axes.tolist(), turn, 0, 360, colour.tolist(), -1, cv2.LINE_AA)
        if edged:
            cv2.ellipse(
                picture, at.tolist(), axes.tolist(), turn, 0, 360, (colour * 0.5).tolist(), 1, cv2.LINE_AA
            )
        if shining:
            cv2.circle(
                picture,
                (at - axes // 3).tolist(),
                max(1, int(axes.min() * 0.25)),
                (250, 250, 250),
                -1,
                cv2.LINE_AA,
            )
    return np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def cloth(random: Random) -> Pixels:
    """Marble, felt, carpet, bark, petals, clouds: cloudy or woven texture in two or three colours, pink ones among them."""
    height, width = int(random.integers(220, 340)), int(random.integers(240, 384))
    colours = random.uniform(20, 250, (3, 3))
    if random.random() < 0.35:
        colours = np.array([235.0, 150.0, 190.0]) + random.normal(0, 35, (3, 3))
    first = fog(random, height, width, random.uniform(6, 150), 6)
    second = fog(random, height, width, random.uniform(4, 40), 5)
    if random.random() < 0.4:
        first = 0.5 + 0.5 * np.sin(first * random.uniform(5, 60))
    if random.random() < 0.35:
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        second = 0.5 + 0.25 * (np.sin(xs * random.uniform(0.5, 3)) + np.sin(ys * random.uniform(0.5, 3)))
    blend = first[:, :, None]
    picture = colours[0] * blend + colours[1] * (1 - blend)
    picture = picture * (0.75 + 0.4 * second[:, :, None]) + colours[2] * 0.15 * second[:, :, None]
    picture = np.clip(picture + random.normal(0, random.uniform(0, 14), picture.shape), 0, 255).astype(
        np.uint8
    )
    return gray(picture.mean(axis=2) / 255) if random.random() < 0.3 else picture


def cracks(random: Random) -> Pixels:
    """Roots, rivers, lightning, cracks, bare trees: branching lines that are no vessels."""
    side = int(random.integers(220, 360))
    plane = np.zeros((side, side), np.float32)
    stack = [
        (
            random.uniform(0, side),
            float(random.choice([0, side - 1])),
            random.uniform(0, 6.3),
            random.uniform(2, 9),
        )
        for _ in range(int(random.integers(1, 6)))
    ]
    while stack and len(stack) < 400:
        x, y, heading, wide = stack.pop()
        while wide > 0.7 and 0 <= x < side and 0 <= y < side:
            heading += random.normal(0, 0.35)
            to = x + 6 * np.cos(heading), y + 6 * np.sin(heading)
            cv2.line(plane, (int(x), int(y)), (int(to[0]), int(to[1])), 1.0, max(1, round(wide)), cv2.LINE_AA)
            (x, y), wide = to, wide * random.uniform(0.93, 0.995)
            if random.random() < 0.12:
                stack.append((x, y, heading + random.choice([-1, 1]) * random.uniform(0.4, 1.3), wide * 0.7))
    ground, ink = random.uniform(0, 255, (2, 3))
    picture = ground * (0.7 + 0.5 * fog(random, side, side, random.uniform(6, 120), 5)[:, :, None])
    picture = picture * (1 - plane[:, :, None]) + ink * plane[:, :, None]
    picture = np.clip(picture + random.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
    return gray(picture.mean(axis=2) / 255) if random.random() < 0.3 else picture


def gauge(random: Random) -> Pixels:
    """Dials, fans, pies, radar screens and spectrograms with print around them, mostly on dark."""
    height, width = int(random.integers(220, 320)), int(random.integers(260, 400))
    dark = random.random() < 0.75
    picture = np.full(
        (height, width, 3), random.uniform(0, 40) if dark else random.uniform(215, 255), np.float32
    )
    at = (int(width * random.uniform(0.3, 0.7)), int(height * random.uniform(0.2, 0.9)))
    if random.random() < 0.45:
        rows = fog(random, height, width, random.uniform(4, 50), 5) ** random.uniform(1, 4)
        rows *= fog(random, 1, width, 14, 3) if random.random() < 0.5 else fog(random, height, 1, 14, 3)
        scale = int(
            random.choice([cv2.COLORMAP_JET, cv2.COLORMAP_VIRIDIS, cv2.COLORMAP_INFERNO, cv2.COLORMAP_BONE])
        )
        picture = cv2.applyColorMap((rows * 255).astype(np.uint8), scale)[:, :, ::-1].astype(np.float32)
    else:
        turn = random.uniform(0, 360)
        for _ in range(int(random.integers(1, 9))):
            sweep, reach = random.uniform(10, 120), int(random.uniform(0.15, 0.7) * height)
            cv2.ellipse(
                picture,
                at,
                (reach, reach),
                0,
                turn,
                turn + sweep,
                random.uniform(40, 250, 3).tolist(),
                int(random.choice([-1, 1, 3, 12])),
                cv2.LINE_AA,
            )
            turn += sweep
    picture = np.ascontiguousarray(np.clip(picture, 0, 255).astype(np.uint8))
    if random.random() < 0.6:
        picture = cv2.copyMakeBorder(
            picture, 22, 14, 40, 12, cv2.BORDER_CONSTANT, value=(int(random.choice([0, 255])),) * 3
        )
    for _ in range(int(random.integers(0, 5))):
        scribble(
            random,
            picture,
            (
                int(random.integers(0, width - 60)),
                int(random.integers(0, height - 30)),
                int(random.integers(40, 120)),
                int(random.integers(12, 50)),
            ),
        )
    return gray(picture.mean(axis=2) / 255) if random.random() < 0.25 else picture
