"""Where pictures are shown: in windows, on slides and pages, on contact sheets, and through a telephone's camera.

Medical and ordinary pictures are shown in the same scenes, so that the scene itself tells nothing.
"""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Random, fog, scribble
from transforms import fitted

Box = tuple[int, int, int, int]


def mosaic(random: Random, pictures: list[Pixels]) -> Pixels:
    """A contact sheet: the pictures in a grid with thin gaps."""
    rows, columns = [(1, 2), (2, 1), (2, 2), (2, 3), (3, 3), (1, 3), (4, 4)][random.integers(7)]
    cell = int(random.integers(90, 160))
    gap, ground = int(random.integers(0, 7)), int(random.choice([0, 255, 40]))
    sheet = np.full((rows * (cell + gap), columns * (cell + gap), 3), ground, np.uint8)
    for index in range(rows * columns):
        top, left = (index // columns) * (cell + gap), (index % columns) * (cell + gap)
        picture = pictures[int(random.integers(len(pictures)))]
        squeezed = cv2.resize(picture, (cell, cell)) if random.random() < 0.5 else fitted(picture, cell)
        sheet[top : top + squeezed.shape[0], left : left + squeezed.shape[1]] = squeezed
    return sheet


def window(random: Random, pictures: list[Pixels], largest: float = 0.9) -> tuple[Pixels, list[Box]]:
    """A program's window with the pictures in panes, and where the panes are.

    Dark and light, with tool bars, side lists and status lines. `largest` is the most of the window's width and
    height that the panes together may take.
    """
    width, height = int(random.integers(420, 640)), int(random.integers(300, 440))
    dark = random.random() < 0.55
    ground = random.integers(0, 60, 3) if dark else random.integers(200, 256, 3)
    if random.random() < 0.7:
        ground = np.full(3, ground[0])
    canvas = np.full((height, width, 3), ground, np.uint8)
    share = random.uniform(0.35, largest)
    area_w, area_h = int(width * share), int(height * min(0.92, share * random.uniform(0.9, 1.25)))
    left = int(random.choice([0, (width - area_w) // 2, width - area_w]))
    top = int(random.uniform(0.3, 1) * (height - area_h))
    _bars(random, canvas, (left, top, area_w, area_h))
    rows, columns = [(1, 1), (1, 1), (1, 2), (2, 2), (2, 1), (1, 3)][random.integers(6)]
    boxes = []
    pane_ground = (0, 0, 0) if random.random() < 0.7 else tuple(int(c) for c in ground)
    for row in range(rows):
        for column in range(columns):
            box = (
                left + column * area_w // columns + 1,
                top + row * area_h // rows + 1,
                area_w // columns - 2,
                area_h // rows - 2,
            )
            _pane(random, canvas, box, pictures[int(random.integers(len(pictures)))], pane_ground)
            boxes.append(box)
    return canvas, boxes


def _pane(random: Random, canvas: Pixels, box: Box, picture: Pixels, ground: tuple[int, ...]) -> None:
    """One picture fitted into a box on its own ground."""
    left, top, width, height = box
    canvas[top : top + height, left : left + width] = ground
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale)))
    inner = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    y, x = top + (height - size[1]) // 2, left + (width - size[0]) // 2
    canvas[y : y + size[1], x : x + size[0]] = inner
    if random.random() < 0.5:
        scribble(random, canvas, (left + 3, top + 1, width // 3, min(height // 4, 40)))


def _bars(random: Random, canvas: Pixels, free: Box) -> None:
    """Title bar, tool buttons, lists of small print outside the `free` box."""
    height, width = canvas.shape[:2]
    tone = np.clip(canvas[0, 0].astype(int) + int(random.integers(-25, 40)), 0, 255)
    if free[1] > 12:
        canvas[: min(free[1], int(random.integers(12, 40)))] = tone
        for x in range(4, width - 12, int(random.integers(14, 40))):
            if random.random() < 0.6:
                colour = random.integers(60, 220, 3).tolist()
                cv2.rectangle(
                    canvas,
                    (x, 3),
                    (x + int(random.integers(5, 11)), 11),
                    colour,
                    -1 if random.random() < 0.5 else 1,
                )
        scribble(random, canvas, (6, 1, width // 3, 13))
    for x, wide in ((0, free[0]), (free[0] + free[2], width - free[0] - free[2])):
        if wide > 30:
            scribble(
                random,
                canvas,
                (x + 5, int(random.integers(20, 60)), wide - 10, int(height * random.uniform(0.2, 0.8))),
            )
    if height - free[1] - free[3] > 12:
        scribble(random, canvas, (8, height - 14, width // 2, 13))


def sheet(random: Random, pictures: list[Pixels]) -> tuple[Pixels, list[Box]]:
    """A slide or a page of a report: a heading, lines of text and one or two pictures; and where those are."""
    upright = random.random() < 0.5
    width, height = (
        (int(random.integers(300, 400)), int(random.integers(420, 540)))
        if upright
        else (560, int(random.integers(315, 420)))
    )
    white = random.random() < 0.7
    canvas = np.full(
        (height, width, 3), random.integers(240, 256) if white else random.integers(0, 256, 3), np.uint8
    )
    scribble(random, canvas, (width // 12, height // 20, width // 2, 16))
    count = 1 if random.random() < 0.6 else 2
    boxes = []
    wide = int(width * random.uniform(0.4, 0.85)) // count
    high = int(height * random.uniform(0.3, 0.6))
    left, top = int(random.uniform(0.03, 0.15) * width), int(random.uniform(0.12, 0.35) * height)
    for index in range(count):
        picture = pictures[int(random.integers(len(pictures)))]
        scale = min(wide / picture.shape[1], high / picture.shape[0])
        size = (max(8, int(picture.shape[1] * scale)), max(8, int(picture.shape[0] * scale)))
        box = (left + index * (wide + 4), top, *size)
        right, bottom = min(width, box[0] + size[0]), min(height, box[1] + size[1])
        canvas[top:bottom, box[0] : right] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[
            : bottom - top, : right - box[0]
        ]
        boxes.append((box[0], top, right - box[0], bottom - top))
    scribble(random, canvas, (width // 12, top + high + 8, int(width * 0.8), height - top - high - 20))
    return canvas, boxes


def phone_photo(random: Random, pixels: Pixels) -> Pixels:
    """A monitor, light box or sheet photographed by hand: perspective, moire, glare, blur, colour cast."""
    height, width = pixels.shape[:2]
    out_w, out_h = (400, 300) if random.random() < 0.6 else (300, 400)
    room = (fog(random, out_h, out_w, 120, 3)[:, :, None] * random.uniform(20, 200, 3)).astype(np.uint8)
    if random.random() < 0.5:
        rows = (
            np.sin(np.arange(height) * random.uniform(0.5, 3.0))[:, None]
            + np.sin(np.arange(width) * random.uniform(0.5, 3.0))[None]
        )
        pixels = np.clip(pixels + (rows * random.uniform(1, 7))[:, :, None], 0, 255).astype(np.uint8)
    bezel = int(random.integers(0, 14))
    pixels = cv2.copyMakeBorder(
        pixels, *([bezel] * 4), cv2.BORDER_CONSTANT, value=(int(random.integers(0, 60)),) * 3
    )
    height, width = pixels.shape[:2]
    fill = random.uniform(0.65, 1.15)
    scale = (
        fill * min(out_w / width, out_h / height)
        if random.random() < 0.7
        else fill * max(out_w / width, out_h / height)
    )
    half = np.array([width, height]) * scale / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half * (1 + random.normal(0, 0.045, (4, 2)))
    angle = random.normal(0, 0.07)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = corners @ spin + [out_w / 2, out_h / 2] + random.normal(0, 10, 2)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    picture = cv2.warpPerspective(pixels, warp, (out_w, out_h))
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), warp, (out_w, out_h))
    picture = np.where(mask[:, :, None] > 127, picture, room).astype(np.float32)
    picture = picture * random.uniform(0.8, 1.12, 3) * random.uniform(0.7, 1.15) + random.uniform(0, 25)
    if random.random() < 0.45:
        glare = np.zeros((out_h, out_w), np.float32)
        at = (int(random.integers(0, out_w)), int(random.integers(0, out_h)))
        cv2.ellipse(
            glare,
            at,
            (int(random.integers(10, 90)), int(random.integers(6, 50))),
            float(random.uniform(0, 180)),
            0,
            360,
            1.0,
            -1,
        )
        picture += cv2.GaussianBlur(glare, (0, 0), random.uniform(8, 30))[:, :, None] * random.uniform(
            40, 190
        )
    picture += fog(random, out_h, out_w, 200, 2)[:, :, None] * random.uniform(-50, 30)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if random.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.5, 1.6))
    return np.asarray(picture, np.uint8)
