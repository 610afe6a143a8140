"""What happens to pictures in real life, done to medical and ordinary pictures alike.

Alike is the point: if only scans were shown inside dark viewer windows, the network would learn windows. Every
function takes a random generator and an HxWx3 uint8 RGB picture, and returns a new one.
"""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Random, scribble


def fitted(pixels: Pixels, longest: int) -> Pixels:
    """Scaled so that the longer side is exactly `longest`."""
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(
        cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8
    )


def tones(random: Random, pixels: Pixels) -> Pixels:
    """Gamma, contrast, brightness, white balance, saturation; sometimes inverted or through a colour scale."""
    picture = pixels.astype(np.float32) / 255
    if random.random() < 0.7:
        picture = picture ** np.float32(np.exp(random.normal(0, 0.3)))
    if random.random() < 0.6:
        picture = (picture - 0.5) * random.uniform(0.6, 1.35) + 0.5 + random.uniform(-0.12, 0.12)
    if random.random() < 0.25:
        picture = picture * random.uniform(0.85, 1.15, 3).astype(np.float32)
    if random.random() < 0.3:
        gray = picture.mean(axis=2, keepdims=True)
        picture = gray + (picture - gray) * random.uniform(0, 1.5)
    if random.random() < 0.07:
        picture = 1 - picture
    picture = np.clip(picture * 255, 0, 255).astype(np.uint8)
    if random.random() < 0.02:
        scale = int(
            random.choice([cv2.COLORMAP_BONE, cv2.COLORMAP_HOT, cv2.COLORMAP_JET, cv2.COLORMAP_OCEAN])
        )
        picture = np.ascontiguousarray(cv2.applyColorMap(picture[:, :, 1].copy(), scale)[:, :, ::-1])
    return picture


def placed(random: Random, pixels: Pixels) -> Pixels:
    """Flipped, turned, cropped, framed."""
    if random.random() < 0.3:
        pixels = pixels[:, ::-1]
    if random.random() < 0.12:
        pixels = np.rot90(pixels, int(random.integers(1, 4)))
    if random.random() < 0.25:
        height, width = pixels.shape[:2]
        turn = cv2.getRotationMatrix2D(
            (width / 2, height / 2), random.normal(0, 7), random.uniform(0.95, 1.15)
        )
        edge = cv2.BORDER_REPLICATE if random.random() < 0.5 else cv2.BORDER_CONSTANT
        pixels = cv2.warpAffine(np.ascontiguousarray(pixels), turn, (width, height), borderMode=edge)
    if random.random() < 0.4:
        height, width = pixels.shape[:2]
        keep_h, keep_w = (max(24, int(n * random.uniform(0.55, 1))) for n in (height, width))
        top, left = (
            int(random.integers(0, max(1, height - keep_h))),
            int(random.integers(0, max(1, width - keep_w))),
        )
        pixels = pixels[top : top + keep_h, left : left + keep_w]
    if random.random() < 0.2:
        margins = (
            (random.random(4) * 0.22 * max(pixels.shape[:2]) * (random.random(4) < 0.6)).astype(int).tolist()
        )
        colour = [(0, 0, 0), (255, 255, 255), tuple(random.integers(0, 256, 3).tolist())][random.integers(3)]
        pixels = cv2.copyMakeBorder(np.ascontiguousarray(pixels), *margins, cv2.BORDER_CONSTANT, value=colour)
    return np.ascontiguousarray(pixels)


def masked(random: Random, pixels: Pixels) -> Pixels:
    """Seen through a round, fan-shaped or oval opening on black: plates, lenses and portholes, not only eyes."""
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    match int(random.integers(3)):
        case 0:
            cv2.circle(
                mask, (width // 2, height // 2), int(min(height, width) * random.uniform(0.42, 0.55)), 255, -1
            )
        case 1:
            cv2.ellipse(mask, (width // 2, 0), (height, height), 90, -40, 40, 255, -1)
        case _:
            at = (int(width * random.uniform(0, 0.6)), height // 2)
            cv2.ellipse(
                mask, at, (int(width * 0.5), int(height * 0.48)), float(random.normal(0, 15)), 0, 360, 255, -1
            )
    return np.asarray(cv2.bitwise_and(pixels, pixels, mask=mask), np.uint8)


def labelled(random: Random, pixels: Pixels) -> Pixels:
    """Small print burned into corners, arrows and rulers."""
    pixels = pixels.copy()
    height, width = pixels.shape[:2]
    for corner in range(4):
        if random.random() < 0.5:
            wide, high = int(width * random.uniform(0.15, 0.4)), int(random.integers(10, 50))
            at = (3 if corner % 2 else max(3, width - wide), 2 if corner < 2 else max(2, height - high))
            scribble(random, pixels, (*at, wide, min(high, height - at[1] - 1)))
    if random.random() < 0.3:
        ends = (random.random(4) * [width, height, width, height]).astype(int).tolist()
        cv2.arrowedLine(
            pixels, ends[:2], ends[2:], random.integers(0, 256, 3).tolist(), 1 + int(random.integers(2))
        )
    return pixels


def degraded(random: Random, pixels: Pixels) -> Pixels:
    """Made small, blurred, noisy, and compressed again, once or twice."""
    if random.random() < 0.3:
        pixels = fitted(pixels, int(random.integers(64, 220)))
    if random.random() < 0.15:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), random.uniform(0.5, 1.8)), np.uint8)
    if random.random() < 0.15:
        pixels = np.clip(pixels + random.normal(0, random.uniform(2, 12), pixels.shape), 0, 255).astype(
            np.uint8
        )
    for _ in range(int(random.integers(0, 3))):
        kind, quality = (
            (".jpg", cv2.IMWRITE_JPEG_QUALITY)
            if random.random() < 0.8
            else (".webp", cv2.IMWRITE_WEBP_QUALITY)
        )
        _, coded = cv2.imencode(kind, pixels, [quality, int(random.integers(25, 96))])
        pixels = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return pixels
