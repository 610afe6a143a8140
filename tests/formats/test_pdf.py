"""The doors to pikepdf and pdfium: our exceptions only, roles by structure, and what a byte-wise look finds."""

import contextlib
import io

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from gateway.errors import FormatError, LimitReached
from gateway.formats import pdf_raw
from gateway.formats.pdf import Role, open_pdf
from gateway.formats.pdf_pictures import picture_file
from gateway.formats.pdf_render import open_renderer
from gateway.limits import MIB, Limits
from tests.unpack import pdfs

LIMITS = Limits()


def _roles(data: bytes) -> set[Role]:
    with open_pdf(data, LIMITS) as pdf:
        return {stream.role for stream in pdf.streams()}


def test_streams_are_known_by_their_structure() -> None:
    assert _roles(pdfs.with_picture("jpeg")) == {Role.PICTURE, Role.DRAWING}
    assert _roles(pdfs.attached("a.txt", b"words")) == {Role.ATTACHMENT, Role.DRAWING}
    pdf = pikepdf.Pdf.new()
    pdfs.page(pdf)
    pdf.Root.Lone = pdf.make_stream(b"x", Dictionary(Width=1, Height=1))
    pdf.Root.Odd = pdf.make_stream(b"x")
    assert _roles(pdfs.written(pdf)) == {Role.PICTURE, Role.DRAWING, Role.OTHER}


def test_pages_that_carry_a_picture_are_found_through_notes_too() -> None:
    pdf = pikepdf.Pdf.new()
    look = pdf.make_stream(
        b"",
        Dictionary(
            Subtype=Name.Form,
            BBox=Array([0, 0, 9, 9]),
            Resources=Dictionary(XObject=Dictionary(P=pdfs.picture(pdf, "jpeg"))),
        ),
    )
    pdfs.page(pdf)
    pdfs.page(pdf).Annots = Array(
        [Dictionary(Subtype=Name.Stamp, Rect=Array([0, 0, 9, 9]), AP=Dictionary(N=look))]
    )
    with open_pdf(pdfs.written(pdf), LIMITS) as opened:
        numbers = {stream.number for stream in opened.streams() if stream.role is Role.PICTURE}
        assert opened.carrying(numbers) == {1}


def test_forms_that_contain_themselves_end() -> None:
    pdf = pikepdf.Pdf.new()
    form = pdf.make_stream(
        b"/F Do",
        Dictionary(Subtype=Name.Form, BBox=Array([0, 0, 9, 9]), Resources=Dictionary(XObject=Dictionary())),
    )
    form.Resources.XObject.F = form
    pdfs.page(pdf, form)
    with open_pdf(pdfs.written(pdf), LIMITS) as opened:
        assert len(opened.used_by(0)) == 1


def test_a_password_and_damage_are_told_apart() -> None:
    for data, reason in (
        (pdfs.with_picture("jpeg", encryption=pikepdf.Encryption(owner="o", user="u")), "encrypted"),
        (b"%PDF-1.7\nnothing", "unreadable"),
        (b"", "unreadable"),
    ):
        with pytest.raises(FormatError) as caught, open_pdf(data, LIMITS):
            pass
        assert caught.value.reason == reason


def test_what_is_said_outside_pages() -> None:
    pdf = pikepdf.Pdf.new()
    pdfs.page(pdf)
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([pdf.make_indirect(Dictionary(T=String("name"), V=String("Jane Roe")))])
    )
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Findings of Roe", 0))
    with open_pdf(pdfs.written(pdf), LIMITS) as opened:
        said = opened.loose_text()
    assert "Jane Roe" in said
    assert "Findings of Roe" in said


def test_a_picture_that_is_too_large_is_not_decoded() -> None:
    pdf = pikepdf.Pdf.new()
    huge = pdfs.picture(pdf, "flate")
    huge.Width, huge.Height = 40_000, 40_000
    with pytest.raises(LimitReached):
        picture_file(huge, LIMITS)
    huge.Width = 0
    with pytest.raises(FormatError):
        picture_file(huge, LIMITS)


def test_words_and_looks_of_pages() -> None:
    with open_renderer(pdfs.with_picture("jpeg", pdfs.TEXT)) as shown:
        assert shown.pages == 1
        assert "Jane Roe" in shown.text(0)
        with Image.open(io.BytesIO(shown.view(0, 300))) as image:
            assert image.size == (300, 300)
    with pytest.raises(FormatError), open_renderer(b"no document"):
        pass


def test_earlier_revisions_end_at_their_own_end_marks() -> None:
    first = pdfs.plain()
    second = pdfs.appended(first, 50, b"<< /A 1 >>")
    third = pdfs.appended(second, 51, b"<< /A 2 >>")
    assert [*pdf_raw.revisions(first)] == []
    assert [len(one) for one in pdf_raw.revisions(third)] == [len(second), len(first)]
    assert pdf_raw.trailing(third) == b""
    assert pdf_raw.trailing(third + b"x" * 20) == b"x" * 20


def test_a_linearized_document_has_one_revision() -> None:
    assert [*pdf_raw.revisions(pdfs.with_picture("jpeg", linearize=True))] == []


@pytest.mark.parametrize("kind", pdfs.KINDS)
def test_honest_documents_hold_nothing_unlisted(kind: str) -> None:
    for mode in pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate:
        for straight in (False, True):
            data = pdfs.with_picture(kind, pdfs.TEXT, object_stream_mode=mode, linearize=straight)
            known = pdf_raw.Known()
            with open_pdf(data, LIMITS) as pdf:
                for stream in pdf.streams():
                    known.add(bytes(stream.object.read_raw_bytes()))
            assert [*pdf_raw.unlisted(data, known, MIB)] == []


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_damage_raises_only_ours(at: int, noise: bytes) -> None:
    data = pdfs.with_picture("indexed", pdfs.TEXT)
    at %= len(data)
    damaged = data[:at] + noise + data[at + len(noise) :]
    with contextlib.suppress(FormatError, LimitReached), open_pdf(damaged, LIMITS) as pdf:
        pictures = [stream for stream in pdf.streams() if stream.role is Role.PICTURE]
        assert all(picture_file(one.object, LIMITS)[0] for one in pictures)
