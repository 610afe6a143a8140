"""What is harder than printed lines: slanted, upright and upside-down lines, script, very faint lines, codes. No bars: how far it goes."""

import math
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bench.table import Options, Row
from bench.text_peers import blank_every_word
from bench.text_score import mask
from gateway.detect.codes import find_codes
from gateway.detect.text_regions import ACCURATE, FAST, find_text
from gateway.model import Box
from tests.backgrounds import BACKGROUNDS
from tests.layouts import font_files, layout

type Pixels = NDArray[np.uint8]

SEED = 76_000
LINES = (
    "MUELLER, Anna",
    "DOB 14.05.1950",
    "MRN 84299505",
    "St. Mary Hospital",
    "Acc# 10377",
    "Okonkwo Chidi",
)
TESSERACT = "Tesseract, blank every word"
TARGET = 0.9
"""A code counts as boxed when so much of it is."""


def rows(options: Options) -> Iterator[Row]:
    count = 1 if options.quick else 4
    for angle in (5, 15, 30, 45, 60, 90, 180):
        yield _covered(f"lines turned by {angle} degrees", count, _turned(angle))
    for name, draw in (("letters one below the other", _stacked), ("script, drawn by a pen", _script)):
        yield _covered(name, count, draw)
    for contrast in (4, 6, 8, 12):
        yield _covered(
            f"lines {contrast} of 255 lighter than a flat ground", count, _faint(contrast), flat=True
        )
    yield from _codes(count)


def _covered(
    name: str, count: int, draw: Callable[[str, np.random.Generator], Pixels], *, flat: bool = False
) -> Row:
    """The share of glyph pixels inside what would be painted, drawn in white on every layout's background."""
    ours = peer = whole = 0
    for background in BACKGROUNDS:
        for index in range(count):
            random = np.random.default_rng([SEED + index, *background.encode()])
            picture, ink = _written(background, SEED + index, draw, random, flat=flat)
            boxes = [region.box for region in find_text(picture, FAST)]
            boxes += [region.box for region in find_text(picture, ACCURATE, boxes)]
            whole += int(ink.sum())
            ours += int((mask(boxes, ink.shape) & ink).sum())
            peer += int((mask(blank_every_word(picture), ink.shape) & ink).sum())
    return Row(f"glyphs covered, {name}", 100 * ours / whole, "%", TESSERACT, 100 * peer / whole)


def _written(
    background: str,
    seed: int,
    draw: Callable[[str, np.random.Generator], Pixels],
    random: np.random.Generator,
    *,
    flat: bool,
) -> tuple[Pixels, NDArray[np.bool_]]:
    """A background with lines on it, and which pixels are glyphs."""
    picture = layout(background, seed, text=False).pixels.copy()
    if flat:
        picture[:] = 60
    ink = np.zeros(picture.shape[:2], np.bool_)
    taken = np.zeros(picture.shape[:2], np.bool_)
    for line in LINES:
        sheet = draw(line, random)
        height, width = sheet.shape
        for _ in range(40):
            if height + 20 >= picture.shape[0] or width + 20 >= picture.shape[1]:
                break
            x, y = (
                int(random.integers(10, side))
                for side in (picture.shape[1] - width, picture.shape[0] - height)
            )
            if taken[y : y + height, x : x + width].any():
                continue
            taken[y : y + height, x : x + width] = True
            window = picture[y : y + height, x : x + width].astype(np.float32)
            cover = sheet.astype(np.float32) / 255
            cover = cover if picture.ndim == 2 else cover[..., None]
            window += cover * ((255 - window) if not flat or sheet.max() == 255 else 255.0)
            picture[y : y + height, x : x + width] = np.clip(window, 0, 255)
            ink[y : y + height, x : x + width] |= sheet >= sheet.max() / 2
            break
    return picture, ink


def _line(text: str, random: np.random.Generator) -> Pixels:
    files = font_files()
    size = int(random.integers(16, 32))
    font = (
        ImageFont.truetype(str(files[int(random.integers(len(files)))]), size)
        if files
        else ImageFont.load_default(size)
    )
    sheet = Image.new("L", (int(font.getlength(text)) + 12, int(font.getbbox(text)[3]) + 12))
    ImageDraw.Draw(sheet).text((6, 4), text, fill=255, font=font)
    return np.asarray(sheet)


def _turned(angle: int) -> Callable[[str, np.random.Generator], Pixels]:
    def draw(text: str, random: np.random.Generator) -> Pixels:
        sheet = Image.fromarray(_line(text, random))
        return np.asarray(sheet.rotate(angle, expand=True, resample=Image.Resampling.BICUBIC))

    return draw


def _stacked(text: str, random: np.random.Generator) -> Pixels:
    letters = [np.asarray(_line(letter, random)) for letter in text.replace(" ", "")[:9]]
    sheet = np.zeros((sum(a.shape[0] for a in letters), max(a.shape[1] for a in letters)), np.uint8)
    top = 0
    for letter in letters:
        sheet[top : top + letter.shape[0], : letter.shape[1]] = letter
        top += letter.shape[0]
    return sheet


def _script(text: str, random: np.random.Generator) -> Pixels:
    """Single-stroke script (Hershey 1967), slanted and unsteady: the nearest to handwriting that needs no collection of it."""
    sheet = np.zeros((90, 40 + 26 * len(text)), np.uint8)
    cv2.putText(sheet, text, (14, 58), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.1, 255, 2, cv2.LINE_AA)
    rows, columns = np.indices(sheet.shape, dtype=np.float32)
    phase = random.random(2) * 6
    wobble_x = columns + 2 * np.sin(rows / 9 + phase[0]) + 0.3 * (rows - 45)
    wobble_y = rows + 2.5 * np.sin(columns / 21 + phase[1]) + 0.04 * columns - 4
    moved = cv2.remap(sheet, wobble_x.astype(np.float32), wobble_y.astype(np.float32), cv2.INTER_LINEAR)
    left, top, width, height = cv2.boundingRect((moved > 60).astype(np.uint8))
    return np.asarray(moved[top : top + height, left : left + width], np.uint8)


def _faint(contrast: int) -> Callable[[str, np.random.Generator], Pixels]:
    def draw(text: str, random: np.random.Generator) -> Pixels:
        return (_line(text, random).astype(np.float32) * contrast / 255).round().astype(np.uint8)

    return draw


def _codes(count: int) -> Iterator[Row]:
    """How many codes of each kind are boxed, by the finder of codes and together with the finder of text."""
    for name, modules in (
        ("QR codes", (2, 3, 4, 6, 8)),
        ("Code 39 bars", (1, 2, 3)),
        ("Data Matrix", (2, 3, 4, 6)),
    ):
        for angle in (0, 20, 90):
            alone = together = total = 0
            for background in BACKGROUNDS:
                for index in range(count):
                    for module in modules:
                        random = np.random.default_rng([SEED, index, module])
                        sheet = {"QR codes": _qr, "Code 39 bars": _bars, "Data Matrix": _matrix}[name](
                            module, random
                        )
                        picture, inside = _stuck(background, SEED + index, sheet, angle, random)
                        if picture is None:
                            continue
                        written = [region.box for region in find_text(picture, FAST)]
                        found = list(find_codes(picture, written))
                        alone += _boxed(found, inside)
                        together += _boxed(found + written, inside)
                        total += 1
            yield Row(
                f"{name} boxed, turned by {angle} degrees", 100 * alone / total, "%",
                note=f"{100 * together / total:.0f} % with the finder of text; {total} codes",
            )  # fmt: skip


def _boxed(boxes: list[Box], inside: NDArray[np.bool_]) -> bool:
    return bool(mask(boxes, inside.shape)[inside].mean() >= TARGET)


def _stuck(
    background: str, seed: int, sheet: Pixels, angle: int, random: np.random.Generator
) -> tuple[Pixels | None, NDArray[np.bool_]]:
    """A white label with a code somewhere on a background; where its modules are."""
    picture = layout(background, seed, text=False).pixels.copy()
    side = int(math.hypot(*sheet.shape)) + 4
    if side + 20 >= min(picture.shape[:2]):
        return None, np.zeros((1, 1), np.bool_)
    label = np.asarray(Image.fromarray(sheet).rotate(angle, expand=True, fillcolor=255))
    shown = np.asarray(Image.fromarray(np.full_like(sheet, 255)).rotate(angle, expand=True)) > 127
    x, y = (int(random.integers(10, length - side)) for length in (picture.shape[1], picture.shape[0]))
    window = picture[y : y + label.shape[0], x : x + label.shape[1]]
    window[shown] = label[shown] if picture.ndim == 2 else label[shown][:, None]
    inside = np.zeros(picture.shape[:2], np.bool_)
    inside[y : y + label.shape[0], x : x + label.shape[1]] = shown & (label < 128)
    return picture, inside


def _qr(module: int, random: np.random.Generator) -> Pixels:
    code = cv2.QRCodeEncoder.create().encode(f"MRN {random.integers(10**6, 10**7)} MUELLER ANNA")
    return np.repeat(np.repeat(np.asarray(code, np.uint8), module, 0), module, 1)


CODE39 = {
    "0": "nnnwwnwnn", "1": "wnnwnnnnw", "2": "nnwwnnnnw", "3": "wnwwnnnnn", "4": "nnnwwnnnw", "5": "wnnwwnnnn",
    "6": "nnwwwnnnn", "7": "nnnwnnwnw", "8": "wnnwnnwnn", "9": "nnwwnnwnn", "*": "nwnnwnwnn",
}  # fmt: skip
"""Bars and gaps of each character, wide and narrow (ISO/IEC 16388)."""


def _bars(module: int, random: np.random.Generator) -> Pixels:
    widths = [0 if index % 2 == 0 else 255 for index in range(10)]
    pieces = []
    for character in f"*{random.integers(10**5, 10**6)}*":
        for index, kind in enumerate(CODE39[character] + "n"):
            pieces.append(np.full(module * (3 if kind == "w" else 1), widths[index], np.uint8))
    return np.pad(np.tile(np.concatenate(pieces), (60, 1)), 10 * module, constant_values=255)


def _matrix(module: int, random: np.random.Generator) -> Pixels:
    """The look of a Data Matrix of 18 x 18: solid left and bottom, alternating top and right, random inside."""
    code = np.where(random.random((18, 18)) < 0.5, 0, 255).astype(np.uint8)
    code[:, 0] = code[-1] = 0
    code[0, 1::2], code[0, ::2] = 255, 0
    code[::2, -1], code[1::2, -1] = 255, 0
    return np.repeat(np.repeat(np.pad(code, 2, constant_values=255), module, 0), module, 1)
