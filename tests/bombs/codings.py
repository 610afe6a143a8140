"""Bodies that unfold: content codings, and single compressed files."""

import bz2
import gzip
import io
import lzma
import struct
import zlib
from collections.abc import Callable

import brotli
import zstandard

from tests.bombs.bomb import MIB, OVER, Bomb, Build, file
from tests.evasion.case import JSON, Upload

BROKEN = frozenset({"bad-coding", "unknown-coding", "undecodable", "unreadable", "codec-failed"})
WORDS = b'{"note": "' + b"The ward round begins at eight. " * 60 + b'"}'
ZEROS = bytes(MIB)


def _unfolded(size: int, make: Callable[[], object]) -> bytes:
    """`size` MiB of JSON's white space through a compressor with `compress` and `flush`."""
    folder = make()
    blank = b" " * MIB
    pieces = [folder.compress(blank) for _ in range(size)]  # type: ignore[attr-defined]
    return b"".join((*pieces, folder.flush()))  # type: ignore[attr-defined]


def _coded(coding: bytes, fold: Callable[[], bytes]) -> Build:
    return lambda: Upload(fold(), JSON, ((b"content-encoding", coding),))


class _Brotli:
    def __init__(self) -> None:
        self._folder = brotli.Compressor(quality=5)

    def compress(self, data: bytes) -> bytes:
        return bytes(self._folder.process(data))

    def flush(self) -> bytes:
        return bytes(self._folder.finish())


def _gzip(size: int) -> bytes:
    return _unfolded(size, lambda: zlib.compressobj(9, zlib.DEFLATED, 31))


def _wide_window() -> bytes:
    """A zstd frame that asks for a window of 2 GiB."""
    settings = zstandard.ZstdCompressionParameters(window_log=31, enable_ldm=False)
    folder = zstandard.ZstdCompressor(compression_params=settings).compressobj()
    return folder.compress(WORDS) + folder.flush()


def _large_dictionary() -> bytes:
    """An LZMA file whose head asks for a dictionary of 4 GiB."""
    plain = lzma.compress(WORDS, lzma.FORMAT_ALONE)
    return plain[:1] + struct.pack("<L", 0xFFFFFFFF) + plain[5:]


def _xz_dictionary() -> bytes:
    """An xz file with a dictionary of 1.5 GiB, as its preset would be chosen by nobody."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    data = bytearray(lzma.compress(WORDS, filters=filters, check=lzma.CHECK_CRC32))
    at = data.index(b"\x21\x01", 12)
    data[at + 2] = 40  # 4 GiB less one byte
    size = (data[12] + 1) * 4
    data[12 + size - 4 : 12 + size] = struct.pack("<L", zlib.crc32(data[12 : 12 + size - 4]))
    return bytes(data)


def _members(count: int) -> bytes:
    return gzip.compress(b" ", 9, mtime=0) * count + gzip.compress(WORDS, 9, mtime=0)


def _flat(module: Callable[[bytes], bytes], size: int = 64) -> Callable[[], bytes]:
    return lambda: module(ZEROS * size)


def _picture_gz() -> bytes:
    return gzip.compress(WORDS, 9, mtime=0)


BOMBS: tuple[Bomb, ...] = (
    Bomb("coding: gzip", _coded(b"gzip", lambda: _gzip(200)), _coded(b"gzip", lambda: gzip.compress(WORDS, mtime=0)), OVER),
    Bomb(
        "coding: deflate",
        _coded(b"deflate", lambda: _unfolded(64, lambda: zlib.compressobj(9))),
        _coded(b"deflate", lambda: zlib.compress(WORDS)),
    ),
    Bomb(
        "coding: deflate without a head",
        _coded(b"deflate", lambda: _unfolded(64, lambda: zlib.compressobj(9, zlib.DEFLATED, -15))),
        _coded(b"deflate", lambda: _raw(WORDS)),
    ),
    Bomb("coding: brotli", _coded(b"br", lambda: _unfolded(64, _Brotli)), _coded(b"br", lambda: brotli.compress(WORDS))),
    Bomb(
        "coding: brotli with a window of a gigabyte",
        _coded(b"br", lambda: b"\x11\x1e" + brotli.compress(WORDS)),
        _coded(b"br", lambda: brotli.compress(WORDS, lgwin=22)),
        BROKEN,
    ),
    Bomb(
        "coding: zstd",
        _coded(b"zstd", lambda: _unfolded(64, lambda: zstandard.ZstdCompressor().compressobj())),
        _coded(b"zstd", lambda: zstandard.compress(WORDS)),
    ),
    Bomb("coding: zstd with a window of two gigabytes", _coded(b"zstd", _wide_window), _coded(b"zstd", lambda: zstandard.compress(WORDS)), OVER | BROKEN),
    Bomb(
        "coding: gzip in gzip",
        _coded(b"gzip, gzip", lambda: gzip.compress(_gzip(64), 9, mtime=0)),
        _coded(b"gzip, gzip", lambda: gzip.compress(gzip.compress(WORDS, mtime=0), mtime=0)),
    ),
    Bomb(
        "coding: gzip ten times over",
        _coded(b", ".join([b"gzip"] * 10), lambda: _again(10)),
        _coded(b"gzip", lambda: _again(1)),
        OVER | BROKEN,
    ),
    Bomb("coding: gzip of 100,000 members", _coded(b"gzip", lambda: _members(100_000)), _coded(b"gzip", lambda: _members(0)), frozenset()),
    Bomb("file: gzip", file(_flat(lambda data: gzip.compress(data, 9, mtime=0))), file(_picture_gz)),
    Bomb("file: gzip of 100,000 members", file(lambda: _members(100_000)), file(_picture_gz), OVER | BROKEN),
    Bomb("file: bzip2", file(_flat(bz2.compress)), file(lambda: bz2.compress(WORDS))),
    Bomb("file: xz", file(_flat(lzma.compress)), file(lambda: lzma.compress(WORDS))),
    Bomb("file: xz with a dictionary of four gigabytes", file(_xz_dictionary), file(lambda: lzma.compress(WORDS)), OVER | BROKEN),
    Bomb("file: lzma with a dictionary of four gigabytes", file(_large_dictionary), None, OVER | BROKEN | {"unclaimed"}),
    Bomb("file: zstd", file(_flat(zstandard.compress)), file(lambda: zstandard.compress(WORDS))),
    Bomb("file: gzip in gzip in gzip, twenty deep", file(lambda: _again(20)), file(lambda: _again(3))),
)  # fmt: skip


def _raw(data: bytes) -> bytes:
    folder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return folder.compress(data) + folder.flush()


def _again(times: int) -> bytes:
    data = WORDS
    for _ in range(times):
        out = io.BytesIO()
        with gzip.GzipFile("", "wb", 9, out, 0) as folded:
            folded.write(data)
        data = out.getvalue()
    return data
