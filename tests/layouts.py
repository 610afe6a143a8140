"""Draws pictures that look like what scanners and viewers write text into, and knows where every word stands.

Everything is synthetic: anatomy from noise and ellipses, people from word lists. The same seed gives the same
picture on the same set of fonts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

type Pixels = NDArray[np.uint8]
type Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
type Spot = tuple[int, int, int, int]

FONT_FOLDER = Path("/usr/share/fonts/truetype")
FAMILIES = (
    "dejavu/DejaVuSans",
    "dejavu/DejaVuSansMono",
    "dejavu/DejaVuSerif",
    "liberation/Liberation",
    "freefont/Free",
)
STYLES = ("plain", "low-contrast", "outlined", "inverse", "rotated", "boxed", "coloured")
HARD = frozenset({"low-contrast", "rotated"})

SURNAMES = (
    "MUELLER",
    "Okonkwo",
    "DA SILVA",
    "Nguyen",
    "PETROV",
    "O'Brien",
    "Haddad",
    "LINDQVIST",
    "Tanaka",
    "ROSSI",
)
GIVEN = ("Anna", "JOHN", "Maria", "Chidi", "IVAN", "Siobhan", "Yuki", "LUCA", "Fatima", "Erik")
PLACES = (
    "St. Mary Hospital",
    "UNIVERSITY CLINIC",
    "Radiology Dept. 3",
    "City Imaging Center",
    "Klinikum Nord",
)
WORDS = (
    "Dr.",
    "Ref.Phys:",
    "Acc#",
    "Series",
    "Exam:",
    "Tech",
    "Station",
    "DOB",
    "MRN",
    "ID:",
    "Study",
    "Patient",
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was drawn; the box holds its ink."""

    box: Spot
    size: int
    style: str

    @property
    def hard(self) -> bool:
        """Small, faint or turned."""
        return self.size < 14 or self.style in HARD


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture and what is written in it."""

    name: str
    pixels: Pixels
    words: tuple[Word, ...]


@cache
def font_files() -> tuple[Path, ...]:
    """The fonts of this machine that the suite draws with, in a fixed order."""
    found = (
        path
        for family in FAMILIES
        for path in sorted((FONT_FOLDER / family).parent.glob(f"{Path(family).name}*.ttf"))
    )
    return tuple(
        p for p in found if not any(word in p.name for word in ("Math", "Oblique", "Italic", "ExtraLight"))
    )


def _font(size: int, random: np.random.Generator) -> Font:
    files = font_files()
    pick = int(random.integers(len(files) + 2))
    if pick >= len(files):
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(files[pick]), size)


def _noise(height: int, width: int, sigma: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise in 0..1; sigma in pixels."""
    step = max(1, int(sigma))
    small = random.random((height // step + 2, width // step + 2), dtype=np.float32)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32).clip(
        0, 1
    )


def _ellipse(height: int, width: int, spot: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[0:height, 0:width]
    x, y, a, b = spot
    return np.asarray(
        ((columns - x * width) / (a * width)) ** 2 + ((rows - y * height) / (b * height)) ** 2 < 1
    )


def _grey(field: NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(field, 0, 255), np.uint8)


def _cr(random: np.random.Generator) -> Pixels:
    height, width = 1152, 960
    field = 60 + 70 * _noise(height, width, 220, random) + 25 * _noise(height, width, 40, random)
    for x in (0.3, 0.7):
        field[_ellipse(height, width, (x, 0.45, 0.16, 0.3))] *= 0.45
    for rib in range(9):
        y = int(height * (0.18 + 0.07 * rib))
        stroke = np.zeros((height, width), np.float32)
        cv2.ellipse(stroke, (width // 2, y), (int(width * 0.38), 60), 0, 200, 340, 22, 9)
        field += stroke
    field[:, int(width * 0.46) : int(width * 0.54)] += 45
    return _grey(cv2.GaussianBlur(field, (0, 0), 3) + random.normal(0, 4, (height, width)))


def _ct(random: np.random.Generator) -> Pixels:
    height = width = 512
    field = np.zeros((height, width), np.float64)
    field[_ellipse(height, width, (0.5, 0.5, 0.4, 0.3))] = 110
    field[_ellipse(height, width, (0.5, 0.68, 0.06, 0.06))] = 235
    for _ in range(9):
        spot = (*(0.25 + 0.5 * random.random(2)), *(0.03 + 0.08 * random.random(2)))
        field[_ellipse(height, width, spot) & (field > 0)] += random.integers(-60, 60)  # type: ignore[arg-type]
    return _grey(cv2.GaussianBlur(field, (0, 0), 1.2) + random.normal(0, 9, (height, width)) * (field > 0))


def _us(random: np.random.Generator) -> Pixels:
    height, width = 768, 1024
    rows, columns = np.mgrid[0:height, 0:width]
    radius, angle = np.hypot(columns - width / 2, rows - 40), np.arctan2(columns - width / 2, rows - 40)
    sector = (radius > 60) & (radius < 640) & (abs(angle) < 0.65)
    speckle = random.rayleigh(1, (height, width)) * (30 + 90 * _noise(height, width, 60, random))
    picture = np.repeat(_grey(cv2.GaussianBlur(speckle, (0, 0), 1.5) * sector)[..., None], 3, 2)
    ramp = np.linspace(255, 0, 200).astype(np.uint8)
    picture[120:320, width - 50 : width - 36] = ramp[:, None, None]
    return picture


def _mg(random: np.random.Generator) -> Pixels:
    height, width = 1280, 1024
    breast = _ellipse(height, width, (0.0, 0.5, 0.68, 0.42))
    field = (70 + 100 * _noise(height, width, 90, random) + 40 * _noise(height, width, 18, random)) * breast
    return _grey(cv2.GaussianBlur(field, (0, 0), 2) + random.normal(0, 3, (height, width)) * breast)


def _secondary_capture(random: np.random.Generator) -> Pixels:
    height, width = 768, 1024
    picture = np.full((height, width, 3), random.integers(225, 256, 3), np.uint8)
    for row in range(3):
        top = 90 + row * 210
        cv2.rectangle(picture, (40, top), (width - 40, top + 150), (int(random.integers(150, 200)),) * 3, 1)
        graph = (top + 130 - 90 * _noise(1, 380, 24, random)[0]).astype(np.int32)
        line = np.stack([np.arange(560, 940), graph], 1)
        cv2.polylines(picture, [line], isClosed=False, color=(180, 40, 40), thickness=2)
    return picture


def _viewer(random: np.random.Generator) -> Pixels:
    height, width = 900, 1440
    picture = np.full((height, width, 3), 38, np.uint8)
    picture[:44] = (62, 62, 70)
    for button in range(16):
        spot = (20 + button * 44, 12)
        cv2.rectangle(picture, spot, (spot[0] + 22, spot[1] + 20), (150, 150, 160), 1 + button % 2)
    for pane in range(4):
        top, left = 54 + (pane // 2) * 422, 220 + (pane % 2) * 610
        drawn = cv2.resize(_ct(random), (600, 412))
        picture[top : top + 412, left : left + 600] = drawn[..., None]
    picture[54:, 10:210] = (48, 48, 52)
    return picture


BACKGROUNDS: dict[str, Callable[[np.random.Generator], Pixels]] = {
    "CR": _cr,
    "CT": _ct,
    "US": _us,
    "MG": _mg,
    "secondary-capture": _secondary_capture,
    "viewer-screenshot": _viewer,
}


def _line(random: np.random.Generator) -> str:
    """Something a scanner would write about a patient."""
    pick = int(random.integers(7))
    number = int(random.integers(10_000, 99_999_999))
    date = f"{random.integers(1, 29):02d}.{random.integers(1, 13):02d}.{random.integers(1930, 2026)}"
    name = f"{random.choice(SURNAMES)}, {random.choice(GIVEN)}"
    word = str(random.choice(WORDS))
    lines = (
        name, f"{word} {number}", f"*{date} {random.choice(('F', 'M'))}", str(random.choice(PLACES)),
        f"{date} {random.integers(0, 24):02d}:{random.integers(0, 60):02d}", f"{word} {name}", f"{word} {date}",
    )  # fmt: skip
    return lines[pick]


def _ink(text: str, font: Font, random: np.random.Generator, style: str) -> tuple[Pixels, list[Spot]]:
    """The line's coverage (0..255) and its words' ink boxes inside it."""
    width = int(font.getlength(text)) + 8
    height = int(font.getbbox(text)[3]) + 8
    sheet = Image.new("L", (width, height))
    words, cursor = [], 3.0
    for word in text.split(" "):
        alone = Image.new("L", sheet.size)
        ImageDraw.Draw(alone).text((cursor, 2), word, fill=255, font=font)
        spot = Image.eval(alone, lambda v: 255 * (v > 60)).getbbox()
        if spot:
            words.append((spot[0], spot[1], spot[2] - spot[0], spot[3] - spot[1]))
        sheet.paste(255, mask=alone)
        cursor += font.getlength(word + " ")
    drawn = np.asarray(sheet)
    if style != "rotated":
        return drawn, words
    turned = [(y, width - x - w, h, w) for x, y, w, h in words]
    if random.integers(2):
        return np.rot90(drawn), turned
    return np.rot90(drawn, 3), [(height - x - w, width - y - h, w, h) for x, y, w, h in turned]


def _paint(
    picture: Pixels, drawn: Pixels, at: tuple[int, int], style: str, random: np.random.Generator
) -> Pixels:
    x, y = at
    height, width = drawn.shape
    window = picture[y : y + height, x : x + width]
    ground = float(np.median(window))
    lit = ground < 128
    level = 255.0 if lit else 0.0
    if style == "low-contrast":
        level = ground + (1 if lit else -1) * int(random.integers(45, 75))
    colour: list[float] = [level] * 3
    if style == "coloured" and picture.ndim == 3:
        strong = ((255, 255, 0), (0, 255, 0), (255, 128, 0), (0, 255, 255))
        weak = ((160, 0, 0), (0, 0, 180), (0, 100, 0), (90, 0, 90))
        colour = list((strong if lit else weak)[int(random.integers(4))])
    cover = drawn.astype(np.float32) / 255
    ground_field = window.astype(np.float32)
    if style in {"inverse", "boxed"}:
        ground_field[:] = 255 if lit and style == "inverse" else 30
        colour = [0.0] * 3 if lit and style == "inverse" else [255.0] * 3
    if style == "outlined":
        rim = cv2.dilate(cover, np.ones((3, 3), np.uint8))
        rim = rim[..., None] if picture.ndim == 3 else rim
        ground_field = ground_field * (1 - rim) + (255 - level) * rim
    if picture.ndim == 3:
        mixed = ground_field * (1 - cover[..., None]) + np.array(colour) * cover[..., None]
    else:
        mixed = ground_field * (1 - cover) + float(np.mean(colour)) * cover
    picture[y : y + height, x : x + width] = np.clip(mixed, 0, 255)
    return picture


def layout(name: str, seed: int, *, text: bool = True) -> Layout:
    """One picture of the named layout; without text it is the background alone."""
    random = np.random.default_rng([seed, *name.encode()])
    picture = BACKGROUNDS[name](random).copy()
    if not text:
        return Layout(name, picture, ())
    taken = np.zeros(picture.shape[:2], np.bool_)
    words: list[Word] = []
    for index in range(14):
        style = STYLES[int(random.integers(len(STYLES)))] if index % 2 else "plain"
        size = int(random.integers(10, 41))
        drawn, boxes = _ink(_line(random), _font(size, random), random, style)
        height, width = drawn.shape
        if height + 8 > picture.shape[0] or width + 8 > picture.shape[1]:
            continue
        for _ in range(20):
            x = int(random.integers(4, picture.shape[1] - width - 3))
            y = int(random.integers(4, picture.shape[0] - height - 3))
            margin = taken[max(0, y - 6) : y + height + 6, max(0, x - 12) : x + width + 12]
            if not margin.any():
                taken[y : y + height, x : x + width] = True
                _paint(picture, drawn, (x, y), style, random)
                words += [Word((x + a, y + b, w, h), size, style) for a, b, w, h in boxes]
                break
    return Layout(name, picture, tuple(words))


def suite(count: int, first_seed: int, *, text: bool = True) -> tuple[Layout, ...]:
    """`count` pictures of every layout."""
    return tuple(layout(name, first_seed + i, text=text) for i in range(count) for name in BACKGROUNDS)
