"""A photograph of a screen or a film, closer and rougher than the hand-held photos of `scenes.py`."""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Random, fog


def snapshot(random: Random, pixels: Pixels) -> Pixels:
    """A photograph of a screen or a film that fills the view: close, tilted, striped by the screen's grid, uneven light."""
    height, width = pixels.shape[:2]
    out = 320
    picture = cv2.resize(
        pixels,
        (out, max(160, out * height // width)) if width > height else (max(160, out * width // height), out),
    )
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    if random.random() < 0.6:
        turn, pace = random.uniform(0, 3.14), random.uniform(0.15, 2.6)
        wave = np.sin(
            (xs * np.cos(turn) + ys * np.sin(turn)) * pace
            + fog(random, height, width, 120, 2) * random.uniform(0, 8)
        )
        picture = picture + wave[:, :, None] * random.uniform(1, 12) * random.uniform(0.4, 1, 3)
    if random.random() < 0.3:
        picture = (
            picture
            * (1 - random.uniform(0.03, 0.25) * (np.sin(ys * random.uniform(0.02, 0.12)) > 0.3))[:, :, None]
        )
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + random.normal(0, 0.07, (4, 2)) * [width, height] * random.uniform(0.3, 1)
    warp = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    edge = random.integers(0, 120, 3).tolist()
    picture = cv2.warpPerspective(
        np.clip(picture, 0, 255).astype(np.uint8), warp, (width, height), borderValue=edge
    ).astype(np.float32)
    light = 1 + (fog(random, height, width, 240, 2) - 0.5) * random.uniform(0, 0.8)
    picture = picture * light[:, :, None] * random.uniform(0.8, 1.15, 3) * random.uniform(
        0.6, 1.2
    ) + random.uniform(0, 45)
    if random.random() < 0.4:
        glare = np.exp(
            -(
                ((xs - random.uniform(0, width)) / random.uniform(10, 90)) ** 2
                + ((ys - random.uniform(0, height)) / random.uniform(10, 60)) ** 2
            )
        )
        picture += glare[:, :, None] * random.uniform(50, 210)
    if random.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.5, 1.7))
    return np.clip(picture + random.normal(0, random.uniform(0, 8), picture.shape), 0, 255).astype(np.uint8)
