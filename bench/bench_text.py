"""Text in pixels: how much of it is covered, how much else is touched, beside Tesseract and Presidio on the same pictures.

Six layouts (CR, CT, US, MG, secondary capture, viewer screenshot), 10 to 40 pixels, plain, low contrast, outlined,
inverse, rotated, boxed, coloured. Our own times are processor times of one thread, so that a busy machine does not count;
the peers run in children, so their times are by the clock.
"""

import time
from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.table import Options, Row
from bench.text_peers import PRESIDIO, blank_every_word, presidio
from bench.text_score import Covered, Score, scored
from gateway.detect.text_regions import ACCURATE, FAST, find_text
from gateway.model import Box
from tests.layouts import STYLES, layout, suite

SEED = 70_000
"""Not used for choosing anything."""
TESSERACT = "Tesseract, blank every word"


def rows(options: Options) -> Iterator[Row]:
    count = 1 if options.quick else 6
    written, empty = suite(count, SEED), suite(count, SEED + 1000, text=False)
    find_text(written[0].pixels, FAST)  # weights are loaded once a worker
    fast, both = (scored(find, written, empty, time.process_time) for find in (_fast, _both))
    peer = scored(blank_every_word, written[:12], empty[:6], time.perf_counter)
    for name, score, area, milliseconds in (
        ("fast", fast, 98.0, 350.0),
        ("fast and closely", both, 98.0, 650.0),
    ):
        yield from _table(name, score, peer, area, milliseconds)
    for name in dict.fromkeys(picture.name for picture in written):
        yield _row(f"text area covered, {name}", fast, peer, partial(_in_layout, name))
    for style in STYLES:
        yield _row(f"text area covered, {style}", fast, peer, partial(_in_style, style))
    for first, last in ((10, 13), (14, 19), (20, 29), (30, 40)):
        yield _row(f"text area covered, {first} to {last} px", fast, peer, partial(_of_size, first, last))
    yield from _presidio(fast, options)
    yield from _slices()


def _fast(pixels: NDArray[np.uint8]) -> Iterator[Box]:
    return (region.box for region in find_text(pixels, FAST))


def _both(pixels: NDArray[np.uint8]) -> Iterator[Box]:
    """What is painted: what was found, and what the closer look adds."""
    boxes = [region.box for region in find_text(pixels, FAST)]
    yield from boxes
    yield from (region.box for region in find_text(pixels, ACCURATE, boxes))


def _in_layout(name: str, covered: Covered) -> bool:
    return covered.layout == name


def _in_style(style: str, covered: Covered) -> bool:
    return covered.word.style == style


def _of_size(first: int, last: int, covered: Covered) -> bool:
    return first <= covered.word.size <= last


def _row(name: str, ours: Score, peer: Score, chosen: partial[bool]) -> Row:
    return Row(name, ours.area(chosen), "%", TESSERACT, peer.area(chosen))


def _table(name: str, ours: Score, peer: Score, area: float, milliseconds: float) -> Iterator[Row]:
    for what, value, beside, bar in (
        ("text area covered", ours.area(), peer.area(), area),
        ("hard text area covered", ours.hard, peer.hard, 95.0),
    ):
        yield Row(f"{what}, {name}", value, "%", TESSERACT, beside, f">= {bar:g}", value >= bar)
    yield Row(f"words covered whole, {name}", ours.whole, "%", TESSERACT, peer.whole)
    for what, value, beside, bar, unit in (
        ("text-free area touched", ours.free, peer.free, 0.5, "%"),
        ("finding, median", ours.middle, peer.middle, milliseconds, "ms"),
        ("finding, 95 of 100", ours.slow, peer.slow, 1000.0, "ms"),
    ):
        yield Row(f"{what}, {name}", value, unit, TESSERACT, beside, f"<= {bar:g}", value <= bar)


def _presidio(fast: Score, options: Options) -> Iterator[Row]:
    """Presidio on its share of the same pictures; most of it is start-up, so they are few."""
    name = "Presidio image redactor"
    if not PRESIDIO.is_file():
        yield Row(
            "text area covered, fast", fast.area(), "%", name, None, note=f"peer not installed in {PRESIDIO}"
        )
        return
    some = suite(1 if options.quick else 2, SEED)
    peer = presidio(some)
    assert peer is not None
    ours = scored(_fast, some, (), time.process_time) if options.quick else fast
    yield Row("text area covered, fast", ours.area(), "%", name, peer.area())
    yield Row("hard text area covered, fast", ours.hard, "%", name, peer.hard)
    yield Row("words covered whole, fast", ours.whole, "%", name, peer.whole)
    yield Row("finding, median, fast", ours.middle, "ms", name, peer.middle)


def _slices() -> Iterator[Row]:
    spent = []
    for pixels in [layout("CT", SEED + index, text=False).pixels for index in range(8)]:
        start = time.process_time()
        find_text(pixels, FAST)
        spent.append((time.process_time() - start) * 1e3)
    middle = float(np.median(spent))
    yield Row("a CT slice without text", middle, "ms", "limit", 120, "<= 120", middle <= 120)
