"""Cleans the header of a DICOM file by PS3.15 Annex E, and says truthfully in the file what was done.

The file is taken apart, every element is decided on, and it is put together in its own transfer syntax; pixels that
did not change keep their bytes. A file that was cleaned with the same key and options carries a seal and comes out as
it went in.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Final

from gateway import __version__
from gateway.errors import RedactionError
from gateway.formats.dicom_dictionary import tag_named
from gateway.formats.dicom_elements import EXPLICIT, DataSet, DicomFile, Element
from gateway.formats.dicom_tree import take_apart
from gateway.formats.dicom_write import encode_data_set
from gateway.limits import Limits
from gateway.model import Finding, Format, Identifier, Kind, Part, RedactionOptions
from gateway.redact import profile, ultrasound
from gateway.redact.dicom_clean import FULL_DATES, MODIFIED_DATES, PIXELS, Cleaner
from gateway.redact.identifiers import BIRTH_DATE, harvested
from gateway.redact.length import lengthened_dicom
from gateway.redact.net import Net
from gateway.redact.pixel_bytes import ROWS, checked_pixels
from gateway.redact.pseudonyms import shift_days
from gateway.redact.retained import DATED, retained, searched
from gateway.redact.seal import BLANK_SEAL, METHOD, is_sealed, with_seal, written_sealed
from gateway.redact.spellings import day_of

SOP_CLASS, SOP_INSTANCE = 0x00080016, 0x00080018
META_SOP_CLASS, META_SOP_INSTANCE = 0x00020002, 0x00020003
PIXEL_DATA: Final = "clean-pixel-data"
DIRECTORY_CLASS: Final = "1.2.840.10008.1.3.10"
IMPLEMENTATION: Final = b"2.25.245029087412087013394157193254137214853"
METHOD_CODES = tag_named("DeidentificationMethodCodeSequence")
IDENTITY_REMOVED, DATES_MODIFIED = (
    tag_named("PatientIdentityRemoved"),
    tag_named("LongitudinalTemporalInformationModified"),
)
BURNED_IN, VISIBLE_FEATURES = tag_named("BurnedInAnnotation"), tag_named("RecognizableVisualFeatures")
PATIENT: Final = tuple(tag_named(word) for word in ("PatientID", "PatientName", "StudyInstanceUID"))
_BIRTH: Final = re.compile(rb"\d{4}(?:0\d|1[0-2])(?:[0-2]\d|3[01])|(?!\d{8}\Z)[0-9. /\-]*")
"""A day, or less of one: `1947`, `19470000`. A damaged one would be searched in vain."""
WRITTEN_TEXT: Final = frozenset({Kind.TEXT_IN_PIXELS, Kind.CODE_IN_PIXELS})


class DicomTags:
    """The redactor of DICOM headers."""

    name = "dicom-tags"
    removes = frozenset({Kind.IDENTIFIER_IN_METADATA})

    def claims(self, part: Part) -> bool:
        """DICOM files; the JSON and XML models are not rewritten."""
        return part.format is Format.DICOM

    def redact(
        self,
        part: Part,
        findings: tuple[Finding, ...],
        options: RedactionOptions,
        limits: Limits,
        secret: bytes,
        identifiers: tuple[str, ...],
    ) -> Part:
        """The file without its patient. Raises RedactionError, FormatError or LimitReached, and then nothing is written."""
        painted = any(f.kind in WRITTEN_TEXT and f.path == part.path for f in findings)
        file = take_apart(part.data, limits)
        painted |= ultrasound.is_asked(options) and any(e.tag == ultrasound.REGIONS for e in file.dataset)
        chosen = frozenset(options.profile)
        if chosen - profile.OPTIONS.keys():
            raise RedactionError("an option that the confidentiality profile does not have")
        if is_sealed(file, part.data, chosen, secret) and not Net(identifiers).in_text_bytes(_header(file)):
            return part
        return part.with_data(cleaned_file(file, chosen, secret, identifiers, painted=painted))


DICOM_TAGS = DicomTags()


def as_long_as(length: int, data: bytes, options: RedactionOptions, limits: Limits, secret: bytes) -> bytes:
    """A cleaned file filled up to a length. RedactionError with the reason `length-changed` where that is impossible."""
    chosen = frozenset(options.profile)
    return lengthened_dicom(take_apart(data, limits), length, lambda file: with_seal(file, chosen, secret))


def cleaned_file(
    file: DicomFile,
    options: frozenset[str],
    secret: bytes,
    identifiers: tuple[str, ...] = (),
    *,
    painted: bool = False,
) -> bytes:
    """A file by the profile with these options, sealed. Raises RedactionError where it cannot be made clean."""
    values = {element.tag: element for element in file.dataset}
    if SOP_CLASS not in values or SOP_INSTANCE not in values or _text(values, SOP_CLASS) == DIRECTORY_CLASS:
        file = replace(file, dataset=_with_classes(file, values))
        values = {element.tag: element for element in file.dataset}
    if ROWS in values and PIXELS.isdisjoint(values):
        raise RedactionError("a picture without its pixels")
    if "clean-recognizable-visual-features" in options and _text(values, VISIBLE_FEATURES) != "NO":
        raise RedactionError(
            "faces cannot be removed from volumes, and the file does not say that it shows none"
        )
    cleaner, net = cleaner_for(file.dataset, options, secret, identifiers)
    pixels = checked_pixels(file, net)
    kept = tuple(pixels(e) if e.tag in PIXELS else e for e in cleaner.data_set(file.dataset))
    painted = painted or PIXEL_DATA in options
    dataset = stated(kept, options, painted=painted)
    meta = _file_meta(file, {element.tag: element for element in dataset})
    cleaned = DicomFile(meta, dataset, file.syntax)
    kept_names = retained(options)
    return written_sealed(
        cleaned,
        options,
        secret,
        lambda head: net.in_text_bytes(_header(cleaned, kept_names) if kept_names else head),
    )


def cleaner_for(
    dataset: DataSet, options: frozenset[str], secret: bytes, identifiers: tuple[str, ...]
) -> tuple[Cleaner, Net]:
    """What cleans this very data set, and the search for its identifiers."""
    values = {element.tag: element for element in dataset}
    harvest = harvested(dataset)
    net = Net(_searched(tuple(harvest.found), values, identifiers, options))
    if not _BIRTH.fullmatch(_raw(values, BIRTH_DATE)):
        raise RedactionError("a birth date that is none, so that nobody can search for it")
    days = shift_days(secret, next((_raw(values, tag) for tag in PATIENT if _raw(values, tag)), b""))
    plan, sop_class = profile.plan(options), _text(values, SOP_CLASS)
    return Cleaner(plan, net, secret, days, sop_class, doubtful=harvest.doubtful), net


# -- before


def _with_classes(file: DicomFile, values: dict[int, Element]) -> DataSet:
    """The data set with its SOP class and instance; where only the file meta group names them they are taken over."""
    meta = {element.tag: element for element in file.meta}
    added = []
    for tag, source in ((SOP_CLASS, META_SOP_CLASS), (SOP_INSTANCE, META_SOP_INSTANCE)):
        if not _raw(values, tag):
            if not _raw(meta, source):
                raise RedactionError("the kind of object is missing, so it cannot be made valid again")
            added.append(Element(tag, "UI", meta[source].value))
    if DIRECTORY_CLASS in (_text(values, SOP_CLASS), _text(meta, META_SOP_CLASS)):
        raise RedactionError("a media directory speaks of other files and is not rewritten")
    if not added:
        return file.dataset
    new = {element.tag for element in added}
    return tuple(sorted((*added, *(e for e in file.dataset if e.tag not in new)), key=lambda e: e.tag))


def _searched(
    found: tuple[Identifier, ...],
    values: dict[int, Element],
    identifiers: tuple[str, ...],
    options: frozenset[str],
) -> tuple[str, ...]:
    """What is searched: everything harvested but what an option retains, and what came with the file."""
    own = searched(found, options)
    if options & DATED:
        # Dates that the file keeps elsewhere are no secret either.
        dates = {_text(values, tag) for tag in values if tag != BIRTH_DATE and values[tag].vr == "DA"}
        own = tuple(text for text in own if day_of(text) is None or text not in dates)
    return (*own, *identifiers)


# -- after


def stated(dataset: DataSet, options: frozenset[str], *, painted: bool) -> DataSet:
    """The data set with what was done to it (PS3.15 E.1.1, PS3.3 C.7.1.1 and C.7.5.1)."""
    said = _statement(options, painted=painted and any(element.tag in PIXELS for element in dataset))
    others = (element for element in dataset if element.tag not in said)
    return tuple(sorted((*others, *said.values()), key=lambda element: element.tag))


@cache
def _statement(options: frozenset[str], *, painted: bool) -> Mapping[int, Element]:
    done = options - {PIXEL_DATA} | ({PIXEL_DATA} if painted else frozenset[str]())
    claimed = [profile.BASIC, *(code for option, code in profile.OPTIONS.items() if option in done)]
    dates = "MODIFIED" if MODIFIED_DATES in options else "UNMODIFIED" if FULL_DATES in options else "REMOVED"
    method = f"Leadglass {__version__}\\{profile.EDITION} table E.1-1\\{BLANK_SEAL}"
    stated = (
        Element(IDENTITY_REMOVED, "CS", b"YES"),
        Element(METHOD, "LO", method.encode()),
        Element(METHOD_CODES, "SQ", b"", tuple(_code(*code) for code in claimed)),
        Element(DATES_MODIFIED, "CS", dates.encode()),
        *((Element(BURNED_IN, "CS", b"NO"),) if painted else ()),
    )
    return MappingProxyType({element.tag: element for element in stated})


def _code(value: str, meaning: str) -> DataSet:
    # A code's meaning is at most 64 characters long (PS3.5 table 6.2-1).
    return (
        Element(0x00080100, "SH", value.encode()),
        Element(0x00080102, "SH", b"DCM"),
        Element(0x00080104, "LO", meaning[:64].encode()),
    )


def _file_meta(file: DicomFile, values: dict[int, Element]) -> DataSet:
    """A file meta group of our own: nothing of the sender's addresses, titles and private information."""
    return (
        Element(0x00020001, "OB", b"\0\1"),
        Element(META_SOP_CLASS, "UI", values[SOP_CLASS].value),
        Element(META_SOP_INSTANCE, "UI", values[SOP_INSTANCE].value),
        Element(0x00020010, "UI", file.syntax.encode()),
        Element(0x00020012, "UI", IMPLEMENTATION),
        Element(0x00020013, "SH", b"LEADGLASS"),
    )


def _header(file: DicomFile, without: frozenset[int] = frozenset()) -> bytes:
    """Everything but the pixels, as it is written; for the last search."""
    rest = tuple(e for e in file.dataset if e.tag not in PIXELS and e.tag not in without)
    return encode_data_set(file.meta, EXPLICIT) + encode_data_set(rest, file.syntax)


def _raw(values: dict[int, Element], tag: int) -> bytes:
    element = values.get(tag)
    return bytes(element.value).strip(b" \0") if element is not None and element.items is None else b""


def _text(values: dict[int, Element], tag: int) -> str:
    return _raw(values, tag).decode("latin-1")
