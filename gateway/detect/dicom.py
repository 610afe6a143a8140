"""DICOM by structure, and the identifying attributes it carries; pixels are never touched."""

import re
from collections.abc import Iterator
from typing import Final

from gateway.errors import GatewayError
from gateway.formats.dicom import MODALITIES, Dicom, open_dicom
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part

FORMATS: Final = frozenset({Format.DICOM, Format.DICOM_JSON, Format.DICOM_XML})

IDENTIFYING: Final = {
    0x00080020: "StudyDate", 0x00080050: "AccessionNumber", 0x00080080: "InstitutionName",
    0x00080081: "InstitutionAddress", 0x00080090: "ReferringPhysicianName", 0x00081048: "PhysiciansOfRecord",
    0x00081050: "PerformingPhysicianName", 0x00081060: "NameOfPhysiciansReadingStudy", 0x00081070: "OperatorsName",
    0x00081010: "StationName", 0x00100010: "PatientName", 0x00100020: "PatientID", 0x00100030: "PatientBirthDate",
    0x00101000: "OtherPatientIDs", 0x00101001: "OtherPatientNames", 0x00101040: "PatientAddress",
    0x00101060: "PatientMotherBirthName", 0x00102154: "PatientTelephoneNumbers", 0x00104000: "PatientComments",
    0x00200010: "StudyID",
}  # fmt: skip
"""What names a person, an institution or a visit directly; `gateway.redact` knows the whole of PS3.15 Annex E."""

_MODALITY_IN_JSON = re.compile(rb'"00080060"\s*:\s*\{[^{}]*"Value"\s*:\s*\[\s*"([A-Z]{2,16})"')
_MODALITY_IN_XML = re.compile(rb'tag="00080060"[^>]*>\s*<Value[^>]*>([A-Z]{2,16})<')


class DicomDetector:
    """The format alone decides: whatever is DICOM is medical."""

    name = "dicom"
    version = "1"
    look = Look.FORMAT

    def claims(self, part: Part) -> bool:
        """Every form of DICOM: the binary file, the JSON model and the native XML."""
        return part.format in FORMATS

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """A medical image in any case, then its identifying attributes, or that its header cannot be read."""
        by = f"{self.name} {self.version}"
        if part.format is not Format.DICOM:
            yield Finding(
                Kind.MEDICAL_IMAGE, part.path, detail=_written_modality(part.data), by=by, redactable=False
            )
            return
        try:
            dicom = open_dicom(part.data, limits, header_only=True)
        except GatewayError:
            yield Finding(Kind.MEDICAL_IMAGE, part.path, detail="other", by=by)
            raise
        yield Finding(Kind.MEDICAL_IMAGE, part.path, detail=dicom.modality, by=by)
        for where in _identifying(dicom):
            yield Finding(Kind.IDENTIFIER_IN_METADATA, part.path, where, "person", by=by)


DICOM = DicomDetector()


def _identifying(dicom: Dicom) -> Iterator[str]:
    for tag in IDENTIFYING:
        if tag in dicom.dataset and dicom.dataset.get_item(tag).value:
            yield f"({tag >> 16:04x},{tag & 0xFFFF:04x})"


def _written_modality(data: bytes) -> str:
    found = _MODALITY_IN_JSON.search(data) or _MODALITY_IN_XML.search(data)
    return MODALITIES.get(found[1].decode("ascii"), "other") if found else "other"
