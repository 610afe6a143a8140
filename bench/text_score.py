"""How much of the writing in a suite some finder covers, how much else it touches, and how long it takes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles

import numpy as np
from numpy.typing import NDArray

from gateway.model import Box
from tests.layouts import Layout, Word

type Finder = Callable[[NDArray[np.uint8]], Iterable[Box]]


@dataclass(frozen=True, slots=True)
class Covered:
    """One word: which layout it stood in, and how many of its pixels were covered."""

    layout: str
    word: Word
    pixels: int

    @property
    def size(self) -> int:
        """All its pixels."""
        return self.word.box[2] * self.word.box[3]


@dataclass(frozen=True, slots=True)
class Score:
    """What one finder did on a suite."""

    words: tuple[Covered, ...]
    free: float
    """Percent of pictures without text that it touched."""
    times: tuple[float, ...]
    """Milliseconds for each picture with text."""

    def area(self, chosen: Callable[[Covered], bool] = lambda _: True) -> float:
        """Percent of the chosen words' area that is covered."""
        some = [word for word in self.words if chosen(word)]
        return 100 * sum(word.pixels for word in some) / max(1, sum(word.size for word in some))

    @property
    def hard(self) -> float:
        """Small, faint or turned words only."""
        return self.area(lambda covered: covered.word.hard)

    @property
    def whole(self) -> float:
        """Percent of words of which 95 of 100 pixels are covered."""
        return 100 * float(np.mean([word.pixels >= 0.95 * word.size for word in self.words]))

    @property
    def middle(self) -> float:
        """The median time."""
        return median(self.times)

    @property
    def slow(self) -> float:
        """The time that 95 of 100 pictures stay below."""
        return quantiles(self.times, n=20)[-1]


def mask(boxes: Iterable[Box], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The pixels inside the boxes."""
    inside = np.zeros(shape[:2], np.bool_)
    for x, y, width, height in boxes:
        inside[max(0, y) : y + height, max(0, x) : x + width] = True
    return inside


def covered_words(picture: Layout, boxes: Iterable[Box]) -> Iterator[Covered]:
    """Each word of a picture with what the boxes cover of it."""
    inside = mask(boxes, picture.pixels.shape)
    for word in picture.words:
        x, y, width, height = word.box
        yield Covered(picture.name, word, int(inside[y : y + height, x : x + width].sum()))


def scored(
    find: Finder, written: tuple[Layout, ...], empty: tuple[Layout, ...], clock: Callable[[], float]
) -> Score:
    """Run a finder over pictures with and without text."""
    words: list[Covered] = []
    times: list[float] = []
    for picture in written:
        start = clock()
        boxes = tuple(find(picture.pixels))
        times.append((clock() - start) * 1e3)
        words += covered_words(picture, boxes)
    free = [float(mask(find(picture.pixels), picture.pixels.shape).mean()) for picture in empty]
    return Score(tuple(words), 100 * float(np.mean(free)), tuple(times))
