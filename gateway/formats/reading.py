"""Reads single lines of a picture to answer yes or no; the only door to Tesseract, and what was read stays inside.

tesserocr works on memory and in this process: no temporary file, no child process, 2 to 3 ms a line, where calling the
`tesseract` program takes 80 ms and writes the line to a disk. Without the library or its language data nothing is
read, and every answer is no.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.model import Box

DATA_FOLDERS = (
    os.environ.get("TESSDATA_PREFIX", ""),
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tessdata",
    str(Path(sys.prefix) / "share" / "tessdata"),
)
LANGUAGE = "eng"

SINGLE_LINE, SINGLE_CHARACTER = 7, 10
"""Tesseract's page segmentation modes."""
LINE_HEIGHT = 40
"""Lines are enlarged or shrunk to this height: Tesseract's network was trained on lines of about this size."""
BORDER = 12
FILLED = 0.8
MOST_WIDTH = 1.3
"""No character is wider than this many line heights, the room around it included."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one line says; lives only as long as the question about it."""

    text: str = field(repr=False)
    confidence: float
    whole: bool = True
    """Whether the characters that were read fill the box; a word read out of a longer line is not the line."""


def answers(
    pixels: NDArray[np.uint8], boxes: Sequence[Box], question: Callable[[Reading], bool]
) -> tuple[bool, ...]:
    """For each box of a picture (HxW or HxWx3) whether what it says answers the question with yes.

    A box that cannot be read is a no. The text is handed to the question and to nobody else. Turned lines (boxes
    twice as high as wide) are read both ways, and the surer reading counts.
    """
    reader = _reader()
    if reader is None:
        return (False,) * len(boxes)
    grey = (
        pixels
        if pixels.ndim == 2
        else np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), np.uint8)
    )
    return tuple(question(_surest(reader, grey, box)) for box in boxes)


def _surest(reader: Any, grey: NDArray[np.uint8], box: Box) -> Reading:
    x, y, width, height = box
    line = grey[y : y + height, x : x + width]
    if not line.size:
        return Reading("", 0.0)
    ways = (line,) if height < 2 * width else (np.rot90(line), np.rot90(line, 3))
    return max(
        (_read(reader, np.ascontiguousarray(way)) for way in ways), key=lambda reading: reading.confidence
    )


def _read(reader: Any, line: NDArray[np.uint8]) -> Reading:
    height, width = line.shape
    scale = LINE_HEIGHT / height
    line = np.asarray(cv2.resize(line, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    if float(np.median(line)) < 128:
        line = 255 - line  # Tesseract expects dark on light
    line = np.asarray(cv2.copyMakeBorder(line, *(BORDER,) * 4, cv2.BORDER_REPLICATE), np.uint8)
    best = Reading("", 0.0)
    for mode in (SINGLE_LINE, SINGLE_CHARACTER) if width < 1.6 * height else (SINGLE_LINE,):
        reader.SetPageSegMode(mode)
        reader.SetImageBytes(line.tobytes(), line.shape[1], line.shape[0], 1, line.shape[1])
        text = reader.GetUTF8Text().strip()
        sure = min(reader.AllWordConfidences(), default=0) / 100 if text else 0.0
        best = max(best, Reading(text, sure, _fills(reader, line.shape)), key=lambda r: r.confidence)
    reader.Clear()  # forgets picture and text, keeps the language
    return best


def _fills(reader: Any, shape: tuple[int, ...]) -> bool:
    """Whether the characters span the line, but for the border and about the room that finders leave around it."""
    spans = [
        (int(x0), int(x1))
        for _, x0, _, x1, *_ in (row.rsplit(" ", 5) for row in reader.GetBoxText(0).splitlines())
    ]
    if not spans:
        return False
    height, width = shape[0] - 2 * BORDER, shape[1] - 2 * BORDER
    span = max(end for _, end in spans) - min(start for start, _ in spans)
    return span >= FILLED * (width - 0.8 * height) and width <= MOST_WIDTH * height * len(spans)


@cache
def _reader() -> Any | None:
    """Tesseract's engine, started at the first line and kept; None where there is none."""
    try:
        from tesserocr import PyTessBaseAPI  # noqa: PLC0415 - 20 MB that a process which never reads does not pay
    except ImportError:
        return None
    for folder in DATA_FOLDERS:
        if folder and (Path(folder) / f"{LANGUAGE}.traineddata").is_file():
            try:
                return PyTessBaseAPI(path=folder, lang=LANGUAGE)
            except RuntimeError:
                continue
    return None
