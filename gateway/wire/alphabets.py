"""base64, base64url, hex and base32 as they stand in text: read tolerantly, written back in the same dress.

RFC 4648. Read: both base64 alphabets, mixed too; padding present, missing, or in the middle (several padded
encodings one after the other); white space anywhere. Whatever a lenient reader would accept is decoded here.
"""

import base64
import binascii
import re
import string
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_SPACE = b" \t\r\n\x0b\x0c"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_OTHERS = bytes(c for c in range(256) if chr(c) not in string.ascii_letters + string.digits + "+/-_")
_NEITHER = _OTHERS.replace(b"=", b"")
_HEX = re.compile(rb"(?:0[xX])?[0-9A-Fa-f]+")
_BASE32 = re.compile(rb"[A-Z2-7]+=*")
_BREAK = re.compile(rb"\s+")
_BASE85 = (
    string.digits + string.ascii_uppercase + string.ascii_lowercase + "!#$%&()*+-;<=>?@^_`{|}~"
).encode()
_ASCII85 = bytes(range(33, 118))


@dataclass(frozen=True, slots=True)
class Reading:
    """Decoded bytes, and how to write others the same way."""

    data: bytes
    write: Callable[[bytes], bytes]


def read(text: bytes) -> Reading | None:
    """What a run of letters means as hex, base32 or base64; None when it is none of them."""
    bare = unspaced(text)
    if len(bare) % 2 == 0 and _HEX.fullmatch(bare[:64]) and _HEX.fullmatch(bare):
        prefix = bare[:2] if bare[:2] in (b"0x", b"0X") else b""
        upper = bare[len(prefix) :].upper() == bare[len(prefix) :]
        return Reading(binascii.unhexlify(bare[len(prefix) :]), lambda new: prefix + _hex(new, upper=upper))
    if len(bare) >= 64 and _BASE32.fullmatch(bare) and (data := read_base32(bare)) is not None:
        # Base64 of anything but one repeated byte has small letters among its first sixty-four.
        return Reading(data, base64.b32encode)
    return read_base64(text, bare)


def read_base32(text: bytes) -> bytes | None:
    """What a run of letters means as base32 (RFC 4648 section 6), or None."""
    bare = unspaced(text).upper()
    if len(bare) < 16 or not _BASE32.fullmatch(bare):
        return None
    bare = bare.rstrip(b"=")
    try:
        return base64.b32decode(bare + b"=" * (-len(bare) % 8))
    except binascii.Error:
        return None


def read_base64(text: bytes, bare: bytes | None = None) -> Reading | None:
    """What a text means as base64 of either alphabet; None when it holds another letter."""
    bare = unspaced(text) if bare is None else bare
    try:
        # The strict decoder is one pass in C, and right for nearly everything that clients send.
        data = binascii.a2b_base64(bare, strict_mode=True)
    except binascii.Error:
        lenient = _read_leniently(bare)
        if lenient is None:
            return None
        data = lenient
    return Reading(data, lambda new: _Dress.of(text).write(new))


def _read_leniently(bare: bytes) -> bytes | None:
    plain = bare.translate(_TO_STANDARD)
    found: list[bytes] = []
    for piece in plain.split(b"="):
        if not piece:
            continue
        try:
            found.append(binascii.a2b_base64(piece + b"=" * (-len(piece) % 4), strict_mode=True))
        except binascii.Error:
            return None
    return b"".join(found) if found else None


def salvage(text: bytes) -> tuple[bytes, ...]:
    """What a text means once every letter outside the alphabet is dropped, at each of the four alignments.

    For looking only: readers differ in what they skip, so nothing is written back this way.
    """
    bare = text.translate(_TO_STANDARD, _OTHERS)
    cuts = (bare[shift:] for shift in range(4))
    # One letter over is no byte at all; two or three are, and the end of a picture must not be lost.
    whole = (cut[:-1] if len(cut) % 4 == 1 else cut for cut in cuts)
    found = tuple(binascii.a2b_base64(cut + b"=" * (-len(cut) % 4)) for cut in whole if cut)
    padded = text.translate(_TO_STANDARD, _NEITHER).strip(b"=")
    # Padding in the middle ends one encoding and begins the next, wherever its letters stand.
    joined = _read_leniently(padded) if b"=" in padded else None
    return (*found, joined) if joined else found


def read_base85(text: bytes) -> tuple[bytes, ...]:
    """What one word means as base85 (RFC 1924's letters) and as Ascii85. For looking only."""
    bare = unspaced(text).removeprefix(b"<~").removesuffix(b"~>")
    found = (_of_85(bare, _BASE85), _of_85(bare.replace(b"z", b"!!!!!"), _ASCII85))
    return tuple(data for data in found if data)


def _of_85(letters: bytes, alphabet: bytes) -> bytes:
    """Four bytes for every five letters; nothing where another letter stands among them or a five is too large."""
    if not letters or letters.translate(None, alphabet):
        return b""
    missing = -len(letters) % 5
    table = np.zeros(256, np.uint64)
    table[np.frombuffer(alphabet, np.uint8)] = np.arange(85)
    fives = table[np.frombuffer(letters + alphabet[-1:] * missing, np.uint8)].reshape(-1, 5)
    words = fives @ (85 ** np.arange(4, -1, -1)).astype(np.uint64)
    if (words >> np.uint64(32)).any():
        return b""
    data = words.astype(">u4").tobytes()
    return data[: len(data) - missing] if missing else data


def unspaced(text: bytes) -> bytes:
    """A text without its white space."""
    return text.translate(None, _SPACE) if any(bytes((c,)) in text for c in _SPACE) else text


def _hex(data: bytes, *, upper: bool) -> bytes:
    text = binascii.hexlify(data)
    return text.upper() if upper else text


@dataclass(frozen=True, slots=True)
class _Dress:
    """How a base64 text is written: alphabet, padding, length of its lines."""

    url: bool
    padded: bool
    line: int
    separator: bytes
    tail: bytes

    @classmethod
    def of(cls, text: bytes) -> "_Dress":
        body = text.rstrip(_SPACE)
        bare = unspaced(body)
        gap = _BREAK.search(body)
        lead = len(body) - len(body.lstrip(_SPACE))
        regular = gap is not None and not lead and gap.start() % 4 == 0
        return cls(
            url=b"-" in bare or b"_" in bare,
            padded=bare.endswith(b"=") or len(bare) % 4 == 0,
            line=gap.start() if gap is not None and regular else 0,
            separator=gap.group() if gap is not None and regular else b"",
            tail=text[len(body) :],
        )

    def write(self, data: bytes) -> bytes:
        text = binascii.b2a_base64(data, newline=False)
        if self.url:
            text = text.translate(_TO_URL)
        if not self.padded:
            text = text.rstrip(b"=")
        if self.line:
            text = self.separator.join(text[at : at + self.line] for at in range(0, len(text), self.line))
        return text + self.tail
