"""What the oracle spells out: alphabets, escapes, digits, character sets."""

import base64
import binascii
import codecs
import contextlib
import html
import quopri
import re
import unicodedata
import urllib.parse
from collections.abc import Iterator

_B64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


_NOT_B64 = bytes(c for c in range(256) if c not in _B64)


_NOT_B32 = bytes(c for c in range(256) if c not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


_URL = bytes.maketrans(b"-_", b"+/")


_HEX_RUN = re.compile(rb"(?:(?:0[xX]|\\x|%|&#x)?[0-9A-Fa-f]{2}[\s:,;|_.-]{0,3}){32,}")


_NUMBERS = re.compile(rb"(?:-?\d{1,3}[^\d\"]{1,8}){32,}")


_WORD = re.compile(rb"[^\s\"'<>]{40,}|[!-u\s]{60,}")


_STRING = re.compile(rb"[\"']([^\"']{8,})[\"']|>([^<>]{8,})<|=([^&=]{8,})(?:&|\Z)")


def read_base64(data: bytes) -> Iterator[bytes]:
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


def read_hex(data: bytes) -> Iterator[bytes]:
    for match in _HEX_RUN.finditer(data):
        digits = re.sub(rb"0[xX](?=[0-9A-Fa-f]{2})|\\x|&#x|[^0-9A-Fa-f]", b"", match[0])
        for shift in (0, 1):
            cut = digits[shift:]
            yield binascii.unhexlify(cut[: len(cut) & ~1])
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", data)
    if 2 * len(digits) > len(data):
        yield binascii.unhexlify(digits[: len(digits) & ~1])


def read_base32(data: bytes) -> Iterator[bytes]:
    for piece in (data, *re.findall(rb"[A-Za-z2-7=\s-]{48,}", data)):
        letters = piece.upper().translate(None, _NOT_B32)
        if len(letters) >= 48 and 2 * len(letters) > len(piece):
            for shift in range(8):
                cut = letters[shift : len(letters) - (len(letters) - shift) % 8]
                yield base64.b32decode(cut)


def read_base85(data: bytes) -> Iterator[bytes]:
    for word in (data.strip(), *_WORD.findall(data)[:40]):
        bare = re.sub(rb"\s", b"", word)
        for reader in (base64.b85decode, _adobe):
            for cut in (bare, bare[1:], bare[2:]):
                with contextlib.suppress(ValueError):
                    yield reader(cut)


def _adobe(word: bytes) -> bytes:
    inside = word.partition(b"<~")[2] if b"<~" in word else word
    return base64.a85decode(inside.partition(b"~>")[0])


def read_escapes(data: bytes) -> Iterator[bytes]:
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


def read_charsets(data: bytes) -> Iterator[bytes]:
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


def read_numbers(data: bytes) -> Iterator[bytes]:
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


def read_joined(data: bytes) -> Iterator[bytes]:
    """All strings, or all texts between tags, side by side; and without what stands between parts."""
    for strings in ([b"".join(found) for found in _STRING.findall(data)],):
        if len(strings) > 1:
            yield b"".join(strings)
            yield b"".join(reversed(strings))
            yield from (one for one in strings if len(one) >= 40)
    plain = re.sub(rb"(?:\r?\n)?--[^\r\n]{1,80}\r?\n(?:[A-Za-z-]+ ?:[^\r\n]*\r?\n)*\r?\n", b"", data)
    if plain != data:
        yield plain


def read_turned(data: bytes) -> Iterator[bytes]:
    if not data.isascii() or len(data.split(None, 4)) > 4:
        return  # somebody who turns words round turns one word
    yield codecs.encode(data.decode(), "rot13").encode()
    yield data[::-1]


def read_digits(data: bytes) -> Iterator[bytes]:
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


def read_packed_numbers(data: bytes) -> Iterator[bytes]:
    """Numbers as MessagePack, CBOR and protobuf write them one by one."""
    for escape in (b"\xcc", b"\x18"):
        if data.count(escape) > 100:
            yield re.sub(escape + rb"(.)", rb"\1", data, flags=re.DOTALL)
            yield re.sub(rb"\x18(.)\x01?", rb"\1", data, flags=re.DOTALL)
