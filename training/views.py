"""Turns pictures into the squares the network is trained on, many views of each, stored on disk."""

import multiprocessing
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import scenes
import screens
import transforms
from corpus import Picture, Pixels
from drawing import Random
from drawn_tissue import restained
from numpy.typing import NDArray
from snapshots import snapshot

cv2.setNumThreads(1)  # before any work: OpenCV's own threads do not survive a fork
SIDE = 192  # stored; training cuts 160 out of it, and the shipped network looks at 192 (Touvron et al. 2019, "FixRes")
AS_IS = 0.2  # of the views show a picture as it came, at most made smaller, blurred or compressed
LEAST_SHARE = 0.06  # of a screen that a picture must take for the whole screen to count as that picture
DRAWN_WEIGHT = 0.5  # of a drawn kind, against a source of real pictures of the same number
CHUNK = 500

_pictures: list[Picture] = []
_ordinary: list[int] = []
_kin: dict[tuple[str, str], list[int]] = defaultdict(
    list
)  # pictures of one source and kind, for panes and mosaics


@dataclass(frozen=True, slots=True)
class Views:
    """`squares` NxSIDExSIDEx3 uint8 on disk; `picture` N indices of the picture each square shows."""

    squares: NDArray[np.uint8]
    picture: NDArray[np.int64]


def shares(pictures: list[Picture]) -> NDArray[np.float64]:
    """How often each picture is drawn: ordinary 55 %, and in both halves by the square root of class and source size."""
    by_label: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, picture in enumerate(pictures):
        by_label[picture.label][picture.source].append(index)
    weight = np.zeros(len(pictures))
    for sources in by_label.values():
        roots = {
            source: len(indices) ** 0.5 * (DRAWN_WEIGHT if source.startswith("drawn:") else 1)
            for source, indices in sources.items()
        }
        whole = sum(len(indices) for indices in sources.values()) ** 0.5
        for source, indices in sources.items():
            weight[indices] = whole * roots[source] / sum(roots.values()) / len(indices)
    medical = np.array([picture.medical for picture in pictures])
    weight[medical] *= 0.45 / weight[medical].sum()
    weight[~medical] *= 0.55 / weight[~medical].sum()
    return weight


def make(pictures: list[Picture], count: int, folder: Path, seed: int, processes: int = 2) -> Views:
    """Draw `count` views into `folder` and map them; the same seed gives the same views on any number of cores."""
    _pictures[:] = pictures
    _ordinary[:] = [index for index, picture in enumerate(pictures) if not picture.medical]
    _kin.clear()
    for index, picture in enumerate(pictures):
        _kin[picture.source, picture.kind].append(index)
    folder.mkdir(parents=True, exist_ok=True)
    picture_of = np.random.default_rng(seed).choice(len(pictures), count, p=shares(pictures))
    path = folder / "squares.npy"
    squares = np.lib.format.open_memmap(path, "w+", np.uint8, (count, SIDE, SIDE, 3))
    starts = range(0, count, CHUNK)
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        jobs = ((seed, start, picture_of[start : start + CHUNK]) for start in starts)
        for start, chunk in zip(starts, pool.imap(_chunk, jobs), strict=True):
            squares[start : start + len(chunk)] = chunk
    for kept in (_pictures, _ordinary, _kin):
        kept.clear()  # gigabytes that training has better use for
    return Views(squares, picture_of)


def _chunk(job: tuple[int, int, NDArray[np.int64]]) -> Pixels:
    """One chunk of views, from a generator of its own."""
    seed, start, indices = job
    random = np.random.default_rng((seed, start))
    return np.stack([square(view(random, int(index))) for index in indices])


def view(random: Random, index: int) -> Pixels:
    """One picture as it might arrive at the network: whole, as a pane, on a screen, on a sheet, or photographed."""
    picture = _pictures[index]
    pixels = picture.pixels
    if random.random() < AS_IS:
        return transforms.degraded(random, pixels)
    if picture.kind.startswith("histo") and random.random() < 0.5:
        pixels = restained(random, pixels)
    pixels = transforms.placed(random, transforms.tones(random, pixels))
    if not picture.medical and random.random() < 0.12:
        pixels = _disguised(random, pixels)
    if random.random() < 0.15:
        pixels = transforms.labelled(random, pixels)
    pixels = _shown(random, pixels, index)
    chance = random.random()
    if chance < 0.14:
        pixels = scenes.phone_photo(random, pixels)
    elif chance < 0.28:
        pixels = snapshot(random, pixels)
    return transforms.degraded(random, pixels)


def _shown(random: Random, pixels: Pixels, index: int) -> Pixels:
    """The picture as it is, in a whole window, screen, sheet or mosaic, or a pane cut out of one of these."""
    picture = _pictures[index]
    kin = _kin[picture.source, picture.kind]
    others = [pixels, pixels, _pictures[kin[int(random.integers(len(kin)))]].pixels]
    # Beside a medical picture anything may stand; beside an ordinary one only ordinary ones.
    strange = [_pictures[_ordinary[int(random.integers(len(_ordinary)))]].pixels for _ in range(3)]
    chance = random.random()
    if chance < 0.34:
        return pixels
    if chance < 0.44:
        return scenes.window(random, others)[0]
    if chance < 0.56:
        canvas, boxes = screens.screen(random, pixels, strange if random.random() < 0.5 else others)
        return canvas if _share(boxes, canvas) >= LEAST_SHARE else _pane(random, canvas, boxes[:1], pixels)
    if chance < 0.62:
        canvas, boxes = scenes.sheet(random, [pixels])
        return canvas if _share(boxes, canvas) >= LEAST_SHARE else _pane(random, canvas, boxes[:1], pixels)
    if chance < 0.68:
        return scenes.mosaic(random, others)
    match int(random.integers(4)):
        case 0:
            canvas, boxes = scenes.sheet(random, [pixels])
        case 1:
            canvas, boxes = screens.screen(random, pixels, others)
        case _:
            canvas, boxes = scenes.window(random, others)
    return _pane(random, canvas, boxes, pixels)


def _pane(random: Random, canvas: Pixels, boxes: list[scenes.Box], pixels: Pixels) -> Pixels:
    """One of the boxes, or the picture alone where a very long one found no room on the canvas."""
    return _cut(random, canvas, boxes[int(random.integers(len(boxes)))]) if boxes else pixels


def _share(boxes: list[scenes.Box], canvas: Pixels) -> float:
    """The part of the canvas that the boxes cover."""
    return sum(box[2] * box[3] for box in boxes) / (canvas.shape[0] * canvas.shape[1])


def _disguised(random: Random, pixels: Pixels) -> Pixels:
    """An ordinary picture made to look like a scan: gray and negative, behind an opening, or stained."""
    match int(random.integers(4)):
        case 0:
            return np.repeat(255 - pixels.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
        case 1:
            return transforms.masked(
                random, np.repeat(pixels.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
            )
        case 2:
            return transforms.masked(random, pixels)
        case _:
            tint = np.array([random.uniform(0.75, 1), random.uniform(0.35, 0.75), random.uniform(0.6, 0.95)])
            return (pixels.mean(axis=2, keepdims=True) * 0.6 * tint + pixels * 0.4).astype(np.uint8)


def _cut(random: Random, canvas: Pixels, box: scenes.Box) -> Pixels:
    """A pane as the runtime's search would cut it: a little too large or too small."""
    left, top, width, height = box
    slack = random.normal(0, 0.035, 4) * [width, height, width, height]
    x0, y0 = max(0, int(left - slack[0])), max(0, int(top - slack[1]))
    x1, y1 = int(left + width + slack[2]), int(top + height + slack[3])
    return canvas[y0 : max(y0 + 8, y1), x0 : max(x0 + 8, x1)]


def square(pixels: Pixels) -> Pixels:
    """Squashed to SIDE x SIDE, as at run time."""
    how = cv2.INTER_AREA if max(pixels.shape[:2]) > SIDE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (SIDE, SIDE), interpolation=how), np.uint8)
