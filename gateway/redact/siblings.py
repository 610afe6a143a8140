"""The identifiers of a medical file, searched in everything that was sent with it."""

from collections.abc import Iterator

from gateway.formats.raster import PICTURES
from gateway.model import Finding, Format, Kind, Part
from gateway.redact.wording import Wording

BY = "identifiers 1"
WORDED = frozenset(
    {
        Format.TEXT, Format.JSON, Format.XML, Format.HTML, Format.SVG, Format.RTF, Format.HL7, Format.NOTEBOOK,
    }
)  # fmt: skip
"""Text that can be written again with other words in it."""
OWN_PROOF = frozenset({Format.DICOM, Format.DICOM_JSON, *PICTURES})
"""What loses its whole description anyway, and is searched where it is cleaned."""
AROUND = "(text)"
"""What `gateway.unpack` calls a text without the files in it; the text itself is searched."""


def traces(
    part: Part, wording: Wording, names: tuple[str, ...] | None, *, renamable: bool
) -> Iterator[Finding]:
    """Where a part names the patient of another one: in the names of its members, its own name, or its content.

    `names` are the names in an archive, None where it has none or the part is no archive.
    """
    if names is not None and any(wording.catches(name.encode(errors="replace")) for name in names):
        yield _finding(Kind.IDENTIFIER_IN_NAME, part, "member name", redactable=renamable and part.rewritable)
    if part.path and part.path[-1] == AROUND:
        return
    if part.format in WORDED or part.text:
        if wording.catches(part.data):
            yield _finding(Kind.IDENTIFIER_IN_TEXT, part, "text", redactable=part.rewritable)
    elif not part.opened and part.format not in OWN_PROOF and wording.net.in_bytes(part.data):
        yield _finding(Kind.IDENTIFIER_IN_METADATA, part, "content", redactable=False)


def named(part: Part, wording: Wording, *, renamable: bool) -> Iterator[Finding]:
    """Whether the name that a file travels under names the patient."""
    if part.filename and wording.catches(part.filename.encode(errors="replace")):
        yield _finding(Kind.IDENTIFIER_IN_NAME, part, "file name", redactable=renamable)


def spoken(part: Part, wording: Wording) -> Iterator[Finding]:
    """Whether a text on the wire names the patient: one of its own place, or what is left of all others."""
    if part.text and wording.catches(part.data):
        yield _finding(Kind.IDENTIFIER_IN_TEXT, part, "text", redactable=part.rewritable)


def _finding(kind: Kind, part: Part, where: str, *, redactable: bool) -> Finding:
    return Finding(kind, part.path, where, "person", by=BY, redactable=redactable)
