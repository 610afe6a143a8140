"""The two still pictures that Pillow cannot read: JPEG-LS and JPEG XL, sized from their heads before decoding."""

import numpy as np
from numpy.typing import NDArray

from gateway.errors import FormatError, LimitReached
from gateway.limits import Limits

_RATIOS = ((1, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_BYTES_A_PIXEL = 16
"""What libjxl holds at its peak: three float planes and the answer."""


def decode_jpeg_ls(data: bytes, limits: Limits) -> NDArray[np.generic]:
    """HxW or HxWxC of a JPEG-LS picture (ITU-T T.87). FormatError or LimitReached."""
    at = data.find(b"\xff\xf7", 2, 4096)
    if at < 0 or at + 10 > len(data):
        raise FormatError("a JPEG-LS picture without a frame header")
    height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
    _check(width, height, data[at + 9] * 2, limits)
    from jpeg_ls.CharLS import decode  # noqa: PLC0415 - a rare format does not slow every worker's start

    try:
        return np.asarray(decode(np.frombuffer(data, dtype=np.uint8)))
    except Exception as error:  # noqa: BLE001 - the border of a foreign decoder: its type, never its text
        raise FormatError(f"JPEG-LS does not decode: {type(error).__name__}") from None


def decode_jpeg_xl(data: bytes, limits: Limits) -> NDArray[np.generic]:
    """HxW or HxWxC of a still JPEG XL picture (ISO/IEC 18181). FormatError or LimitReached."""
    width, height = jpeg_xl_size(data)
    _check(width, height, _BYTES_A_PIXEL, limits)
    from imagecodecs import jpegxl_decode  # noqa: PLC0415 - a rare format does not slow every worker's start

    try:
        return np.asarray(jpegxl_decode(data, index=0, numthreads=1))
    except Exception as error:  # noqa: BLE001 - as above
        raise FormatError(f"JPEG XL does not decode: {type(error).__name__}") from None


def jpeg_xl_size(data: bytes) -> tuple[int, int]:
    """Width and height from the head; FormatError for films and previews, whose further frames would go unseen."""
    bits = _Bits(_codestream(data))
    width, height = bits.size()
    if not bits.take(1) and bits.take(1):  # not all defaults, and extra fields
        bits.take(3)  # orientation
        if bits.take(1):
            bits.size()
        preview, animation = bits.take(1), bits.take(1)
        if preview or animation:
            raise FormatError("a JPEG XL with more than one frame")
    return width, height


def _codestream(data: bytes) -> bytes:
    """The first bytes after the codestream's mark, also out of the box format."""
    at = 0
    if data[:2] != b"\xff\x0a":
        for _ in range(64):
            size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
            body = at + 16 if size == 1 else at + 8
            if size == 1:
                size = int.from_bytes(data[at + 8 : at + 16])
            if kind in (b"jxlc", b"jxlp"):
                at = body if kind == b"jxlc" else body + 4
                break
            if size < 8:
                break
            at += size
    if data[at : at + 2] != b"\xff\x0a":
        raise FormatError("a JPEG XL file without a picture")
    return data[at + 2 : at + 66]


class _Bits:
    """Reads numbers of a few bits, least significant first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "little"), len(data) * 8

    def take(self, count: int) -> int:
        if count > self._left:
            raise FormatError("a JPEG XL head that is cut short")
        taken = self._value & (1 << count) - 1
        self._value >>= count
        self._left -= count
        return taken

    def size(self) -> tuple[int, int]:
        """SizeHeader: width and height."""
        small = self.take(1)
        height = self._side(small)
        ratio = self.take(3)
        if ratio == 0:
            return self._side(small), height
        across, down = _RATIOS[ratio]
        return height * across // down, height

    def _side(self, small: int) -> int:
        return (self.take(5) + 1) * 8 if small else self.take((9, 13, 18, 30)[self.take(2)]) + 1


def _check(width: int, height: int, bytes_a_pixel: int, limits: Limits) -> None:
    if not width or not height:
        raise FormatError("a picture without pixels")
    if width * height > limits.pixels or width * height * bytes_a_pixel > limits.picture_bytes:
        raise LimitReached("a picture larger than may be decoded")
