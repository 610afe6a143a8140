"""Says whether bytes really are text, and whether text carries something that is none: encoded files, sealed blobs."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.formats.sniff import sniff
from gateway.formats.sniff_text import CONTROLS
from gateway.model import Format

TEXTS = frozenset({Format.TEXT, Format.JSON, Format.XML, Format.HTML, Format.SVG, Format.RTF, Format.HL7, Format.DICOM_JSON, Format.DICOM_XML, Format.AECG, Format.EMAIL, Format.NOTEBOOK})  # fmt: skip
"""Formats that are read as characters."""

RUN: Final = 24
"""Characters in a row that may be encoded bytes: longer than words, shorter than the lines that encoders write."""
GAP: Final = 8
"""What may stand between two lines of one encoded block: line ends, quotes, a plus, an escaped newline."""
SMALLEST_FILE: Final = 512
"""Encoded characters below which a picture cannot show a scan: icons of one or a few pixels."""
OPAQUE: Final = 4096
"""Encoded characters that decode to nothing known before they count as sealed. Tokens, keys and certificates that
people paste into chats are shorter; 3 KiB of pixels are a thumbnail."""
SMALLEST_URI: Final = 48
"""Bytes of a data URI below which it carries no picture: an example in a text about data URIs."""
_DECODED: Final = 1 << 16
"""Characters of a block decoded to name its format; a multiple of four and of two."""

_RUNS = re.compile(rb"[A-Za-z0-9+/_-]{%d,}={0,2}" % RUN)
_HEX = re.compile(rb"[0-9a-fA-F]+")
_DIGEST_LENGTHS = frozenset({32, 36, 40, 56, 64, 96, 128})
"""Lengths of UUIDs and hexadecimal digests: a list of them is no picture."""


class Smuggled(StrEnum):
    """What was found inside text."""

    FILE = "hidden-file"
    OPAQUE = "opaque-text"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text that is encoded bytes."""

    start: int
    length: int
    kind: Smuggled
    format: Format


def is_text(data: bytes) -> bool:
    """Whether all of it is text: UTF-8, UTF-16 with its mark, or an older encoding of mostly Latin letters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            return False
        return not any(c in text for c in "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f")
    if len(data.translate(None, CONTROLS)) != len(data):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return _high_share(data) < 0.25
    return True


def smuggled(data: bytes) -> Iterator[Block]:
    """Blocks of base64 or hexadecimal that hold a file which is not text, or that hold nothing recognisable at all."""
    for start, end, pieces in _blocks(data):
        raw = b"".join(pieces)
        if len(raw) < SMALLEST_FILE:
            continue
        form = _decoded_format(raw)
        if (
            form is not None
            and form not in TEXTS
            and form not in (Format.UNKNOWN, Format.EMPTY, Format.FONT, Format.AUDIO)
        ):
            yield Block(start, end - start, Smuggled.FILE, form)
        elif form in (None, Format.UNKNOWN) and len(raw) >= OPAQUE and _sealed(raw, pieces):
            yield Block(start, end - start, Smuggled.OPAQUE, Format.UNKNOWN)


def encoded_files(data: bytes) -> Iterator[bytes]:
    """The files, no texts, that stand in text as base64 or hexadecimal, decoded."""
    for _, _, pieces in _blocks(data):
        raw = b"".join(pieces)
        if len(raw) < SMALLEST_FILE:
            continue
        plain = raw.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        if _HEX.fullmatch(raw):
            decoded = binascii.unhexlify(raw[: len(raw) & ~1])
        else:
            whole = plain[:-1] if len(plain) % 4 == 1 else plain
            decoded = binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
        if sniff(decoded) not in (*TEXTS, Format.UNKNOWN, Format.EMPTY, Format.FONT, Format.AUDIO):
            yield decoded


def _blocks(data: bytes) -> Iterator[tuple[int, int, list[bytes]]]:
    """Runs that stand close together, as one: encoders break lines, programs join strings."""
    start, end, pieces = 0, -1, list[bytes]()
    for match in _RUNS.finditer(data):
        if pieces and match.start() - end <= GAP:
            pieces.append(match[0])
        else:
            if pieces:
                yield start, end, pieces
            start, pieces = match.start(), [match[0]]
        end = match.end()
    if pieces:
        yield start, end, pieces


def _decoded_format(raw: bytes) -> Format | None:
    """The format of the decoded bytes; None when they do not decode."""
    head = raw[:_DECODED]
    if _HEX.fullmatch(head):
        form = sniff(binascii.unhexlify(head[: len(head) & ~1]))
        if form is not Format.UNKNOWN:
            return form
    body = head.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return sniff(base64.b64decode(body[: len(body) & ~3], validate=True))
    except binascii.Error:
        return None


def _sealed(raw: bytes, pieces: list[bytes]) -> bool:
    """Whether characters are spread as encoded bytes spread them, and unlike words, names, genes or digests."""
    sample = raw[:_DECODED]
    if _HEX.fullmatch(sample):
        regular = {len(piece) for piece in pieces}
        return not regular <= _DIGEST_LENGTHS and len(set(sample)) >= 10
    upper = sum(sample.count(c) for c in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") / len(sample)
    digits = sum(sample.count(c) for c in b"0123456789") / len(sample)
    return len(set(sample)) >= 40 and 0.2 <= upper <= 0.75 and 0.05 <= digits <= 0.4


def _high_share(data: bytes) -> float:
    """Share of bytes beyond ASCII."""
    return 1 - len(data.translate(None, bytes(range(0x80, 0x100)))) / len(data)
