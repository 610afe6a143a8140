"""A medical picture wrapped any way is never forwarded; an ordinary one in wrappers that are understood is."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.fuzz.compositions import DEEPEST, KINDS, WRAPPERS, Composition, bypass, false_refusal
from tests.property.strategies import BODIES, CODINGS

compositions = st.builds(
    Composition,
    st.sampled_from(KINDS),
    st.lists(st.sampled_from(sorted(WRAPPERS)), max_size=DEEPEST).map(tuple),
    st.sampled_from(sorted(BODIES)),
    st.sampled_from(["", *sorted(CODINGS)]),
)


@settings(max_examples=150)
@given(compositions)
def test_a_medical_picture_in_any_wrapping_is_never_forwarded(how: Composition) -> None:
    assert not bypass(how)


@settings(max_examples=60)
@given(compositions)
def test_an_ordinary_picture_in_wrappers_that_are_understood_is_forwarded(how: Composition) -> None:
    assume(len(how.wrappers) < DEEPEST - 1)
    assert not false_refusal(how)


FOUND = (
    Composition("tiff", ("form",), "file", ""),
    Composition("bmp", ("hex colons",), "lie text", ""),
    Composition("webp", ("ascii85", "csv"), "octets", ""),
    Composition("gif", ("json spaced", "hex colons"), "grpc", ""),
    Composition("jpeg", ("plain", "xml", "base85"), "file", ""),
    Composition("dicom", ("base85", "notebook"), "file named json", ""),
    Composition("gif", ("two gzip members", "form spaces"), "related", ""),
    Composition("webp", ("json slashes", "prose shifted", "tar.gz"), "related", ""),
    Composition("bmp", ("data uri lie", "notebook", "tar.gz", "prose"), "file named json", "aws-chunked"),
    Composition("jpeg", ("tar.bz2", "prose shifted", "zip with LZMA"), "lie form", ""),
    Composition("png", ("zstd", "prose shifted", "HEX", "base85"), "file named json", "deflate"),
    Composition("gif", ("json lines", "json raw utf-8", "form spaces", "0xhex"), "field", "deflate"),
    Composition("jpeg", ("odt", "json raw utf-8", "unpadded", "base85"), "related", "aws-chunked"),
    Composition("dicom", ("mail with quoted-printable", "csv", "base64 in CDATA"), "bare", "deflate raw"),
    Composition("bmp", ("xml", "data uri url", "hex colons", "zip called picture"), "connect", ""),
    Composition("tiff", ("latin-1", "tar.zst", "zip member named as text"), "field", "deflate raw"),
    Composition("bmp", ("json spaced", "base64url", "hex spaced", "concatenated"), "lie form", "zstd frames"),
    Composition("tiff", ("short lines", "base85", "PDF with an attachment"), "grpc", "zstd"),
)  # fmt: skip
"""Wrappings that once went through."""


@pytest.mark.parametrize("how", FOUND, ids=lambda how: " in ".join((how.kind, *how.wrappers, how.body)))
def test_what_once_went_through_stays_closed(how: Composition) -> None:
    assert not bypass(how)
