"""Everything that an ultrasound machine draws around its picture is black, and the picture is the one it was."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from gateway.formats.dicom import open_dicom
from gateway.model import Box
from gateway.redact.ultrasound import around
from tests.redact.cleaning import LIMITS, clean
from tests.redact.planted import base, written

REGION = (8, 16, 55, 50)


def region(left: int, top: int, right: int, bottom: int) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = left, top
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right, bottom
    return item


def scan(*regions: Dataset, syntax: str = "") -> bytes:
    ds = base("1.2.840.10008.5.1.4.1.1.6.1")
    ds.Modality = "US"
    ds.SequenceOfUltrasoundRegions = Sequence(regions)
    if syntax:
        ds.compress(syntax, generate_instance_uid=False)
    return written(ds) if not syntax else saved(ds)


def saved(ds: Dataset) -> bytes:
    import io

    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def inside(*boxes: tuple[int, int, int, int]) -> np.ndarray:  # type: ignore[type-arg]
    mask = np.zeros((64, 64), np.bool_)
    for left, top, right, bottom in boxes:
        mask[top : bottom + 1, left : right + 1] = True
    return mask


@pytest.mark.parametrize("syntax", ["", RLELossless, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.parametrize(
    "boxes", [(REGION,), ((0, 0, 20, 20), (30, 10, 63, 63)), ((4, 4, 40, 40), (20, 20, 60, 60))]
)
def test_the_banner_goes_and_the_picture_stays(
    boxes: tuple[tuple[int, int, int, int], ...], syntax: str
) -> None:
    before = scan(*(region(*box) for box in boxes), syntax=syntax)
    after = clean(before)
    old, new = open_dicom(before, LIMITS).frame(0), open_dicom(after, LIMITS).frame(0)
    mask = inside(*boxes)
    np.testing.assert_array_equal(old[mask], new[mask])
    assert old[~mask].any()
    assert not new[~mask].any()
    said = open_dicom(after, LIMITS)
    assert "113101" in [code.CodeValue for code in said.dataset.DeidentificationMethodCodeSequence]
    assert said.transfer_syntax == open_dicom(before, LIMITS).transfer_syntax
    assert clean(after) == after


def test_the_banner_of_a_real_machine_goes() -> None:
    before = Path(str(get_testdata_file("examples_palette.dcm", download=False))).read_bytes()
    after = clean(before)
    old, new = open_dicom(before, LIMITS), open_dicom(after, LIMITS)
    outside = np.ones(old.frame(0).shape, np.bool_)
    for item in old.dataset.SequenceOfUltrasoundRegions:
        outside[
            item.RegionLocationMinY0 : item.RegionLocationMaxY1 + 1,
            item.RegionLocationMinX0 : item.RegionLocationMaxX1 + 1,
        ] = False
    np.testing.assert_array_equal(old.frame(0)[~outside], new.frame(0)[~outside])
    assert old.display(0)[outside].std() > 1
    assert len(np.unique(new.frame(0)[outside])) == 1
    assert new.display(0)[outside].max() <= new.display(0).min() + 12
    assert clean(after) == after


def test_a_rule_that_removes_names_only_keeps_the_banner() -> None:
    before = scan(region(*REGION))
    after = clean(before, text="identifiers")
    np.testing.assert_array_equal(open_dicom(before, LIMITS).frame(0), open_dicom(after, LIMITS).frame(0))


@pytest.mark.parametrize("odd", [(90, 90, 95, 95), (40, 40, 20, 20), (0, 0, 63, 63)])
def test_regions_that_leave_no_banner_or_no_picture_change_nothing(odd: tuple[int, int, int, int]) -> None:
    before = scan(region(*odd))
    np.testing.assert_array_equal(
        open_dicom(before, LIMITS).frame(0), open_dicom(clean(before), LIMITS).frame(0)
    )


def test_a_region_that_leaves_the_picture_is_cut() -> None:
    after = open_dicom(clean(scan(region(32, 32, 900, 900))), LIMITS).frame(0)
    assert not after[:32].any()
    assert after[32:, 32:].any()


def test_a_sequence_without_a_place_says_nothing() -> None:
    before = scan(Dataset())
    np.testing.assert_array_equal(
        open_dicom(before, LIMITS).frame(0), open_dicom(clean(before), LIMITS).frame(0)
    )


sides = st.tuples(*[st.integers(0, 19)] * 2, *[st.integers(1, 20)] * 2)


@given(st.lists(sides, min_size=1, max_size=5))
def test_every_point_is_in_a_region_or_in_one_rectangle(drawn: list[Box]) -> None:
    regions = [(x, y, min(w, 20 - x), min(h, 20 - y)) for x, y, w, h in drawn]
    count = np.zeros((20, 20), np.int64)
    for x, y, w, h in around(regions, 20, 20):
        count[y : y + h, x : x + w] += 1
    mask = np.zeros((20, 20), np.bool_)
    for x, y, w, h in regions:
        mask[y : y + h, x : x + w] = True
    np.testing.assert_array_equal(count, (~mask).astype(np.int64))
