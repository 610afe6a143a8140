"""Nothing of a planted patient is left, wherever it was planted, and the files stay files."""

import io

import numpy as np
import pydicom
import pytest

from gateway.detect import DETECTORS, inspect
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Format, Kind, Look, Part, RedactionOptions
from gateway.redact import redact
from tests.redact.planted import TRACES, Case, cases, traces_in

CASES = tuple(cases())
LIMITS, SECRET = Limits(), b"k" * 32


def cleaned(case: Case) -> bytes:
    part = Part(("file",), case.data, Format.DICOM)
    return redact(part, (), RedactionOptions(profile=case.options), LIMITS, SECRET, ()).data


def test_the_suite_is_large_and_every_file_holds_the_patient() -> None:
    assert len(CASES) >= 60
    assert all(len(traces_in(case.data)) >= 4 for case in CASES)
    every = {found.split(" in ")[0] for case in CASES for found in traces_in(case.data)}
    assert every >= set(TRACES) - {"1947-09-13"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_left(case: Case) -> None:
    assert traces_in(cleaned(case)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_twice_is_once(case: Case) -> None:
    once = cleaned(case)
    again = Case(case.name, once, case.options)
    assert cleaned(again) == once


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_file_opens_says_what_was_done_and_keeps_its_pixels(case: Case) -> None:
    data = cleaned(case)
    opened = pydicom.dcmread(io.BytesIO(data))
    assert data[:128] == bytes(128)
    assert opened.PatientIdentityRemoved == "YES"
    assert opened.DeidentificationMethodCodeSequence[0].CodeValue == "113100"
    assert len(opened.DeidentificationMethodCodeSequence) == 1 + len(case.options)
    assert opened.file_meta.MediaStorageSOPInstanceUID == opened.SOPInstanceUID
    assert "SourceApplicationEntityTitle" not in opened.file_meta
    assert sniff(data) is Format.DICOM
    if "PixelData" in opened:
        before = pydicom.dcmread(io.BytesIO(case.data), force=True)
        if "no preamble" in case.name or "alone" in case.name:
            return
        assert opened.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
        if "after the pixels" not in case.name:
            assert np.array_equal(opened.pixel_array, before.pixel_array)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_second_look_finds_no_identifier(case: Case) -> None:
    part = Part(("file",), cleaned(case), Format.DICOM)
    kinds = {finding.kind for finding in inspect(part, DETECTORS, LIMITS, Look.MEDICAL)}
    assert Kind.MEDICAL_IMAGE in kinds
    assert Kind.IDENTIFIER_IN_METADATA not in kinds
