"""Knows the formats that hold no picture, and makes sure that they hold none: text, code, sound, fonts."""

from collections.abc import Iterator

from gateway.formats.text import Smuggled, is_text, smuggled
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part

WRITTEN = frozenset(
    {
        Format.TEXT,
        Format.JSON,
        Format.XML,
        Format.HTML,
        Format.SVG,
        Format.RTF,
        Format.HL7,
        Format.EMAIL,
        Format.NOTEBOOK,
    }
)
"""Claimed once all of their bytes are found to be text."""
HEARD = frozenset({Format.AUDIO})
CLAIMS = frozenset({*WRITTEN, *HEARD, Format.FONT, Format.EMPTY})
_COVERS = (b"APIC\x00", b"\x00PIC\x00", b"covr", b"METADATA_BLOCK_PICTURE", b"image/jpeg", b"image/png")
"""How sound files announce pictures: ID3v2, MP4, Vorbis comments, FLAC."""
_COVER_AREA = 1 << 20


class Claimed:
    """The list of what is known and harmless; everything on no detector's list is a finding."""

    name = "claimed"
    version = "1"
    look = Look.FORMAT

    def claims(self, part: Part) -> bool:
        """Text formats, sound, fonts, nothing at all, and containers whose contents are asked about one by one."""
        return part.opened or part.format in CLAIMS

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """Nothing for what is what it seems; otherwise what is wrong with it."""
        del limits
        by = f"{self.name} {self.version}"
        if part.opened:
            return
        if part.format is Format.EMPTY:
            if part.filename:
                yield Finding(Kind.UNREADABLE, part.path, detail="empty", by=by)
        elif part.format in HEARD:
            if any(mark in part.data[:_COVER_AREA] or mark in part.data[-_COVER_AREA:] for mark in _COVERS):
                yield Finding(Kind.UNREADABLE, part.path, "cover", "embedded-picture", by=by)
        elif part.format in WRITTEN:
            yield from self._text(part, by)

    def _text(self, part: Part, by: str) -> Iterator[Finding]:
        if not is_text(part.data):
            yield Finding(Kind.UNREADABLE, part.path, detail="not-text", by=by)
            return
        if part.format is Format.HL7:
            # A message without a patient is no use to anybody (HL7 v2.5, 3.4.2).
            yield Finding(Kind.IDENTIFIER_IN_TEXT, part.path, "HL7 PID", "hl7", by=by)
        for block in smuggled(part.data):
            where = f"characters {block.start} to {block.start + block.length}"
            kind = Kind.UNREADABLE if block.kind is Smuggled.FILE else Kind.UNCLAIMED
            yield Finding(kind, part.path, where, block.kind.value, by=by)


CLAIMED = Claimed()
