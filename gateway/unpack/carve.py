"""Cuts files and words out of bytes whose structure is not known."""

import struct
from collections.abc import Iterator
from typing import Final

from gateway.formats.inside import files_in
from gateway.model import Kind
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble

_MOST_FILES: Final = 256
_HEAD: Final = b"\x28\x00\x00\x00"
_DEPTHS: Final = frozenset({1, 4, 8, 16, 24, 32})


def carved(name: str, content: bytes, counter: Counter, start: int = 0) -> Iterator[Member | Trouble]:
    """Files that begin somewhere inside other bytes, and bitmaps without a file's head."""
    number = 0
    for found in files_in(content, start):
        number += 1
        if number > _MOST_FILES:
            break
        counter.book(len(found.data))
        yield Member(f"{name} file {number}", found.data, rewritable=False, named=False)
    at = content.find(_HEAD)
    while at >= 0 and number <= _MOST_FILES:
        size = _bitmap_size(content, at)
        if size:
            number += 1
            counter.book(size)
            yield Member(
                f"{name} picture {number}",
                bitmap_file(content[at : at + size]),
                rewritable=False,
                named=False,
            )
        at = content.find(_HEAD, at + max(4, size))
    if number > _MOST_FILES:
        yield Trouble(Kind.OVER_LIMIT, "too-many-parts", "pictures")


def _bitmap_size(content: bytes, at: int) -> int:
    """The length of the bitmap that begins here with a head of 40 bytes; 0 when its numbers make no sense."""
    if at + 40 > len(content):
        return 0
    _, width, height, planes, bits, packing, _, _, _, used = struct.unpack_from("<LllHHLLllL", content, at)
    if (
        not (16 <= width <= 30_000 and 16 <= abs(height) <= 30_000 and planes == 1 and bits in _DEPTHS)
        or packing > 3
        or used > 256
    ):
        return 0
    palette = (used or (1 << bits if bits <= 8 else 0)) * 4 + (12 if packing == 3 else 0)
    size = 40 + palette + (width * bits + 31) // 32 * 4 * abs(height)
    left = len(content) - at
    # Run-length coding has no length of its own that could be trusted.
    return left if packing in (1, 2) else size if size <= left else 0


def readable(content: bytes) -> bytes:
    """Runs of letters among other bytes: titles, authors, programs."""
    return b"\n".join(
        run
        for run in content.translate(bytes(c if 32 <= c < 127 else 10 for c in range(256))).split(b"\n")
        if len(run) > 3
    )


def bitmap_file(bitmap: bytes) -> bytes:
    """A device-independent bitmap with the file head that it lacks (MS-WMF 2.2.2.9)."""
    header = int.from_bytes(bitmap[:4], "little")
    bits = (
        int.from_bytes(bitmap[14:16], "little") if header >= 40 else int.from_bytes(bitmap[10:12], "little")
    )
    used = int.from_bytes(bitmap[32:36], "little") if header >= 40 else 0
    masks = 12 if header == 40 and bitmap[16:17] == b"\x03" else 0
    palette = (used or (1 << bits if bits <= 8 else 0)) * (4 if header >= 40 else 3)
    offset = 14 + header + masks + palette
    return (
        b"BM"
        + (14 + len(bitmap)).to_bytes(4, "little")
        + bytes(4)
        + min(offset, 0xFFFFFFFF).to_bytes(4, "little")
        + bitmap
    )
