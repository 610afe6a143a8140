"""What names the patient in one file, and the search for it in everything that stays.

The profile's table says where identifiers are supposed to stand. People and devices write them elsewhere too, so the
ones that stand where they should are collected first and then looked for, in every spelling, in all that is kept.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.formats.dicom_dictionary import EXPECTED, REMOVED, decoded, encodings, is_of, tag_named
from gateway.formats.dicom_elements import DataSet, Element
from gateway.formats.dicom_json import read_objects
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

ALWAYS_THERE: Final = frozenset(
    tag_named(word) for word in ("PatientName", "PatientID", "PatientBirthDate", "AccessionNumber")
)
"""Of type 2 in every object of a patient (PS3.3 C.7.1.1, C.7.2.1): empty perhaps, but not missing."""
REPEATING: Final = frozenset({0x50, 0x60})
LENGTHS: Final = {"LO": 64, "SH": 16, "DA": 26}
_DAMAGED: Final = re.compile(r"[\x00-\x09\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]")
_NOBODY: Final = frozenset({REMOVED, "19000101"})
MISPLACED: Final = frozenset({"DA", "LO", "SH", "LT", "ST", "UC", "UT"})
LONGEST: Final = 64
"""Characters of a name or number; what is longer speaks of more than that."""
_LONG_NUMBER: Final = re.compile(r"\d{5}")

MOST: Final = 400
"""Identifiers of one file; a directory of a whole archive is not cleaned with a net of thousands."""


@dataclass(slots=True)
class Harvest:
    """One walk over a file: whom it names, and whether what it says can be trusted."""

    found: dict[Identifier, None] = field(default_factory=dict)
    doubtful: bool = False
    """A damaged tag or value takes a name out of the attribute it is known by, and nobody can search for it any more.
    In such a file only what is harmless by itself is kept: words of imaging and small numbers."""

    def walk(self, dataset: DataSet, names: tuple[str, ...]) -> None:
        """Visit every element; public ones in which a name may stand are read."""
        for element in dataset:
            tag, vr, value, items, _ = element
            if items is not None:
                for item in items:
                    self.walk(item, names)
            elif tag >> 16 & 1:
                if vr == "PN":
                    self._read(element, names)
            elif tag == CHARACTER_SET:
                names = encodings(bytes(value).decode("latin-1").strip(" \0"))
            elif vr == "PN" or tag in SOURCES:
                self._read(element, names)
            elif vr not in EXPECTED.get(tag, ()) and tag >> 24 not in REPEATING and not is_of(tag, vr):
                self.doubtful = True
                if vr in MISPLACED:  # the value may have named the patient where it stood before
                    self._add((tag, text) for text in texts(element, names) if _may_name(vr, text))

    def _read(self, element: Element, names: tuple[str, ...]) -> None:
        tag, vr, value, _, _ = element
        if not value:
            return
        if vr not in EXPECTED.get(tag, ()) and not tag >> 16 & 1:
            self.doubtful = True
        written = decoded(bytes(value), names).rstrip("\0 ")
        if _DAMAGED.search(written) is not None:
            self.doubtful = True
        values = written.split("\\")
        if len(written) > 16 and any(len(one) > LENGTHS.get(vr, len(one)) for one in values):
            self.doubtful = True
        for text in values if written.isascii() else (*values, *_as_unicode(element, names)):
            for part in text.strip(" \0").split("="):
                if part.strip(" ^") and part not in _NOBODY and len(self.found) < MOST:
                    self.found[tag, part] = None

    def _add(self, identifiers: Iterable[Identifier]) -> None:
        if len(self.found) < MOST:
            self.found |= dict.fromkeys(one for one in identifiers if one[1] and one[1] not in _NOBODY)


def harvested(dataset: DataSet) -> Harvest:
    """Whom a file names, in the attributes that are there to name somebody, and whether anybody may be missing."""
    harvest = Harvest(doubtful=not {element.tag for element in dataset} >= ALWAYS_THERE)
    harvest.walk(dataset, encodings(""))
    return harvest


def harvest_file(data: bytes, limits: Limits) -> tuple[Identifier, ...]:
    """The identifiers of a DICOM file or JSON text, as they are spelled there. Raises FormatError, LimitReached."""
    if data.lstrip()[:1] in (b"{", b"["):
        objects = read_objects(data, limits)
        return tuple(dict.fromkeys(found for one in objects for found in harvested(one).found))
    return tuple(harvested(take_apart(data, limits).dataset).found)


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
