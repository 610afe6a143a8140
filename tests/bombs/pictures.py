"""Pictures whose heads promise more pixels, frames, scans or profiles than anybody can hold."""

import struct
import zlib

from PIL import Image

from tests.bombs.bomb import MIB, OVER, Bomb, file
from tests.bombs.codings import BROKEN
from tests.formats.made import animation, saved

DAMAGED = BROKEN | {"metadata-damaged", "ambiguous", "polyglot", "hidden-file"}
LARGE = 32_000


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(*chunks: bytes, width: int = 96, height: int = 64, rows: bytes | None = None) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * height)) if rows is None else rows
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + b"".join(chunks)
        + _chunk(b"IDAT", rows)
        + _chunk(b"IEND", b"")
    )


def _png_frames(count: int) -> bytes:
    """An animation of so many frames of one pixel."""
    pixel = zlib.compress(b"\x00\x00")
    frames = b""
    for number in range(count):
        control = struct.pack(">IIIIIHHBB", 2 * number, 1, 1, 0, 0, 1, 10, 0, 0)
        frames += _chunk(b"fcTL", control) + _chunk(b"fdAT", struct.pack(">I", 2 * number + 1) + pixel)
    return _png(_chunk(b"acTL", struct.pack(">II", count, 0)))[:-12] + frames + _chunk(b"IEND", b"")


def _jpeg(width: int, height: int, scans: int = 0) -> bytes:
    """A JPEG whose frame header says another size; then so many copies of its first scan."""
    data = bytearray(saved("JPEG", progressive=bool(scans)))
    at = data.index(b"\xff\xc2" if scans else b"\xff\xc0")
    if width:
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    if not scans:
        return bytes(data)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff", first + 2)
    while data[second + 1] in (0, *range(0xD0, 0xD8)):
        second = data.index(b"\xff", second + 2)
    return bytes(data[:second] + data[first:second] * scans + data[second:])


def _jpeg_profile(count: int) -> bytes:
    """A JPEG with a colour profile in so many full segments."""
    segments = b"".join(
        b"\xff\xe2"
        + struct.pack(">H", 65_000 + 16)
        + b"ICC_PROFILE\x00"
        + bytes((n % 255 + 1, 255))
        + bytes(65_000)
        for n in range(count)
    )
    data = saved("JPEG")
    return data[:2] + segments + data[2:]


def _codestream(width: int, height: int, tile: int) -> bytes:
    """A JPEG 2000 codestream with another size in its head (ISO/IEC 15444-1, A.5.1)."""
    data = bytearray(saved("JPEG2000", no_jp2=True))
    at = data.index(b"\xff\x51")
    data[at + 6 : at + 14] = struct.pack(">II", width, height)
    data[at + 22 : at + 30] = struct.pack(">II", tile or width, tile or height)
    return bytes(data)


def _tiff(*directories: tuple[tuple[tuple[int, int, int, int], ...], int], data: bytes = bytes(64)) -> bytes:
    """A little-endian TIFF of directories with entries (tag, type, count, value) and the offset of the next one."""
    out = bytearray(b"II*\x00" + struct.pack("<L", 8 + len(data)) + data)
    for entries, following in directories:
        out += struct.pack("<H", len(entries))
        out += b"".join(struct.pack("<HHLL", *entry) for entry in entries)
        out += struct.pack("<L", following)
    return bytes(out)


def _grid(
    width: int, height: int, *, tiles: int = 0, packed: int = 1, size: int = 64
) -> tuple[tuple[int, int, int, int], ...]:
    common = ((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, packed), (262, 3, 1, 1))
    if tiles:
        return (*common, (322, 4, 1, tiles), (323, 4, 1, tiles), (324, 4, 1, 8), (325, 4, 1, size))
    return (*common, (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, size))


def _tiff_circle() -> bytes:
    """Two directories, each naming the other as the next."""
    grid = _grid(8, 8)
    size = 2 + 12 * len(grid) + 4
    return _tiff((grid, 72 + size), (grid, 72))


def _tiff_chain(count: int) -> bytes:
    grid = _grid(8, 8)
    size = 2 + 12 * len(grid) + 4
    return _tiff(*((grid, 72 + size * (n + 1) if n + 1 < count else 0) for n in range(count)))


def _tiff_strip() -> bytes:
    """A small picture whose only strip unfolds to 64 MiB."""
    packed = zlib.compress(bytes(64 * MIB), 9)
    return _tiff((_grid(64, 64, packed=8, size=len(packed)), 0), data=packed)


def _gif(width: int, height: int, frames: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    frame = (
        b"\x21\xf9\x04\x00\x0a\x00\x00\x00"
        b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    )
    return head + frame * frames + b";"


def _webp(width: int, height: int) -> bytes:
    """An extended WebP whose canvas says another size than its picture."""
    inner = saved("WEBP")[12:]
    canvas = struct.pack("<I", 0) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_frames(count: int) -> bytes:
    """An animation of so many frames on a canvas of 4,000 by 4,000."""
    picture = saved("WEBP", Image.new("RGB", (16, 16)), lossless=True)[12:]
    frame = bytes(6) + (15).to_bytes(3, "little") * 2 + (10).to_bytes(3, "little") + b"\x00" + picture
    canvas = b"\x02\x00\x00\x00" + (3999).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + b"ANIM" + struct.pack("<I", 6) + bytes(6)
    body += (b"ANMF" + struct.pack("<I", len(frame)) + frame) * count
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _bmp() -> bytes:
    data = bytearray(saved("BMP"))
    data[18:26] = struct.pack("<ii", LARGE, LARGE)
    data[30:34] = struct.pack("<I", 0)
    return bytes(data)


def _ico(count: int) -> bytes:
    """So many icons that are all the same picture."""
    picture = saved("PNG")
    at = 6 + 16 * count
    entry = struct.pack("<BBBBHHII", 96, 64, 0, 0, 1, 32, len(picture), at)
    return struct.pack("<HHH", 0, 1, count) + entry * count + picture


def _avif() -> bytes:
    data = bytearray(saved("AVIF"))
    at = data.index(b"ispe")
    data[at + 8 : at + 16] = struct.pack(">II", LARGE, LARGE)
    return bytes(data)


def _psd() -> bytes:
    return (
        b"8BPS"
        + struct.pack(">HxxxxxxHIIHH", 1, 3, 30_000, 30_000, 8, 3)
        + bytes(12)
        + b"\x00\x01"
        + bytes(64)
    )


BOMBS: tuple[Bomb, ...] = (
    Bomb("PNG: a gigapixel", file(lambda: _png(width=LARGE, height=LARGE, rows=zlib.compress(bytes(1000)))), file(lambda: saved("PNG"))),
    Bomb("PNG: rows of 64 MiB behind the last row", file(lambda: _png(rows=zlib.compress(bytes(64 * MIB), 9))), file(lambda: saved("PNG")), frozenset()),
    Bomb("PNG: a compressed comment (zTXt)", file(lambda: _png(_chunk(b"zTXt", b"a\x00\x00" + zlib.compress(bytes(256 * MIB), 9)))), file(lambda: _png(_chunk(b"zTXt", b"a\x00\x00" + zlib.compress(b"a note")))), OVER | DAMAGED),
    Bomb("PNG: a compressed comment (iTXt)", file(lambda: _png(_chunk(b"iTXt", b"a\x00\x01\x00\x00\x00" + zlib.compress(bytes(64 * MIB), 9)))), file(lambda: _png(_chunk(b"iTXt", b"a\x00\x01\x00\x00\x00" + zlib.compress(b"a note")))), OVER | DAMAGED),
    Bomb("PNG: a compressed colour profile (iCCP)", file(lambda: _png(_chunk(b"iCCP", b"a\x00\x00" + zlib.compress(bytes(64 * MIB), 9)))), file(lambda: saved("PNG")), OVER | DAMAGED),
    Bomb("PNG: 10,000 comments", file(lambda: _png(_chunk(b"tEXt", b"a\x00b") * 10_000)), file(lambda: _png(_chunk(b"tEXt", b"a\x00b"))), frozenset()),
    Bomb("PNG: 10,000 frames", file(lambda: _png_frames(10_000)), file(lambda: animation("PNG"))),
    Bomb("JPEG: four gigapixels", file(lambda: _jpeg(65_500, 65_500)), file(lambda: saved("JPEG"))),
    Bomb("JPEG: 20,000 progressive scans", file(lambda: _jpeg(0, 0, 20_000)), file(lambda: saved("JPEG", progressive=True)), frozenset()),
    Bomb("JPEG: 100 megapixels of scans without data", file(lambda: _jpeg(10_000, 10_000, 2_000)), file(lambda: saved("JPEG", progressive=True)), OVER | DAMAGED),
    Bomb("JPEG: 500 segments of a colour profile", file(lambda: _jpeg_profile(500)), file(lambda: saved("JPEG")), frozenset()),
    Bomb("JPEG 2000: four gigapixels", file(lambda: _codestream(65_000, 65_000, 0)), file(lambda: saved("JPEG2000"))),
    Bomb("JPEG 2000: tiles of one pixel", file(lambda: _codestream(10_000, 10_000, 1)), file(lambda: saved("JPEG2000", tile_size=(32, 32))), OVER | DAMAGED),
    Bomb("TIFF: a gigapixel", file(lambda: _tiff((_grid(LARGE, LARGE), 0))), file(lambda: saved("TIFF"))),
    Bomb("TIFF: tiles of a gigapixel", file(lambda: _tiff((_grid(64, 64, tiles=LARGE), 0))), file(lambda: saved("TIFF")), OVER | DAMAGED),
    Bomb("TIFF: directories in a circle", file(_tiff_circle), file(lambda: _tiff_chain(2)), frozenset()),
    Bomb("TIFF: 3,000 directories", file(lambda: _tiff_chain(3_000)), file(lambda: _tiff_chain(5))),
    Bomb("TIFF: a strip that unfolds to 64 MiB", file(_tiff_strip), file(lambda: saved("TIFF", compression="tiff_deflate")), frozenset()),
    Bomb("GIF: 20,000 frames", file(lambda: _gif(10, 10, 20_000)), file(lambda: _gif(10, 10, 5))),
    Bomb("GIF: frames on a canvas of four gigapixels", file(lambda: _gif(65_535, 65_535, 5)), file(lambda: animation("GIF"))),
    Bomb("WebP: a canvas of 280 terapixels", file(lambda: _webp(1 << 24, 1 << 24)), file(lambda: saved("WEBP")), OVER | DAMAGED),
    Bomb("WebP: 3,000 frames", file(lambda: _webp_frames(3_000)), file(lambda: animation("WEBP"))),
    Bomb("BMP: a gigapixel", file(_bmp), file(lambda: saved("BMP"))),
    Bomb("ICO: 60,000 pictures", file(lambda: _ico(60_000)), file(lambda: saved("ICO")), OVER | DAMAGED | {"unclaimed"}),
    Bomb("AVIF: a gigapixel", file(_avif), file(lambda: saved("AVIF")), OVER | DAMAGED),
    Bomb("PSD: a gigapixel", file(_psd), None, OVER | DAMAGED | {"unclaimed"}),
)  # fmt: skip
