"""Whether the stored pixels are as many as the header says, and nothing else is stored with them."""

import struct
from collections.abc import Callable
from typing import Final

from gateway.errors import RedactionError
from gateway.formats.dicom_dictionary import tag_named
from gateway.formats.dicom_elements import NATIVE, PIXEL_DATA, DicomFile, Element
from gateway.redact.net import Net

ROWS, COLUMNS, ALLOCATED, STORED, SAMPLES = (
    tag_named(word) for word in ("Rows", "Columns", "BitsAllocated", "BitsStored", "SamplesPerPixel")
)
PHOTOMETRIC, FRAMES = tag_named("PhotometricInterpretation"), tag_named("NumberOfFrames")
OVERLAY_POSITION: Final = 0x0102
FLOAT, DOUBLE = 0x7FE00008, 0x7FE00009

JPEG: Final = b"\xff\xd8"
COMMENT: Final = 0xFE
APPLICATION: Final = frozenset(range(0xE1, 0xEE))
"""JPEG application segments that hold metadata; APP0 and APP14 tell decoders about density and colours."""


def checked_pixels(file: DicomFile, net: Net) -> Callable[[Element], Element]:
    """What becomes of the pixel element: the same values, without what stands after or between them.

    Raises RedactionError where attributes are missing, frames are cut short, or an identifier cannot be taken out.
    """
    numbers = {element.tag: element for element in file.dataset if element.items is None}

    def whole(tag: int, default: int | None = None) -> int:
        element = numbers.get(tag)
        if element is None or len(element.value) < 2:
            if default is None:
                raise RedactionError("an attribute that describes the pixels is missing")
            return default
        return int(struct.unpack_from(">H" if file.big else "<H", element.value)[0])

    def word(tag: int, default: str) -> str:
        element = numbers.get(tag)
        return bytes(element.value).decode("latin-1").strip(" \0") if element is not None else default

    def pixels(element: Element) -> Element:
        frames = _count(word(FRAMES, "1"))
        samples = whole(SAMPLES, 1 if element.tag != PIXEL_DATA else None)
        if not word(PHOTOMETRIC, ""):
            raise RedactionError("an attribute that describes the pixels is missing")
        area = whole(ROWS) * whole(COLUMNS) * samples * frames
        if element.fragments is not None:
            if file.syntax in NATIVE:
                raise RedactionError("compressed frames in a file that says it has none")
            return _fragments(element, frames, net)
        if file.syntax not in NATIVE:
            raise RedactionError("plain pixels in a file that says they are compressed")
        bits = {FLOAT: 32, DOUBLE: 64}.get(element.tag) or whole(ALLOCATED)
        if word(PHOTOMETRIC, "") == "YBR_FULL_422":
            area = area * 2 // 3
        expected = -(-area * bits // 8)
        if len(element.value) < expected:
            raise RedactionError("pixels that are cut short")
        value = memoryview(element.value)[:expected]
        position = _overlay_bit(file, whole)
        if position is not None:
            value = memoryview(_without_bit(value, position, bits, big=file.big))
        if net.in_bytes(value):
            raise RedactionError("an identifier is written in the pixel values")
        return element._replace(value=value)

    return pixels


def _count(text: str) -> int:
    try:
        return max(1, int(text or "1"))
    except ValueError:
        raise RedactionError("a number of frames that is no number") from None


def _fragments(element: Element, frames: int, net: Net) -> Element:
    fragments = element.fragments or ()
    if len(fragments) - 1 < min(frames, 1):
        raise RedactionError("compressed frames that are missing")
    cleaned = tuple(_silent(fragment, net) if index else fragment for index, fragment in enumerate(fragments))
    if any(new is not old for new, old in zip(cleaned, fragments, strict=True)):
        # An offset table would point to places that moved; an empty one is always allowed (PS3.5 A.4).
        cleaned = (memoryview(b""), *cleaned[1:])
    return element._replace(fragments=cleaned)


def _silent(fragment: memoryview, net: Net) -> memoryview:
    """A fragment in which nothing spells an identifier; a JPEG loses its comments and descriptions in any case."""
    data = bytes(fragment)
    if data.startswith(JPEG):
        shorter = _without_comments(data)
        if shorter != data:
            fragment = memoryview(shorter + b"\0" * (len(shorter) % 2))
    if net.in_bytes(fragment):
        raise RedactionError("an identifier is written in a compressed frame")
    return fragment


def _without_comments(data: bytes) -> bytes:
    """JPEG without comments and metadata segments; everything from the first scan on stays (ITU-T T.81, annex B)."""
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = 2 + int.from_bytes(data[at + 2 : at + 4])
        if data[at + 1] != COMMENT and data[at + 1] not in APPLICATION:
            kept.append(data[at : at + length])
        at += length
    return b"".join((*kept, data[at:]))


def _overlay_bit(file: DicomFile, whole: Callable[..., int]) -> int | None:
    """The bit of every pixel in which an overlay is stored (retired; PS3.5 section 8.1.2), if one is."""
    stored = whole(STORED, 0)
    for element in file.dataset:
        if element.tag >> 24 == 0x60 and element.tag & 0xFFFF == OVERLAY_POSITION and len(element.value) == 2:
            position = whole(element.tag)
            if stored and position >= stored:
                return position
    return None


def _without_bit(value: memoryview, position: int, bits: int, *, big: bool) -> bytes:
    if bits != 16:
        raise RedactionError("an overlay stored among the bits of pixels that cannot be separated")
    import numpy as np  # noqa: PLC0415 - only files from the previous century come here

    pixels = np.frombuffer(value, ">u2" if big else "<u2")
    return (pixels & ~np.uint16(1 << position)).astype(pixels.dtype).tobytes()
