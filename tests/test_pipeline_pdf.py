"""A report with a scan in it goes on without its patient: picture, words, notes, descriptions; other pages stay."""

import io

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from gateway import pipeline
from gateway.errors import RedactionError
from gateway.formats.pdf import open_pdf
from gateway.formats.pdf_places import under
from gateway.limits import Limits
from gateway.model import Destination, Kind, Look, RedactionOptions, Transfer
from tests.support.scans import ct_png

LIMITS, PLAIN = Limits(), RedactionOptions()
TRACES = (b"Quillfeather", b"Marisol", b"Vandermeersch", b"1947")
WORDS = b"BT /F1 18 Tf 60 780 Td (Radiology report) Tj 0 -26 Td /F1 12 Tf (Patient: Marisol Quillfeather, 13 Sep 1947) Tj ET"
HIDDEN = b" BT 3 Tr /F1 12 Tf 60 60 Td (Marisol Quillfeather) Tj ET"
PICTURE = b" q 400 0 0 400 90 250 cm /Im0 Do Q 0.8 0 0 RG 60 230 m 535 230 l S"


def scan(text: str) -> Image.Image:
    image = Image.open(io.BytesIO(ct_png())).convert("L")
    if text:
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 0, 512, 40), fill=0)
        draw.text((12, 8), text, fill=255, font_size=22)
    return image


def report(contents: bytes, text: str = "QUILLFEATHER^MARISOL 1947-09-13") -> bytes:
    """Two pages: one with a scan and words about it, one with general advice."""
    pdf = pikepdf.new()
    image = scan(text)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    picture = pikepdf.Stream(
        pdf, out.getvalue(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=image.width, Height=image.height,
        ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    first = pdf.add_blank_page(page_size=(595, 842))
    first.obj.Resources = pikepdf.Dictionary(
        XObject=pikepdf.Dictionary(Im0=picture), Font=pikepdf.Dictionary(F1=font)
    )
    first.obj.Contents = pdf.make_stream(contents)
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Text,
        Rect=[500, 780, 520, 800],
        Contents=pikepdf.String("ask Quillfeather"),
    )
    first.obj.Annots = pikepdf.Array([pdf.make_indirect(note)])
    pdf.docinfo["/Author"] = "Vandermeersch"
    second = pdf.add_blank_page(page_size=(595, 842))
    second.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    second.obj.Contents = pdf.make_stream(b"BT /F1 12 Tf 60 780 Td (General advice on page two.) Tj ET")
    out = io.BytesIO()
    pdf.save(out, static_id=True)
    return out.getvalue()


def redacted(data: bytes) -> bytes:
    transfer = Transfer(
        Destination("file"), headers=((b"Content-Type", b"application/octet-stream"),), body=data
    )
    seen = pipeline.examine(transfer, LIMITS, Look.TEXT)
    for _ in range(pipeline.REDACTION_PASSES):
        outcome = pipeline.rewrite(transfer, seen, PLAIN, LIMITS, b"k" * 32)
        transfer = pipeline.rewritten(transfer, outcome, seen, PLAIN)
        seen = pipeline.examine(transfer, LIMITS, Look.TEXT)
        if pipeline.is_clean(seen, PLAIN):
            assert Kind.MEDICAL_IMAGE in {finding.kind for finding in seen.findings}
            return transfer.body
    raise RedactionError("something is left")


def everything(data: bytes) -> bytes:
    """Every object and stream, unpacked, and what can be copied from the pages."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        seen = [
            one.read_bytes()
            for one in pdf.objects
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") != "/Image"
        ]
        seen += [one.unparse() for one in pdf.objects if not isinstance(one, pikepdf.Stream)]
        seen += [str(value).encode() for value in dict(pdf.trailer.get("/Info", {})).values()]
    return b"\n".join((*seen, *(text.encode() for text in texts(data))))


def texts(data: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return [pdf[index].get_textpage().get_text_range() for index in range(len(pdf))]
    finally:
        pdf.close()


def test_a_report_with_a_scan_goes_on_without_its_patient() -> None:
    before = report(WORDS + HIDDEN + PICTURE)
    assert all(trace in everything(before) for trace in TRACES)
    after = redacted(before)
    left = everything(after)
    assert not [trace for trace in TRACES if trace in left]
    assert texts(after)[0].strip() == ""
    assert "General advice on page two." in texts(after)[1]
    with pikepdf.open(io.BytesIO(after)) as pdf:
        picture = pikepdf.PdfImage(pdf.pages[0].obj.Resources.XObject.Im0).as_pil_image().convert("L")
    old, new = np.asarray(scan("x"))[64:], np.asarray(picture)[64:]
    assert np.asarray(picture)[4:36, 12:400].max() < 40
    assert np.mean(np.abs(old.astype(int) - new.astype(int)) > 12) < 0.02
    assert redacted(after) == after


def test_words_that_no_eye_sees_go_with_a_scan_that_shows_none() -> None:
    after = redacted(report(HIDDEN + PICTURE, ""))
    assert b"Quillfeather" not in everything(after)


def test_letters_that_are_drawn_as_shapes_over_a_page_are_refused() -> None:
    letters = ImageDraw.Draw(canvas := Image.new("1", (90, 14), 1))
    letters.text((2, 1), "M QUILLFEATHER", fill=0)
    dots = np.argwhere(~np.asarray(canvas))
    shapes = b" ".join(b"%d %d 5 5 re f" % (60 + 5 * x, 790 - 5 * y) for y, x in dots.tolist())
    with pytest.raises(RedactionError):
        redacted(report(b"0 0 0 rg " + shapes + PICTURE))


def test_a_spot_of_the_page_lies_on_the_pixels_it_shows() -> None:
    with open_pdf(report(PICTURE), LIMITS) as pdf:
        scale = 1000 / 842
        spot = (round(90 * scale), round((842 - 650) * scale), round(200 * scale), round(100 * scale))
        found = list(under(pdf, 0, spot))
        assert len(found) == 1
        x, y, width, height = found[0][1]
        assert (abs(x), abs(y), abs(width - 256), abs(height - 128)) <= (2, 2, 2, 2)
        assert not list(under(pdf, 0, (0, 0, 40, 40)))
