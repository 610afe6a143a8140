"""Identifiers are collected where they stand and found where they should not."""

import pytest

from gateway.formats.dicom_tree import take_apart
from gateway.limits import Limits
from gateway.redact.descriptors import cleaned_description
from gateway.redact.identifiers import harvest_file, harvested
from gateway.redact.net import Net
from tests.redact.planted import base, written
from tests.redact.planted_places import ACCESSION, BORN, NAME, PATIENT_ID

NET = Net(
    [
        "Müller^Jörg^^Dr.",
        "PAT-0042317",
        "19560312",
        "St. Elisabeth Hospital Köln",
        "山田^太郎",
        "Li^Wei",
        "4MR1",
        "O'Brien^Seán",
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "seen by Mueller", "JÖRG", "MULLER", "mullerjorg", "Jorg, Muller", "scan of wei li", "weili", "pat 0042317",
        "id 42317", "PAT0042317/2", "12.3.56", "12 MAR 1956", "March 12, 1956", "1956-03-12", "19560312", "031256",
        "1956/3/12", "12. März 1956", "山田太郎様", "太郎", "St Elisabeth", "4MR1", "obrien", "SEAN OBRIEN",
        "MüllerJörg"[::-1], "12-MAR-56", "_jorg_",
    ],
)  # fmt: skip
def test_every_spelling_is_caught(text: str) -> None:
    assert NET.catches(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CT HEAD 2.5",
        "hospital",
        "14MR12",
        "2.25.1423181",
        "johnson",
        "13.4.56",
        "CONTRAST 320 MG",
        "AXIAL",
        "wei"[:2],
    ],
)
def test_other_text_is_not(text: str) -> None:
    assert not NET.catches(text)


def test_what_stands_in_a_file_is_harvested_as_it_is_spelled() -> None:
    identifiers = harvest_file(written(base()), Limits())
    assert len(identifiers) == len(set(identifiers))
    found = {text for _, text in identifiers}
    assert {NAME, PATIENT_ID, ACCESSION, BORN} <= found


def test_what_was_removed_is_not_harvested() -> None:
    ds = base()
    ds.PatientName, ds.PatientBirthDate = "REMOVED", "19000101"
    assert not {"REMOVED", "19000101", ""} & {
        text for _, text in harvested(take_apart(written(ds), Limits()).dataset).found
    }


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-16-be"])
def test_bytes_are_searched_in_many_encodings(encoding: str) -> None:
    assert NET.in_bytes(b"\0\1\2" + "Elisabeth".encode(encoding) + b"\3\4")
    assert not NET.in_bytes(b"\0\1\2" + "Elsebeth".encode(encoding) + b"\3\4")


@pytest.mark.parametrize("encoding", ["utf-8", "shift_jis", "euc_jp", "gb18030"])
def test_other_scripts_are_searched_in_theirs(encoding: str) -> None:
    assert NET.in_text_bytes("..山田太郎..".encode(encoding))


def test_a_number_is_not_found_inside_a_longer_one() -> None:
    net = Net(["1234567"])
    assert net.in_text_bytes(b"id=1234567;")
    assert not net.in_text_bytes(b"2.25.9912345678")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["Quillfeather", "PAT-0042317"])
@pytest.mark.parametrize("noise", [0, 1, 500])
@pytest.mark.parametrize("shift", [0, 1])
def test_names_of_two_bytes_a_letter_are_found_wherever_they_stand_in_pixels(
    encoding: str, name: str, noise: int, shift: int
) -> None:
    around = bytes(shift) + "wxyz\3".encode("utf-16-le") * noise + bytes(2)
    net = Net([name])
    assert not net.in_bytes(around * 2)
    assert net.in_bytes(around + name.upper().encode(encoding) + around)


def test_no_identifiers_catch_nothing() -> None:
    assert Net([]).empty
    assert not Net([]).catches("anything")
    assert not Net([]).in_bytes(b"anything at all")


def test_a_description_keeps_words_of_imaging_only() -> None:
    assert (
        cleaned_description("CT Chest 2.5 mm w/o contrast, Mrs Quillfeather 19470913")
        == "CT Chest 2.5 mm without contrast"
    )
    assert cleaned_description("Quillfeather 12") == ""
