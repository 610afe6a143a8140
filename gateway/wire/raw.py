"""A body that is one file: the last codec asked, and it never says no."""

import codecs
import zlib

from gateway.errors import WireError
from gateway.formats.sniff import sniff
from gateway.model import Part
from gateway.wire.codec import Body, Nest, Piece
from gateway.wire.content_encoding import gunzip
from gateway.wire.opening import Opening
from gateway.wire.payload import TEXTUAL, readable

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE, b"{\x00", b"[\x00", b"\x00{", b"\x00[", b'"\x00', b"\x00\x00\x00{", b"\x00\x00\x00[")  # fmt: skip


class RawCodec:
    """Anything at all, as one part."""

    name = "raw"

    def claims(self, _: Body) -> bool:
        """Always."""
        return True

    def open(self, body: Body, opening: Opening) -> tuple[Piece, ...]:
        """One slot around everything; text that was packed once more is unpacked and searched."""
        if not body.path and body.data.startswith(_WIDE):
            # Some servers guess UTF-16 and UTF-32 JSON from these bytes, others do not.
            raise WireError("text in another encoding than UTF-8", reason="charset")
        if body.data[:3] == b"\x1f\x8b\x08":
            packed = _packed_text(body, opening)
            if packed is not None:
                return (packed,)
        part = Part(body.path, body.data, sniff(body.data), body.media, body.filename)
        return (opening.slot(body.data, part, lambda new: new.data),)


def _packed_text(body: Body, opening: Opening) -> Piece | None:
    """A gzip file whose inside is text with payloads in it; other archives are opened further on."""
    cap = min(opening.limits.decoded_bytes, max(1 << 20, opening.limits.expansion_ratio * len(body.data)))
    try:
        inside, redo = gunzip(body.data, cap)
    except (WireError, zlib.error):
        return None
    if sniff(inside) not in TEXTUAL or not readable(inside):
        return None
    opening.count(len(inside))
    pieces = opening.inside(Body(inside, path=body.path))
    return Nest(body.data, pieces, redo) if any(not isinstance(p, bytes) for p in pieces) else None


RAW = RawCodec()
