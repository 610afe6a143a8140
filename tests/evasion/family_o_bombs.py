"""O: uploads that unfold, nest or repeat without end: a timeout must not mean yes."""

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib

import brotli
import zstandard

from tests.evasion.case import FORM, JSON, OCTETS, URLENCODED, Build, Case, Upload
from tests.unpack import made

MIB = 1 << 20


def _coded(coding: bytes, body: bytes) -> Upload:
    return Upload(body, JSON, ((b"content-encoding", coding),))


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data)


def _long(data: bytes) -> bytes:
    """JSON of 8 MiB that ends in a picture; folded it is a few kilobytes."""
    return b'{"a":"' + b" " * (8 * MIB) + b'","b":"' + _b64(data) + b'"}'


def _quine(data: bytes) -> bytes:
    """Archives in archives in archives, forty deep."""
    for _ in range(40):
        data = made.zipped({"a.zip": data})
    return data


def _overlapping(data: bytes) -> bytes:
    """Three hundred directory entries for one and the same local entry."""
    first = made.entry(b"a.png", data)
    return made.by_hand([first, *((b"", first[1]) for _ in range(300))], [0] * 301)


def _claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes(1000))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _flat(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("zeros", bytes(8 * MIB))
        archive.writestr("a.png", data)
    return out.getvalue()


def _laughs(data: bytes) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "{_b64(data).decode()}">{entities}]><l>&l8;</l>'.encode()


def _parts(data: bytes, count: int = 3000) -> Upload:
    one = b'--BOUND\r\nContent-Disposition: form-data; name="p"\r\n\r\nx\r\n'
    last = b'--BOUND\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n' + data + b"\r\n"
    return Upload(one * count + last + b"--BOUND--\r\n", FORM)


def _deep_cbor(data: bytes, levels: int = 200) -> bytes:
    return b"\x81" * levels + b"\x59" + struct.pack(">H", len(data)) + data


BOMBS: dict[str, Build] = {
    "gzip": lambda d: _coded(b"gzip", gzip.compress(_long(d), 9, mtime=0)),
    "deflate": lambda d: _coded(b"deflate", zlib.compress(_long(d), 9)),
    "brotli": lambda d: _coded(b"br", brotli.compress(_long(d), quality=5)),
    "zstd": lambda d: _coded(b"zstd", zstandard.compress(_long(d))),
    "gzip in gzip": lambda d: _coded(b"gzip, gzip", gzip.compress(gzip.compress(_long(d), 9, mtime=0), 9, mtime=0)),
    "flat zip": lambda d: Upload(_flat(d)),
    "zip forty deep": lambda d: Upload(_quine(d)),
    "zip whose entries overlap": lambda d: Upload(_overlapping(d)),
    "gzip file": lambda d: Upload(gzip.compress(bytes(8 * MIB) + d, 9, mtime=0)),
    "PNG of a gigapixel, then the picture": lambda d: Upload(_claims(32_000, 32_000) + d),
    "JSON of 200 levels": lambda d: Upload(b"[" * 200 + b'"' + _b64(d) + b'"' + b"]" * 200, JSON),
    "JSON of 1,100 payloads": lambda d: Upload(json.dumps([_b64(d[:60] + bytes([n % 256, n // 256]) + d[60:]).decode() for n in range(1100)]).encode(), JSON),
    "base64 twelve times over": lambda d: Upload(json.dumps({"a": _times(d[:1200], 12)}).encode(), JSON),
    "form of 20,000 fields": lambda d: Upload(b"a=1&" * 20_000 + b"image=" + _b64(d).replace(b"+", b"%2B"), URLENCODED),
    "multipart of 3,000 fields": _parts,
    "entities of XML": lambda d: Upload(_laughs(d), b"application/xml"),
    "CBOR of 200 levels": lambda d: Upload(_deep_cbor(d), b"application/cbor"),
    "protobuf of 300 levels": lambda d: Upload(deep_message(d), b"application/x-protobuf"),
    "gRPC of 30,000 frames": lambda d: Upload(b"\0\0\0\0\0" * 30_000 + struct.pack(">BI", 0, len(d)) + d, b"application/grpc"),
    "tar of 3,000 members": lambda d: Upload(made.taped({**{f"{n}": b"x" for n in range(3000)}, "a.png": d})),
    "NUL for megabytes in front": lambda d: Upload(bytes(3 * MIB) + d, OCTETS),
    "white space for megabytes in front": lambda d: Upload(b" " * (3 * MIB) + _b64(d), b"text/plain"),
}  # fmt: skip


def _times(data: bytes, times: int) -> str:
    for _ in range(times):
        data = _b64(data)
    return data.decode()


def deep_message(data: bytes, levels: int = 300) -> bytes:
    for _ in range(levels):
        size, length = bytearray(), len(data)
        while length > 127:
            size.append(length & 127 | 128)
            length >>= 7
        data = b"\x0a" + bytes((*size, length)) + data
    return data


def _short(data: bytes) -> bytes:
    return b'{"a":"' + b" " * 800 + b'","b":"' + _b64(data) + b'"}'


SMALL: dict[str, Build] = {
    "gzip": lambda d: _coded(b"gzip", gzip.compress(_short(d), 9, mtime=0)),
    "deflate": lambda d: _coded(b"deflate", zlib.compress(_short(d), 9)),
    "brotli": lambda d: _coded(b"br", brotli.compress(_short(d), quality=5)),
    "zstd": lambda d: _coded(b"zstd", zstandard.compress(_short(d))),
    "gzip in gzip": lambda d: _coded(b"gzip, gzip", gzip.compress(gzip.compress(_short(d), 9, mtime=0), 9, mtime=0)),
    "flat zip": lambda d: Upload(made.zipped({"a.png": d})),
    "zip forty deep": lambda d: Upload(made.zipped({"a.zip": made.zipped({"a.png": d})})),
    "zip whose entries overlap": lambda d: Upload(made.zipped({"a.png": d, "b.png": d})),
    "gzip file": lambda d: Upload(gzip.compress(d, 9, mtime=0)),
    "JSON of 200 levels": lambda d: Upload(b"[" * 20 + b'"' + _b64(d) + b'"' + b"]" * 20, JSON),
    "JSON of 1,100 payloads": lambda d: Upload(json.dumps([_b64(d).decode()] * 11).encode(), JSON),
    "base64 twelve times over": lambda d: Upload(json.dumps({"a": _times(d, 2)}).encode(), JSON),
    "form of 20,000 fields": lambda d: Upload(b"a=1&" * 200 + b"image=" + _b64(d).replace(b"+", b"%2B"), URLENCODED),
    "multipart of 3,000 fields": lambda d: _parts(d, 30),
    "CBOR of 200 levels": lambda d: Upload(_deep_cbor(d, 20), b"application/cbor"),
    "protobuf of 300 levels": lambda d: Upload(deep_message(d, 3), b"application/x-protobuf"),
    "gRPC of 30,000 frames": lambda d: Upload(b"\0\0\0\0\0" * 30 + struct.pack(">BI", 0, len(d)) + d, b"application/grpc"),
    "tar of 3,000 members": lambda d: Upload(made.taped({**{f"{n}": b"x" for n in range(30)}, "a.png": d})),
}  # fmt: skip
"""The twins: the same, as much of it as people send."""

READ = frozenset({"white space for megabytes in front", "entities of XML"})
SEALED = frozenset(
    {
        "gzip",
        "deflate",
        "brotli",
        "zstd",
        "gzip in gzip",
        "flat zip",
        "gzip file",
        "zip forty deep",
        "base64 twelve times over",
    }
)
"""What unfolds to more than the oracle reads; what is in it is not in question."""

CASES: tuple[Case, ...] = tuple(
    Case(
        name,
        build,
        form=name not in READ,
        sealed=name in SEALED,
        twin=None if name in READ else SMALL.get(name, Upload),
    )
    for name, build in BOMBS.items()
)
