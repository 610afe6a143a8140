"""What names the patient in one file, and the search for it in everything that stays.

The profile's table says where identifiers are supposed to stand. People and devices write them elsewhere too, so the
ones that stand where they should are collected first and then looked for, in every spelling, in all that is kept.
"""

import re
from collections.abc import Iterator
from typing import Final

from gateway.formats.dicom_dictionary import REMOVED, decoded, encodings, is_of, tag_named
from gateway.formats.dicom_elements import DataSet, Element
from gateway.formats.dicom_tree import take_apart
from gateway.limits import Limits
from gateway.model import Identifier

_SOURCES: Final = """
PatientID OtherPatientIDs AccessionNumber StudyID AdmissionID InstitutionName InstitutionAddress
InstitutionalDepartmentName StationName PatientAddress PatientTelephoneNumbers PatientTelecomInformation
MilitaryRank MedicalRecordLocator InsurancePlanIdentification IssuerOfPatientID ServiceEpisodeID
CountryOfResidence RegionOfResidence ReferringPhysicianAddress ReferringPhysicianTelephoneNumbers
PersonAddress PersonTelephoneNumbers PersonTelecomInformation OrderCallbackPhoneNumber
PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest RequestedProcedureID
ScheduledProcedureStepID PerformedProcedureStepID ClinicalTrialSubjectID ClinicalTrialSubjectReadingID
ClinicalTrialSiteName DeviceSerialNumber SpecimenIdentifier ContainerIdentifier CurrentPatientLocation
RequestingService PatientBirthDate BarcodeValue StudyDate SeriesDate AcquisitionDate ContentDate AdmittingDate
"""
SOURCES: Final = frozenset(tag_named(word) for word in _SOURCES.split())
"""Attributes that are there to name somebody or something of somebody's; all person names are sources too."""
BIRTH_DATE: Final = tag_named("PatientBirthDate")
CHARACTER_SET: Final = 0x00080005

MISPLACED: Final = frozenset({"DA", "LO", "SH", "LT", "ST", "UC", "UT"})
LONGEST: Final = 64
"""Characters of a name or number; what is longer speaks of more than that."""
_LONG_NUMBER: Final = re.compile(r"\d{5}")

MOST: Final = 400
"""Identifiers of one file; a directory of a whole archive is not cleaned with a net of thousands."""


def harvest(dataset: DataSet, skip: frozenset[int] = frozenset()) -> tuple[str, ...]:
    """Every identifier of a file as it is spelled there: names, numbers, addresses, institutions, dates.

    Attributes to `skip` are those that an option retains; the same text elsewhere in the file counts all the same.
    """
    return tuple(dict.fromkeys(text for tag, text in tagged(dataset) if tag not in skip))


def tagged(dataset: DataSet) -> tuple[Identifier, ...]:
    """The same with the attributes they stand in, to be searched in what else was sent with the file."""
    found: dict[Identifier, None] = {}
    for identifier in _harvested(dataset, encodings("")):
        if identifier[1] and identifier[1] not in {REMOVED, "19000101"}:
            found[identifier] = None
        if len(found) >= MOST:
            break
    return tuple(found)


def harvest_file(data: bytes, limits: Limits) -> tuple[Identifier, ...]:
    """The identifiers of a DICOM file. Raises FormatError, LimitReached."""
    return tagged(take_apart(data, limits).dataset)


def _harvested(dataset: DataSet, names: tuple[str, ...]) -> Iterator[Identifier]:
    for element in dataset:
        if element.tag == CHARACTER_SET:
            names = encodings(bytes(element.value).decode("latin-1").strip(" \0"))
        elif element.items is not None:
            for item in element.items:
                yield from _harvested(item, names)
        elif element.vr == "PN" or element.tag in SOURCES:
            for text in (*texts(element, names), *_as_unicode(element, names)):
                yield from ((element.tag, part) for part in text.split("=") if part.strip(" ^"))
        elif element.vr in MISPLACED and not element.tag >> 16 & 1 and not is_of(element.tag, element.vr):
            # A damaged tag: the value may have named the patient where it stood before.
            yield from ((element.tag, text) for text in texts(element, names) if _may_name(element.vr, text))


def _as_unicode(element: Element, names: tuple[str, ...]) -> Iterator[str]:
    """The same values as UTF-8, where they are that although the file says otherwise."""
    value = bytes(element.value)
    if value.isascii() or "utf8" in names:
        return
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return
    yield from (part.strip(" \0") for part in text.split("\\"))


def _may_name(vr: str, text: str) -> bool:
    return len(text) <= LONGEST and (vr == "DA" or "^" in text or _LONG_NUMBER.search(text) is not None)


def texts(element: Element, names: tuple[str, ...]) -> Iterator[str]:
    """The values of a text element, without padding."""
    for value in decoded(bytes(element.value), names).split("\\"):
        yield value.strip(" \0")
