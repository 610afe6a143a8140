"""The beginning of a file: medical by its format, else content until nothing but its signature is left."""

from gateway import detect, redact
from gateway.formats.signature import without_content
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Finding, Kind, Look, Part, RedactionOptions
from tests.support.scans import dicom, landscape

LIMITS = Limits()


def head(data: bytes) -> Part:
    return Part(("sample",), data, sniff(data), begun=True)


def found(part: Part) -> list[Finding]:
    return list(detect.inspect(part, detect.OF_HEADS, LIMITS, Look.TEXT))


def test_a_picture_has_content_and_its_signature_has_none() -> None:
    part = head(landscape()[:512])
    assert [finding.kind for finding in found(part)] == [Kind.FIRST_BYTES]
    cleaned = redact.redact(part, tuple(found(part)), RedactionOptions(), LIMITS, b"k", ())
    assert cleaned.data == b"\xff\xd8\xff" + bytes(509)
    assert found(head(cleaned.data)) == []


def test_a_dicom_file_is_medical_and_nothing_of_it_is_a_signature() -> None:
    part = head(dicom()[:512])
    assert [finding.kind for finding in found(part)] == [Kind.MEDICAL_IMAGE, Kind.FIRST_BYTES]
    assert without_content(part.data)[4:] == bytes(508)  # its preamble begins as a TIFF does


def test_bytes_of_no_known_format_are_not_understood() -> None:
    assert [finding.kind for finding in found(head(b"\x93\xb0\x07" * 90))] == [Kind.UNCLAIMED]


def test_there_is_no_closer_look_at_first_bytes() -> None:
    whole = landscape()
    assert detect.look_closely(head(whole), (), LIMITS) == ()
