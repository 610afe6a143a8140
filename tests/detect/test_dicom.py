"""Whatever is DICOM is medical, and its identifying attributes are named by tag."""

import json

import pydicom
import pytest

from gateway.detect import DETECTORS, inspect
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Finding, Kind, Look, Part
from tests.support.scans import dicom


def findings(data: bytes) -> list[Finding]:
    return list(inspect(Part(("file",), data, sniff(data)), DETECTORS, Limits(), Look.MEDICAL))


def medical(data: bytes) -> Finding:
    return next(finding for finding in findings(data) if finding.kind is Kind.MEDICAL_IMAGE)


@pytest.mark.parametrize(
    ("name", "modality"),
    [
        ("CT_small.dcm", "ct"),
        ("MR_small.dcm", "mri"),
        ("waveform_ecg.dcm", "ecg"),
        ("test-SR.dcm", "document"),
    ],
)
def test_the_modality_is_the_files_own(name: str, modality: str) -> None:
    found = medical(dicom(name))
    assert (found.detail, found.confidence) == (modality, 1.0)


def test_identifying_attributes_are_named_by_tag_and_never_quoted() -> None:
    found = findings(dicom("CT_small.dcm"))
    places = {finding.where for finding in found if finding.kind is Kind.IDENTIFIER_IN_METADATA}
    assert {"(0010,0010)", "(0010,0020)"} <= places
    assert "CompressedSamples" not in repr(found)


def test_a_file_without_preamble_is_the_same() -> None:
    assert medical(dicom("CT_small.dcm")[132:]).detail == "ct"


def test_the_json_model_and_the_native_xml_are_dicom_too() -> None:
    dataset = pydicom.dcmread(
        str(pydicom.data.get_testdata_file("CT_small.dcm", download=False)), stop_before_pixels=True
    )
    assert medical(json.dumps([dataset.to_json_dict()]).encode()).detail == "ct"
    xml = b'<?xml version="1.0"?><NativeDicomModel><DicomAttribute tag="00080060" vr="CS" keyword="Modality"><Value number="1">MR</Value></DicomAttribute></NativeDicomModel>'
    assert medical(xml).detail == "mri"


def test_a_damaged_header_is_medical_and_unreadable() -> None:
    kinds = {finding.kind for finding in findings(bytes(128) + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00\xff")}
    assert Kind.MEDICAL_IMAGE in kinds or Kind.UNREADABLE in kinds or Kind.UNCLAIMED in kinds
