"""Empty documents that stand where a patient's document was."""

from collections.abc import Iterator
from typing import Final

from gateway.formats.dicom_dictionary import DUMMIES, tag_named
from gateway.formats.dicom_elements import Element

MIME_TYPE: Final = tag_named("MIMETypeOfEncapsulatedDocument")
DOCUMENT: Final = tag_named("EncapsulatedDocument")
DOCUMENT_LENGTH: Final = tag_named("EncapsulatedDocumentLength")

_OBJECTS: Final = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
)
_CDA: Final = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'


def without_documents(cleaned: list[Element]) -> Iterator[Element]:
    """An encapsulated document is replaced by an empty one of its kind, and its length by the true one."""
    tags = {element.tag: element for element in cleaned}
    if DOCUMENT not in tags:
        yield from cleaned
        return
    mime = bytes(tags[MIME_TYPE].value).decode("latin-1").strip(" \0") if MIME_TYPE in tags else ""
    blank = blank_document(mime)
    for element in cleaned:
        if element.tag == DOCUMENT:
            yield element._replace(value=blank)
        elif element.tag != DOCUMENT_LENGTH:
            yield element


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
