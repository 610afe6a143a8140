"""Writes the picture again with nothing but the picture.

EXIF, GPS, XMP, IPTC, texts, comments, thumbnails, maker notes and everything behind the picture's end go. The
orientation is applied to the pixels, the colour profile stays without its names. Compressed pixels are copied as they
are wherever the picture need not be turned.
"""

from gateway.errors import RedactionError
from gateway.formats.raster import PICTURES
from gateway.formats.raster_write import WRITABLE, orientation_of, repainted
from gateway.limits import Limits
from gateway.model import Box, Finding, Format, Kind, Part, RedactionOptions
from gateway.redact.colour_profile import neutral_profile
from gateway.redact.jpeg import rewritten_jpeg
from gateway.redact.picture_segments import clean_gif, clean_jpeg, clean_png, clean_webp, with_profile_of
from gateway.redact.raster_length import lengthened

CLEANERS = {
    Format.JPEG: clean_jpeg,
    Format.PNG: clean_png,
    Format.WEBP: clean_webp,
    Format.GIF: clean_gif,
}
"""Formats whose pieces can be sorted without touching the compressed pixels."""
REWRITABLE = frozenset({Format.JPEG, *WRITABLE})
"""Formats that leave the gateway redacted; HEIC, AVIF, PSD and the like are read only."""


def cleaned(
    data: bytes, form: Format, boxes: tuple[Box, ...], limits: Limits, *, keep_length: bool = False
) -> bytes:
    """The picture upright, black inside the boxes (in upright pixels) of every frame, and without metadata.

    With `keep_length` it has as many bytes as before. RedactionError where the format is read only, the file cannot
    be written without other changes, or that length cannot be reached.
    """
    written = _rewritten(data, form, boxes, limits, small=keep_length)
    return lengthened(written, form, len(data)) if keep_length else written


def _rewritten(data: bytes, form: Format, boxes: tuple[Box, ...], limits: Limits, *, small: bool) -> bytes:
    if form not in REWRITABLE:
        raise RedactionError("pictures of this format are read only")
    orientation = orientation_of(data, form)
    if form is Format.JPEG:
        if not boxes and orientation == 1:
            return clean_jpeg(data)
        return with_profile_of(data, clean_jpeg(rewritten_jpeg(data, boxes, orientation, limits)))
    if not boxes and orientation == 1 and form in CLEANERS:
        return CLEANERS[form](data)
    written = repainted(data, form, boxes, limits, neutral_profile, small=small)
    return CLEANERS[form](written) if form in CLEANERS else written


class ImageMetadata:
    """The redactor of what surrounds the pixels of ordinary pictures."""

    name = "image-metadata"
    removes = frozenset({Kind.IDENTIFIER_IN_METADATA})

    def claims(self, part: Part) -> bool:
        """Ordinary pictures; DICOM has its own table."""
        return part.format in PICTURES

    def redact(
        self,
        part: Part,
        findings: tuple[Finding, ...],
        options: RedactionOptions,
        limits: Limits,
        secret: bytes,
        identifiers: tuple[str, ...],
    ) -> Part:
        """The part without metadata, whether or not a finding names them; a read-only format only if none does."""
        del secret, identifiers
        if part.format not in REWRITABLE and not any(
            f.kind in self.removes and f.path == part.path for f in findings
        ):
            return part
        return part.with_data(cleaned(part.data, part.format, (), limits, keep_length=options.keep_length))


IMAGE_METADATA = ImageMetadata()
