"""What decoding a picture costs, known from its head: the sums that are done before a decoder is let loose."""

from typing import Any, Final

from gateway.errors import FormatError, LimitReached
from gateway.formats.pictures import memory
from gateway.limits import Limits
from gateway.model import Format

_COPIES = {Format.WEBP: 12, Format.GIF: 8, Format.AVIF: 8, Format.HEIF: 4, Format.JPEG2000: 12}
"""Bytes a pixel that a decoder holds besides Pillow's own copy: canvases, planes, integers."""
LEAST_SCALE: Final = 7 / 8
"""A decoder's half size is taken when it reaches this share of the wanted side: 900 of 1,024."""


def is_gain_map(data: bytes, offset: int) -> bool:
    """A second picture of a phone's photo that says how bright each place of the first one is, and shows nothing new."""
    head = data[offset : offset + 4096]
    return b"hdr-gain-map" in head or b"hdrgainmap" in head


def coefficient_bytes(image: Any) -> int:
    """Bytes of coefficients a pixel: two for each component, fewer where it is subsampled."""
    layers: list[tuple[int, int]] = [(across, down) for _, across, down, *_ in getattr(image, "layer", ())]
    if not layers:
        return 8
    most = max(a for a, _ in layers) * max(d for _, d in layers)
    return -(-2 * sum(a * d for a, d in layers) // max(1, most))


def reduction(data: bytes, side: int, longest: int) -> int:
    """How often a JPEG 2000 decoder should halve a picture."""
    reduce, levels = 0, _levels(data)
    while reduce < levels and side >> (reduce + 1) >= longest * LEAST_SCALE:
        reduce += 1
    return reduce


def _levels(data: bytes) -> int:
    """Decomposition levels of a JPEG 2000 codestream (ISO/IEC 15444-1, A.6.1)."""
    at = data.find(b"\xff\x52", 0, 1 << 16)
    return data[at + 9] if 0 <= at < len(data) - 10 and data[at + 9] <= 32 else 0


def check_memory(pixels: int, mode: str, form: Format, limits: Limits) -> None:
    """LimitReached when decoding this many pixels would take more than may be taken."""
    if pixels > limits.pixels or memory(mode, pixels) + _COPIES.get(form, 0) * pixels > limits.picture_bytes:
        raise LimitReached("a picture larger than may be decoded")


def check_canvas(data: bytes, form: Format, limits: Limits) -> None:
    """WebP's decoder takes its canvas when it is opened, so its size is read from the head before."""
    if form is Format.WEBP:
        width, height = _webp_size(data)
        check_memory(width * height, "RGBA", form, limits)


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from the first chunk (RFC 9649)."""
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and len(data) >= 30:
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    raise FormatError("a WebP without a picture")
