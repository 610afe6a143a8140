"""Text in pixels: how much of it is covered, how much else is touched, how long it takes; beside Tesseract and Presidio.

Our own times are processor times of one thread, so that a busy machine does not count; Tesseract runs in a child, so
its times are by the clock.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.table import Options, Row
from gateway.detect.burned_in_text import BURNED_IN_TEXT
from gateway.detect.text_regions import ACCURATE, FAST, Effort, find_text
from gateway.limits import Limits
from gateway.model import Box, Format, Part, RedactionOptions
from gateway.redact.pixels import PIXELS
from tests.layouts import Layout, layout, suite

SEED = 70_000
"""Not used for choosing anything."""
PRESIDIO = Path(".peers/presidio/bin/python")
"""A virtual environment of its own: `pip install presidio-image-redactor`."""
PASSES = 3

type Finder = Callable[[NDArray[np.uint8]], Iterable[Box]]


@dataclass(frozen=True, slots=True)
class Score:
    """What one finder did on the suite, in percent and milliseconds."""

    area: float
    hard: float
    words: float
    free: float
    middle: float
    slow: float


def _mask(boxes: Iterable[Box], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(shape[:2], np.bool_)
    for x, y, width, height in boxes:
        mask[max(0, y) : y + height, max(0, x) : x + width] = True
    return mask


def _score(
    find: Finder, written: tuple[Layout, ...], empty: tuple[Layout, ...], clock: Callable[[], float]
) -> Score:
    shares: list[tuple[int, int, bool]] = []
    times: list[float] = []
    for picture in written:
        start = clock()
        boxes = tuple(find(picture.pixels))
        times.append((clock() - start) * 1e3)
        mask = _mask(boxes, picture.pixels.shape)
        for word in picture.words:
            x, y, width, height = word.box
            shares.append((int(mask[y : y + height, x : x + width].sum()), width * height, word.hard))
    free = [float(_mask(find(picture.pixels), picture.pixels.shape).mean()) for picture in empty]

    def area(rows: list[tuple[int, int, bool]]) -> float:
        return 100 * sum(row[0] for row in rows) / max(1, sum(row[1] for row in rows))

    return Score(
        area(shares),
        area([row for row in shares if row[2]]),
        100 * float(np.mean([covered >= 0.95 * size for covered, size, _ in shares])),
        100 * float(np.mean(free)),
        median(times),
        quantiles(times, n=20)[-1],
    )


def _found(effort: Effort, pixels: NDArray[np.uint8]) -> Iterator[Box]:
    return (region.box for region in find_text(pixels, effort))


def _blank_every_word(pixels: NDArray[np.uint8]) -> Iterator[Box]:
    """What a redactor built on Tesseract does: read the page, blank each word that was read."""
    import pytesseract  # noqa: PLC0415 - a peer, not a part

    peer: Any = pytesseract
    words = peer.image_to_data(Image.fromarray(pixels), config="--psm 11", output_type=peer.Output.DICT)
    for text, x, y, width, height in zip(
        *(words[k] for k in ("text", "left", "top", "width", "height")), strict=True
    ):
        if text.strip():
            yield int(x), int(y), int(width), int(height)


def rows(options: Options) -> Iterator[Row]:
    count = 1 if options.quick else 6
    written, empty = suite(count, SEED), suite(count, SEED + 1000, text=False)
    peer = _score(_blank_every_word, written[: 2 * 6], empty[:6], time.perf_counter)
    for name, effort, area, free, milliseconds in (
        ("fast", FAST, 96.0, 0.5, 350.0),
        ("closely", ACCURATE, 98.0, 1.0, 650.0),
    ):
        find_text(written[0].pixels, effort)  # weights are loaded once a worker
        score = _score(partial(_found, effort), written, empty, time.process_time)
        beside = "pytesseract, every word blanked"
        yield Row(
            f"text area covered, {name}",
            score.area,
            "%",
            beside,
            peer.area,
            f">= {area:g}",
            score.area >= area,
        )
        yield Row(
            f"hard text area covered, {name}", score.hard, "%", beside, peer.hard, ">= 95", score.hard >= 95
        )
        yield Row(f"words covered whole, {name}", score.words, "%", beside, peer.words)
        yield Row(
            f"text-free area touched, {name}",
            score.free,
            "%",
            beside,
            peer.free,
            f"<= {free:g}",
            score.free <= free,
        )
        yield Row(
            f"finding, median, {name}",
            score.middle,
            "ms",
            beside,
            peer.middle,
            f"<= {milliseconds:g}",
            score.middle <= milliseconds,
        )
        yield Row(
            f"finding, 95 of 100, {name}", score.slow, "ms", beside, peer.slow, "<= 1000", score.slow <= 1000
        )
    yield from _presidio(options)
    yield from _whole_way(count)


def _presidio(options: Options) -> Iterator[Row]:
    if not PRESIDIO.is_file():
        yield Row(
            "Presidio image redactor", 0, "%", note=f"SKIPPED: not installed in {PRESIDIO.parent.parent}"
        )
        return
    written = suite(1, SEED)[: 2 if options.quick else 6]
    code = (
        "import sys; from PIL import Image; from presidio_image_redactor import ImageRedactorEngine;"
        "[ImageRedactorEngine().redact(Image.open(p), (255, 0, 255)).save(p + '.out.png') for p in sys.argv[1:]]"
    )
    inside = whole = 0
    with TemporaryDirectory() as folder:
        names = [f"{folder}/{index}.png" for index in range(len(written))]
        for picture, name in zip(written, names, strict=True):
            Image.fromarray(picture.pixels).convert("RGB").save(name)
        subprocess.run([PRESIDIO, "-c", code, *names], check=True, stdout=sys.stderr)
        for picture, name in zip(written, names, strict=True):
            painted = (np.asarray(Image.open(f"{name}.out.png").convert("RGB")) == (255, 0, 255)).all(axis=2)
            for x, y, width, height in (word.box for word in picture.words):
                inside += int(painted[y : y + height, x : x + width].sum())
                whole += width * height
    yield Row("text area covered, Presidio image redactor", 100 * inside / whole, "%")


def _whole_way(count: int) -> Iterator[Row]:
    """Find, paint and write a megapixel PNG; a slice without text; how often painting calls for more painting."""
    times, passes = [], []
    for picture in suite(count, SEED + 2000):
        out = BytesIO()
        Image.fromarray(picture.pixels).save(out, "PNG", compress_level=1)
        part = Part(("file",), out.getvalue(), Format.PNG)
        start = time.process_time()
        painted = _painted(part)
        times.append(
            (time.process_time() - start) * 1e3 * 1e6 / (picture.pixels.shape[0] * picture.pixels.shape[1])
        )
        needed = 1
        while needed <= PASSES and (again := tuple(BURNED_IN_TEXT.inspect(painted, Limits()))):
            painted = PIXELS.redact(painted, again, RedactionOptions(), Limits(), b"", ())
            needed += 1
        passes.append(needed)
    yield Row(
        "find and paint, median a megapixel",
        median(times),
        "ms",
        "limit",
        350,
        "<= 350",
        median(times) <= 350,
    )
    clean = 100 * float(np.mean([needed <= PASSES for needed in passes]))
    yield Row(
        f"pictures proved clean within {PASSES} passes",
        clean,
        "%",
        target="100",
        met=clean == 100,
        note=f"mean {np.mean(passes):.1f}",
    )
    slices = [layout("CT", SEED + index, text=False).pixels for index in range(8)]
    spent = []
    for pixels in slices:
        start = time.process_time()
        find_text(pixels, FAST)
        spent.append((time.process_time() - start) * 1e3)
    yield Row("a CT slice without text", median(spent), "ms", "limit", 120, "<= 120", median(spent) <= 120)


def _painted(part: Part) -> Part:
    return PIXELS.redact(
        part, tuple(BURNED_IN_TEXT.inspect(part, Limits())), RedactionOptions(), Limits(), b"", ()
    )
