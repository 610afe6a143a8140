"""Wrappers around wrappers in which a picture once passed, found by fuzzing; each also around an ordinary picture."""

import pytest

from tests.fuzz.compositions import Composition, bypass

ONCE_OPEN = {
    "base64 in two padded pieces under a form's label": Composition("gif", ("hex", "spaced", "hex spaced", "concatenated"), "lie form", "gzip"),
    "Ascii85 with letters of tags, escaped in JSON in XML": Composition("dicom", ("zip with zstd", "ascii85", "json escapes", "xml"), "file", "zstd"),
    "bytes as letters of JSON in a data URI in pairs of digits": Composition("png", ("json raw utf-8", "data uri lie", "hex colons", "0xhex"), "octets", "aws-chunked"),
    "bytes as letters of XML, whose escapes break up the mark": Composition("webp", ("bzip2", "xml", "spaced", "mail with base64"), "file", "aws-chunked"),
    "Ascii85 with letters of tags in XML, twice": Composition("gif", ("ascii85", "hex colons", "ascii85", "xml"), "lie text", "gzip"),
    "Ascii85 in a mail in XML": Composition("dicom", ("twice", "ascii85", "mail with quoted-printable", "xml"), "field", "zstd frames"),
    "slices of JSON in a zip, the first a data URI": Composition("png", ("data uri raw", "json list of slices", "zip in six zips", "zip member named as text"), "lie json", "deflate"),
    "base85 in a form in XML": Composition("dicom", ("base85", "form", "xml"), "file", "aws-chunked"),
    "digits in twos, a form's plus signs between them": Composition("dicom", ("hex spaced", "form", "dotted", "tar"), "lie json", "zstd frames"),
}  # fmt: skip


@pytest.mark.parametrize("name", ONCE_OPEN)
def test_what_once_passed_is_refused(name: str) -> None:
    assert not bypass(ONCE_OPEN[name])
