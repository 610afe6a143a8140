"""Looks for a second picture inside a picture file or a sound file, beside what the file shows or plays."""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from gateway.detect.medical_raster import MEDICAL_RASTER
from gateway.errors import GatewayError
from gateway.formats.raster import open_raster
from gateway.formats.side_data import holds_a_file, pictures_in, side_data
from gateway.formats.sniff import sniff
from gateway.formats.text import encoded_files
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part

CARRIERS = frozenset(
    {Format.PNG, Format.JPEG, Format.JPEG_LS, Format.GIF, Format.WEBP, Format.TIFF, Format.BMP, Format.AUDIO}
)
_SAME = 0.9
"""Correlation from which an embedded picture is the large one made small: every camera writes one."""
_SIDE = 24


class Embedded:
    """Speaks only about what is beside the pixels, and only when it is medical or cannot be read."""

    name = "embedded"
    version = "1"
    look = Look.MEDICAL

    def claims(self, part: Part) -> bool:
        """Formats with room for other data."""
        return part.format in CARRIERS

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """`medical-image` for a scan beside the pixels, `unreadable` for a file there that is no picture."""
        for block in side_data(part.data, part.format):
            found = chain(pictures_in(block), ((file, sniff(file)) for file in encoded_files(block)))
            for data, form in found:
                yield from self._picture(part, data, form, limits)
            if holds_a_file(block):
                yield self._refused(part)

    def _picture(self, part: Part, data: bytes, form: Format, limits: Limits) -> Iterator[Finding]:
        if form not in CARRIERS or form is Format.AUDIO:
            yield self._refused(part)
            return
        if part.format is not Format.AUDIO and _alike(part, data, form, limits):
            return
        for finding in MEDICAL_RASTER.inspect(Part(part.path, data, form), limits):
            if finding.kind is not Kind.ORDINARY_IMAGE:
                yield Finding(
                    finding.kind,
                    part.path,
                    "beside the pixels",
                    finding.detail,
                    finding.confidence,
                    by=finding.by,
                )

    def _refused(self, part: Part) -> Finding:
        return Finding(
            Kind.UNREADABLE, part.path, "beside the pixels", "hidden-file", by=f"{self.name} {self.version}"
        )


EMBEDDED = Embedded()


def _alike(part: Part, data: bytes, form: Format, limits: Limits) -> bool:
    """Whether an embedded picture shows what the file itself shows."""
    try:
        large, small = (
            np.asarray(open_raster(each, limits, kind).pixels(), np.float32).mean(axis=2)
            for each, kind in ((part.data, part.format), (data, form))
        )
    except GatewayError:
        return False
    first, second = (
        picture[np.ix_(*(np.linspace(0, side - 1, _SIDE).astype(int) for side in picture.shape))].ravel()
        for picture in (large, small)
    )
    if min(first.std(), second.std()) < 1:
        return False
    return float(np.corrcoef(first, second)[0, 1]) >= _SAME
