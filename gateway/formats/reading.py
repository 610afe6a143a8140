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


@dataclass(frozen=True, slots=True)
class Reading:
    """What one line says; lives only as long as the question about it."""

    text: str = field(repr=False)
    confidence: float


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
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
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
        best = max(
            best, Reading(text, reader.MeanTextConf() / 100 if text else 0.0), key=lambda r: r.confidence
        )
    reader.Clear()  # forgets picture and text, keeps the language
    return best


@cache
def _reader() -> Any | None:
    """Tesseract's engine, started at the first line and kept; None where there is none."""
    try:
        import tesserocr  # noqa: PLC0415 - 20 MB that a process which never reads does not pay
    except ImportError:
        return None
    for folder in DATA_FOLDERS:
        if folder and (Path(folder) / f"{LANGUAGE}.traineddata").is_file():
            try:
                return tesserocr.PyTessBaseAPI(path=folder, lang=LANGUAGE, psm=SINGLE_LINE)
            except RuntimeError:
                continue
    return None
