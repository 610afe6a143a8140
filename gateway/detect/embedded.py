"""Looks for a second picture inside a file that shows or plays something else: anywhere in its bytes, as bytes or as letters."""

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np

from gateway.detect.medical_raster import MEDICAL_RASTER
from gateway.errors import GatewayError, LimitReached
from gateway.formats.inside import Inside, files_in
from gateway.formats.own_pictures import own_stretches
from gateway.formats.raster import PICTURES, open_raster
from gateway.formats.side_data import side_data
from gateway.formats.sniff import sniff
from gateway.formats.text import encoded_files
from gateway.formats.video import FILMS
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part

CARRIERS = frozenset({*PICTURES, *FILMS, Format.AUDIO, Format.FONT})
_SAME = 0.9
"""Correlation from which an embedded picture is the large one made small: every camera writes one."""
_SIDE = 24
_ICON = 48
_MOST = 256
"""Files inside one file that are looked at; with more of them it is refused."""
_OF_FILM = 16
"""Pictures inside a film that are looked at, spread over it: in some films every frame is a JPEG."""


class Embedded:
    """Speaks only about what is beside the pixels, and only when it is medical or cannot be read."""

    name = "embedded"
    version = "2"
    look = Look.MEDICAL

    def claims(self, part: Part) -> bool:
        """Formats with room for other data."""
        return part.format in CARRIERS

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """`medical-image` for a scan beside the pixels, `unreadable` for a file there that is no picture."""
        seen = set[bytes]()
        for found in _within(part.data, part.format):
            if found.data in seen:
                continue
            seen.add(found.data)
            if len(seen) > _MOST:
                raise LimitReached("more files inside one file than are looked at", reason="too-many-parts")
            yield from self._judged(part, found, limits)

    def _judged(self, part: Part, found: Inside, limits: Limits) -> Iterator[Finding]:
        if found.form not in PICTURES and found.form not in FILMS:
            yield self._refused(part)
            return
        if _is_icon(found, limits) or (part.format in PICTURES and _alike(part, found, limits)):
            return
        seen = MEDICAL_RASTER.inspect(Part(part.path, found.data, found.form), limits)
        try:
            for finding in seen:
                if finding.kind is not Kind.ORDINARY_IMAGE:
                    yield Finding(
                        finding.kind,
                        part.path,
                        "beside the pixels",
                        finding.detail,
                        finding.confidence,
                        by=finding.by,
                    )
        except LimitReached:
            raise
        except GatewayError:
            if found.sure:
                yield self._refused(part)

    def _refused(self, part: Part) -> Finding:
        return Finding(
            Kind.UNREADABLE, part.path, "beside the pixels", "hidden-file", by=f"{self.name} {self.version}"
        )


EMBEDDED = Embedded()


def _within(data: bytes, form: Format) -> Iterator[Inside]:
    """Files in the bytes as they are, in blocks that the format folds, and in letters; none that the file itself shows."""
    own = sorted(own_stretches(data, form))
    starts = [start for start, *_ in own]
    frames = list[Inside]()
    for found in files_in(data):
        at = bisect_right(starts, found.start) - 1
        if at >= 0 and found.start < own[at][1] and found.form is own[at][2]:
            continue
        if form in FILMS and not found.sure:
            frames.append(found)
            continue
        yield found
    step = max(1, len(frames) / _OF_FILM)
    yield from (frames[int(index * step)] for index in range(min(_OF_FILM, len(frames))))
    for block in side_data(data, form):
        if block is not data:
            yield from files_in(block, 0)
        for file in encoded_files(block):
            yield Inside(0, sniff(file), file)


def _is_icon(found: Inside, limits: Limits) -> bool:
    """Whether a picture is too small to show a scan; files of icons hold the same one in several sizes."""
    try:
        return found.form in PICTURES and 0 < max(open_raster(found.data, limits, found.form).size) < _ICON
    except GatewayError:
        return False


def _alike(part: Part, found: Inside, limits: Limits) -> bool:
    """Whether an embedded picture shows what the file itself shows."""
    try:
        large, small = (
            np.asarray(open_raster(data, limits, form).pixels(), np.float32).mean(axis=2)
            for data, form in ((part.data, part.format), (found.data, found.form))
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
