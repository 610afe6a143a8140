"""What names the patient in one file, and the search for it in everything that stays.

The profile's table says where identifiers are supposed to stand. People and devices write them elsewhere too, so the
ones that stand where they should are collected first and then looked for, in every spelling, in all that is kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import numpy as np

from gateway.formats.dicom_dictionary import REMOVED, decoded, encodings, tag_named
from gateway.formats.dicom_tree import DataSet, Element, take_apart
from gateway.limits import Limits
from gateway.redact.descriptors import VOCABULARY
from gateway.redact.spellings import dates_in, day_of, folded, squeezed

_SOURCES: Final = """
PatientID OtherPatientIDs AccessionNumber StudyID AdmissionID InstitutionName InstitutionAddress
InstitutionalDepartmentName StationName PatientAddress PatientTelephoneNumbers PatientTelecomInformation
MilitaryRank MedicalRecordLocator InsurancePlanIdentification IssuerOfPatientID ServiceEpisodeID
CountryOfResidence RegionOfResidence ReferringPhysicianAddress ReferringPhysicianTelephoneNumbers
PersonAddress PersonTelephoneNumbers PersonTelecomInformation OrderCallbackPhoneNumber
PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest RequestedProcedureID
ScheduledProcedureStepID PerformedProcedureStepID ClinicalTrialSubjectID ClinicalTrialSubjectReadingID
ClinicalTrialSiteName DeviceSerialNumber SpecimenIdentifier ContainerIdentifier CurrentPatientLocation
RequestingService PatientBirthDate BarcodeValue
"""
SOURCES: Final = frozenset(tag_named(word) for word in _SOURCES.split())
"""Attributes that are there to name somebody or something of somebody's; all person names are sources too."""
BIRTH_DATE: Final = tag_named("PatientBirthDate")
CHARACTER_SET: Final = 0x00080005

SHORTEST_WORD: Final = 3
"""Letters of a name that are searched as a word; `Li` alone is in every sentence, `Li Wei` together is searched."""
SHORTEST_RUN: Final = 5
"""Letters and digits of a number that are searched inside longer runs; shorter ones only as a word of their own."""
SHORTEST_BYTES: Final = 6
"""Bytes that are searched in pixels and other binary values, where short ones occur by chance."""
MOST: Final = 400
"""Identifiers of one file; a directory of a whole archive is not cleaned with a net of thousands."""

_TITLES: Final = frozenset(
    "dr prof med md mrs mr ms miss phd von van der den del des the and of st jr sr iii".split()
)
_PLACES: Final = frozenset(
    """hospital hospitals clinic clinics klinik klinikum krankenhaus university universitat medical center centre central
    radiology radiologie department imaging institute institut health healthcare general regional national street strasse
    road avenue city county hopital ospedale centro clinica""".split()
)
EASTERN: Final = ("shift_jis", "euc_jp", "euc_kr", "gb18030", "iso2022_jp")
_TEXT_BYTES: Final = np.array([32 <= byte < 127 or byte > 160 or byte == 27 for byte in range(256)])
_RUNS: Final = re.compile(r"[^\W\d_]+|\d+")
_SEPARATORS: Final = re.compile(r"[\s^=,;./\\()\-_]+")


def harvest(dataset: DataSet) -> tuple[str, ...]:
    """Every identifier of a file as it is spelled there: names, numbers, addresses, institutions, the birth date.

    To be searched in what else was sent with it: the pixels, file names and form fields.
    """
    found: dict[str, None] = {}
    for text in _harvested(dataset, encodings("")):
        if text and text not in {REMOVED, "19000101"}:
            found[text] = None
        if len(found) >= MOST:
            break
    return tuple(found)


def harvest_file(data: bytes, limits: Limits) -> tuple[str, ...]:
    """The identifiers of a DICOM file. Raises FormatError, LimitReached."""
    return harvest(take_apart(data, limits).dataset)


def _harvested(dataset: DataSet, names: tuple[str, ...]) -> Iterator[str]:
    for element in dataset:
        if element.tag == CHARACTER_SET:
            names = encodings(bytes(element.value).decode("latin-1").strip(" \0"))
        elif element.items is not None:
            for item in element.items:
                yield from _harvested(item, names)
        elif element.vr == "PN" or element.tag in SOURCES:
            for text in texts(element, names):
                yield from (part for part in text.split("=") if part.strip(" ^"))


def texts(element: Element, names: tuple[str, ...]) -> Iterator[str]:
    """The values of a text element, without padding."""
    for value in decoded(bytes(element.value), names).split("\\"):
        yield value.strip(" \0")


class Net:
    """A search for identifiers in all their spellings."""

    def __init__(self, identifiers: Iterable[str]) -> None:
        self.words: set[str] = set()
        self.runs: set[str] = set()
        self.days: set[tuple[int, int, int]] = set()
        self.literal: set[str] = set()
        for identifier in identifiers:
            self._learn(identifier)
        self._run = re.compile("|".join(map(re.escape, sorted(self.runs)))) if self.runs else None

    def _learn(self, identifier: str) -> None:
        day = day_of(identifier)
        if day is not None:
            self.days.add(day)
            return
        for plain in folded(identifier):
            pieces = [piece for piece in _SEPARATORS.split(plain) if piece]
            whole = squeezed(plain)
            if not whole:
                continue
            if any(character.isdigit() for character in whole):
                self._learn_number(identifier, whole)
            elif _is_ideographic(whole):
                self.runs.update(piece for piece in (*pieces, whole) if len(piece) >= 2)
                self.literal.update(piece for piece in (*pieces, whole) if len(piece) >= 2)
            else:
                self._learn_name(pieces, named="^" in identifier or len(pieces) == 1)

    def _learn_number(self, identifier: str, whole: str) -> None:
        cores = re.findall(r"\d{5,}", whole)
        for number in {whole, whole.lstrip("0"), *cores, *(core.lstrip("0") for core in cores)}:
            if len(number) >= SHORTEST_RUN:
                self.runs.add(number)
            elif len(number) >= SHORTEST_WORD:
                self.words.add(number)
        self.literal.update((identifier.strip().lower(), *cores))

    def _learn_name(self, pieces: list[str], *, named: bool) -> None:
        shortest, told = (SHORTEST_WORD, _TITLES) if named else (5, _PLACES)
        own = [p for p in pieces if len(p) >= shortest and p not in told and p not in VOCABULARY]
        self.words.update(own)
        self.literal.update(own)
        spoken = [piece for piece in pieces if piece not in _TITLES]
        pairs = {tuple(pieces), tuple(reversed(pieces)), tuple(spoken[:2]), tuple(reversed(spoken[:2]))}
        for pair in pairs:
            if len(pair) > 1 and len(run := "".join(pair)) >= SHORTEST_RUN:
                self.runs.add(run)
        if all(len(piece) < SHORTEST_BYTES for piece in own):
            # Short names by themselves occur by chance; first and last together do not.
            self.literal.update(s.join(pair) for pair in pairs if len(pair) > 1 for s in (" ", "^"))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to search for."""
        return not (self.words or self.runs or self.days)

    def catches(self, text: str) -> bool:
        """Whether a text holds an identifier, in whatever order, case, script or punctuation."""
        if not text or self.empty:
            return False
        for plain in folded(text):
            if not self.words.isdisjoint(_SEPARATORS.split(plain)) or not self.words.isdisjoint(
                _RUNS.findall(plain)
            ):
                return True
            run = squeezed(plain)
            if self._run is not None and (self._run.search(run) or self._run.search(run[::-1])):
                return True
        return bool(self.days) and not self.days.isdisjoint(dates_in(text))

    def is_number(self, text: str) -> bool:
        """Whether a numeric text is, as a whole, one of the identifiers."""
        run = squeezed(text.casefold())
        return len(run) >= SHORTEST_RUN and (run in self.runs or run.lstrip("0") in self.runs)

    def in_uid(self, uid: str) -> bool:
        """Whether a component of a UID is, or holds, an identifying number."""
        return any(
            len(part) >= SHORTEST_RUN and (part in self.runs or (self._run and self._run.search(part)))
            for part in uid.split(".")
        )

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """Spellings as bytes, lower case, in the encodings that files use; for binary values and the finished file."""
        found: set[bytes] = set()
        for text in self.literal:
            if text.isascii():
                # The zeros between the letters are the same in either order of bytes.
                spelled = [text.encode("ascii"), text.encode("utf-16-le")[:-1]]
            else:
                spelled = list(_in_encodings(text))
            found.update(spelling for spelling in spelled if len(spelling) >= SHORTEST_BYTES)
        return tuple(sorted(found))

    def in_bytes(self, data: bytes | memoryview) -> bool:
        """Whether binary data spell an identifier, in upper or lower case."""
        return bool(self.needles) and may_spell(data) and self.in_text_bytes(bytes(data))

    def in_text_bytes(self, data: bytes) -> bool:
        """The same for bytes that hold text for certain."""
        lower = data.lower()
        for needle in self.needles:
            if needle in lower and (not needle.isdigit() or _stands_alone(lower, needle)):
                return True
        return False


def may_spell(data: bytes | memoryview) -> bool:
    """Whether six bytes of text follow one another anywhere, or three letters of two bytes; most scans hold none.

    It is asked first because it costs a tenth of the search.
    """
    if len(data) < SHORTEST_BYTES:
        return False
    values = np.frombuffer(data, np.uint8)
    text, zero = _TEXT_BYTES[values], values == 0
    pair = text[:-1] & text[1:]
    four = pair[:-2] & pair[2:]
    if bool((four[:-2] & pair[4:]).any()):
        return True
    wide = (text[:-1] & zero[1:]) | (zero[:-1] & text[1:])
    return bool((wide[:-4] & wide[2:-2] & wide[4:]).any())


def _in_encodings(text: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be", *EASTERN):
        try:
            yield text.encode(encoding)
        except UnicodeEncodeError:
            continue


def _stands_alone(data: bytes, number: bytes) -> bool:
    """Whether a number is found that no digit continues; long runs of digits hold every short one."""
    at = data.find(number)
    while at >= 0:
        if not (
            data[at + len(number) : at + len(number) + 1].isdigit() or data[max(0, at - 1) : at].isdigit()
        ):
            return True
        at = data.find(number, at + 1)
    return False


def _is_ideographic(text: str) -> bool:
    return any(unicodedata.category(character) == "Lo" for character in text)
