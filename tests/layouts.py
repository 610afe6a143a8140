"""Draws pictures that look like what scanners and viewers write text into, and knows where every word stands.

Everything is synthetic: anatomy from noise and ellipses, people from word lists. The same seed gives the same
picture on the same set of fonts.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.backgrounds import BACKGROUNDS, Pixels

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
