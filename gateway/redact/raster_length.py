"""Brings a cleaned picture to the exact length it had, by filling that its format allows and no reader shows.

Some uploads name their size, or sign it, before the bytes travel. Only zeros are added.
"""

from gateway.errors import RedactionError
from gateway.model import Format
from gateway.redact.picture_segments import chunk, png_chunk

JPEG_SEGMENT = 65_533
"""Bytes a JPEG comment can hold."""
FILLER = b"paDd"
"""A private PNG chunk (lower-case second letter) that readers must skip (lower-case first)."""


def lengthened(data: bytes, form: Format, length: int) -> bytes:
    """The same picture in exactly `length` bytes. RedactionError with the reason where the format cannot reach it."""
    missing = length - len(data)
    if missing == 0:
        return data
    if missing < 0:
        raise RedactionError(
            "the cleaned picture is longer than the length that was declared", reason="length-changed"
        )
    match form:
        case Format.JPEG:
            return data[:2] + _jpeg_filling(missing) + data[2:]
        case Format.PNG if missing >= 12:
            return data[:-12] + png_chunk(FILLER, bytes(missing - 12)) + data[-12:]
        case Format.WEBP if missing >= 8 and missing % 2 == 0:
            grown = data[12:] + chunk(b"PADD", bytes(missing - 8))
            return b"RIFF" + (len(grown) + 4).to_bytes(4, "little") + b"WEBP" + grown
        case Format.GIF if missing not in {1, 2, 4}:
            return data[:-1] + _gif_filling(missing) + b";"
        case Format.TIFF:
            return data + bytes(missing)  # a TIFF is a web of offsets: what none points to is nothing
        case Format.JPEG2000 if missing >= 8 and data[4:8] == b"jP  ":
            return data + missing.to_bytes(4) + b"free" + bytes(missing - 8)  # ISO/IEC 15444-1, annex I
        case Format.BMP:
            start = int.from_bytes(data[10:14], "little")
            head = (
                data[:2] + length.to_bytes(4, "little") + data[6:10] + (start + missing).to_bytes(4, "little")
            )
            return head + data[14:start] + bytes(missing) + data[start:]
        case Format.PNM:
            return data[:2] + b" " * missing + data[2:]
        case _:
            raise RedactionError(
                "this format cannot be brought to the declared length", reason="length-changed"
            )


def _jpeg_filling(missing: int) -> bytes:
    """Comments of zeros (ITU-T T.81, B.2.4.5); up to three bytes as fill before a marker (B.1.1.2)."""
    filling = b""
    while missing >= 4:
        size = min(missing - 4, JPEG_SEGMENT)
        filling += b"\xff\xfe" + (size + 2).to_bytes(2) + bytes(size)
        missing -= 4 + size
    return filling + b"\xff" * missing


def _gif_filling(missing: int) -> bytes:
    """Comment extensions (GIF89a, 24): three bytes and full or partial blocks of zeros."""
    if missing == 3:
        return b"!\xfe\x00"
    blocks, body = missing - 3, b""
    while blocks >= 2:
        size = min(blocks - 1, 255)
        if blocks - 1 - size == 1:
            size -= 1  # a block of one byte's length cannot follow
        body += bytes((size,)) + bytes(size)
        blocks -= 1 + size
    return b"!\xfe" + body + b"\x00"
