"""The table of the standard is whole, and the loop does what each of its rows says."""

import hashlib
import io
import struct
from typing import Any

import pydicom
import pytest

from gateway.formats.dicom_dictionary import DUMMIES, vr_of
from gateway.formats.dicom_elements import EXPLICIT, DicomFile, Element
from gateway.formats.dicom_tree import take_apart
from gateway.formats.dicom_write import put_together
from gateway.limits import Limits
from gateway.model import Format, Part, RedactionOptions
from gateway.redact.dicom_tags import DICOM_TAGS
from gateway.redact.profile import FOLDER, OPTIONS, Action, Row, content_rows, plan, resolved, rows
from gateway.redact.pseudonyms import uid_pseudonym
from tests.redact.planted import CT

SECRET = b"k" * 32
PLAIN = tuple(
    row for row in rows() if len(row.tag) == 8 and "x" not in row.tag and row.tag[3] not in "13579BDF"
)
VALUES = {
    "CS": b"WOBBEGONG", "AS": b"044Y", "DA": b"20200131", "TM": b"101112", "DT": b"20200131101112", "IS": b"42", "DS": b"1.5", "UI": b"1.2.3.4",
    "AT": b"\x10\0\x10\0", "US": b"\7\0", "SS": b"\7\0", "UL": b"\7\0\0\0", "SL": b"\7\0\0\0", "FL": b"\0\0\x80\x3f",
    "FD": struct.pack("<d", 1.5), "OB": b"binary", "OW": b"binary", "UN": b"binary", "OD": bytes(8), "OF": b"\0\0\x80\x3f",
    "OL": b"\7\0\0\0", "OV": b"\7" + bytes(7), "SV": b"\7" + bytes(7), "UV": b"\7" + bytes(7), "UR": b"http://site/x ",
}  # fmt: skip
TEXT = b"Wobbegong"


def planted(row: Row) -> Element:
    tag = int(row.tag, 16)
    vr = vr_of(tag)
    if vr == "SQ":
        return Element(tag, "SQ", b"", ((Element(0x00081155, "UI", b"1.2.3.4"),),))
    return Element(tag, vr, VALUES.get(vr, TEXT))


def cleaned(element: Element, *options: str, sop_class: str = CT) -> Element | None:
    own = {
        0x00080016: Element(0x00080016, "UI", sop_class.encode()),
        0x00080018: Element(0x00080018, "UI", b"1.2.3"),
        # Without these nobody can say what else names the patient, and less is kept.
        0x00080050: Element(0x00080050, "SH"),
        0x00100010: Element(0x00100010, "PN"),
        0x00100020: Element(0x00100020, "LO"),
        0x00100030: Element(0x00100030, "DA"),
    }
    elements = own | {element.tag: element}
    dataset = tuple(sorted(elements.values(), key=lambda one: one.tag))
    data = put_together(DicomFile((Element(0x00020010, "UI", EXPLICIT.encode()),), dataset, EXPLICIT))
    part = Part(("file",), data, Format.DICOM)
    written = DICOM_TAGS.redact(part, (), RedactionOptions(profile=options), Limits(), SECRET, ()).data
    assert pydicom.dcmread(io.BytesIO(written)).PatientIdentityRemoved == "YES"
    found = take_apart(written, Limits()).dataset
    return next((one for one in found if one.tag == element.tag), None)


def check(row: Row, action: Action, before: Element, after: Element | None) -> None:
    where = f"{row.tag} {action}"
    if action is Action.REMOVE:
        assert after is None, where
        return
    assert after is not None or action is Action.CLEAN or before.vr in ("UN", "UR", "OB"), where
    if after is None:
        return
    value = bytes(after.value).rstrip(b" \0")
    if action is Action.EMPTY:
        assert not value, where
        assert not after.items, where
    elif action is Action.PSEUDONYM:
        new = uid_pseudonym(SECRET, "1.2.3.4").encode()
        inner = bytes(after.items[0][0].value).rstrip(b"\0") if after.items else value
        assert inner == new, where
    elif action is Action.REPLACE and before.items is None and before.vr != "UI":
        assert value == DUMMIES[before.vr].rstrip(b" \0"), where
    elif action is Action.REPLACE:
        assert b"1.2.3.4" not in value, where


def test_the_table_is_the_standards() -> None:
    assert len(rows()) == 657
    assert len({row.tag for row in rows()}) == 657
    assert len(PLAIN) == 653
    assert len(content_rows()) == 214
    text = (FOLDER / "ps3_15.csv").read_bytes()
    assert b"2026d" in text.splitlines()[0]
    digest = hashlib.sha256(b"\n".join(text.splitlines()[1:])).hexdigest()
    assert digest == TABLE, "the table changed: compare it with the standard, then change this line"


TABLE = "cb05b58dbff5ff503996a59b51c6effe696b491675b51cc7256724b3eb7a7059"

KNOWN: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("00100010", "Z", {}),
    ("00100020", "Z/D", {}),
    ("00080050", "Z", {}),
    ("00080080", "X/Z/D", {"retain-institution-identity": "K"}),
    ("00080018", "U", {"retain-uids": "K"}),
    ("00100040", "Z", {"retain-patient-characteristics": "K"}),
    ("00101010", "X", {"retain-patient-characteristics": "K"}),
    ("00080020", "Z", {"retain-longitudinal-full-dates": "K", "retain-longitudinal-modified-dates": "C"}),
    ("00081030", "X", {"clean-descriptors": "C"}),
    ("0040A730", "D", {"clean-structured-content": "C"}),
    ("00181000", "X/Z/D", {"retain-device-identity": "K"}),
    ("50xxxxxx", "X", {"clean-graphics": "C"}),
    ("PRIVATE", "X", {"retain-safe-private": "C"}),
    ("FFFCFFFC", "X", {}),
)


@pytest.mark.parametrize(("tag", "basic", "options"), KNOWN)
def test_rows_that_everybody_knows(tag: str, basic: str, options: dict[str, str]) -> None:
    row = next(row for row in rows() if row.tag == tag)
    assert (row.basic, dict(row.options)) == (basic, options)


def test_every_row_is_applied_as_the_basic_profile_says() -> None:
    done: dict[str, int] = {}
    for row in PLAIN:
        tag = int(row.tag, 16)
        if tag >> 16 in (0x0000, 0x0002, 0x0004) or tag in (0x00080018, 0x0008001C):
            continue  # groups that no data set has; the instance itself is tested below
        action = plan(frozenset()).action(tag, 0, CT)
        assert action is not None
        before = planted(row)
        check(row, action, before, cleaned(before))
        done[action.value] = done.get(action.value, 0) + 1
    assert sum(done.values()) >= 640
    assert set(done) == {"X", "Z", "D", "U"}


@pytest.mark.parametrize("option", OPTIONS)
def test_every_row_is_applied_as_each_option_says(option: str) -> None:
    if option == "clean-recognizable-visual-features":
        return
    chosen = tuple(row for row in PLAIN if option in row.options and int(row.tag[:4], 16) > 4)
    for row in chosen:
        before = planted(row)
        after = cleaned(before, option)
        action = Action(row.options[option])
        if action is Action.KEEP and before.vr not in ("UN", "SQ", "PN", "OB"):
            assert after is not None, row.tag
            assert bytes(after.value).rstrip(b" \0") == bytes(before.value).rstrip(b" \0"), row.tag
        elif action is Action.CLEAN and after is not None:
            assert TEXT not in bytes(after.value), row.tag
            assert b"20200131" not in bytes(after.value), row.tag
    if option.startswith("retain") and option != "retain-safe-private":
        assert len(chosen) >= 10


def test_compound_actions_follow_the_type_of_the_attribute() -> None:
    assert resolved("X/Z/D", 0x00080080, 0, CT) is Action.REMOVE  # type 3 in a CT image
    assert resolved("Z/D", 0x00080023, 0, CT) is Action.EMPTY  # type 2 at most
    assert resolved("X/Z", 0x00080022, 0, CT) in (Action.REMOVE, Action.EMPTY)
    assert resolved("X/D", 0x0018700A, 0, "1.2.3.unknown") is Action.REPLACE  # valid whatever its type
    assert resolved("X/Z/U*", 0x00081140, 0, "1.2.3.unknown") is Action.PSEUDONYM


def test_where_options_differ_the_one_that_keeps_less_is_followed() -> None:
    both = plan(frozenset({"retain-longitudinal-full-dates", "retain-longitudinal-modified-dates"}))
    assert both.action(0x00080020, 0, CT) is Action.CLEAN


def test_curves_overlays_and_their_repetitions_go_whole() -> None:
    applied = plan(frozenset())
    for tag in (0x50000005, 0x501E3000, 0x60000010, 0x60023000, 0x601E4000):
        assert applied.action(tag, 0, CT) is Action.REMOVE


def statements(*options: str) -> Any:
    own = cleaned(Element(0x00120064, "SQ", b"", ()), *options)
    assert own is not None
    assert own.items is not None
    return [bytes(item[0].value).decode().strip() for item in own.items]


def test_the_file_says_which_options_were_used() -> None:
    assert statements() == ["113100"]
    assert statements("retain-uids", "clean-descriptors") == ["113100", "113105", "113110"]
