"""What stands in a picture file beside its pixels: comments, profiles, notes of makers, chunks of programs.

A reader of the picture skips them; somebody who looks for a second picture finds it there.
"""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from PIL import Image

from gateway.formats.border import guarded
from gateway.formats.endings import next_marker
from gateway.formats.inside import SMALL
from gateway.formats.salvage import ZLIB, inflated
from gateway.model import Format

_PIXELS_PNG: Final = frozenset({b"IDAT", b"fdAT"})
_PIXELS_WEBP: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANMF"})
_SCAN: Final = 0xDA
_END: Final = 0xD9
_MOST = 10_000
_UNFOLDED: Final = 16 << 20


def side_data(data: bytes, form: Format) -> tuple[bytes, ...]:
    """The blocks of a file that are not its pixels, unfolded where the format folds them; all of it where that is not known.

    FormatError where the file is damaged; a file that ends early ends the walk.
    """
    with guarded():
        match form:
            case Format.PNG:
                blocks = _png(data)
            case Format.JPEG | Format.JPEG_LS:
                blocks = _jpeg(data)
            case Format.GIF:
                blocks = _gif(data)
            case Format.WEBP | Format.AVI:
                blocks = _riff(data)
            case Format.TIFF:
                blocks = _tiff(data)
            case Format.BMP:
                blocks = iter((data[54 : int.from_bytes(data[10:14], "little")],))
            case _:
                blocks = iter((data,))
        return tuple(block for block in blocks if len(block) >= SMALL)


def _png(data: bytes) -> Iterator[bytes]:
    at = 8
    for _ in range(_MOST):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if len(kind) < 4:
            return
        if kind not in _PIXELS_PNG:
            yield _unfolded(kind, data[at + 8 : at + 8 + size])
        if kind == b"IEND":
            return
        at += 12 + size


def _unfolded(kind: bytes, block: bytes) -> bytes:
    """A PNG chunk with its text or profile unfolded (PNG third edition, 11.3)."""
    if kind not in (b"zTXt", b"iCCP", b"iTXt"):
        return block
    keyword, _, rest = block.partition(b"\0")
    if kind == b"iTXt":
        folded, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if not folded:
            return block
    else:
        rest = rest[1:]
    stream = zlib.decompressobj()
    try:
        return keyword + b"\0" + stream.decompress(rest, _UNFOLDED) + stream.unused_data
    except zlib.error:
        return block + inflated(rest, _UNFOLDED, ZLIB)


def _jpeg(data: bytes) -> Iterator[bytes]:
    """Application segments and comments; those of one kind also joined, for one holds 64 KB at most."""
    kinds: dict[int, list[bytes]] = {}
    at = 2
    for _ in range(_MOST):
        marker = data[at + 1] if data[at : at + 1] == b"\xff" and at + 1 < len(data) else 0
        if marker == 0xFF:
            at += 1
            continue
        if not marker or marker == _END:
            break
        size = int.from_bytes(data[at + 2 : at + 4])
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            kinds.setdefault(marker, []).append(data[at + 4 : at + 2 + size])
        at += 2 + size
        if marker == _SCAN:
            at = next_marker(data, at) or len(data)
    for blocks in kinds.values():
        yield from blocks
        if len(blocks) > 1:
            lead = len(_common(blocks))
            yield b"".join(block[lead:] for block in blocks)
            yield b"".join(block[lead + 2 :] for block in blocks)  # behind a running number


def _gif(data: bytes) -> Iterator[bytes]:
    at = data.find(b"!", 13)
    for _ in range(_MOST):
        if at < 0 or at + 3 > len(data):
            return
        if data[at + 1] in (0xFE, 0xFF, 0x01):
            blocks, end = list[bytes](), at + 2
            while end < len(data) and data[end]:
                blocks.append(data[end + 1 : end + 1 + data[end]])
                end += data[end] + 1
            yield b"".join(blocks)
            at = end
        at = data.find(b"!", at + 1)


def _riff(data: bytes) -> Iterator[bytes]:
    at = 12
    for _ in range(_MOST):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if len(kind) < 4:
            return
        if kind not in _PIXELS_WEBP:
            yield data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _tiff(data: bytes) -> Iterator[bytes]:
    """The tags of the first pages that hold bytes or text."""
    image: Any
    with Image.open(BytesIO(data), formats=("TIFF",)) as image:
        for page in range(min(_MOST, getattr(image, "n_frames", 1))):
            image.seek(page)
            for value in getattr(image, "tag_v2", {}).values():
                if isinstance(value, bytes):
                    yield value
                elif isinstance(value, str):
                    yield value.encode("latin-1", "replace")
                elif (
                    isinstance(value, tuple)
                    and len(value) >= SMALL
                    and all(isinstance(v, int) and 0 <= v < 256 for v in value)
                ):
                    yield bytes(value)


def _common(blocks: list[bytes]) -> bytes:
    """What all blocks begin with."""
    first, last = min(blocks), max(blocks)
    same = next((at for at, letter in enumerate(first) if letter != last[at]), len(first))
    return first[:same]
