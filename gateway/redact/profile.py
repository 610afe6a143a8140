"""The confidentiality profile of DICOM as a table, and what it says about one attribute.

`ps3_15.csv` holds table E.1-1 of PS3.15, edition 2026d, row by row; `ps3_3_types.json` holds the type (1, 2, 3) that
the attributes with a compound action have in each kind of object, since `X/Z/D` means: remove where the object stays
valid, else empty, else replace.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

EDITION: Final = "DICOM PS3.15 2026d"
FOLDER: Final = Path(__file__).parent


class Action(StrEnum):
    """What happens to an attribute (PS3.15 table E.1-1a)."""

    REPLACE = "D"
    EMPTY = "Z"
    REMOVE = "X"
    KEEP = "K"
    CLEAN = "C"
    PSEUDONYM = "U"


OPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "clean-pixel-data": ("113101", "Clean Pixel Data Option"),
    "clean-recognizable-visual-features": ("113102", "Clean Recognizable Visual Features Option"),
    "clean-graphics": ("113103", "Clean Graphics Option"),
    "clean-structured-content": ("113104", "Clean Structured Content Option"),
    "clean-descriptors": ("113105", "Clean Descriptors Option"),
    "retain-longitudinal-full-dates": (
        "113106",
        "Retain Longitudinal Temporal Information Full Dates Option",
    ),
    "retain-longitudinal-modified-dates": (
        "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option",
    ),
    "retain-patient-characteristics": ("113108", "Retain Patient Characteristics Option"),
    "retain-device-identity": ("113109", "Retain Device Identity Option"),
    "retain-uids": ("113110", "Retain UIDs Option"),
    "retain-safe-private": ("113111", "Retain Safe Private Option"),
    "retain-institution-identity": ("113112", "Retain Institution Identity Option"),
}
"""Options in the order of their codes (PS3.16 CID 7050); the basic profile itself is 113100."""
BASIC: Final = ("113100", "Basic Application Confidentiality Profile")

REPEATING: Final = {0x50: "50xxxxxx", 0x60: "60xx3000"}
"""Groups that go whole, since what remained of them would be no valid curve or overlay (PS3.3 C.9.2)."""
PRIVATE: Final = "PRIVATE"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of table E.1-1."""

    tag: str  # eight hexadecimal digits, `50xxxxxx`, `60xx3000`, `60xx4000` or `PRIVATE`
    name: str
    basic: str
    options: Mapping[str, str] = field(repr=False)  # option to action


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One row of table E.3.4-1: a content item of a structured report, by its concept."""

    code: str
    scheme: str
    type: str
    basic: str
    options: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """The table with a set of options applied."""

    options: frozenset[str]
    actions: Mapping[int, Action | str] = field(repr=False)  # tag to action; compound ones as text
    content: Mapping[tuple[str, str], str] = field(repr=False)
    private: str

    def action(self, tag: int, parent: int, sop_class: str) -> Action | None:
        """What happens to an attribute inside `parent` (0 at the top); None where the table does not name it."""
        asked = self.actions.get(tag)
        if asked is None:
            return Action.REMOVE if tag >> 24 in REPEATING and not tag >> 16 & 1 else None
        if isinstance(asked, Action):
            return asked
        return resolved(asked, tag, parent, sop_class if sop_class in _types().classes else "")


@cache
def rows() -> tuple[Row, ...]:
    """Table E.1-1, all rows."""
    return tuple(
        Row(line["tag"], line["name"], line["basic"], _given(line, "tag", "name", "basic"))
        for line in _lines("ps3_15.csv")
    )


@cache
def content_rows() -> tuple[ContentRow, ...]:
    """Table E.3.4-1, all rows."""
    return tuple(
        ContentRow(
            line["code"],
            line["scheme"],
            line["type"],
            line["basic"],
            _given(line, "code", "scheme", "meaning", "type", "basic"),
        )
        for line in _lines("ps3_15_content.csv")
    )


@cache
def plan(options: frozenset[str]) -> Plan:
    """The table for a set of options. Where two options differ, the one that keeps less is followed."""
    actions = {row.tag: _strictest(row.basic, row.options, options) for row in rows()}
    return Plan(
        options,
        {int(tag, 16): _simple(action) for tag, action in actions.items() if _is_hex(tag)},
        {(row.scheme, row.code): _strictest(row.basic, row.options, options) for row in content_rows()},
        actions[PRIVATE],
    )


@lru_cache(maxsize=1 << 14)
def resolved(compound: str, tag: int, parent: int, sop_class: str) -> Action:
    """A compound action by the attribute's type in this object: 3 is removed, 2 emptied, 1 replaced.

    An object that PS3.3 (as far as known here) does not describe gets the last, the one that any type allows.
    """
    choices = compound.removesuffix("*").split("/")
    kind = _type(tag, parent, sop_class)
    if kind is None:
        return Action(choices[-1])
    wanted = {3: "X", 2: "Z", 1: "D"}[kind]
    order = choices[choices.index(wanted) :] if wanted in choices else ()
    if order:
        return Action(order[0])
    # Nothing stands for this type itself: the next that is valid for it (`X/D` of type 2 is D, `Z/D` of type 3 is Z).
    return Action(choices[0] if kind == 3 else choices[-1])


def _type(tag: int, parent: int, sop_class: str) -> int | None:
    types = _types()
    if parent:
        return types.nested.get((parent, tag))
    if sop_class not in types.classes:
        return None
    return types.top.get((sop_class, tag), 3)  # an attribute the object does not have may always go


@dataclass(frozen=True, slots=True)
class _Types:
    classes: frozenset[str]
    top: Mapping[tuple[str, int], int]
    nested: Mapping[tuple[int, int], int]


@cache
def _types() -> _Types:
    raw = json.loads((FOLDER / "ps3_3_types.json").read_bytes())
    names: list[str] = raw["classes"]
    # The file counts strictness upwards (3 is type 1, required); here the standard's own numbers stand.
    top = {
        (names[index], int(tag, 16)): 4 - int(strict)
        for tag, kinds in raw["top"].items()
        for strict, indexes in kinds.items()
        for index in indexes
    }
    nested = {
        (int(parent, 16), int(tag, 16)): 4 - int(strict)
        for tag, kinds in raw["nested"].items()
        for strict, parents in kinds.items()
        for parent in parents
    }
    return _Types(frozenset(names), top, nested)


def _strictest(basic: str, by_option: Mapping[str, str], options: frozenset[str]) -> str:
    chosen = {by_option[option] for option in options if option in by_option}
    return Action.CLEAN.value if "C" in chosen else Action.KEEP.value if "K" in chosen else basic


def _simple(action: str) -> Action | str:
    return Action(action) if len(action) == 1 else action


def _given(line: Mapping[str, str], *fixed: str) -> dict[str, str]:
    return {key: value for key, value in line.items() if key not in fixed and value}


def _lines(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        file.readline()  # the source
        return list(csv.DictReader(file))


def _is_hex(tag: str) -> bool:
    return all(digit in "0123456789ABCDEFabcdef" for digit in tag) and len(tag) == 8
