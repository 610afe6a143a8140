"""Damaged and incomplete files are refused with a reason, and nothing of them is said."""

import io
from typing import Any

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian

from gateway.errors import FormatError, GatewayError, RedactionError
from tests.redact.cleaning import clean, cleaned, opened
from tests.redact.planted import base, traces_in, written
from tests.support.scans import dicom


def _without(keyword: str) -> bytes:
    ds = base()
    delattr(ds, keyword)
    return written(ds)


def _with(**values: Any) -> bytes:
    ds = base()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return written(ds)


def _mislabelled(syntax: str) -> bytes:
    plain = written(base())
    return plain.replace(ExplicitVRLittleEndian.encode() + b"\0", syntax.encode().ljust(20, b"\0")[:20], 1)


BAD = {
    "no rows": _without("Rows"),
    "no bits": _without("BitsAllocated"),
    "no photometric": _without("PhotometricInterpretation"),
    "pixels cut short": _with(PixelData=b"\1\2" * 50),
    "frames that are not there": _with(NumberOfFrames="40"),
    "text for a number": _with(SliceThickness="2.5125").replace(b"2.5125", b"thick "),
    "a private syntax": _mislabelled("1.2.840.113619.5.2"),
    "plain pixels called compressed": _mislabelled("1.2.840.10008.1.2.5"),
    "cut in the header": dicom()[:905],
    "pixels that are missing": _without("PixelData"),
    "cut in the pixels": dicom()[:-4000],
    "a directory": dicom("DICOMDIR"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_reason_and_without_content(name: str) -> None:
    with pytest.raises((RedactionError, FormatError)) as refused:
        clean(BAD[name])
    assert refused.value.reason
    assert not traces_in(str(refused.value).encode())


def test_a_missing_kind_of_object_is_taken_from_the_file_meta_or_refused() -> None:
    ds = base()
    del ds.SOPInstanceUID
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, enforce_file_format=False)
    assert opened(clean(out.getvalue())).SOPInstanceUID
    for keyword in ("MediaStorageSOPInstanceUID", "MediaStorageSOPClassUID"):
        if keyword in ds.file_meta:
            delattr(ds.file_meta, keyword)
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, enforce_file_format=False)
    with pytest.raises(RedactionError):
        clean(out.getvalue())


def test_a_damaged_length_that_swallows_what_follows_does_not_carry_it_out() -> None:
    data = written(base())
    kept = 0
    for head in (b"\x08\x00\x60\x00CS", b"\x08\x00\x70\x00LO", b"\x08\x00\x08\x00CS", b"\x08\x00\x16\x00UI"):
        at = data.index(head) + 6
        following = data.index(b"\x10\x00\x20\x00LO") - (at + 2)
        swallowing = data[:at] + following.to_bytes(2, "little") + data[at + 2 :]
        try:
            assert traces_in(clean(swallowing)) == []
            kept += 1
        except GatewayError:
            pass
    assert kept >= 1


def test_a_number_that_an_option_retains_is_searched_where_it_is_the_patients() -> None:
    ds = base()
    ds.CassetteID = ds.PatientID
    ds.StudyID, ds.AccessionNumber = "1", "2"
    assert "7718249" not in str(cleaned(ds, "retain-device-identity").CassetteID)
