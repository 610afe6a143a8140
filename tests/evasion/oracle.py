"""Decides whether a planted picture is in some bytes, reading them as liberally as any receiver could.

Written apart from the gateway, and without its code: every decoder is tried on everything, at every place, several
times over. A picture counts as through as soon as one stretch of its file or of its pixels shows in any layer.
"""

import base64
import binascii
import bz2
import codecs
import contextlib
import html
import io
import lzma
import quopri
import re
import unicodedata
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import brotli
import cv2
import numpy as np
import zstandard
from PIL import Image

DEPTH = 5
LAYERS = 1500
LARGEST = 1 << 22
STRETCH = 20
_B64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_B64 = bytes(c for c in range(256) if c not in _B64)
_NOT_B32 = bytes(c for c in range(256) if c not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_URL = bytes.maketrans(b"-_", b"+/")
_HEX_RUN = re.compile(rb"(?:(?:0[xX]|\\x|%|&#x)?[0-9A-Fa-f]{2}[\s:,;|_.-]{0,3}){32,}")
_NUMBERS = re.compile(rb"(?:-?\d{1,3}[^\d\"]{1,8}){32,}")
_WORD = re.compile(rb"[^\s\"'<>]{40,}|[!-u\s]{60,}")
_STRING = re.compile(rb"[\"']([^\"']{8,})[\"']|>([^<>]{8,})<|=([^&=]{8,})(?:&|\Z)")
_UNPRINTED = bytes([*range(9), 11, 12, *range(14, 32), *range(127, 256)])
_KNOWN = re.compile(
    rb"PK\x03\x04|\x1f\x8b\x08|\xfd7zXZ|BZh[1-9]1AY|\x28\xb5\x2f\xfd|7z\xbc\xaf|%PDF-|\x89PNG\r\n|\xff\xd8\xff[\xc0-\xfe]"
    rb"|GIF8[79]a|DICM|ustar|uuencode|begin 6|=ybegin|P[2356]\s|/\* XPM|ftyp|jP  |\A(?:BM|II\*|MM\0\*|x[\x01\x5e\x9c\xda]|RIFF)|base64|image"
)
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
    for seen in _decoded(data):
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


def _decoded(data: bytes) -> Iterator[np.ndarray]:
    for mark in _PIXELED:
        for at in _places(data, mark, 6):
            start = at - 4 if mark == b"ftyp" else at
            with contextlib.suppress(Exception), Image.open(io.BytesIO(data[start:])) as image:
                for frame in range(min(4, getattr(image, "n_frames", 1))):
                    image.seek(frame)
                    yield np.asarray(image.convert("L"))


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


def _unchunked(data: bytes) -> Iterator[bytes]:
    plain = re.sub(rb"(?:\A|\r?\n)[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r?\n", b"", data)
    if plain != data:
        yield plain


def _after_head(data: bytes) -> bytes:
    return data.partition(b"\n\n")[2] or data.partition(b"\r\n\r\n")[2]


def _bodies(data: bytes) -> Iterator[bytes]:
    """What follows the end of a head."""
    for end in (b"\r\n\r\n", b"\n\n"):
        at = data.find(end)
        if at >= 0 and len(data) - at > STRETCH:
            yield data[at + len(end) :]


def _deflated(data: bytes) -> Iterator[bytes]:
    for mark, bits in ((b"\x1f\x8b\x08", 31), (b"x\x01", 15), (b"x\x5e", 15), (b"x\x9c", 15), (b"x\xda", 15)):
        for at in _places(data, mark, 60):
            if bits == 31 or int.from_bytes(data[at : at + 2]) % 31 == 0:
                yield from _inflated(data[at:], bits)
    yield from _inflated(data, -15)
    yield from _inflated(_after_head(data), -15)
    at = data.find(b"DICM\x02\0\0\0UL\x04\0")
    if at >= 0:  # a data set that is deflated as a whole stands behind the meta information
        yield from _inflated(data[at + 16 + int.from_bytes(data[at + 12 : at + 16], "little") :], -15)
    for at in _places(data, b"PK\x03\x04", 60):
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


def _packed(data: bytes) -> Iterator[bytes]:
    for at in _places(data, b"BZh", 20):
        with contextlib.suppress(OSError, ValueError):
            yield bz2.BZ2Decompressor().decompress(data[at:], LARGEST)
    for at in _places(data, b"\xfd7zXZ", 20):
        with contextlib.suppress(lzma.LZMAError):
            yield lzma.LZMADecompressor().decompress(data[at:], LARGEST)
    for at in _places(data, b"]\x00\x00", 20):
        with contextlib.suppress(lzma.LZMAError):
            yield lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(data[at:], LARGEST)
    for at in _places(data, b"\x28\xb5\x2f\xfd", 20):
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


def _base64(data: bytes) -> Iterator[bytes]:
    for letters in {data.translate(_URL, _NOT_B64), data.translate(None, _NOT_B64)}:
        yield from _quartets(letters)
    for piece in re.findall(rb"[A-Za-z0-9+/_=\s-]{40,}", data):
        yield from _quartets(piece.translate(_URL, _NOT_B64))


def _quartets(letters: bytes) -> Iterator[bytes]:
    if len(letters) < 28:
        return
    for shift in range(4):
        cut = letters[shift:]
        cut = cut[:-1] if len(cut) % 4 == 1 else cut
        yield binascii.a2b_base64(cut + b"=" * (-len(cut) % 4))


def _hex(data: bytes) -> Iterator[bytes]:
    for match in _HEX_RUN.finditer(data):
        digits = re.sub(rb"0[xX](?=[0-9A-Fa-f]{2})|\\x|&#x|[^0-9A-Fa-f]", b"", match[0])
        for shift in (0, 1):
            cut = digits[shift:]
            yield binascii.unhexlify(cut[: len(cut) & ~1])
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", data)
    if 2 * len(digits) > len(data):
        yield binascii.unhexlify(digits[: len(digits) & ~1])


def _base32(data: bytes) -> Iterator[bytes]:
    for piece in (data, *re.findall(rb"[A-Za-z2-7=\s-]{48,}", data)):
        letters = piece.upper().translate(None, _NOT_B32)
        if len(letters) >= 48 and 2 * len(letters) > len(piece):
            for shift in range(8):
                cut = letters[shift : len(letters) - (len(letters) - shift) % 8]
                yield base64.b32decode(cut)


def _base85(data: bytes) -> Iterator[bytes]:
    for word in (data.strip(), *_WORD.findall(data)[:40]):
        bare = re.sub(rb"\s", b"", word)
        for reader in (base64.b85decode, _adobe):
            for cut in (bare, bare[1:], bare[2:]):
                with contextlib.suppress(ValueError):
                    yield reader(cut)


def _adobe(word: bytes) -> bytes:
    inside = word.partition(b"<~")[2] if b"<~" in word else word
    return base64.a85decode(inside.partition(b"~>")[0])


def _escapes(data: bytes) -> Iterator[bytes]:
    if b"%" in data:
        yield urllib.parse.unquote_to_bytes(data)
        yield urllib.parse.unquote_to_bytes(data.replace(b"+", b" "))
    if b"\\" in data:
        once = re.sub(
            rb"\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)).encode("utf-8", "surrogatepass"), data
        )
        yield re.sub(rb"\\(.)", rb"\1", re.sub(rb"\\[rnt]", b"", once))
        yield data.replace(b"\\\r\n", b"").replace(b"\\\n", b"")
        yield re.sub(rb"\\x([0-9A-Fa-f]{2})", lambda m: bytes((int(m[1], 16),)), data)
    if b"&" in data:
        yield html.unescape(data.decode("latin-1")).encode("latin-1", "replace")
    if b"=" in data:
        yield quopri.decodestring(data)


def _charsets(data: bytes) -> Iterator[bytes]:
    if data.count(0) * 3 > len(data):
        yield data.replace(b"\0", b"")
    if not data.isascii():
        with contextlib.suppress(UnicodeError):
            yield data.decode().encode("latin-1")
        with contextlib.suppress(UnicodeError):
            yield unicodedata.normalize("NFKC", data.decode()).encode()
        for name in ("cp037", "cp500"):
            yield data.decode(name).encode("latin-1", "replace")
    elif b"+" in data and b"-" in data:
        with contextlib.suppress(UnicodeError):
            yield data.decode("utf-7").encode("latin-1", "replace")


def _numbers(data: bytes) -> Iterator[bytes]:
    for match in _NUMBERS.finditer(data):
        yield bytes(int(number) & 255 for number in re.findall(rb"-?\d+", match[0]))
    fractions = [
        float(number)
        for number in re.findall(rb"(?<![\w.])-?[01]\.\d{1,9}(?:e-\d\d?)?|(?<![\w.])[01](?![\w.])", data)
    ]
    if len(fractions) >= 256:
        yield bytes(round(255 * min(1, abs(fraction))) for fraction in fractions)
    indexed = re.findall(rb"[\"']\d+[\"']\s*:\s*(-?\d{1,3})\b", data)
    if len(indexed) >= 32:
        yield bytes(int(number) & 255 for number in indexed)


def _joined(data: bytes) -> Iterator[bytes]:
    """All strings, or all texts between tags, side by side; and without what stands between parts."""
    for strings in ([b"".join(found) for found in _STRING.findall(data)],):
        if len(strings) > 1:
            yield b"".join(strings)
            yield b"".join(reversed(strings))
            yield from (one for one in strings if len(one) >= 40)
    plain = re.sub(rb"(?:\r?\n)?--[^\r\n]{1,80}\r?\n(?:[A-Za-z-]+ ?:[^\r\n]*\r?\n)*\r?\n", b"", data)
    if plain != data:
        yield plain


def _turned(data: bytes) -> Iterator[bytes]:
    if not data.isascii() or len(data.split(None, 4)) > 4:
        return  # somebody who turns words round turns one word
    yield codecs.encode(data.decode(), "rot13").encode()
    yield data[::-1]


def _pictures(data: bytes) -> Iterator[bytes]:
    """The pixels of every picture in the bytes, as grey values; upside down and inverted too."""
    for grey in _decoded(data):
        for turned in (grey, grey[::-1], grey[:, ::-1], np.rot90(grey), np.rot90(grey, 3), np.rot90(grey, 2)):
            yield turned.tobytes()
        yield (255 - grey).tobytes()


def _digits(data: bytes) -> Iterator[bytes]:
    """Bytes in binary and octal digits, dumps with offsets, uuencode, yEnc, one letter for each byte."""
    for pattern, base in ((rb"(?:[01]{8}[\s,]*){32,}", 2), (rb"(?:\\[0-7]{1,3}){32,}", 8)):
        for match in re.finditer(pattern, data):
            yield bytes(
                int(one, base) & 255 for one in re.findall(rb"[01]{8}" if base == 2 else rb"[0-7]+", match[0])
            )
    lines = re.findall(rb"(?m)^[0-9a-fA-F]{6,}:?\s+((?:[0-9a-fA-F]{2,4} ?)+)", data)
    digits = b"".join(lines).replace(b" ", b"")
    yield binascii.unhexlify(digits[: len(digits) & ~1])
    out = b""
    for line in re.findall(rb"(?m)^[!-M][ -`]{4,60}(?=\r?$)", data):
        with contextlib.suppress(binascii.Error):
            out += binascii.a2b_uu(line)
    yield out
    if b"=ybegin" in data:
        yield bytes((c - 42) & 255 for c in data.partition(b"=ybegin")[2].partition(b"\n")[2])
    if not data.isascii():
        with contextlib.suppress(UnicodeDecodeError):
            yield bytes(ord(letter) & 255 for letter in data.decode() if ord(letter) > 255)


def _packed_numbers(data: bytes) -> Iterator[bytes]:
    """Numbers as MessagePack, CBOR and protobuf write them one by one."""
    for escape in (b"\xcc", b"\x18"):
        if data.count(escape) > 100:
            yield re.sub(escape + rb"(.)", rb"\1", data, flags=re.DOTALL)
            yield re.sub(rb"\x18(.)\x01?", rb"\1", data, flags=re.DOTALL)


def _places(data: bytes, mark: bytes, most: int) -> Iterator[int]:
    at, count = data.find(mark), 0
    while at >= 0 and count < most:
        yield at
        count += 1
        at = data.find(mark, at + 1)


READERS: tuple[Callable[[bytes], Iterator[bytes]], ...] = (
    _bodies, _unchunked, _deflated, _packed, _base64, _escapes, _hex, _charsets, _joined, _numbers, _base32, _base85, _pictures, _turned,
    _digits, _packed_numbers,
)  # fmt: skip
"""Everything a receiver could do with bytes; asked of every layer."""
