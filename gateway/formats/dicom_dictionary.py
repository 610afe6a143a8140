"""What the DICOM standard says of an attribute: its value representation; and how text is encoded."""

import contextlib
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from pydicom import charset
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import dictionary_VR, keyword_dict, repeater_has_tag
from pydicom.valuerep import TEXT_VR_DELIMS

ESCAPE: Final = b"\x1b"
FIRST_OF_TWO: Final = re.compile(" or .*")


def _representations() -> dict[int, str]:
    return {tag: FIRST_OF_TWO.sub("", entry[0]) for tag, entry in DicomDictionary.items()}


_VRS: Final = _representations()
"""Where the standard leaves a choice (`US or SS`), the first: this much is needed to find values, not to use them."""


def vr_of(tag: int) -> str:
    """The value representation of a public attribute, `UN` where the standard does not know it."""
    known = _VRS.get(tag)
    if known is not None:
        return known if len(known) == 2 else "UN"
    if not tag >> 16 & 1 and repeater_has_tag(tag):
        return FIRST_OF_TWO.sub("", str(dictionary_VR(tag)))
    return "UL" if tag & 0xFFFF == 0 else "UN"


def is_known(tag: int) -> bool:
    """Whether the standard has this public attribute; the repeating groups of the last century are none of ours."""
    return tag in _VRS


_FAMILIES: Final = tuple(
    frozenset(family.split())
    for family in (
        "LO SH ST LT UC UT CS",
        "DA DT TM",
        "IS DS",
        "US SS UL SL UV SV AT FL FD OF OD IS DS",
        "OB OW OF OL OD OV UN US SS",
    )
)
"""Value representations that writers mistake for one another; which of a family it is says nothing about the value."""


def _relatives(representation: str) -> frozenset[str]:
    found = {representation}
    for family in _FAMILIES:
        if representation in family:
            found |= family
    return frozenset(found)


_BY_VR: Final = {vr: _relatives(vr) for vr in sorted({*_VRS.values(), "UN"})}
EXPECTED: Final = {tag: _BY_VR[vr] for tag, vr in _VRS.items()}
"""The value representations that a public attribute may have, or that are mistaken for them."""


def is_of(tag: int, vr: str) -> bool:
    """Whether a public attribute may have this value representation, or one that is mistaken for it."""
    expected = EXPECTED.get(tag)
    if expected is not None:
        return vr in expected
    return repeater_has_tag(tag)


_WIDEST: Final = {"US": 4, "SS": 4, "UL": 4, "SL": 4, "FL": 8, "FD": 8, "AT": 4, "SV": 8, "UV": 8}
"""Bytes of one number; writers mistake shorter for longer ones."""


def _rooms() -> dict[int, int]:
    fixed = {tag: entry[1] for tag, entry in DicomDictionary.items() if entry[1].isdigit()}
    return {tag: int(count) * _WIDEST[_VRS[tag]] for tag, count in fixed.items() if _VRS[tag] in _WIDEST}


ROOM: Final = _rooms()
"""Bytes that a numeric attribute can have at most, where the standard says how many numbers it holds."""


def tag_named(keyword: str) -> int:
    """The tag of a keyword of the standard."""
    return keyword_dict[keyword]


@contextlib.contextmanager
def _silently() -> Iterator[None]:
    """Pydicom warns with the words of the file in its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def encodings(character_set: str) -> tuple[str, ...]:
    """Python's names for the values of (0008,0005), separated by backslashes; unknown ones are latin 1."""
    try:
        with _silently():
            return tuple(charset.convert_encodings(character_set.split("\\") if character_set else None))
    except (LookupError, ValueError):
        return ("iso8859",)


def decoded(value: bytes, names: Sequence[str]) -> str:
    """Text of an element, whatever its encoding; never raises, since a wrong guess must still be searched."""
    if value.isascii() and ESCAPE not in value:
        return value.decode("ascii")
    try:
        with _silently():
            return str(charset.decode_bytes(value, list(names), TEXT_VR_DELIMS))
    except (LookupError, ValueError):
        return value.decode("latin-1")


REMOVED: Final = "REMOVED"
DUMMIES: Final = {
    "AE": b"REMOVED", "AS": b"000D", "AT": b"\0\0\0\0", "CS": b"REMOVED", "DA": b"19000101", "DS": b"0",
    "DT": b"19000101000000", "FD": bytes(8), "FL": bytes(4), "IS": b"0", "LO": b"REMOVED", "LT": b"REMOVED",
    "OB": b"\0\0", "OD": bytes(8), "OF": bytes(4), "OL": bytes(4), "OV": bytes(8), "OW": b"\0\0", "PN": b"REMOVED",
    "SH": b"REMOVED", "SL": bytes(4), "SS": b"\0\0", "ST": b"REMOVED", "SV": bytes(8), "TM": b"000000", "UC": b"REMOVED",
    "UL": bytes(4), "UN": b"\0\0", "UR": b"urn:removed", "US": b"\0\0", "UT": b"REMOVED", "UV": bytes(8),
}  # fmt: skip
"""What stands in for a value that may not be empty, by value representation; UIDs get a pseudonym instead."""
