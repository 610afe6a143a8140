"""Whole screens and pages with pictures in them, larger and busier than `scenes.py`: viewers, browsers, chats, folders, desktops.

What is inside tells the class, never the screen: both classes go through the same layouts. `evaluate.py` does not use these.
"""

import cv2
import numpy as np
from corpus import Pixels
from drawing import Random, fog, scribble
from scenes import Box

SIZES = ((960, 600), (960, 540), (800, 600), (720, 450), (400, 800), (640, 640), (700, 990))


def screen(random: Random, picture: Pixels, others: list[Pixels]) -> tuple[Pixels, list[Box]]:
    """A screen that shows `picture` in one or more places, others elsewhere; and where `picture` stands."""
    width, height = (int(n * random.uniform(0.6, 1)) for n in SIZES[random.integers(len(SIZES))])
    dark = random.random() < 0.5
    ground = random.integers(0, 70, 3) if dark else random.integers(190, 256, 3)
    if random.random() < 0.75:
        ground = np.full(3, int(ground[0]))
    canvas = np.full((height, width, 3), ground, np.uint8)
    if random.random() < 0.12:
        canvas = (fog(random, height, width, 300, 2)[:, :, None] * random.uniform(40, 255, 3)).astype(
            np.uint8
        )
    top = _bars(random, canvas, dark=dark)
    bottom = height - int(random.choice([0, 14, 30]))
    left = int(width * random.choice([0, 0, 0.08, 0.16, 0.25]))
    right = width - int(width * random.choice([0, 0, 0.12, 0.25]))
    boxes: list[Box] = []
    if left:
        _side(random, canvas, (0, top, left, bottom - top), others)
    if width - right > 40:
        scribble(
            random,
            canvas,
            (
                right + 6,
                top + int(random.integers(4, 60)),
                width - right - 10,
                int((bottom - top) * random.uniform(0.2, 0.9)),
            ),
        )
    free = (left, top, right - left, bottom - top)
    (_panes, _message, _listing)[random.choice(3, p=[0.6, 0.25, 0.15])](
        random, canvas, free, picture, others, boxes
    )
    if random.random() < 0.3:
        at = random.integers(10, [width - 10, height - 10]).tolist()
        cv2.arrowedLine(canvas, [at[0] + 7, at[1] + 11], at, (255, 255, 255), 2)
    return canvas, boxes


def _put(random: Random, canvas: Pixels, box: Box, picture: Pixels, *, fill: bool = False) -> Box:
    """The picture inside the box, whole or filling it; where it stands."""
    left, top, width, height = (int(n) for n in box)
    width, height = max(8, min(width, canvas.shape[1] - left)), max(8, min(height, canvas.shape[0] - top))
    across, down = width / picture.shape[1], height / picture.shape[0]
    scale = max(across, down) if fill else min(across, down)
    size = max(4, round(picture.shape[1] * scale)), max(4, round(picture.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shown = cv2.resize(picture, size, interpolation=how)
    cut_x, cut_y = max(0, (size[0] - width) // 2), max(0, (size[1] - height) // 2)
    shown = shown[cut_y : cut_y + height, cut_x : cut_x + width]
    x, y = left + (width - shown.shape[1]) // 2, top + (height - shown.shape[0]) // 2
    canvas[y : y + shown.shape[0], x : x + shown.shape[1]] = shown
    if random.random() < 0.35:
        for corner in range(4):
            if random.random() < 0.6:
                wide, high = max(20, width // 4), int(random.integers(10, 46))
                scribble(
                    random,
                    canvas,
                    (
                        left + 2 if corner % 2 else left + width - wide,
                        top + 1 if corner < 2 else top + height - high - 2,
                        wide,
                        high,
                    ),
                )
    return x, y, shown.shape[1], shown.shape[0]


def _bars(random: Random, canvas: Pixels, *, dark: bool) -> int:
    """Title, menu, tools and tabs; how far down they reach."""
    width, y = canvas.shape[1], 0
    for _ in range(int(random.integers(0, 4))):
        high = int(random.integers(12, 34))
        canvas[y : y + high] = (
            random.integers(20, 90) if dark and random.random() < 0.8 else random.integers(0, 256, 3)
        )
        if random.random() < 0.5:
            scribble(
                random,
                canvas,
                (int(random.integers(4, width // 2)), y, int(width * random.uniform(0.1, 0.6)), 13),
            )
        else:
            for x in range(
                int(random.integers(4, 40)), int(width * random.uniform(0.2, 1)), int(random.integers(14, 40))
            ):
                colour = random.integers(60, 240, 3).tolist() if random.random() < 0.5 else [160] * 3
                cv2.rectangle(
                    canvas,
                    (x, y + 3),
                    (x + int(random.integers(5, 12)), y + high - 4),
                    colour,
                    int(random.choice([-1, 1])),
                )
        y += high
    return y


def _side(random: Random, canvas: Pixels, box: Box, others: list[Pixels]) -> None:
    """A list of series, folders or thumbnails."""
    left, top, width, height = box
    canvas[top : top + height, left : left + width] = np.clip(
        canvas[top, left].astype(int) + int(random.integers(-25, 40)), 0, 255
    )
    if random.random() < 0.5:
        scribble(random, canvas, (left + 4, top + 6, width - 8, int(height * random.uniform(0.3, 0.95))))
        return
    for y in range(top + 6, top + height - width, int(width * random.uniform(0.8, 1.3))):
        _put(
            random,
            canvas,
            (left + 4, y, width - 8, int(width * 0.7)),
            others[int(random.integers(len(others)))],
        )


def _panes(
    random: Random, canvas: Pixels, free: Box, picture: Pixels, others: list[Pixels], boxes: list[Box]
) -> None:
    """One to nine panes; the picture in at least one, zoomed as it comes."""
    left, top, width, height = free
    rows, columns = [(1, 1), (1, 1), (1, 1), (1, 2), (1, 2), (2, 2), (2, 1), (1, 3), (2, 3), (3, 3)][
        random.integers(10)
    ]
    gap = int(random.choice([0, 1, 2, 4, 8, 16]))
    wide, high = width // columns - gap, height // rows - gap
    ground = (0, 0, 0) if random.random() < 0.5 else None
    main = int(random.integers(rows * columns))
    fill, zoom = random.random() < 0.3, random.uniform(0.55, 1)
    for index in range(rows * columns):
        x, y = left + (index % columns) * (wide + gap), top + (index // columns) * (high + gap)
        if ground:
            canvas[y : y + high, x : x + wide] = ground
        chance = random.random()
        if index != main and chance < 0.15:
            continue
        inner = (
            x + int(wide * (1 - zoom) / 2),
            y + int(high * (1 - zoom) / 2),
            int(wide * zoom),
            int(high * zoom),
        )
        if min(inner[2:]) < 24:
            continue
        same = index == main or chance < 0.6
        shown = picture if same else others[int(random.integers(len(others)))]
        box = _put(random, canvas, inner, shown, fill=fill)
        if same:
            boxes.append(box)


def _message(
    random: Random, canvas: Pixels, free: Box, picture: Pixels, others: list[Pixels], boxes: list[Box]
) -> None:
    """A chat, a mail or a web page: lines of print with the picture among them."""
    left, top, width, height = free
    margin = int(width * random.uniform(0.02, 0.2))
    wide = int((width - 2 * margin) * random.uniform(0.4, 1))
    high = int(height * random.uniform(0.25, 0.65))
    y = top + int(height * random.uniform(0.02, 0.3))
    scribble(random, canvas, (left + margin, top + 2, width - 2 * margin, max(12, y - top - 4)))
    if random.random() < 0.4:
        colour = random.integers(120, 256, 3).tolist()
        cv2.rectangle(
            canvas, (left + margin - 6, y - 6), (left + margin + wide + 6, y + high + 20), colour, -1
        )
    boxes.append(_put(random, canvas, (left + margin, y, wide, high), picture))
    rest = top + height - y - high - 12
    if rest > 20:
        scribble(random, canvas, (left + margin, y + high + 8, width - 2 * margin, rest))
    if rest > 90 and random.random() < 0.4:
        _put(
            random,
            canvas,
            (left + margin, y + high + 30, wide // 2, rest - 40),
            others[int(random.integers(len(others)))],
        )


def _listing(
    random: Random, canvas: Pixels, free: Box, picture: Pixels, others: list[Pixels], boxes: list[Box]
) -> None:
    """A folder or a search result: a grid of thumbnails with names; a third of them are the picture or its kin."""
    left, top, width, height = free
    cell = int(random.uniform(70, 180))
    for y in range(top + 8, top + height - cell, int(cell * 1.25)):
        for x in range(left + 8, left + width - cell, int(cell * 1.12)):
            same = random.random() < 0.4 or not boxes
            shown = picture if same else others[int(random.integers(len(others)))]
            box = _put(random, canvas, (x, y, cell, int(cell * 0.9)), shown, fill=random.random() < 0.3)
            scribble(random, canvas, (x, y + int(cell * 0.92), cell, 12))
            if same:
                boxes.append(box)
    if not boxes:
        boxes.append(
            _put(random, canvas, (left + 8, top + 8, max(24, width - 16), max(24, height - 16)), picture)
        )
