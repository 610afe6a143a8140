"""I: archives that one reader opens differently from another, and archives in archives."""

import base64
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace

import zstandard

from tests.evasion.case import Build, Case, Upload, cases
from tests.unpack import made

TEXT = b"Dear colleague, nothing to see here.\n" * 8


def _file(make: Callable[[bytes], bytes]) -> Build:
    return lambda data: Upload(make(data))


def _zip(data: bytes, name: str = "a.png", method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    return made.zipped({name: data}, method, comment)


def _nested(data: bytes, times: int) -> bytes:
    for number in range(times):
        data = _zip(data, f"{number}.zip" if number else "a.png")
    return data


def _tar(data: bytes, form: int = tarfile.PAX_FORMAT, kind: bytes = tarfile.REGTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        member = tarfile.TarInfo("a.png")
        member.size, member.type = len(data), kind
        archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _pax_header(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = len(TEXT)
        member.pax_headers = {"comment": data.decode("latin-1")}
        archive.addfile(member, io.BytesIO(TEXT))
    return out.getvalue()


def _two(first: bytes, second: bytes, names: tuple[str, str] = ("a.txt", "a.txt")) -> bytes:
    return made.by_hand(
        [made.entry(name.encode(), data) for name, data in zip(names, (first, second), strict=True)]
    )


def _local_only(data: bytes) -> bytes:
    """The picture's local entry stands in the file, and the directory does not list it."""
    hidden, shown = made.entry(b"a.png", data), made.entry(b"a.txt", TEXT)
    return made.by_hand([(hidden[0] + shown[0], shown[1])], [len(hidden[0])])


def _between(data: bytes) -> bytes:
    return made.by_hand([made.entry(b"a.txt", TEXT)], between=data)


def _two_ends(data: bytes) -> bytes:
    return _zip(data) + _zip(TEXT, "a.txt")


def _other_name(data: bytes) -> bytes:
    local, _ = made.entry(b"a.png", data)
    _, central = made.entry(b"a.txt", data)
    return made.by_hand([(local, central)])


def _lying(size: int | None = None, crc: int | None = None) -> Callable[[bytes], bytes]:
    return lambda data: made.by_hand([made.entry(b"a.png", data, size=size, crc=crc)])


def _flagged(flags: int, method: int = 0) -> Callable[[bytes], bytes]:
    return lambda data: made.by_hand([made.entry(b"a.png", data, flags=flags, method=method)])


def _packed(method: int, pack: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: made.by_hand([made.entry(b"a.png", data, method=method, packed=pack(data))])


def _extra(data: bytes) -> bytes:
    local, central = made.entry(b"a.txt", TEXT)
    field = struct.pack("<HH", 0x7777, len(data)) + data
    local = local[:28] + struct.pack("<H", len(field)) + local[30:35] + field + local[35:]
    return made.by_hand([(local, central)])


def _gzip_member(data: bytes, *, name: bytes = b"", comment: bytes = b"", extra: bytes = b"") -> bytes:
    flags = 8 * bool(name) | 16 * bool(comment) | 4 * bool(extra)
    head = b"\x1f\x8b\x08" + bytes((flags,)) + b"\0" * 6
    head += struct.pack("<H", len(extra)) + extra if extra else b""
    head += name + b"\0" if name else b""
    head += comment + b"\0" if comment else b""
    return head + zlib.compress(data, wbits=-15) + struct.pack("<II", zlib.crc32(data), len(data))


def _ar(data: bytes) -> bytes:
    return (
        b"!<arch>\n"
        + b"a.png/".ljust(16)
        + b"0".ljust(12)
        + b"0".ljust(6) * 2
        + b"644".ljust(8)
        + str(len(data)).encode().ljust(10)
        + b"`\n"
        + data
    )


def _cpio(data: bytes) -> bytes:
    numbers = (0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, 6, 0)
    return b"070701" + b"".join(b"%08X" % number for number in numbers) + b"a.png\0" + data


def _lz4(data: bytes) -> bytes:
    """One frame with one block that is stored as it is."""
    return b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", len(data) | 1 << 31) + data + bytes(4)


def _cab(data: bytes) -> bytes:
    return b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, 100 + len(data), 0, 44, 0, 3, 1, 1, 1, 0, 0, 0) + data


def _iso(data: bytes) -> bytes:
    return bytes(32768) + b"\x01CD001\x01" + bytes(2041) + data


def _rar(data: bytes) -> bytes:
    return b"Rar!\x1a\x07\x01\x00" + bytes(8) + data


def _seven(data: bytes) -> bytes:
    return made.seven_zip({"a.png": data})


READ: dict[str, Build] = {
    "gzip comment": _file(lambda d: _gzip_member(TEXT, comment=base64.b64encode(d))),
    "zip in base64 in a zip": _file(lambda d: _zip(base64.b64encode(_zip(d)), "a.txt")),
    "zip comment": _file(lambda d: _zip(TEXT, "a.txt", comment=d)), "patched by its flag": _file(_flagged(0x20)), "picture in an extra field": _file(_extra), "gzip extra field": _file(lambda d: _gzip_member(TEXT, extra=d)),
    "zip": _file(_zip), "stored zip": _file(lambda d: _zip(d, method=zipfile.ZIP_STORED)), "zip with bzip2": _file(lambda d: _zip(d, method=zipfile.ZIP_BZIP2)),
    "zip with LZMA": _file(lambda d: _zip(d, method=zipfile.ZIP_LZMA)), "zip with zstd": _file(_packed(93, zstandard.compress)),
    "zip called picture": lambda d: Upload(_zip(d), b"image/png"), "zip in six zips": _file(lambda d: _nested(d, 6)),
    "zip member named as text": _file(lambda d: _zip(d, "notes.txt")), "zip member in folders": _file(lambda d: _zip(d, "a/b/c/../d/a.png")),
    "tar": _file(_tar), "tar of the old kind": _file(lambda d: _tar(d, tarfile.USTAR_FORMAT)), "tar of GNU": _file(lambda d: _tar(d, tarfile.GNU_FORMAT)),
    "tar.gz": _file(lambda d: gzip.compress(_tar(d), mtime=0)), "tar.bz2": _file(lambda d: bz2.compress(_tar(d))), "tar.xz": _file(lambda d: lzma.compress(_tar(d))),
    "tar.zst": _file(lambda d: zstandard.compress(_tar(d))), "gzip": _file(lambda d: gzip.compress(d, mtime=0)), "bzip2": _file(bz2.compress), "xz": _file(lzma.compress),
    "zstd": _file(zstandard.compress), "gzip with a name": _file(lambda d: _gzip_member(d, name=b"a.txt")), "two gzip members": _file(lambda d: gzip.compress(d[:100], mtime=0) + gzip.compress(d[100:], mtime=0)),
    "zip in tar in gzip": _file(lambda d: gzip.compress(_tar(_zip(d)), mtime=0)), "7z": _file(_seven), "zip in 7z": _file(lambda d: _seven(_zip(d))),
    "zip behind a scan's own text": _file(lambda d: _two(TEXT, d, ("a.txt", "b.png"))),
}  # fmt: skip

REFUSED: dict[str, Build] = {

    "zip in nine zips": _file(lambda d: _nested(d, 9)),
    "entry that the directory does not list": _file(_local_only), "bytes between entries and directory": _file(_between), "two ends": _file(_two_ends),
    "bytes in front of a zip": _file(lambda d: d + _zip(TEXT, "a.txt")), "bytes behind a zip": _file(lambda d: _zip(TEXT, "a.txt") + d),
    "one name in the entry, another in the directory": _file(_other_name), "size that lies, smaller": _file(_lying(size=100)),
    "size that lies, larger": _file(_lying(size=99_999)), "checksum that lies": _file(_lying(crc=1)), "encrypted by its flag": _file(_flagged(1)),
    "encrypted strongly by its flag": _file(_flagged(0x41)), "deflate64": _file(_packed(9, lambda d: zlib.compress(d, wbits=-15))),
    "imploded": _file(_packed(6, bytes)), "PPMd": _file(_packed(98, bytes)), "unknown method": _file(_packed(77, bytes)),
    "tar in which the picture is a link": _file(lambda d: _tar(d, kind=tarfile.SYMTYPE)[:512] + d.ljust(-(-len(d) // 512) * 512, b"\0") + bytes(1024)),
    "bytes behind the end of a tar": _file(lambda d: _tar(TEXT) + d),
    "bytes behind gzip": _file(lambda d: gzip.compress(TEXT, mtime=0) + d), "ar": _file(_ar), "cpio": _file(_cpio),
    "lz4": _file(_lz4), "cab": _file(_cab), "iso": _file(_iso), "rar": _file(_rar), "LZMA alone": _file(lambda d: lzma.compress(d, lzma.FORMAT_ALONE)),
    "zstd frame to be skipped": _file(lambda d: zstandard.compress(TEXT) + b"\x50\x2a\x4d\x18" + struct.pack("<I", len(d)) + d), "zip cut short": _file(lambda d: _zip(d)[:-30]),
}  # fmt: skip

SAME_NAME: dict[str, Build] = {
    "same name twice, picture last": _file(lambda d: _two(TEXT, d)),
    "same name twice, picture first": _file(lambda d: _two(d, TEXT)),
}


def _legal(name: str) -> Build:
    """The twin of an archive that is refused: one of the same kind that is whole, and a zip where that kind is not opened."""
    return READ[next((kind for kind in ("tar", "gzip", "zstd") if kind in name), "zip")]


SEALED = frozenset({"zip in 7z"})
"""What the oracle has no key or no decoder for."""

CASES: tuple[Case, ...] = tuple(
    replace(case, sealed=case.name in SEALED)
    for case in (
        *cases(READ),
        *cases(SAME_NAME),
        *(Case(name, build, form=True, twin=_legal(name)) for name, build in REFUSED.items()),
    )
)
