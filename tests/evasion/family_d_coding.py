"""D: content codings that lie, stop early, or go on behind their end."""

import base64
import bz2
import gzip
import json
import lzma
import zlib

import brotli
import zstandard

from tests.evasion.case import JSON, Build, Case, Upload, cases


def body(data: bytes) -> bytes:
    """What the codings are put around."""
    return json.dumps({"image": base64.b64encode(data).decode()}).encode()


def _coded(value: bytes, body: bytes) -> Upload:
    return Upload(body, JSON, ((b"content-encoding", value),), path=b"/v1/chat/completions")


def _gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _raw(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


def _skipped(data: bytes) -> bytes:
    return b"\x50\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data


def _with_dictionary(data: bytes) -> bytes:
    samples = [body(bytes((n, n + 1)) * 40) for n in range(200)]
    dictionary = zstandard.train_dictionary(512, samples)
    return zstandard.ZstdCompressor(dict_data=dictionary).compress(body(data))


def _gzip_comment(data: bytes) -> bytes:
    plain = _gz(b"{}")
    return plain[:3] + b"\x10" + plain[4:10] + base64.b64encode(data) + b"\x00" + plain[10:]


def _brotli_metadata(data: bytes) -> bytes:
    """A stream of window size 16, one block of metadata (RFC 7932, 9.2), and the end."""
    bits = 0b11 << 2 | 2 << 5 | (len(data) - 1) << 7
    return bits.to_bytes(3, "little") + data + b"\x03"


REFUSED: dict[str, Build] = {
    "picture in the metadata of brotli": lambda d: _coded(b"br", _brotli_metadata(d)),
    "letters in the metadata of brotli": lambda d: _coded(b"br", _brotli_metadata(base64.b64encode(d))),
    "bytes behind gzip": lambda d: _coded(b"gzip", _gz(b"{}") + body(d)),
    "zeros behind gzip": lambda d: _coded(b"gzip", _gz(body(d)) + bytes(9)),
    "second member cut short": lambda d: _coded(b"gzip", _gz(b"{}") + _gz(body(d))[:-4]),
    "gzip with a wrong checksum": lambda d: _coded(b"gzip", _gz(body(d))[:-8] + bytes(8)),
    "gzip cut short": lambda d: _coded(b"gzip", _gz(body(d))[:-1]),
    "plain called gzip": lambda d: _coded(b"gzip", body(d)),
    "picture called gzip": lambda d: _coded(b"gzip", d),
    "zlib called gzip": lambda d: _coded(b"gzip", zlib.compress(body(d))),
    "gzip called deflate": lambda d: _coded(b"deflate", _gz(body(d))),
    "brotli called gzip": lambda d: _coded(b"gzip", brotli.compress(body(d))),
    "bytes behind deflate": lambda d: _coded(b"deflate", zlib.compress(b"{}") + d),
    "bytes behind brotli": lambda d: _coded(b"br", brotli.compress(b"{}") + d),
    "bytes behind zstd": lambda d: _coded(b"zstd", zstandard.compress(b"{}") + d),
    "frame to be skipped in zstd": lambda d: _coded(b"zstd", zstandard.compress(b"{}") + _skipped(d)),
    "frame to be skipped in front of zstd": lambda d: _coded(b"zstd", _skipped(d) + zstandard.compress(b"{}")),
    "three layers": lambda d: _coded(b"gzip, br, deflate", zlib.compress(brotli.compress(_gz(body(d))))),
    "five layers": lambda d: _coded(b"gzip,gzip,gzip,gzip,gzip", _gz(_gz(_gz(_gz(_gz(body(d))))))),
    "layers in the wrong order": lambda d: _coded(b"gzip, br", _gz(brotli.compress(body(d)))),
    "unknown coding": lambda d: _coded(b"snappy", body(d)),
    "compress": lambda d: _coded(b"compress", body(d)),
    "bzip2": lambda d: _coded(b"bzip2", bz2.compress(body(d))),
    "xz": lambda d: _coded(b"xz", lzma.compress(body(d))),
    "base64 as a coding": lambda d: _coded(b"base64", base64.b64encode(body(d))),
    "hex as a coding": lambda d: _coded(b"hex", body(d).hex().encode()),
    "empty coding": lambda d: _coded(b"", body(d)),
    "tab in a coding": lambda d: _coded(b"gz\tip", _gz(body(d))),
    "quality on a coding": lambda d: _coded(b"gzip;q=1", _gz(body(d))),
    "coding given twice": lambda d: Upload(_gz(body(d)), JSON, ((b"content-encoding", b"gzip"), (b"content-encoding", b"identity"))),
    "aws-chunked that is not": lambda d: _coded(b"aws-chunked", body(d)),
    "aws-chunked inside gzip": lambda d: _coded(b"gzip, aws-chunked", _gz(body(d))),
    "aws-chunked with bytes behind": lambda d: _coded(b"aws-chunked", b"2\r\n{}\r\n0\r\n\r\n" + d),
}  # fmt: skip

READ: dict[str, Build] = {
    "x-gzip": lambda d: _coded(b"x-gzip", _gz(body(d))),
    "gzip": lambda d: _coded(b"gzip", _gz(body(d))),
    "GZIP in capitals": lambda d: _coded(b"GZIP", _gz(body(d))),
    "two gzip members": lambda d: _coded(b"gzip", _gz(body(d)[:20]) + _gz(body(d)[20:])),
    "two layers": lambda d: _coded(b"gzip, br", brotli.compress(_gz(body(d)))),
    "gzip twice": lambda d: _coded(b"gzip,gzip", _gz(_gz(body(d)))),
    "identity": lambda d: _coded(b"identity", body(d)),
    "identity then gzip": lambda d: _coded(b"identity, gzip", _gz(body(d))),
    "deflate with a head": lambda d: _coded(b"deflate", zlib.compress(body(d))),
    "deflate without a head": lambda d: _coded(b"deflate", _raw(body(d))),
    "brotli with a large window": lambda d: _coded(b"br", brotli.compress(body(d), lgwin=24)),
    "zstd": lambda d: _coded(b"zstd", zstandard.compress(body(d))),
    "zstd in two frames": lambda d: _coded(b"zstd", zstandard.compress(body(d)[:20]) + zstandard.compress(body(d)[20:])),
    "gzip without a header": lambda d: Upload(_gz(body(d)), JSON),
    "gzip of a picture without a header": lambda d: Upload(_gz(d)),
    "aws-chunked": lambda d: _coded(b"aws-chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body(d)), body(d))),
}  # fmt: skip

LEGAL = {
    "brotli": "brotli with a large window",
    "zstd": "zstd",
    "deflate": "deflate with a head",
    "aws-chunked": "aws-chunked",
    "layers": "two layers",
}
"""What the twin of a broken coding is, by a word in its name; the others are gzip."""


def _legal(name: str) -> Build:
    return READ[next((legal for word, legal in LEGAL.items() if word in name), "gzip")]


CASES: tuple[Case, ...] = (
    *(Case(name, build, form=True, twin=_legal(name)) for name, build in REFUSED.items()),
    Case("zstd with a dictionary", lambda d: _coded(b"zstd", _with_dictionary(d)), form=True, sealed=True, twin=READ["zstd"]),
    Case("picture in the comment of gzip", lambda d: _coded(b"gzip", _gzip_comment(d)), form=True, twin=READ["gzip"]),
    *cases(READ),
)  # fmt: skip
