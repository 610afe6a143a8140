"""Black where black is not simply zero: palettes, films of few colours, and channels deeper than Pillow knows."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image

from gateway.errors import FormatError, RedactionError
from gateway.model import Box

type Colour = int | float | tuple[int, ...]

DARK = 40
"""A palette without a colour whose channels add up to less than this has no black."""


def darkest(frame: Image.Image) -> Colour:
    """Black for a GIF's frame; its darkest colour where 256 others leave no room for black."""
    colours = frame.getcolors(256)
    if colours is not None and len(colours) < 256:
        return 0, 0, 0, 255
    pixels = np.asarray(frame).reshape(-1, 4)
    opaque = pixels[pixels[:, 3] == 255]
    return tuple(int(v) for v in opaque[opaque[:, :3].astype(np.int32).sum(axis=1).argmin()])


def with_black(image: Image.Image) -> tuple[Image.Image, Colour]:
    """A palette picture that has an opaque black, and its index; RGB where the palette is full of other colours."""
    if (
        image.palette is None
        or image.palette.mode != "RGB"
        or isinstance(image.info.get("transparency"), bytes)
    ):
        return image.convert("RGBA"), (0, 0, 0, 255)
    entries = np.frombuffer(bytes(image.palette.palette), np.uint8).reshape(-1, 3).astype(int)
    sums = entries.sum(axis=1)
    clear = image.info.get("transparency")
    if isinstance(clear, int) and clear < len(sums):
        sums[clear] = 1000
    darkest = int(sums.argmin())
    if sums[darkest] < DARK:
        return image, darkest
    if len(entries) >= 256:
        return image.convert("RGB" if clear is None else "RGBA"), (0, 0, 0) if clear is None else (
            0,
            0,
            0,
            255,
        )
    image.putpalette(bytes(image.palette.palette) + b"\x00\x00\x00")
    return image, len(entries)


def indexed(frame: Image.Image) -> Image.Image:
    """An RGBA frame as palette picture of exactly its colours. RedactionError when they are more than GIF holds."""
    pixels = np.asarray(frame).copy()
    pixels[pixels[..., 3] < 255] = 0
    colours, index = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    if len(colours) > 256:
        raise RedactionError("a film whose frames hold more colours than the format can write")
    exact = Image.fromarray(index.reshape(pixels.shape[:2]).astype(np.uint8))
    exact.putpalette(colours[:, :3].tobytes())
    if not colours[0, 3]:
        exact.info["transparency"] = 0  # sorted: the fully clear colour stands first
    return exact


def deep_png(data: bytes, boxes: Sequence[Box]) -> bytes:
    """A PNG of three or four channels of 16 bits, which Pillow would cut to 8."""
    pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        raise FormatError("a PNG that does not decode")
    for x, y, width, height in boxes:
        pixels[y : y + height, x : x + width] = (0, 0, 0, 65535)[: pixels.shape[2]]
    done, written = cv2.imencode(".png", pixels)
    again = cv2.imdecode(written, cv2.IMREAD_UNCHANGED)
    if not done or again is None or not np.array_equal(again, pixels):
        raise RedactionError("the picture would not stay as it is outside the boxes")
    return bytes(written)
