"""Before and after in one picture, with what was found drawn in; for people who try a rule on files of their own."""

import io
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gateway.errors import GatewayError
from gateway.formats.dicom import open_dicom
from gateway.formats.raster import PICTURES, open_raster
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Finding, Format

GAP: Final = 8
LARGEST: Final = 1600
"""Pixels of either picture's longer side."""
SMALLEST: Final = 640
"""A smaller picture is shown enlarged, at most so large."""
HEADING: Final = 26
HEADINGS: Final = ("Before (shows the patient)", "After")
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
    scales = [_scale(picture) for picture in pictures]
    pictures = [_resized(picture, scale) for picture, scale in zip(pictures, scales, strict=True)]
    draw = ImageDraw.Draw(pictures[0])
    # After the picture has its size, so that the lines are as thin on a large film as on a small one.
    for box in boxes:
        left, top, across, down = (round(side * scales[0]) for side in box)
        draw.rectangle((left - 2, top - 2, left + across + 1, top + down + 1), outline=FOUND, width=2)
    width, height = (max(sizes) for sizes in zip(*(picture.size for picture in pictures), strict=True))
    canvas = Image.new("RGB", (2 * width + GAP, HEADING + height), (96, 96, 96))
    words = ImageDraw.Draw(canvas)
    for left, heading, picture in zip((0, width + GAP), HEADINGS, pictures, strict=True):
        words.text((left + 6, 4), heading, fill=(255, 255, 255), font=ImageFont.load_default(15))
        canvas.paste(picture, (left, HEADING))
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def _scale(picture: Image.Image) -> float:
    """Large pictures are made smaller, small ones a whole number of times larger."""
    longest = max(picture.size)
    return LARGEST / longest if longest > LARGEST else max(1, SMALLEST // longest)


def _resized(picture: Image.Image, scale: float) -> Image.Image:
    if scale == 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS)


def _shown(data: bytes, frame: int, limits: Limits) -> NDArray[np.uint8]:
    form = sniff(data)
    if form is Format.DICOM:
        return open_dicom(data, limits).display(frame)
    if form not in PICTURES:
        raise GatewayError("no picture by itself")
    return open_raster(data, limits, form).pixels(frame, None)
