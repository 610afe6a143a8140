"""Painted frames over pixel layouts and transfer syntaxes: every other value is the one it was."""

import io
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from gateway.errors import GatewayError
from gateway.formats.dicom import open_dicom
from gateway.formats.dicom_frames import shades_of
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Part, RedactionOptions
from gateway.redact.pixels import PIXELS

LIMITS = Limits()
BOX = (8, 4, 24, 9)
NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
PACKED = (RLELossless, JPEGLSLossless, JPEG2000Lossless)


def drawn(
    photometric: str, dtype: str, syntax: str, *, frames: int = 1, planar: int = 0, bits: int = 0
) -> bytes:
    random = np.random.default_rng(5)
    channels = 3 if photometric in {"RGB", "YBR_FULL"} else 1
    depth = np.dtype(dtype)
    low = -1000 if depth.kind == "i" else 0
    high = (1 << (bits or depth.itemsize * 8)) - 1 if depth.kind == "u" else 3000
    shape = (frames, 32, 48, channels) if channels == 3 else (frames, 32, 48)
    values = random.integers(low, high + 1, shape).astype(depth)
    dataset = FileDataset("", {}, preamble=bytes(128))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax in PACKED else syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    dataset.PatientName, dataset.Modality = "A^B", "OT"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = 32, 48, channels
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = depth.itemsize * 8
    dataset.BitsStored = bits or dataset.BitsAllocated
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(depth.kind == "i")
    if frames > 1:
        dataset.NumberOfFrames = frames
    if channels == 3:
        dataset.PlanarConfiguration = planar
    if photometric == "PALETTE COLOR":
        for index, colour in enumerate(("Red", "Green", "Blue")):
            table = np.roll(np.arange(256, dtype="<u2") * 257, 40 + index)
            setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(dataset, f"{colour}PaletteColorLookupTableData", table.tobytes())
    stored = values.transpose(0, 3, 1, 2) if channels == 3 and planar else values
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    dataset.PixelData = np.ascontiguousarray(stored.astype(depth.newbyteorder(order))).tobytes()
    dataset["PixelData"].VR = "OW" if depth.itemsize > 1 or syntax == ImplicitVRLittleEndian else "OB"
    if syntax in PACKED:
        dataset.compress(syntax, generate_instance_uid=False)
    out = io.BytesIO()
    pydicom.dcmwrite(
        out, dataset, enforce_file_format=True, little_endian=syntax != ExplicitVRBigEndian,
        implicit_vr=syntax == ImplicitVRLittleEndian,
    ) if syntax not in PACKED else dataset.save_as(out, enforce_file_format=True)  # fmt: skip
    return out.getvalue()


BOXES_ONLY = RedactionOptions(text="identifiers")
"""One of the real files is an ultrasound, whose banner would go as well."""


def painted(data: bytes) -> bytes:
    part = Part(("file",), data, Format.DICOM)
    found = (Finding(Kind.TEXT_IN_PIXELS, part.path, "frame 0", box=BOX),)
    return PIXELS.redact(part, found, BOXES_ONLY, LIMITS, b"", ()).data


def check(before: bytes, after: bytes, unit: int = 1) -> None:
    one, other = open_dicom(before, LIMITS), open_dicom(after, LIMITS)
    assert other.frame_count == one.frame_count > 0
    x, y, width, height = BOX
    top, left = y // unit * unit, x // unit * unit
    bottom, right = -(-(y + height) // unit) * unit, -(-(x + width) // unit) * unit
    slack = 1 if unit > 2 else 0
    for index in range(one.frame_count):
        old, new = one.frame(index), other.frame(index)
        assert old.shape == new.shape
        mask = np.ones(old.shape[:2], np.bool_)
        mask[max(0, top - slack) : bottom + slack, max(0, left - slack) : right + slack] = False
        assert mask.any()
        np.testing.assert_array_equal(old[mask], new[mask])
        inside = new[y : y + height, x : x + width]
        assert inside.reshape(-1, *new.shape[2:]).std(axis=0).max() == 0
        # Shown darkest: nothing in the picture is darker than the box.
        shown = other.display(index)
        assert shown[y : y + height, x : x + width].max() <= shown.min() + 12


LAYOUTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("MONOCHROME2", "uint8", {}),
    ("MONOCHROME2", "uint16", {"bits": 12}),
    ("MONOCHROME2", "uint16", {}),
    ("MONOCHROME2", "int16", {}),
    ("MONOCHROME2", "uint8", {"frames": 3}),
    ("MONOCHROME1", "uint8", {}),
    ("MONOCHROME1", "uint16", {"bits": 12}),
    ("RGB", "uint8", {}),
    ("RGB", "uint8", {"planar": 1}),
    ("RGB", "uint8", {"frames": 2}),
    ("YBR_FULL", "uint8", {}),
    ("PALETTE COLOR", "uint8", {}),
)


CASES = [
    (*layout, syntax)
    for layout in LAYOUTS
    for syntax in (*NATIVE, *PACKED)
    if syntax in NATIVE or not layout[2].get("planar")  # compressed pixels have no planes (PS3.5 8.2)
]


@pytest.mark.parametrize(("photometric", "dtype", "more", "syntax"), CASES, ids=str)
def test_only_the_boxes_change(photometric: str, dtype: str, more: dict[str, Any], syntax: str) -> None:
    data = drawn(photometric, dtype, syntax, **more)
    after = painted(data)
    check(data, after)
    assert open_dicom(after, LIMITS).transfer_syntax == syntax
    assert painted(after) == after or syntax in PACKED


REAL = (
    "CT_small.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm", "examples_palette.dcm", "SC_rgb_rle_16bit.dcm", "SC_rgb_rle_2frame.dcm",
    "examples_jpeg2k.dcm", "JPEG2000.dcm", "JPEGLSNearLossless_16.dcm", "image_dfl.dcm", "SC_rgb_jpeg_gdcm.dcm",
)  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_files(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    with open(str(path), "rb") as file:  # noqa: PTH123 - pydicom gives a string
        data = file.read()
    after = painted(data)
    one, other = open_dicom(data, LIMITS), open_dicom(after, LIMITS)
    x, y, width, height = BOX
    for index in range(one.frame_count):
        old, new = one.frame(index), other.frame(index)
        mask = np.ones(old.shape[:2], np.bool_)
        mask[y : y + height, x : x + width] = False
        np.testing.assert_array_equal(old[mask], new[mask])
        assert new[y : y + height, x : x + width].reshape(-1, *new.shape[2:]).std(axis=0).max() == 0


@pytest.mark.parametrize(
    "name", ["SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm"]
)
def test_baseline_jpeg_keeps_its_blocks(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    with open(str(path), "rb") as file:  # noqa: PTH123 - pydicom gives a string
        data = file.read()
    after = painted(data)
    one, other = open_dicom(data, LIMITS), open_dicom(after, LIMITS)
    assert one.transfer_syntax == other.transfer_syntax
    old, new = one.frame(0), other.frame(0)
    mask = np.ones(old.shape[:2], np.bool_)
    mask[:17, :33] = False
    np.testing.assert_array_equal(old[mask], new[mask])
    # One pixel at the edge takes a tint from its neighbour: decoders smooth colour across blocks.
    assert other.display(0)[5:12, 9:31].max() <= 2


def test_chroma_pairs_stay_pairs() -> None:
    path = get_testdata_file("SC_ybr_full_422_uncompressed.dcm", download=False)
    with open(str(path), "rb") as file:  # noqa: PTH123 - pydicom gives a string
        data = file.read()
    after = painted(data)
    assert open_dicom(after, LIMITS).photometric == "YBR_FULL_422"
    assert len(after) == len(data)
    old, new = open_dicom(data, LIMITS).frame(0), open_dicom(after, LIMITS).frame(0)
    mask = np.ones(old.shape[:2], np.bool_)
    mask[4:13, 8:32] = False
    np.testing.assert_array_equal(old[mask], new[mask])


@pytest.mark.parametrize("name", ["rtplan.dcm", "MR_truncated.dcm", "test-SR.dcm", "JPEG-lossy.dcm"])
def test_what_cannot_be_painted_is_refused(name: str) -> None:
    path = get_testdata_file(name, download=False)
    with open(str(path), "rb") as file:  # noqa: PTH123 - pydicom gives a string
        data = file.read()
    with pytest.raises(GatewayError):
        painted(data)


def test_every_layout_knows_its_black() -> None:
    dicom = open_dicom(drawn("PALETTE COLOR", "uint8", ExplicitVRLittleEndian), LIMITS)
    assert len(shades_of(dicom).palette) == 256
    assert pydicom.dcmread(io.BytesIO(drawn("RGB", "uint8", RLELossless))).SamplesPerPixel == 3
