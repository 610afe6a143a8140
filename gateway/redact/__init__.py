"""Findings to a part without them: redactors that say what they can remove, asked in a visible order."""

from gateway.errors import RedactionError
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Part, RedactionOptions
from gateway.redact import siblings
from gateway.redact.dicom_json import DICOM_JSON
from gateway.redact.dicom_tags import DICOM_TAGS, as_long_as
from gateway.redact.first_bytes import FIRST_BYTES
from gateway.redact.identifiers import harvest_file
from gateway.redact.image_metadata import IMAGE_METADATA
from gateway.redact.pixels import PIXELS, to_paint
from gateway.redact.redactor import Redactor
from gateway.redact.retained import searched
from gateway.redact.wording import Wording

__all__ = [
    "REDACTORS",
    "Redactor",
    "Wording",
    "harmless",
    "harvest_file",
    "redact",
    "searched",
    "siblings",
]

REDACTORS: tuple[Redactor, ...] = (FIRST_BYTES, PIXELS, DICOM_TAGS, DICOM_JSON, IMAGE_METADATA)

EXPECTED = frozenset({Kind.MEDICAL_IMAGE, Kind.ORDINARY_IMAGE})
"""A picture stays one; what it shows of a patient is what has to go."""

HEADER_BOUND = frozenset({Format.DICOM, Format.DICOM_JSON, Format.DICOM_XML})
"""Formats whose header is made of identifiers: without a redactor for it they are never passed on."""


def redact(
    part: Part,
    findings: tuple[Finding, ...],
    options: RedactionOptions,
    limits: Limits,
    secret: bytes,
    identifiers: tuple[str, ...],
) -> Part:
    """The part without what was found in it.

    Raises RedactionError where a finding is of a kind that no redactor of this format removes.
    """
    own = tuple(finding for finding in findings if finding.path == part.path)
    able = tuple(redactor for redactor in REDACTORS if redactor.claims(part))[: 1 if part.begun else None]
    removable = frozenset[Kind]().union(*(redactor.removes for redactor in able))
    if any(finding.kind not in removable | EXPECTED for finding in own):
        raise RedactionError(
            "something was found that cannot be removed from this format", reason="cannot-redact"
        )
    if part.format in HEADER_BOUND and Kind.IDENTIFIER_IN_METADATA not in removable:
        raise RedactionError("the header of this format cannot be cleaned", reason="cannot-redact")
    length = len(part.data)
    if part.format is Format.DICOM:
        written = searched(harvest_file(part.data, limits), frozenset(options.profile))
        identifiers = tuple(dict.fromkeys((*identifiers, *written)))
    for redactor in able:
        part = redactor.redact(part, own, options, limits, secret, identifiers)
    if options.keep_length and part.format is Format.DICOM:
        part = part.with_data(as_long_as(length, part.data, options, limits, secret))
    return part


def harmless(
    part: Part, findings: tuple[Finding, ...], limits: Limits, identifiers: tuple[str, ...]
) -> frozenset[Finding]:
    """Writing in a picture that may stay where a rule removes identifiers only: it was read, and names nobody."""
    if not identifiers:
        return frozenset()
    own = tuple(f for f in findings if f.kind is Kind.TEXT_IN_PIXELS and f.path == part.path)
    gone = to_paint(part, own, RedactionOptions(text="identifiers"), limits, identifiers)
    return frozenset(own) - frozenset(gone)
