"""Opens the 8x8 blocks of a JPEG and closes them again without decoding a pixel; the only door to jpeglib.

Blocks that nobody touches come out with exactly the coefficients they had. Files pass through anonymous memory:
jpeglib's own reading and writing would leave copies of the picture in a temporary folder, so its binding to libjpeg
is called directly.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.errors import FormatError, LimitReached, RedactionError
from gateway.limits import Limits

LIBRARY = "turbo210"
"""jpeglib carries many versions of libjpeg and starts with one from 1998; this is its newest libjpeg-turbo."""

PLANES = ("Y", "Cb", "Cr")
ADOBE_BYTES = 12
JFIF_MARKER = b"\xff\xe0"

type Plane = NDArray[np.int16]
"""Block rows x block columns x 64 coefficients, quantised."""


@dataclass(frozen=True, slots=True)
class JpegBlocks:
    """One JPEG's coefficients, with what is needed to write them back."""

    size: tuple[int, int]
    """Width and height in pixels."""
    planes: tuple[Plane, ...]
    """One for each colour component, may be written to."""
    sampling: tuple[tuple[int, int], ...]
    """Vertical and horizontal sampling factor of each component."""
    steps: tuple[int, ...]
    """The quantisation step of each component's DC coefficient."""
    luminance: bool
    """The first component is brightness and the others are colour differences (or it is alone)."""
    handle: Any

    @property
    def unit(self) -> tuple[int, int]:
        """Width and height in pixels of the smallest piece that holds whole blocks of every component."""
        return 8 * max(h for _, h in self.sampling), 8 * max(v for v, _ in self.sampling)


def open_blocks(data: bytes, limits: Limits) -> JpegBlocks:
    """Read a JPEG's coefficients. FormatError for what libjpeg does not read (12 bits, arithmetic, lossless)."""
    import jpeglib  # noqa: PLC0415 - only redaction of JPEG pays for it
    from jpeglib._bind import CJpegLib  # noqa: PLC0415 - as above

    if jpeglib.version.get() != LIBRARY:
        jpeglib.version.set(LIBRARY)
    with _memory(data) as path:
        try:
            head: Any = jpeglib.read_dct(path)
            if head.width * head.height > limits.pixels:
                raise LimitReached("a picture larger than may be decoded")
            count = int(head.num_components)
            if count not in {1, 3}:  # four inks cannot be written back: jpeglib runs out of its own memory
                raise FormatError("a JPEG with an unusual number of colours")
            raw = [
                ((ctypes.c_short * 64) * head.width_in_blocks(i) * head.height_in_blocks(i))()
                for i in range(count)
            ]
            tables = ((ctypes.c_ushort * 64) * 4)()
            numbers = (ctypes.c_short * 4)()
            named = dict(zip(PLANES, raw, strict=False))
            CJpegLib.read_jpeg_dct(
                path=path, srcfile=path, qt=tables, quant_tbl_no=numbers,
                Y=named["Y"], Cb=named.get("Cb"), Cr=named.get("Cr"), K=None,
            )  # fmt: skip
        except OSError as error:
            raise FormatError(f"the JPEG's blocks cannot be read: {type(error).__name__}") from None
    head.content = None
    quant = np.ctypeslib.as_array(tables)
    head.quant_tbl_no = np.array([numbers[i] for i in range(count)])
    head.qt = quant[: int(head.quant_tbl_no.max()) + 1].reshape(-1, 8, 8)
    colour_space = str(head.jpeg_color_space)
    return JpegBlocks(
        size=(int(head.width), int(head.height)),
        planes=tuple(np.ctypeslib.as_array(plane) for plane in raw),
        sampling=tuple((int(v), int(h)) for v, h in np.asarray(head.samp_factor)[:count]),
        steps=tuple(int(quant[number][0]) for number in head.quant_tbl_no),
        luminance=not colour_space.endswith("RGB"),
        handle=head,
    )


def write_blocks(blocks: JpegBlocks) -> bytes:
    """The JPEG with its planes as they are now: same tables, sampling and kind (baseline or progressive), no metadata."""
    from jpeglib._bind import CJpegLib  # noqa: PLC0415 - only redaction of JPEG pays for it

    binding: Any = CJpegLib
    head = blocks.handle
    flags = ["+OPTIMIZE_CODING", *(["+PROGRESSIVE_MODE"] if head.progressive_mode else [])]
    # Adobe's marker says which colours the components are; it has no room for anything else.
    head.markers = [] if blocks.luminance else _adobe(head)
    planes = [np.ctypeslib.as_ctypes(np.ascontiguousarray(plane)) for plane in blocks.planes]
    named = dict(zip(PLANES, planes, strict=False))
    numbers = np.full(4, -1, np.int16)
    numbers[: len(planes)] = head.quant_tbl_no
    tables = np.ascontiguousarray(np.asarray(head.qt).reshape(-1, 64).astype(np.int16))
    with _memory(b"") as path:
        try:
            binding.write_jpeg_dct(
                srcfile=None, dstfile=path, Y=named["Y"], Cb=named.get("Cb"), Cr=named.get("Cr"), K=None,
                image_dims=head.c_image_dims(), block_dims=head.c_block_dims(), samp_factor=head.c_samp_factor(),
                in_color_space=int(head.jpeg_color_space), in_components=head.num_components,
                qt=np.ctypeslib.as_ctypes(tables), quality=-1, quant_tbl_no=np.ctypeslib.as_ctypes(numbers),
                num_markers=head.num_markers, marker_types=head.c_marker_types(),
                marker_lengths=head.c_marker_lengths(), markers=head.c_markers(), flags=flags,
            )  # fmt: skip
        except OSError as error:
            raise RedactionError(f"the JPEG's blocks cannot be written: {type(error).__name__}") from None
        with open(path, "rb") as file:  # noqa: PTH123 - a path into anonymous memory
            written = file.read()
    if head.markers and written[2:4] == JFIF_MARKER:
        # A JFIF head would say brightness and colour differences, and win against Adobe's marker.
        written = written[:2] + written[4 + int.from_bytes(written[4:6]) :]
    return written


def _adobe(head: Any) -> list[Any]:
    """Adobe's marker, in its standard length."""
    return [m for m in head.markers if m.content[:5] == b"Adobe" and len(m.content) == ADOBE_BYTES]


@contextmanager
def _memory(data: bytes) -> Iterator[str]:
    """A path that libjpeg can open and no other process can: the data lie in anonymous memory and die with it."""
    number = os.memfd_create("picture")
    try:
        with os.fdopen(os.dup(number), "wb") as file:
            file.write(data)
        yield f"/proc/self/fd/{number}"
    finally:
        os.close(number)
