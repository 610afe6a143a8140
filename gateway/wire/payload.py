"""Decides whether decoded bytes are a payload, and gives it its place among the pieces."""

import re
from collections.abc import Callable

from gateway.errors import RedactionError
from gateway.formats.sniff import sniff
from gateway.model import Format, Part, PartPath
from gateway.wire import shape
from gateway.wire.codec import Body, Nest, Piece, slots
from gateway.wire.opening import Opening

TEXTUAL = frozenset({Format.TEXT, Format.JSON, Format.XML, Format.HTML, Format.EMPTY})
"""What a text may decode to without being a file: it is looked into instead."""

_WEAK = frozenset(
    {Format.JPEG_XL, Format.AUDIO, Format.FONT, Format.EXECUTABLE, Format.BMP, Format.ICO, Format.PNM, Format.BZIP2, Format.GZIP}
)  # fmt: skip
"""Formats with marks so short that a path or an identifier can decode to one by chance."""

STRONG = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"\xff\xd8\xff\xdb", b"\xff\xd8\xff\xee", b"GIF87a",
    b"GIF89a", b"%PDF-1.", b"II*\x00\x08\x00\x00\x00", b"MM\x00*\x00\x00\x00\x08", b"PK\x03\x04", b"NRRD000", b"\x00jP  \r\n\x87\n",
    b"\x00\x00\x0cJXL \r\n\x87\n", b"ftypheic", b"ftypavif", b"ftypmif1", b"WEBPVP8", b"\x02\x00\x10\x00UI", b"\x00DICM\x02\x00", b"n+1\x00", b"n+2\x00",
    b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\xfd7zXZ\x00",
)  # fmt: skip
"""Marks long enough to be looked for at any offset. `(0002,0010) UI` is in every DICOM file."""
_HEADS = (
    rb"BM[\s\S]{4}\x00{4}[\s\S]{4}\x28\x00{3}", rb"II\*\x00[\s\S]{3}\x00", rb"MM\x00\*\x00[\s\S]{3}", rb"BZh[1-9]1AY&SY",
    rb"\x1f\x8b\x08[\x00-\x1f][\s\S]{4}[\x00\x02\x04][\x00-\x0d\xff]",
)  # fmt: skip
"""Heads whose mark is short, with enough of what has to follow it: bitmap, TIFF, bzip2, gzip."""
_ANY_MARK = re.compile(b"|".join((*map(re.escape, STRONG), *_HEADS)))


def hidden(data: bytes) -> bool:
    """Whether the mark of a picture or container stands anywhere in bytes."""
    return _ANY_MARK.search(data) is not None


def from_mark(data: bytes) -> bytes:
    """Bytes from where the picture or container in them begins, if that place is clear; else all of them."""
    match = _ANY_MARK.search(data)
    if match is None or sniff(data) is not Format.UNKNOWN:
        return data
    # Some marks stand behind the first byte: `ftyp` 4, JPEG 2000 and JPEG XL 3, WebP 8, DICOM 127 (with its zero).
    for back in (0, 4, 3, 8, 127):
        cut = data[max(0, match.start() - back) :]
        if sniff(cut) not in (*TEXTUAL, Format.UNKNOWN):
            return cut
    return data


def readable(data: bytes) -> bool:
    """Whether bytes are UTF-8 text without NUL."""
    if b"\x00" in data:
        return False
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def judge(
    raw: bytes,
    data: bytes,
    path: PartPath,
    opening: Opening,
    write: Callable[[bytes], bytes] | None,
    *,
    declared: str | None = None,
) -> Piece | None:
    """The slot or nest for bytes that were written as text, or None when they are no payload.

    `declared` is the media type that a data URI gives, "" when it gives none; None outside a data URI.
    """
    if declared is None and shape.monotonous(raw):
        return None  # a ruler of dashes, zeros, a gap in a gene
    form = sniff(data)
    if form in (*TEXTUAL, Format.UNKNOWN) and readable(data):
        inner = opening.inside(Body(data, path=path))
        # Text that is no text by its letters counts for what is in it only, not for being unknown itself.
        if any(form in TEXTUAL or slot.part.format is not Format.UNKNOWN for slot in slots(inner)):
            return Nest(raw, inner, write) if write is not None else Nest(raw, inner, _closed)
        if form in TEXTUAL:
            return None
    if not _is_payload(raw, form, declared, opening):
        return None
    part = Part(path, data, form, declared_type=declared or "")
    return opening.slot(raw, part, None if write is None else _part_writer(write))


def _is_payload(raw: bytes, form: Format, declared: str | None, opening: Opening) -> bool:
    if declared is not None:
        return True
    if form is Format.UNKNOWN:
        return len(raw) >= shape.OPAQUE and not opening.headers and shape.is_dense(raw)
    return form not in _WEAK or len(raw) >= shape.OPAQUE or shape.is_mixed(raw)


def _part_writer(write: Callable[[bytes], bytes]) -> Callable[[Part], bytes]:
    return lambda part: write(part.data)


def _closed(_: bytes) -> bytes:
    raise RedactionError("this payload cannot be replaced where it stands", reason="cannot-redact")
