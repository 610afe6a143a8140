"""DICOM by structure, and the identifying attributes it carries; pixels are never touched."""

import re
from collections.abc import Iterator
from typing import Final

from gateway.errors import FormatError, GatewayError
from gateway.formats.dicom import MODALITIES, open_dicom
from gateway.formats.dicom_dictionary import DUMMIES, REMOVED, tag_named
from gateway.formats.dicom_elements import DataSet, Element
from gateway.formats.dicom_json import read_objects
from gateway.formats.dicom_tree import take_apart
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part

FORMATS: Final = frozenset({Format.DICOM, Format.DICOM_JSON, Format.DICOM_XML})

_IDENTIFYING: Final = """
AccessionNumber ReferringPhysicianAddress ReferringPhysicianTelephoneNumbers StudyID PatientID OtherPatientIDs
PatientBirthDate PatientAddress PatientTelephoneNumbers PatientComments MedicalRecordLocator AdmissionID
AdditionalPatientHistory PersonAddress PersonTelephoneNumbers InsurancePlanIdentification CurrentPatientLocation
PatientMotherBirthName OrderCallbackPhoneNumber RequestedProcedureID ClinicalTrialSubjectID
"""
IDENTIFYING: Final = frozenset(tag_named(word) for word in _IDENTIFYING.split())
"""What names a person or a visit directly, whatever else the file says; every person's name does too.
`gateway.redact` knows the whole of PS3.15 Annex E."""

RETAINABLE: Final = {
    tag_named("StudyDate"): frozenset({"113106", "113107"}),
    tag_named("InstitutionName"): frozenset({"113112"}),
    tag_named("InstitutionAddress"): frozenset({"113112"}),
    tag_named("StationName"): frozenset({"113109"}),
}
"""What may stay in a file that says so, with the codes of the options that retain it (PS3.16 CID 7050)."""

MODALITY, SOP_CLASS = 0x00080060, 0x00080016
IDENTITY_REMOVED, METHOD_CODES = (
    tag_named("PatientIdentityRemoved"),
    tag_named("DeidentificationMethodCodeSequence"),
)
HARMLESS: Final = frozenset({b"", REMOVED.encode(), *DUMMIES.values()})
PLACES: Final = 200
"""Findings of one file; a thousandth place says nothing that the first did not."""

BY_CLASS: Final = {
    "1.2.840.10008.5.1.4.1.1.88.": "document", "1.2.840.10008.5.1.4.1.1.104.": "document",
    "1.2.840.10008.5.1.4.1.1.9.1.": "ecg", "1.2.840.10008.5.1.4.1.1.77.1.6": "histology",
    "1.2.840.10008.5.1.4.1.1.77.1.5.4": "oct", "1.2.840.10008.5.1.4.1.1.77.1.5.": "fundus",
    "1.2.840.10008.5.1.4.1.1.77.1.4": "dermatology", "1.2.840.10008.5.1.4.1.1.77.1.1": "endoscopy",
    "1.2.840.10008.5.1.4.1.1.1.3": "dental", "1.2.840.10008.5.1.4.1.1.1.2": "mammogram",
    "1.2.840.10008.5.1.4.1.1.13.1.3": "mammogram", "1.2.840.10008.5.1.4.1.1.12.": "xray",
    "1.2.840.10008.5.1.4.1.1.128": "pet", "1.2.840.10008.5.1.4.1.1.20": "nuclear", "1.2.840.10008.5.1.4.1.1.6.": "ultrasound",
    "1.2.840.10008.5.1.4.1.1.3.": "ultrasound", "1.2.840.10008.5.1.4.1.1.4": "mri", "1.2.840.10008.5.1.4.1.1.2": "ct",
    "1.2.840.10008.5.1.4.1.1.1": "xray",
}  # fmt: skip
"""Beginnings of SOP class UIDs (PS3.4 table B.5-1), the longer ones first, for files that name no modality."""

_MODALITY_IN_JSON = re.compile(rb'"00080060"\s*:\s*\{[^{}]*"Value"\s*:\s*\[\s*"([A-Z]{2,16})"')
_MODALITY_IN_XML = re.compile(rb'tag="00080060"[^>]*>\s*<Value[^>]*>([A-Z]{2,16})<')


class DicomDetector:
    """The format alone decides: whatever is DICOM is medical."""

    name = "dicom"
    version = "2"
    look = Look.FORMAT

    def claims(self, part: Part) -> bool:
        """Every form of DICOM: the binary file, the JSON model and the native XML."""
        return part.format in FORMATS

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """A medical image in any case, then its identifying attributes, or that its header cannot be read."""
        by = f"{self.name} {self.version}"
        if part.format is Format.DICOM_JSON:
            yield from self._written(part, limits, by)
            return
        if part.format is not Format.DICOM:
            written = _written_modality(part.data)
            yield Finding(Kind.MEDICAL_IMAGE, part.path, detail=written, by=by, redactable=False)
            return
        try:
            dataset: DataSet | None = take_apart(part.data, limits).dataset
            modality: str | None = modality_of(dataset or ())
        except FormatError:
            dataset = None
            modality = _lenient_modality(part.data, limits)
        except GatewayError:
            yield Finding(Kind.MEDICAL_IMAGE, part.path, detail="other", by=by)
            raise
        yield Finding(Kind.MEDICAL_IMAGE, part.path, detail=modality or "other", by=by)
        if dataset is None:
            if modality is None:
                raise FormatError("a DICOM file whose header cannot be read")
            # Its elements do not add up, so that nobody can say what stands where.
            yield Finding(Kind.IDENTIFIER_IN_METADATA, part.path, "header", "person", by=by)
            return
        for where in sorted(_places(dataset))[:PLACES]:
            yield Finding(Kind.IDENTIFIER_IN_METADATA, part.path, where, "person", by=by)

    def _written(self, part: Part, limits: Limits, by: str) -> Iterator[Finding]:
        try:
            objects = read_objects(part.data, limits)
        except FormatError:
            written = _written_modality(part.data)
            yield Finding(Kind.MEDICAL_IMAGE, part.path, detail=written, by=by)
            yield Finding(Kind.IDENTIFIER_IN_METADATA, part.path, "header", "person", by=by)
            return
        yield Finding(Kind.MEDICAL_IMAGE, part.path, detail=modality_of(objects[0]), by=by)
        for where in sorted(set[str]().union(*map(_places, objects)))[:PLACES]:
            yield Finding(Kind.IDENTIFIER_IN_METADATA, part.path, where, "person", by=by)


DICOM = DicomDetector()


def modality_of(dataset: DataSet) -> str:
    """What kind of image the file says it is: by its modality, else by the kind of object; else `other`."""
    words = {element.tag: element for element in dataset if element.tag in (MODALITY, SOP_CLASS)}
    named = MODALITIES.get(_word(words.get(MODALITY)))
    if named is not None:
        return named
    kind = _word(words.get(SOP_CLASS))
    return next((word for start, word in BY_CLASS.items() if kind.startswith(start)), "other")


def _places(dataset: DataSet) -> set[str]:
    claimed = _claimed(dataset)
    found: set[str] = set()
    stack = [dataset]
    while stack:
        for element in stack.pop():
            if element.items is not None:
                stack += element.items
            elif _identifies(element, claimed):
                found.add(f"({element.tag >> 16:04x},{element.tag & 0xFFFF:04x})")
    return found


def _identifies(element: Element, claimed: frozenset[str]) -> bool:
    if element.vr != "PN" and element.tag not in IDENTIFYING and element.tag not in RETAINABLE:
        return False
    if bytes(element.value).strip(b" \0^=") in HARMLESS:
        return False
    return not (RETAINABLE.get(element.tag, frozenset()) & claimed)


def _claimed(dataset: DataSet) -> frozenset[str]:
    """Codes of the de-identification that the file says it went through."""
    words = {element.tag: element for element in dataset if element.tag in (IDENTITY_REMOVED, METHOD_CODES)}
    if _word(words.get(IDENTITY_REMOVED)) != "YES" or METHOD_CODES not in words:
        return frozenset()
    items = words[METHOD_CODES].items or ()
    return frozenset(_word(element) for item in items for element in item if element.tag == 0x00080100)


def _word(element: Element | None) -> str:
    if element is None or element.items is not None:
        return ""
    return bytes(element.value[:64]).decode("latin-1").strip(" \0").upper()


def _lenient_modality(data: bytes, limits: Limits) -> str | None:
    """What a forgiving reader makes of a damaged header; None where even that fails."""
    try:
        return open_dicom(data, limits, header_only=True).modality
    except GatewayError:
        return None


def _written_modality(data: bytes) -> str:
    found = _MODALITY_IN_JSON.search(data) or _MODALITY_IN_XML.search(data)
    return MODALITIES.get(found[1].decode("ascii"), "other") if found else "other"
