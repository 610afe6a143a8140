import os
import random
import struct
from pathlib import Path

import pydicom.data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.formats.sniff import others, sniff
from gateway.formats.sniff_dicom import bare_data_set
from gateway.model import Format
from tests.formats import made

MEDICAL = frozenset({form for _, form in made.SCANS.values()})
EVERYTHING = {**made.SCANS, **made.ORDINARY, **made.pictures()}


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_format_is_named_by_its_bytes(name: str) -> None:
    data, form = EVERYTHING[name]
    assert sniff(data) is form


@pytest.mark.parametrize("name", EVERYTHING)
def test_an_honest_file_hides_nothing(name: str) -> None:
    data, form = EVERYTHING[name]
    assert others(data, form) == ()


def test_every_dicom_file_of_pydicom_is_recognised() -> None:
    folder = Path(pydicom.data.__file__).parent / "test_files"
    files = [
        *folder.rglob("*.dcm"),
        *(
            p
            for p in (folder / "dicomdirtests").rglob("*")
            if p.is_file() and not p.name.startswith("README")
        ),
    ]
    assert len(files) > 140
    assert [path.name for path in files if sniff(path.read_bytes()) is not Format.DICOM] == []


def test_no_file_of_the_python_library_is_taken_for_a_scan() -> None:
    files = [path for path in sorted(Path(os.__file__).parent.rglob("*"))[::7] if path.is_file()]
    assert len(files) > 150
    wrong, hidden = [], []
    for path in files:
        data = path.read_bytes()
        form = sniff(data)
        wrong += [path.name] if form in MEDICAL else []
        hidden += [path.name] if others(data, form) else []
    assert wrong == []
    assert hidden == []


@pytest.mark.parametrize(
    "spoilt",
    [
        made.data_set()[:18],  # one element proves nothing
        made.data_set().replace(b"\x08\x00\x16\x00UI", b"\x08\x00\x01\x00UI"),  # tags fall
        made.data_set().replace(b"\x08\x00\x16\x00UI", b"\x08\x00\x16\x00ZZ"),  # no such representation
        made.data_set().replace(b"1.2.840.10008.5.1.4.1.1.7", b"ordinary words, not a UID"),
        b"\x08\x00" * 200,
        struct.pack("<HHI", 8, 5, 10) + b"ISO_IR 100" + struct.pack("<HHI", 8, 0x16, 1 << 30) + bytes(64),
    ],
)
def test_bytes_that_only_begin_like_a_data_set_are_none(spoilt: bytes) -> None:
    assert not bare_data_set(spoilt)


def test_random_bytes_that_begin_with_the_group_are_no_dicom() -> None:
    dice = random.Random(5)
    assert (
        sum(
            sniff(b"\x08\x00" + bytes([dice.randrange(32)]) + b"\x00" + dice.randbytes(200)) is Format.DICOM
            for _ in range(5000)
        )
        == 0
    )


JPEG, PNG = made.saved("JPEG"), made.saved("PNG")


@pytest.mark.parametrize(
    ("data", "hidden"),
    [
        (JPEG + made.zipped(), Format.ZIP),
        (JPEG + made.zipped() + b"some comment at the end", Format.ZIP),
        (PNG + made.dicom(), Format.DICOM),
        (PNG + PNG, Format.PNG),
        (PNG + JPEG, Format.JPEG),
        (PNG + bytes(range(1, 250)), Format.UNKNOWN),
        (JPEG + b"\x00" * 200 + made.nifti1(), Format.NIFTI),
        (JPEG + JPEG, Format.JPEG),
        (made.animation("GIF") + made.dicom(), Format.DICOM),
        (made.saved("WEBP") + PNG, Format.PNG),
        (made.saved("AVIF") + PNG, Format.PNG),
        (made.saved("BMP") + PNG, Format.PNG),
        (made.HEIC + PNG, Format.PNG),
        (made.PDF + made.dicom(), Format.DICOM),
        (made.PDF + made.zipped(), Format.ZIP),
        (b"some text\n" * 200 + made.dicom(), Format.DICOM),
        (made.dicom(made.PDF), Format.PDF),
        (made.dicom(PNG[:100]), Format.PNG),
        (made.dicom(b"MZ" + bytes(58) + b"\x40\x00\x00\x00PE\x00\x00"), Format.EXECUTABLE),
        (made.dicom(b"PK\x03\x04"), Format.ZIP),
        (JPEG[:2] + b"\xff\xfe\x00\x20%PDF-1.4".ljust(34, b" ") + JPEG[2:], Format.PDF),
    ],
)
def test_a_second_file_in_the_same_bytes_is_seen(data: bytes, hidden: Format) -> None:
    assert hidden in others(data)


@pytest.mark.parametrize(
    "data",
    [
        JPEG + bytes(64),  # padding to a sector
        JPEG + b"\r\n",
        made.dicom(b"II*\x00\x54\x18\x08\x00"),  # PS3.10 7.1 allows a TIFF head
        made.saved("MPO", save_all=True, append_images=[made.Image.fromarray(made.ramp())]),
        JPEG + b"\x00\x00SEFHe\x00\x00\x00Image_UTC_Data1600000000000\x18\x00\x00\x00SEFT",
    ],
    ids=["padding", "line end", "tiff head", "two announced pictures", "notes of a phone maker"],
)
def test_what_honest_programs_append_is_no_second_file(data: bytes) -> None:
    assert others(data) == ()


def test_a_motion_photo_is_one_file_with_a_film(tmp_path: Path) -> None:
    film = made.film(tmp_path, "mp4", "mp4v")
    assert others(JPEG + film) == ()
    assert others(JPEG + film + PNG) == (Format.PNG,)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=600))
def test_any_bytes_have_a_format(data: bytes) -> None:
    form = sniff(data)
    assert isinstance(form, Format)
    assert all(isinstance(one, Format) for one in others(data, form))


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(sorted(EVERYTHING)),
    st.integers(0, 400),
    st.binary(min_size=1, max_size=8),
    st.integers(0, 2000),
)
def test_damaged_files_have_a_format_too(name: str, at: int, patch: bytes, cut: int) -> None:
    data = EVERYTHING[name][0]
    spoilt = (data[:at] + patch + data[at + len(patch) :])[: max(1, len(data) - cut)]
    others(spoilt, sniff(spoilt))
