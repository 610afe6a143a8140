"""Before and after in one picture, with what was found drawn in; for people who try a rule on files of their own."""

import io
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gateway.errors import GatewayError
from gateway.formats.dicom import open_dicom
from gateway.formats.raster import PICTURES, open_raster
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Finding, Format

GAP: Final = 8
LARGEST: Final = 1600
"""Pixels of either picture's longer side."""
FOUND: Final = (255, 64, 64)
FRAME: Final = re.compile(r"frame (\d+)")


def side_by_side(before: bytes, after: bytes, findings: tuple[Finding, ...], limits: Limits) -> bytes | None:
    """A PNG of the first frame in which something was found, with boxes, beside the same frame afterwards.

    None for what is no picture by itself, a container or a report.
    """
    numbers = [int(m[1]) for f in findings if f.box is not None and (m := FRAME.fullmatch(f.where))]
    frame = min(numbers, default=0)
    boxes = [f.box for f in findings if f.box is not None and f.where == f"frame {frame}"]
    try:
        pictures = [Image.fromarray(_shown(data, frame, limits)) for data in (before, after)]
    except GatewayError:
        return None
    draw = ImageDraw.Draw(pictures[0])
    for x, y, width, height in boxes:
        draw.rectangle((x - 2, y - 2, x + width + 1, y + height + 1), outline=FOUND, width=2)
    for picture in pictures:
        picture.thumbnail((LARGEST, LARGEST))
    width, height = (max(sizes) for sizes in zip(*(picture.size for picture in pictures), strict=True))
    canvas = Image.new("RGB", (2 * width + GAP, height), (96, 96, 96))
    canvas.paste(pictures[0], (0, 0))
    canvas.paste(pictures[1], (width + GAP, 0))
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def _shown(data: bytes, frame: int, limits: Limits) -> NDArray[np.uint8]:
    form = sniff(data)
    if form is Format.DICOM:
        return open_dicom(data, limits).display(frame)
    if form not in PICTURES:
        raise GatewayError("no picture by itself")
    return open_raster(data, limits, form).pixels(frame, None)
