"""Unfolds deflate streams as far as they go: a lenient reader shows what came out before the damage, so it is looked at."""

import zlib
from typing import Final

ANY: Final = zlib.MAX_WBITS | 32
"""Zlib or gzip, as the first bytes say."""
ZLIB: Final = zlib.MAX_WBITS
RAW: Final = -zlib.MAX_WBITS
_STEP: Final = 4096


def inflated(packed: bytes, most: int, bits: int = ANY) -> bytes:
    """What the stream holds up to its end, the given number of bytes, or the first damage (RFC 1950 to 1952)."""
    try:
        return zlib.decompressobj(bits).decompress(packed, most)
    except zlib.error:
        return _before_damage(packed, most, bits)


def _before_damage(packed: bytes, most: int, bits: int) -> bytes:
    """The library forgets what a call gave when that call fails, so the failing step is repeated byte by byte."""
    stream, out = zlib.decompressobj(bits), bytearray()
    for at in range(0, len(packed), _STEP):
        before, step = stream.copy(), packed[at : at + _STEP]
        try:
            out += stream.decompress(step, most - len(out))
        except zlib.error:
            return bytes(out + _bytewise(before, step, most - len(out)))
        if len(out) >= most:
            break
    return bytes(out)


def _bytewise(stream: "zlib._Decompress", step: bytes, most: int) -> bytes:
    out = bytearray()
    for letter in step:
        try:
            out += stream.decompress(bytes((letter,)), most - len(out))
        except zlib.error:
            break
        if len(out) >= most:
            break
    return bytes(out)
