"""What becomes of a value that may stay: numbers, coded words, texts and dates, searched for identifiers."""

import re
from typing import Final

from gateway.errors import RedactionError
from gateway.formats.dicom_dictionary import DUMMIES, REMOVED, ROOM, decoded
from gateway.formats.dicom_elements import Element
from gateway.redact import kept
from gateway.redact.descriptors import may_stay
from gateway.redact.net import Net, is_ideographic
from gateway.redact.profile import Action
from gateway.redact.pseudonyms import shifted

LONGEST_NAME: Final = 64
"""Characters of one value of LO and shorter texts; longer ones have swallowed something else."""
LONGEST_TIME: Final = 56
"""Characters of a range of dates with times (PS3.5 table 6.2-1)."""
SHORT_TEXTS: Final = frozenset({"LO", "SH"})
DEFINED: Final = frozenset(
    rb"""ORIGINAL\PRIMARY\AXIAL ORIGINAL\PRIMARY ORIGINAL\PRIMARY\OTHER DERIVED\PRIMARY DERIVED\SECONDARY
    ORIGINAL\PRIMARY\LOCALIZER ORIGINAL\PRIMARY\M\ND MONOCHROME1 MONOCHROME2 RGB YBR_FULL YBR_FULL_422 YBR_ICT YBR_RCT
    ANONYMIZED CONTAINER CODE NUM TEXT UIDREF CONTAINS SEPARATE COMPLETE UNVERIFIED PARTIAL VERIFIED HFS FFS HFP FFP
    CT MR US CR DX MG NM PT XA RF SC OT SR SEG SM ES XC OP OPT ECG DOC PR KO RTSTRUCT RTDOSE RTPLAN RTIMAGE""".split()
) | {b"ISO_IR 6", b"ISO_IR 100", b"ISO_IR 192"}
"""Terms of the standard that stand in nearly every file; a person of that name is not named by them."""
FEW_NUMBERS: Final = 64
"""Bytes of a numeric value that nobody can write a name into unnoticed; longer ones are searched like tables."""

_RECORD: Final = re.compile(rb"(?<![.\d])\d{6}")
"""So many digits in front of a point are no measure that anybody writes as text."""
_UIDS: Final = re.compile(rb"[0-9.\\]*[ \0]*")
_TIMES: Final = re.compile(rb"[0-9.:+\-\\ ]*\0?")
_CONTROLS: Final = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
# Coded words have at most 16 characters each (PS3.5 table 6.2-1).
_CODED: Final = re.compile(rb"(?:[A-Za-z0-9_ .\-]{0,16}\\)*[A-Za-z0-9_ .\-]{0,16}\0?")


def is_sound(element: Element, value: bytes) -> bool:
    """Whether a value looks like its representation; a damaged length makes one swallow the next attributes."""
    vr = element.vr
    if vr == "UI":
        return _UIDS.fullmatch(value) is not None
    if vr in kept.TEMPORAL:
        return _TIMES.fullmatch(value) is not None and max(map(len, value.split(b"\\"))) <= LONGEST_TIME
    if vr == "CS":
        return _CODED.fullmatch(value) is not None
    if vr in kept.TEXTS:
        if (
            vr in SHORT_TEXTS
            and len(value) > LONGEST_NAME
            and max(map(len, value.split(b"\\"))) > LONGEST_NAME
        ):
            return False
        return _CONTROLS.search(value.rstrip(b"\0")) is None
    return True


def number(element: Element, value: bytes, net: Net, *, doubtful: bool) -> Element | None:
    """A decimal or whole number in text, unless it is an identifier. RedactionError where it is no number."""
    if kept.DECIMAL.fullmatch(value) is None:
        raise RedactionError("a number that is no number")
    if any(net.is_number(part) for part in value.decode("ascii").split("\\")):
        return _gone(element)
    if _RECORD.search(value) is not None and (doubtful or net.resembles(value.decode("ascii"))):
        return _gone(element)
    return element


def word(element: Element, value: bytes, net: Net, *, doubtful: bool) -> Element | None:
    """A coded word of the standard's own kind; other words only where they are words of imaging."""
    text = value.decode("latin-1").strip(" \0")
    fixed = element.tag in kept.STRUCTURAL or element.tag >> 16 == kept.STRUCTURAL_GROUP
    if not net.catches(text) and not net.resembles(text):
        if doubtful and _RECORD.search(value):
            return _gone(element)
        if fixed or _closed(text) or (not doubtful and kept.WORDS.fullmatch(value)):
            return element
    elif element.tag in kept.STRUCTURAL and all(
        may_stay(w) or len(w) < 3 for w in text.replace("\\", " ").split()
    ):
        return element
    return _gone(element)


def text(
    element: Element, names: tuple[str, ...], net: Net, *, unknown: bool, listed: bool, trusted: bool
) -> Element:
    """A text: as it is where devices write it, or where every word is one of imaging; otherwise what replaces it."""
    words = decoded(bytes(element.value), names)
    technical = trusted and (
        listed or element.tag in kept.TECHNICAL or element.tag >> 16 == kept.STRUCTURAL_GROUP
    )
    if unknown or net.catches(words):
        return element._replace(value=REMOVED.encode())
    if technical and not net.resembles(words) and not is_ideographic(words):
        return element
    if all(may_stay(word) for word in words.split()):
        return element
    return element._replace(value=REMOVED.encode())


def moved(element: Element, days: int) -> Element:
    """Dates moved back by days; times stay; what is no date is replaced."""
    if not is_sound(element, bytes(element.value)):
        return replaced(element)
    if element.vr == "TM":
        return element
    values = [shifted(value, days) for value in bytes(element.value).split(b"\\") if value.strip(b" \0")]
    if any(value is None for value in values):
        return element._replace(value=DUMMIES[element.vr])
    return element._replace(value=b"\\".join(value for value in values if value is not None))


def replaced(element: Element) -> Element:
    """What stands in for a value that is not what its representation says. RedactionError where nothing can."""
    if element.vr not in kept.TEXTS and element.vr not in kept.TEMPORAL:
        raise RedactionError("a value that is not what its representation says")
    return element._replace(value=DUMMIES[element.vr])


def _gone(element: Element) -> Element:
    """The attribute without its value. What a reader cannot do without is not emptied; then the file is refused."""
    if element.tag >> 16 == kept.STRUCTURAL_GROUP or element.tag in kept.ESSENTIAL:
        raise RedactionError("an identifier is written where the picture is described")
    return element._replace(value=b"")


def _closed(text: str) -> bool:
    return all(may_stay(word) for word in text.replace("\\", " ").split())


def numbers(element: Element, value: bytes, net: Net) -> Element:
    """Numbers in binary, as many as the attribute has. RedactionError where they have swallowed what stood behind."""
    room = ROOM.get(element.tag)
    if len(value) > (FEW_NUMBERS if room is None else room) and (
        room is not None or net.in_text_bytes(value)
    ):
        raise RedactionError("numbers that hold something else")
    return element


def out_of_place(element: Element, action: Action | None) -> Element | None:
    """What becomes of a value that its attribute never has: damage moved it here, and it may name anybody."""
    if (
        element.tag >> 16 == kept.STRUCTURAL_GROUP
        or element.tag in kept.ESSENTIAL
        or element.tag >> 16 == 0x7FE0
    ):
        raise RedactionError("an attribute with a value of another kind than the standard's")
    return Element(element.tag, element.vr) if action is Action.EMPTY else None
