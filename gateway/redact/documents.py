"""Empty documents that stand where a patient's document was."""

from typing import Final

from gateway.formats.dicom_dictionary import DUMMIES

_OBJECTS: Final = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
)
_CDA: Final = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'


def blank_document(mime: str) -> bytes:
    """An empty document of a media type: PDF and CDA are valid ones, everything else is two zero bytes."""
    plain = mime.casefold().split(";")[0]
    if plain == "application/pdf":
        return _pdf()
    if plain in {"text/xml", "application/xml"}:
        return _CDA
    return DUMMIES["OB"]


def _pdf() -> bytes:
    """One empty page (ISO 32000-1, section 7.5)."""
    body = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(_OBJECTS, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(_OBJECTS) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + table
        + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(_OBJECTS) + 1, len(body))
    )
