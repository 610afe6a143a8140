"""The first bytes of a file, sent ahead of it: too few to judge, enough to see that the file is a medical one."""

from collections.abc import Iterator

from gateway.detect.dicom import FORMATS
from gateway.formats.ecg import ECGS
from gateway.formats.signature import without_content
from gateway.formats.volume import VOLUMES
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part

MEDICAL = frozenset({*FORMATS, *VOLUMES, *ECGS})
_MARK = b"DICM"


class FirstBytes:
    """Asked of nothing but first bytes, and of those nobody else is asked."""

    name = "first-bytes"
    version = "1"
    look = Look.FORMAT

    def claims(self, part: Part) -> bool:
        """Whatever the catalogue says is the beginning of a file, if the format can be told or nothing is left of it."""
        return part.begun and (part.format is not Format.UNKNOWN or part.data == without_content(part.data))

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """A medical file by its format; else content that nobody can judge, until only the signature is left."""
        del limits
        by = f"{self.name} {self.version}"
        if part.format in MEDICAL or _MARK in part.data:
            yield Finding(Kind.MEDICAL_IMAGE, part.path, detail="other", by=by)
        if part.data != without_content(part.data):
            yield Finding(Kind.FIRST_BYTES, part.path, by=by)


FIRST_BYTES = FirstBytes()
