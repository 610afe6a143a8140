"""Decides whether a planted picture is in some bytes, reading them as liberally as any receiver could.

Written apart from the gateway, and without its code: every decoder is tried on everything, at every place, several
times over. A picture counts as through as soon as one stretch of its file or of its pixels shows in any layer.
"""

import contextlib
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import brotli
import cv2
import numpy as np
import zstandard

from tests.evasion import oracle_letters as letters
from tests.evasion import oracle_packed as packed
from tests.evasion.oracle_packed import LARGEST, STRETCH, decoded

DEPTH = 5


LAYERS = 1500


_UNPRINTED = bytes([*range(9), 11, 12, *range(14, 32), *range(127, 256)])


_KNOWN = re.compile(
    rb"PK\x03\x04|\x1f\x8b\x08|\xfd7zXZ|BZh[1-9]1AY|\x28\xb5\x2f\xfd|7z\xbc\xaf|%PDF-|\x89PNG\r\n|\xff\xd8\xff[\xc0-\xfe]"
    rb"|GIF8[79]a|DICM|ustar|uuencode|begin 6|=ybegin|P[2356]\s|/\* XPM|ftyp|jP  |\A(?:BM|II\*|MM\0\*|x[\x01\x5e\x9c\xda]|RIFF)|base64|image"
)


def canaries(file: bytes, pixels: np.ndarray | None = None) -> frozenset[bytes]:
    """Stretches that stand in this picture and nowhere else: of its file, and of its rows of pixels."""
    starts = range(len(file) // 4, len(file) - STRETCH, max(1, len(file) // 40))
    found = {file[at : at + STRETCH] for at in starts}
    if pixels is not None:
        rows = pixels.reshape(pixels.shape[0], -1)
        found |= {rows[row, 16 : 16 + STRETCH].tobytes() for row in range(12, rows.shape[0] - 12, 2)}
    return frozenset(one for one in found if len(set(one)) >= STRETCH // 2)


def shows(data: bytes, wanted: frozenset[bytes], depth: int = DEPTH, like: np.ndarray | None = None) -> bool:
    """Whether any of the stretches can be read out of the bytes in any way we can think of.

    `like` is the picture as grey values, found again wherever it is shown in another size or quality.
    """
    pattern = _pattern(wanted)
    layer, seen = [data], {data}
    for _ in range(depth + 1):
        if any(pattern.search(one) or (like is not None and _resembles(one, like)) for one in layer):
            return True
        inner: list[bytes] = []
        for one in layer:
            for found in _readings(one[:LARGEST]):
                if len(found) < STRETCH or found in seen or len(seen) > LAYERS:
                    continue
                seen.add(found)
                if pattern.search(found):
                    return True
                if _promises(found):
                    inner.append(found)
        layer = inner
    return False


def _resembles(data: bytes, like: np.ndarray) -> bool:
    """Whether a picture in the bytes shows the planted one, whole or as a part of it."""
    for seen in decoded(data):
        for side in (64, 160):
            for height, width in ((side, side),):
                if seen.shape[0] < height or seen.shape[1] < width:
                    continue
                wanted = cv2.resize(like, (width, height), interpolation=cv2.INTER_AREA)
                small = seen if side == 160 else cv2.resize(seen, (64, 64), interpolation=cv2.INTER_AREA)
                found = cv2.matchTemplate(small, wanted, cv2.TM_CCOEFF_NORMED)
                if float(found.max()) > 0.9:
                    return True
    return False


def _promises(data: bytes) -> bool:
    """Whether there is more to be read out of bytes: they are text, or something known begins in them."""
    head = data[:2048]
    readable = len(head.translate(None, _UNPRINTED))
    return 20 * readable > 17 * len(head) or 3 * head.count(0) > len(head) or _KNOWN.search(data) is not None


@cache
def _pattern(wanted: frozenset[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, sorted(wanted))))


def _readings(data: bytes) -> Iterator[bytes]:
    for reader in READERS:
        with contextlib.suppress(ValueError, EOFError, OSError, zlib.error, lzma.LZMAError, brotli.error, zstandard.ZstdError, RecursionError, IndexError, OverflowError):  # fmt: skip
            yield from reader(data)


READERS: tuple[Callable[[bytes], Iterator[bytes]], ...] = (
    packed.read_bodies, packed.read_unchunked, packed.read_deflated, packed.read_packed, letters.read_base64, letters.read_escapes, letters.read_hex, letters.read_charsets, letters.read_joined, letters.read_numbers, letters.read_base32, letters.read_base85, packed.read_pictures, letters.read_turned,
    letters.read_digits, letters.read_packed_numbers,
)  # fmt: skip
"""Everything a receiver could do with bytes; asked of every layer."""
