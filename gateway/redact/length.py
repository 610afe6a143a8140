"""A cleaned DICOM file of as many bytes as the one that was announced."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gateway.errors import RedactionError
from gateway.formats.dicom_elements import DEFLATED, IMPLICIT, DicomFile, Element
from gateway.formats.dicom_write import put_together

TRAILING_PADDING: Final = 0xFFFCFFFC


def lengthened_dicom(file: DicomFile, length: int, seal: Callable[[DicomFile], DicomFile]) -> bytes:
    """The file with trailing padding of zeros (PS3.10 section 7.2) so that it has this many bytes.

    Raises RedactionError with the reason `length-changed` where it is already longer, or the room does not fit.
    """
    missing = length - len(put_together(file))
    if missing == 0:
        return put_together(file)
    head = 8 if file.syntax == IMPLICIT else 12
    if missing < head or missing % 2 or file.syntax == DEFLATED:
        raise RedactionError(
            "the cleaned file cannot have the length that was announced", reason="length-changed"
        )
    padding = Element(TRAILING_PADDING, "OB", bytes(missing - head))
    written = put_together(seal(replace(file, dataset=(*file.dataset, padding))))
    if len(written) != length:
        raise RedactionError(
            "the cleaned file cannot have the length that was announced", reason="length-changed"
        )
    return written
