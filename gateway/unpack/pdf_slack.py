"""Files where a PDF has room for them and shows none: in a picture's bytes, behind its last row, in long strings."""

from collections.abc import Iterator
from typing import Final

from gateway.formats.pdf import Pdf, PdfStream
from gateway.formats.pdf_pictures import packed_pixels
from gateway.formats.text import SMALLEST_FILE
from gateway.unpack.carve import carved
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble

_PADDING: Final = b"\x00\xff\r\n\t "


def beside_pixels(stream: PdfStream, counter: Counter) -> Iterator[Member | Trouble]:
    """Files in the bytes that a picture is made of, and what follows its last row. FormatError for damage."""
    raw, pixels, size = packed_pixels(stream.object)
    yield from carved(f"{stream.name} bytes", raw, counter)
    if pixels != raw:
        counter.book(len(pixels))
        yield from carved(f"{stream.name} pixels", pixels, counter)
    left = pixels[size:] if size else b""
    if len(left.strip(_PADDING)) >= SMALLEST_FILE:
        yield Member(f"{stream.name} behind its pixels", left, rewritable=False, named=False)


def in_strings(pdf: Pdf, counter: Counter) -> Iterator[Member | Trouble]:
    """Files in strings that are no text."""
    for number, text in pdf.strings(SMALLEST_FILE):
        yield from carved(f"object {number} string", text, counter)
