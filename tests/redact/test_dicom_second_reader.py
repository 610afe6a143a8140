"""Cleaned files open in a second and a third reader, which see the same pixels: other libraries, other decoders."""

import subprocess
from pathlib import Path

import gdcm
import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

from gateway.formats.dicom import open_dicom
from gateway.model import Finding, Format, Kind, Part
from gateway.redact import redact
from tests.redact.cleaning import LIMITS, SECRET
from tests.redact.test_dicom_matrix import BOX, BOXES_ONLY, CASES, LAYOUTS, drawn

REAL = (
    "CT_small.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm", "examples_palette.dcm", "SC_rgb_rle_2frame.dcm", "image_dfl.dcm",
    "JPEG2000.dcm", "SC_rgb_jpeg_gdcm.dcm",
)  # fmt: skip
"""Not SC_rgb_rle_16bit.dcm, whose colours the other library mixes up in the original already."""

EIGHT = [(p, d, m) for p, d, m in LAYOUTS if d == "uint8" and p in {"MONOCHROME1", "MONOCHROME2", "RGB"}]
"""Layouts that the third reader draws without a window of its own."""


def cleaned(data: bytes) -> bytes:
    """Painted, and without its patient."""
    part = Part(("file",), data, Format.DICOM)
    found = (Finding(Kind.TEXT_IN_PIXELS, part.path, "frame 0", box=BOX),)
    return redact(part, found, BOXES_ONLY, LIMITS, SECRET, ()).data


def seen_by_gdcm(
    data: bytes, folder: Path, dtype: np.dtype[np.generic]
) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    """All frames, channels last, as the other library decodes them."""
    file = folder / "cleaned.dcm"
    file.write_bytes(data)
    reader = gdcm.ImageReader()
    reader.SetFileName(str(file))
    assert reader.Read()
    image = reader.GetImage()
    values = np.frombuffer(image.GetBuffer().encode("utf-8", "surrogateescape"), dtype.newbyteorder("="))
    columns, rows = image.GetDimension(0), image.GetDimension(1)
    channels = image.GetPixelFormat().GetSamplesPerPixel()
    if channels == 1:
        return values.reshape(-1, rows, columns)
    if image.GetPlanarConfiguration():
        return values.reshape(-1, channels, rows, columns).transpose(0, 2, 3, 1)
    return values.reshape(-1, rows, columns, channels)


def check(before: bytes, folder: Path) -> None:
    one = open_dicom(before, LIMITS)
    after = cleaned(before)
    frames = [one.frame(index) for index in range(one.frame_count)]
    other = seen_by_gdcm(after, folder, frames[0].dtype)
    assert len(other) == len(frames)
    x, y, width, height = BOX
    mask = np.ones(frames[0].shape[:2], np.bool_)
    mask[y : y + height, x : x + width] = False
    for old, new, ours in zip(
        frames, other, (open_dicom(after, LIMITS).frame(i) for i in range(len(frames))), strict=True
    ):
        assert int(np.abs(old[mask].astype(np.int64) - new[mask].astype(np.int64)).max()) == 0
        np.testing.assert_array_equal(new, ours)
        assert new[~mask].reshape(height, width, -1).std(axis=(0, 1)).max() == 0


@pytest.mark.parametrize(("photometric", "dtype", "more", "syntax"), CASES, ids=str)
def test_a_second_reader_sees_the_same(
    photometric: str, dtype: str, more: dict[str, int], syntax: str, tmp_path: Path
) -> None:
    check(drawn(photometric, dtype, syntax, **more), tmp_path)


@pytest.mark.parametrize("name", REAL)
def test_a_second_reader_sees_real_files_the_same(name: str, tmp_path: Path) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    check(Path(str(path)).read_bytes(), tmp_path)


PNM = {ExplicitVRLittleEndian: "dcm2pnm", ImplicitVRLittleEndian: "dcm2pnm", ExplicitVRBigEndian: "dcm2pnm",
       RLELossless: "dcm2pnm", JPEGLSLossless: "dcml2pnm"}  # fmt: skip
"""The programs of the third reader that draw a syntax; JPEG 2000 it only lists."""


def test_a_third_reader_lists_every_file_without_complaint(tmp_path: Path) -> None:
    for index, (photometric, dtype, more, syntax) in enumerate(CASES):
        (tmp_path / f"{index}.dcm").write_bytes(cleaned(drawn(photometric, dtype, syntax, **more)))
    for name in REAL:
        (tmp_path / name).write_bytes(
            cleaned(Path(str(get_testdata_file(name, download=False))).read_bytes())
        )
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    told = subprocess.run(["dcmdump", *files], capture_output=True, timeout=120, check=False)
    assert told.returncode == 0
    assert told.stdout.count(b" DeidentificationMethod\n") == len(files) == len(CASES) + len(REAL)
    assert b"E: " not in told.stderr + told.stdout


@pytest.mark.parametrize(("photometric", "dtype", "more"), EIGHT, ids=str)
@pytest.mark.parametrize("syntax", PNM)
def test_a_third_reader_draws_the_same(
    photometric: str, dtype: str, more: dict[str, int], syntax: str, tmp_path: Path
) -> None:
    before = drawn(photometric, dtype, syntax, **more)
    (tmp_path / "in.dcm").write_bytes(cleaned(before))
    subprocess.run(
        [PNM[syntax], "--write-raw-pnm", tmp_path / "in.dcm", tmp_path / "out.pnm"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    with Image.open(tmp_path / "out.pnm") as picture:
        seen = np.asarray(picture)
    stored = open_dicom(before, LIMITS).frame(0).copy()
    x, y, width, height = BOX
    shown = 255 - stored if photometric == "MONOCHROME1" else stored  # which it rounds in its own way
    shown[y : y + height, x : x + width] = 0
    assert int(np.abs(seen.astype(np.int64) - shown).max()) <= (photometric == "MONOCHROME1")
