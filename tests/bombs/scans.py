"""Medical files whose heads lie about what follows."""

import gzip
import struct
import zlib

from tests.bombs.bomb import MIB, OVER, Bomb, file
from tests.bombs.codings import BROKEN
from tests.formats import made

BAD = BROKEN | {"too-many-frames", "metadata-damaged", "medical-image"}
"""A medical file is refused anyway; what counts here is that it is refused, and cheaply."""


def _meta(syntax: bytes) -> bytes:
    inner = made.element(0x00020002, b"UI", b"1.2.840.10008.5.1.4.1.1.2\x00") + made.element(
        0x00020003, b"UI", b"1.2.3.4\x00"
    )
    inner += made.element(0x00020010, b"UI", syntax + b"\x00" * (len(syntax) % 2))
    return bytes(128) + b"DICM" + made.element(0x00020000, b"UL", struct.pack("<L", len(inner))) + inner


def _head(rows: int, columns: int, frames: int) -> bytes:
    return b"".join(
        made.element(tag, vr, value)
        for tag, vr, value in (
            (0x00080060, b"CS", b"CT"),
            (0x00280002, b"US", struct.pack("<H", 1)),
            (0x00280004, b"CS", b"MONOCHROME2 "),
            (0x00280008, b"IS", b"%-12d" % frames),
            (0x00280010, b"US", struct.pack("<H", rows)),
            (0x00280011, b"US", struct.pack("<H", columns)),
            (0x00280100, b"US", struct.pack("<H", 8)),
            (0x00280101, b"US", struct.pack("<H", 8)),
            (0x00280102, b"US", struct.pack("<H", 7)),
            (0x00280103, b"US", struct.pack("<H", 0)),
        )
    )


EXPLICIT = b"1.2.840.10008.1.2.1"
DEFLATED = b"1.2.840.10008.1.2.1.99"
RLE = b"1.2.840.10008.1.2.5"


def _native(rows: int, columns: int, frames: int, size: int) -> bytes:
    return _meta(EXPLICIT) + _head(rows, columns, frames) + made.element(0x7FE00010, b"OB", bytes(size))


def _deflated(size: int) -> bytes:
    folder = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = _head(64, 64, 1) + made.element(0x7FE00010, b"OB", bytes(size))
    return _meta(DEFLATED) + folder.compress(data) + folder.flush()


def _sequences(depth: int) -> bytes:
    """Sequences of undefined length, each the only item of the one around it (PS3.5, 7.5)."""
    begin = struct.pack("<HH2sHL", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    end = struct.pack("<HHL", 0xFFFE, 0xE00D, 0) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    return _meta(EXPLICIT) + made.element(0x00080060, b"CS", b"SR") + begin * depth + end * depth


def _items(count: int) -> bytes:
    item = struct.pack("<HHL", 0xFFFE, 0xE000, 0)
    sequence = struct.pack("<HH2sHL", 0x0040, 0xA730, b"SQ", 0, len(item) * count)
    return _meta(EXPLICIT) + made.element(0x00080060, b"CS", b"SR") + sequence + item * count


def _run_lengths(rows: int, columns: int, runs: int) -> bytes:
    """One frame of runs of 128 equal bytes (PS3.5, annex G)."""
    segment = struct.pack("<16L", 1, 64, *[0] * 14) + b"\x81\x00" * runs
    segment += b"\x00" * (len(segment) % 2)
    pixels = struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    pixels += (
        struct.pack("<HHL", 0xFFFE, 0xE000, 0) + struct.pack("<HHL", 0xFFFE, 0xE000, len(segment)) + segment
    )
    return _meta(RLE) + _head(rows, columns, 1) + pixels + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)


def _nifti(*shape: int) -> bytes:
    data = bytearray(made.nifti1())
    data[40:56] = struct.pack("<8h", len(shape), *shape, *[1] * (7 - len(shape)))
    return bytes(data)


def _nrrd(*sizes: int, fold: bytes) -> bytes:
    head = b"NRRD0004\ntype: uint8\ndimension: %d\nsizes: %s\nencoding: gzip\n\n"
    return head % (len(sizes), b" ".join(b"%d" % size for size in sizes)) + fold


BOMBS: tuple[Bomb, ...] = (
    Bomb("DICOM: deflated, 100 MiB", file(lambda: _deflated(100 * MIB)), file(lambda: _deflated(4096)), OVER | BAD),
    Bomb("DICOM: 20,000 sequences inside one another", file(lambda: _sequences(20_000)), file(lambda: _sequences(4)), OVER | BAD),
    Bomb("DICOM: a sequence of 400,000 items", file(lambda: _items(400_000)), file(lambda: _items(4)), OVER | BAD),
    Bomb("DICOM: two billion frames", file(lambda: _native(64, 64, 2_000_000_000, 4096)), file(lambda: _native(64, 64, 1, 4096)), OVER | BAD),
    Bomb("DICOM: four gigapixels", file(lambda: _native(65_535, 65_535, 1, 4096)), file(lambda: _native(64, 64, 1, 4096)), OVER | BAD),
    Bomb("DICOM: run lengths of 128 MiB for 64 by 64", file(lambda: _run_lengths(64, 64, 1_000_000)), file(lambda: _run_lengths(64, 64, 32)), OVER | BAD),
    Bomb("DICOM: run lengths of four gigapixels", file(lambda: _run_lengths(65_535, 65_535, 1_000)), file(lambda: _run_lengths(64, 64, 32)), OVER | BAD),
    Bomb("NIfTI: seven dimensions of 32,000", file(lambda: _nifti(*[32_000] * 7)), file(made.nifti1), OVER | BAD),
    Bomb("NIfTI: gzip of 64 MiB", file(lambda: gzip.compress(made.nifti1() + bytes(64 * MIB), 9, mtime=0)), file(lambda: gzip.compress(made.nifti1(), mtime=0)), OVER | BAD),
    Bomb("NRRD: gzip of 64 MiB", file(lambda: _nrrd(64, 64, fold=gzip.compress(bytes(64 * MIB), 9, mtime=0))), file(lambda: _nrrd(64, 64, fold=gzip.compress(bytes(4096), 9, mtime=0))), OVER | BAD),
    Bomb("NRRD: sixteen dimensions of a million", file(lambda: _nrrd(*[1_000_000] * 16, fold=b"")), file(lambda: _nrrd(64, 64, fold=gzip.compress(bytes(4096), 9, mtime=0))), OVER | BAD),
)  # fmt: skip
