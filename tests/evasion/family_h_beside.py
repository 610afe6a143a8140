"""H, third part: a picture in a file that shows or plays something else, wherever such a file has room."""

import base64
import gzip
import io
import struct
import tempfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from tests.evasion.case import WAYS, Build, Case
from tests.evasion.family_h_pictures import file, in_png, wav
from tests.evasion.pictures import SIDE, ordinary
from tests.formats.made import film

type Make = Callable[[bytes], bytes]


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.convert("RGB")


def saved(kind: str, **options: object) -> Make:
    def make(data: bytes) -> bytes:
        out = io.BytesIO()
        _opened(data).save(out, kind, **options)
        return out.getvalue()

    return make


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _in_chunk(kind: str) -> Make:
    return lambda data: in_png(kind.encode())(data).body


def _before_end(make: Make) -> Make:
    """Something in front of the last chunk of a PNG."""
    return lambda data: ordinary("png")[:-12] + make(data) + ordinary("png")[-12:]


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def _late_segment(marker: int, dress: Make = bytes) -> Make:
    """Behind the pixels of a JPEG, in front of its end."""
    return lambda data: ordinary("jpeg")[:-2] + _segment(marker, dress(data)) + ordinary("jpeg")[-2:]


def _between_scans(data: bytes) -> bytes:
    carrier = saved("JPEG", progressive=True, quality=80)(ordinary("png"))
    at = carrier.rindex(b"\xff\xc4", 0, carrier.rindex(b"\xff\xda"))
    return carrier[:at] + _segment(0xEB, data) + carrier[at:]


def _in_bmp(data: bytes) -> bytes:
    """Behind the pixels, inside the size that the head states."""
    carrier = ordinary("bmp")
    return carrier[:2] + struct.pack("<I", len(carrier) + len(data)) + carrier[6:] + data


def _in_tiff(data: bytes) -> bytes:
    """Between the pixels and a second copy of the directory, to which alone the head points."""
    carrier = ordinary("tiff")
    (at,) = struct.unpack_from("<I", carrier, 4)
    (count,) = struct.unpack_from("<H", carrier, at)
    body = carrier + data + b"\0" * ((len(carrier) + len(data)) & 1)
    return body[:4] + struct.pack("<I", len(body)) + body[8:] + carrier[at : at + 2 + 12 * count + 4]


def _in_tag(kind: int) -> Make:
    def make(data: bytes) -> bytes:
        tags, out = ImageFileDirectory_v2(), io.BytesIO()
        tags[65000] = data if kind == 7 else tuple(data)
        tags.tagtype[65000] = kind
        _opened(ordinary("png")).save(out, "TIFF", tiffinfo=tags)
        return out.getvalue()

    return make


def _in_webp(data: bytes) -> bytes:
    carrier, extra = ordinary("webp"), b"ALPH" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    return b"RIFF" + struct.pack("<I", len(carrier) - 8 + len(extra)) + carrier[8:] + extra


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + kind + data


@cache
def carrier(kind: str) -> bytes:
    """An ordinary picture or film in a format made of boxes or blocks."""
    match kind:
        case "JPEG 2000":
            return saved("JPEG2000")(ordinary("png"))
        case "AVIF":
            return saved("AVIF", quality=90)(ordinary("png"))
        case "JPEG XL":
            return bytes(imagecodecs.jpegxl_encode(np.asarray(_opened(ordinary("png"))), lossless=True))
        case _:
            with tempfile.TemporaryDirectory() as folder:
                return film(
                    Path(folder),
                    *{"film": ("mp4", "mp4v"), "AVI": ("avi", "MJPG"), "Matroska": ("mkv", "VP80")}[kind],
                )


def _boxed(kind: str, name: bytes, lead: bytes = b"") -> Make:
    return lambda data: carrier(kind) + _box(name, lead + data)


def _in_avi(data: bytes) -> bytes:
    film_, extra = carrier("AVI"), b"JUNK" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    size = int.from_bytes(film_[4:8], "little") + len(extra)
    return film_[:4] + struct.pack("<I", size) + film_[8:] + extra


def _in_matroska(data: bytes) -> bytes:
    """In an element that is void (RFC 8794, 11.3.2)."""
    return carrier("Matroska") + b"\xec" + (1 << 56 | len(data)).to_bytes(8) + data


def _icon(entries: tuple[bytes, ...], gap: bytes = b"", tail: bytes = b"") -> bytes:
    at = 6 + 16 * len(entries) + len(gap)
    head = struct.pack("<HHH", 0, 1, len(entries))
    for entry in entries:
        head += struct.pack("<BBBBHHII", SIDE, SIDE, 0, 0, 1, 32, len(entry), at)
        at += len(entry)
    return head + gap + b"".join(entries) + tail


def _font(data: bytes) -> bytes:
    tables, at = ((b"glyf", bytes(64)), (b"scAn", data)), 12 + 32
    head, body = b"\0\1\0\0" + struct.pack(">HHHH", 2, 32, 1, 0), b""
    for tag, table in tables:
        head += tag + struct.pack(">III", 0, at + len(body), len(table))
        body += table + b"\0" * (-len(table) % 4)
    return head + body


def _woff(data: bytes) -> bytes:
    return b"wOF2\0\1\0\0" + struct.pack(">IHHI", 44 + len(data), 1, 0, 1000) + bytes(24) + data


def _photoshop(data: bytes) -> bytes:
    planes = b"".join(plane.tobytes() for plane in _opened(ordinary("png")).split())
    resource = b"8BIM" + struct.pack(">HHI", 0x0FA0, 0, len(data)) + data + b"\0" * (len(data) & 1)
    head = b"8BPS" + struct.pack(">H6sHIIHHI", 1, bytes(6), 3, SIDE, SIDE, 8, 3, 0)
    return head + struct.pack(">I", len(resource)) + resource + struct.pack(">IH", 0, 0) + planes


def _grey() -> bytes:
    return _opened(ordinary("png")).convert("L").tobytes()


def _pgm(between: bytes = b"") -> bytes:
    return b"P5\n" + between + b"%d %d\n255\n" % (SIDE, SIDE) + _grey()


def _mp3(data: bytes) -> bytes:
    return b"ID3\3\0\0\0\0\0\x7f" + bytes(127) + (b"\xff\xfb\x90\0" + bytes(413)) * 20 + data


FORMATS: dict[str, Make] = {
    "WebP": saved("WEBP", lossless=True), "BMP": saved("BMP"), "TIFF": saved("TIFF"), "GIF": saved("GIF"), "JPEG": saved("JPEG", quality=95),
    "JPEG 2000": saved("JPEG2000"), "AVIF": saved("AVIF", quality=95), "PPM": saved("PPM"), "BMP in gzip": lambda d: gzip.compress(saved("BMP")(d), mtime=0),
    "BMP in zlib": lambda d: zlib.compress(saved("BMP")(d)),
}  # fmt: skip

PLACES: dict[str, Make] = {
    **{f"in an oversized {kind} of a PNG": _in_chunk(kind) for kind in ("gAMA", "cHRM", "pHYs", "tRNS", "PLTE", "bKGD")},
    "in a PNG chunk behind the pixels": _before_end(lambda d: _chunk(b"scAn", d)),
    "behind the packed rows of a PNG": _before_end(lambda d: _chunk(b"IDAT", d)),
    "in the end of a PNG": lambda d: ordinary("png")[:-12] + _chunk(b"IEND", d),
    "between the scans of a JPEG": _between_scans,
    "in a segment behind the pixels of a JPEG": _late_segment(0xEB),
    "in a comment behind the pixels of a JPEG": _late_segment(0xFE, base64.b64encode),
    "behind the rows of a BMP": _in_bmp,
    "in a TIFF where nothing points": _in_tiff,
    "in a tag of a TIFF": _in_tag(7),
    "in a tag of a TIFF, one number each": _in_tag(3),
    "in the transparency of a WebP": _in_webp,
    **{f"in a {name} box of {kind}": _boxed(kind, name.encode(), bytes(16) if name == "uuid" else b"") for kind in ("JPEG 2000", "AVIF", "film") for name in ("free", "uuid", "mdat")},
    "in the udta box of a film": _boxed("film", b"udta"),
    "behind JPEG XL": lambda d: carrier("JPEG XL") + d,
    "in the padding of an AVI": _in_avi,
    "in a void of Matroska": _in_matroska,
    "behind Matroska": lambda d: carrier("Matroska") + d,
    "as the second icon": lambda d: _icon((ordinary("png"), d)),
    "between icons": lambda d: _icon((ordinary("png"),), gap=d),
    "behind icons": lambda d: _icon((ordinary("png"),), tail=d),
    "in a table of a font": _font,
    "in a packed font": _woff,
    "in a resource of Photoshop": _photoshop,
    "in the comment of a PGM": lambda d: _pgm(b"# " + base64.b64encode(d) + b"\n"),
    "behind a PGM": lambda d: _pgm() + d,
}  # fmt: skip

SOUNDS: dict[str, Make] = {
    "WebP behind an MP3": lambda d: _mp3(saved("WEBP", lossless=True)(d)),
    "WebP in a FLAC": lambda d: b"fLaC\x80\0\0\x22" + bytes(34) + saved("WEBP", lossless=True)(d),
    "TIFF in Ogg": lambda d: b"OggS\0\2" + bytes(22) + saved("TIFF")(d),
    "WebP in a WAV": lambda d: wav(saved("WEBP", lossless=True)(d)),
    "BMP in gzip in MIDI": lambda d: b"MThd\0\0\0\6\0\0\0\1\0\x60" + gzip.compress(saved("BMP")(d), mtime=0),
}  # fmt: skip


def in_order(table: dict[str, Build]) -> tuple[Case, ...]:
    """What is in a file is the same whichever way it travels, so each goes one way, in turn."""
    return tuple(
        Case(name, build, ways=(WAYS[number % len(WAYS)],))
        for number, (name, build) in enumerate(table.items())
    )


CASES: tuple[Case, ...] = in_order(
    {
        **{f"{name} in a PNG chunk": file(lambda d, make=make: in_png(b"scAn")(make(d)).body) for name, make in FORMATS.items()},
        **{name: file(make) for name, make in PLACES.items()},
        **{name: file(make) for name, make in SOUNDS.items()},
    }
)  # fmt: skip
