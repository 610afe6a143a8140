"""DICOM is opened within limits, whatever its encoding."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from gateway.errors import FormatError, GatewayError, LimitReached
from gateway.formats.dicom import open_dicom
from gateway.limits import Limits
from tests.support.scans import dicom

LIMITS = Limits()
SHIPPED = (
    "CT_small.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm", "image_dfl.dcm",
    "rtplan.dcm", "rtdose.dcm", "test-SR.dcm", "waveform_ecg.dcm", "no_meta.dcm", "examples_palette.dcm",
    "examples_rgb_color.dcm", "examples_ybr_color.dcm", "SC_rgb_jpeg_dcmtk.dcm", "liver_1frame.dcm", "DICOMDIR",
)  # fmt: skip


def shipped() -> list[str]:
    """The files of the list that this version of pydicom ships."""
    return [name for name in SHIPPED if pydicom.data.get_testdata_file(name, download=False)]


def made(syntax: str, **elements: Any) -> bytes:
    dataset = Dataset()
    dataset.PatientName, dataset.Modality, dataset.SOPClassUID = "A^B", "MR", "1.2.840.10008.5.1.4.1.1.4"
    dataset.SOPInstanceUID = "2.25.1"
    for name, value in elements.items():
        setattr(dataset, name, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = (
        dataset.SOPClassUID,
        "2.25.1",
    )
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


@pytest.mark.parametrize("name", shipped())
def test_every_kind_of_shipped_file_is_opened(name: str) -> None:
    opened = open_dicom(dicom(name), LIMITS, header_only=True)
    assert len(opened.dataset) > 0


def test_enough_kinds_are_shipped() -> None:
    assert len(shipped()) >= 12


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian],
)
def test_every_uncompressed_encoding_says_the_same(syntax: str) -> None:
    opened = open_dicom(made(syntax, PatientComments="x" * 500), LIMITS)
    assert opened.modality == "mri"
    assert opened.frame_count == 0


def test_a_missing_preamble_is_no_obstacle() -> None:
    data = dicom("CT_small.dcm")
    assert open_dicom(data[132:], LIMITS, header_only=True).modality == "ct"


def test_a_frame_is_shown_as_a_viewer_shows_it() -> None:
    shown = open_dicom(dicom("CT_small.dcm"), LIMITS).display(0)
    assert shown.shape == (128, 128, 3)
    assert shown.dtype == np.uint8
    assert shown.std() > 20


def test_monochrome1_is_shown_inverted() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    shape = {
        "Rows": 16, "Columns": 16, "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0,
        "SamplesPerPixel": 1, "PixelData": values.tobytes(),
    }  # fmt: skip
    plain = open_dicom(made(ExplicitVRLittleEndian, PhotometricInterpretation="MONOCHROME2", **shape), LIMITS)
    inverse = open_dicom(
        made(ExplicitVRLittleEndian, PhotometricInterpretation="MONOCHROME1", **shape), LIMITS
    )
    assert np.array_equal(plain.display(0), 255 - inverse.display(0))


def test_a_deflated_bomb_is_a_limit() -> None:
    whole = made(DeflatedExplicitVRLittleEndian)
    head = whole[: whole.index(b"DICM") + 4 + 12 + struct.unpack("<I", whole[140:144])[0]]
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = head + machine.compress(bytes(400_000_000)) + machine.flush()
    assert len(bomb) < 1_000_000
    with pytest.raises(LimitReached):
        open_dicom(bomb, LIMITS, header_only=True)


def test_deep_sequences_do_not_crash_the_reader() -> None:
    item = b""
    for _ in range(3000):
        body = struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item
        item = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, len(body)) + body
    assert open_dicom(made(ExplicitVRLittleEndian) + item, LIMITS, header_only=True).modality == "mri"


def test_a_frame_beyond_the_limit_is_not_decoded() -> None:
    data = made(ExplicitVRLittleEndian, Rows=60_000, Columns=60_000, BitsAllocated=8, PixelData=b"\0\0")
    with pytest.raises(LimitReached):
        open_dicom(data, LIMITS).frame(0)


def test_nothing_is_not_dicom() -> None:
    with pytest.raises(FormatError):
        open_dicom(b"", LIMITS)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 30_000), st.binary(max_size=8))
def test_damage_raises_nothing_but_our_own_errors(tail: bytes, at: int, change: bytes) -> None:
    good = dicom("CT_small.dcm")
    for data in (tail, bytes(128) + b"DICM" + tail, good[:at] + change + good[at + len(change) :], good[:at]):
        try:
            opened = open_dicom(data, LIMITS)
            opened.display(0)
        except GatewayError:
            pass
