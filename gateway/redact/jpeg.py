"""Paints over boxes in a JPEG, and turns it upright, without decoding and encoding it.

Whole blocks are made black; every other block keeps its coefficients bit for bit. (A decoder that smooths colour
across block borders may show a difference of a shade in the first row outside a box; the file holds none.) Where
blocks cannot be handled the picture is encoded once more with its own tables: `formats.raster_write.jpeg_repainted`.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gateway.errors import FormatError
from gateway.formats.jpeg_blocks import JpegBlocks, open_blocks, write_blocks
from gateway.formats.raster_write import jpeg_repainted
from gateway.limits import Limits
from gateway.model import Box

BLACK = 1024
"""A DC coefficient times its step of -1024 is black: eight times the distance from the middle grey, 128."""

TURNS = {2: (False, True, False), 3: (False, True, True), 4: (False, False, True), 5: (True, False, False),
         6: (True, True, False), 7: (True, True, True), 8: (True, False, True)}  # fmt: skip
"""EXIF orientation to what makes it upright: transpose, then mirror left-right, then mirror top-bottom."""


def rewritten_jpeg(data: bytes, boxes: tuple[Box, ...], orientation: int, limits: Limits) -> bytes:
    """The first picture of a JPEG, upright, black inside the boxes (in upright pixels), and without any metadata.

    FormatError or RedactionError when the picture cannot be handled.
    """
    try:
        blocks = _turned(open_blocks(data, limits), orientation)
    except FormatError:
        return jpeg_repainted(data, boxes, orientation)
    for box in boxes:
        _blacken(blocks, box)
    return write_blocks(blocks)


def painted_blocks(data: bytes, boxes: tuple[Box, ...], limits: Limits, *, white: bool = False) -> bytes:
    """A JPEG as it is stored with black (or white, where that is shown as black) blocks. FormatError where it has none."""
    blocks = open_blocks(data, limits)
    for box in boxes:
        _blacken(blocks, box, -1 if not white else 1)
    return write_blocks(blocks)


def _blacken(blocks: JpegBlocks, box: Box, sign: int = -1) -> None:
    """Make every smallest piece that the box touches black."""
    x, y, width, height = box
    across, down = blocks.unit
    columns = slice(x // across, -(-(x + width) // across))
    rows = slice(y // down, -(-(y + height) // down))
    for index, (plane, (v, h), step) in enumerate(
        zip(blocks.planes, blocks.sampling, blocks.steps, strict=True)
    ):
        place = plane[rows.start * v : rows.stop * v, columns.start * h : columns.stop * h]
        place[:] = 0
        if index == 0 or not blocks.luminance:
            place[..., 0] = sign * -(-BLACK // step)


def _turned(blocks: JpegBlocks, orientation: int) -> JpegBlocks:
    """The blocks upright. FormatError when an edge that has to move does not end on a whole piece."""
    if orientation not in TURNS:
        return blocks
    transpose, mirror_x, mirror_y = TURNS[orientation]
    width, height = blocks.size
    across, down = blocks.unit
    moved_x, moved_y = (mirror_y, mirror_x) if transpose else (mirror_x, mirror_y)
    if (moved_x and width % across) or (moved_y and height % down):
        raise FormatError("a picture that cannot be turned block by block")
    planes = tuple(_turn_plane(plane, TURNS[orientation]) for plane in blocks.planes)
    if not transpose:
        return replace(blocks, planes=planes)
    head = blocks.handle
    head.width, head.height = head.height, head.width
    head.block_dims = np.ascontiguousarray(np.asarray(head.block_dims)[:, ::-1])
    head.samp_factor = np.ascontiguousarray(np.asarray(head.samp_factor)[:, ::-1])
    head.qt = np.ascontiguousarray(np.asarray(head.qt).transpose(0, 2, 1))
    return replace(
        blocks,
        size=(height, width),
        planes=planes,
        sampling=tuple((h, v) for v, h in blocks.sampling),
        handle=head,
    )


def _turn_plane(plane: NDArray[np.int16], turn: tuple[bool, bool, bool]) -> NDArray[np.int16]:
    """Mirroring a block negates every other frequency (the cosines that are odd about the middle)."""
    transpose, mirror_x, mirror_y = turn
    blocks = plane.reshape(*plane.shape[:2], 8, 8)
    sign = np.where(np.arange(8) % 2, -1, 1).astype(np.int16)
    if transpose:
        blocks = blocks.transpose(1, 0, 3, 2)
    if mirror_x:
        blocks = blocks[:, ::-1] * sign
    if mirror_y:
        blocks = blocks[::-1] * sign[:, None]
    return np.ascontiguousarray(blocks).reshape(*blocks.shape[:2], 64)
