"""What the oracle unfolds: chunks, compressed streams, archives, pictures."""

import bz2
import contextlib
import io
import lzma
import re
import zlib
from collections.abc import Iterator

import brotli
import numpy as np
import zstandard
from PIL import Image

LARGEST = 1 << 22


STRETCH = 20


_PIXELED = (
    b"\0\0\0\x0cjP  ",
    b"ftyp",
    b"P5\n",
    b"P6\n",
    b"/* XPM",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"RIFF",
)


def read_unchunked(data: bytes) -> Iterator[bytes]:
    plain = re.sub(rb"(?:\A|\r?\n)[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r?\n", b"", data)
    if plain != data:
        yield plain


def _after_head(data: bytes) -> bytes:
    return data.partition(b"\n\n")[2] or data.partition(b"\r\n\r\n")[2]


def read_bodies(data: bytes) -> Iterator[bytes]:
    """What follows the end of a head."""
    for end in (b"\r\n\r\n", b"\n\n"):
        at = data.find(end)
        if at >= 0 and len(data) - at > STRETCH:
            yield data[at + len(end) :]


def read_deflated(data: bytes) -> Iterator[bytes]:
    for mark, bits in ((b"\x1f\x8b\x08", 31), (b"x\x01", 15), (b"x\x5e", 15), (b"x\x9c", 15), (b"x\xda", 15)):
        for at in places(data, mark, 60):
            if bits == 31 or int.from_bytes(data[at : at + 2]) % 31 == 0:
                yield from _inflated(data[at:], bits)
    yield from _inflated(data, -15)
    yield from _inflated(_after_head(data), -15)
    at = data.find(b"DICM\x02\0\0\0UL\x04\0")
    if at >= 0:  # a data set that is deflated as a whole stands behind the meta information
        yield from _inflated(data[at + 16 + int.from_bytes(data[at + 12 : at + 16], "little") :], -15)
    for at in places(data, b"PK\x03\x04", 60):
        start = at + 30 + int.from_bytes(data[at + 26 : at + 28], "little") + int.from_bytes(data[at + 28 : at + 30], "little")  # fmt: skip
        method = int.from_bytes(data[at + 8 : at + 10], "little")
        if method == 12:
            yield bz2.BZ2Decompressor().decompress(data[start:], LARGEST)
        elif method == 14:
            yield from _zip_lzma(data[start:])
        elif method == 93:
            yield _unzstd(data[start:])
        else:
            yield from _inflated(data[start:], -15)


def _inflated(data: bytes, bits: int) -> Iterator[bytes]:
    out, rest = b"", data
    for _ in range(64):
        stream = zlib.decompressobj(bits)
        with contextlib.suppress(zlib.error):  # whatever came before the damage counts
            for at in range(0, len(rest), 512):
                out += stream.decompress(rest[at : at + 512], LARGEST)
        rest = stream.unused_data
        if not rest or len(out) > LARGEST:
            break
    if len(out) >= STRETCH:
        yield out
        yield from _unbrotli(out)


def _unbrotli(data: bytes) -> Iterator[bytes]:
    with contextlib.suppress(brotli.error):
        yield brotli.Decompressor().process(data, output_buffer_limit=LARGEST)


def _zip_lzma(data: bytes) -> Iterator[bytes]:
    size = int.from_bytes(data[2:4], "little")
    properties = data[4 : 4 + size]
    lc, lp, pb = properties[0] % 9, properties[0] // 9 % 5, properties[0] // 45
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 22, "lc": lc, "lp": lp, "pb": pb}]
    yield lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain).decompress(data[4 + size :], LARGEST)


def read_packed(data: bytes) -> Iterator[bytes]:
    for at in places(data, b"BZh", 20):
        with contextlib.suppress(OSError, ValueError):
            yield bz2.BZ2Decompressor().decompress(data[at:], LARGEST)
    for at in places(data, b"\xfd7zXZ", 20):
        with contextlib.suppress(lzma.LZMAError):
            yield lzma.LZMADecompressor().decompress(data[at:], LARGEST)
    for at in places(data, b"]\x00\x00", 20):
        with contextlib.suppress(lzma.LZMAError):
            yield lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(data[at:], LARGEST)
    for at in places(data, b"\x28\xb5\x2f\xfd", 20):
        with contextlib.suppress(zstandard.ZstdError):
            yield _unzstd(data[at:])
    yield from _unbrotli(data)
    yield from _unbrotli(_after_head(data))


def _unzstd(data: bytes) -> bytes:
    out = b""
    for _ in range(16):
        while data[1:4] == b"\x2a\x4d\x18":
            data = data[8 + int.from_bytes(data[4:8], "little") :]
        stream = zstandard.ZstdDecompressor().decompressobj()
        out += stream.decompress(data)
        data = stream.unused_data
        if not data:
            break
    return out


def decoded(data: bytes) -> Iterator[np.ndarray]:
    for mark in _PIXELED:
        for at in places(data, mark, 6):
            start = at - 4 if mark == b"ftyp" else at
            with contextlib.suppress(Exception), Image.open(io.BytesIO(data[start:])) as image:
                for frame in range(min(4, getattr(image, "n_frames", 1))):
                    image.seek(frame)
                    yield np.asarray(image.convert("L"))


def read_pictures(data: bytes) -> Iterator[bytes]:
    """The pixels of every picture in the bytes, as grey values; upside down and inverted too."""
    for grey in decoded(data):
        for turned in (grey, grey[::-1], grey[:, ::-1], np.rot90(grey), np.rot90(grey, 3), np.rot90(grey, 2)):
            yield turned.tobytes()
        yield (255 - grey).tobytes()


def places(data: bytes, mark: bytes, most: int) -> Iterator[int]:
    at, count = data.find(mark), 0
    while at >= 0 and count < most:
        yield at
        count += 1
        at = data.find(mark, at + 1)
