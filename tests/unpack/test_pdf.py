"""PDF as a container: every picture, every attachment, what was hidden, and writing it again."""

import io
import zlib

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from gateway.errors import RedactionError
from gateway.limits import MIB
from gateway.model import Finding, Format, Part
from gateway.unpack import unpack
from tests.formats.made import ramp
from tests.unpack import made, pdfs
from tests.unpack.made import JPEG, PNG

FORMATS = {"jpeg": Format.JPEG, "jpeg in flate": Format.JPEG, "jpeg 2000": Format.JPEG2000}


def _pixels(data: bytes) -> list[tuple[int, ...]]:
    with Image.open(io.BytesIO(data)) as image:
        return [tuple(image.convert("RGB").getpixel(at)) for at in ((2, 2), (90, 2), (2, 60), (90, 60))]  # type: ignore[arg-type] - RGB


@pytest.mark.parametrize("kind", pdfs.KINDS)
def test_every_kind_of_picture_is_a_part_that_shows_the_same(kind: str) -> None:
    data = pdfs.with_picture(kind)
    assert made.findings(data) == []
    (found,) = [part for part in made.parts(data) if part.path[1:] == ("page 1 picture 1",)]
    assert found.format is FORMATS.get(kind, Format.PNG)
    with Image.open(io.BytesIO(found.data)) as image:
        assert image.size == (96, 64)
    if kind in ("flate", "raw", "predictor", "jpeg", "jpeg in flate"):
        want = [tuple(int(c) for c in ramp()[y, x]) for x, y in ((2, 2), (90, 2), (2, 60), (90, 60))]
        assert all(
            abs(a - b) < 12
            for one, two in zip(_pixels(found.data), want, strict=True)
            for a, b in zip(one, two, strict=True)
        )
    if kind in ("gray", "one bit", "sixteen bits", "cmyk", "indexed"):
        reds = [pixel[0] for pixel in _pixels(found.data)]
        assert max(reds) > min(reds) + 100


def test_pages_are_shown_as_a_person_sees_them() -> None:
    view = made.parts(pdfs.with_picture("jpeg"))[-1]
    assert (view.path, view.view, view.rewritable) == (("f", "page 1"), True, True)
    with Image.open(io.BytesIO(view.data)) as image:
        assert max(image.size) == 1000


def test_a_picture_drawn_in_strips_is_seen_whole_on_its_page() -> None:
    drawn = b" ".join(b"%.3f g 0 %d 200 1 re f" % (y / 200, y) for y in range(200))
    pdf = pikepdf.Pdf.new()
    pdfs.page(pdf, extra=drawn)
    with Image.open(io.BytesIO(made.parts(pdfs.written(pdf))[-1].data)) as image:
        assert image.getpixel((500, 50))[0] > image.getpixel((500, 950))[0] + 120  # type: ignore[index] - RGB


def test_pages_of_words_are_not_drawn() -> None:
    found = made.parts(pdfs.plain())
    assert [part.path[1:] for part in found] == [(), ("(document text)",)]
    assert b"Jane Roe" in found[1].data
    assert found[1].text


def test_inline_pictures_are_parts() -> None:
    inline = b"q 90 0 0 60 10 20 cm BI /W 4 /H 4 /CS /G /BPC 8 ID " + bytes(range(0, 160, 10)) + b" EI Q"
    data = pdfs.plain(pdfs.TEXT + b"\n" + inline)
    found = made.contents(data)
    assert Image.open(io.BytesIO(found[("page 1 inline picture 1",)])).size == (4, 4)
    assert ("page 1",) in found


def test_pictures_in_forms_inside_forms_belong_to_their_page() -> None:
    pdf = pikepdf.Pdf.new()
    inner = pdf.make_stream(
        b"/P Do",
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, 9, 9]),
            Resources=Dictionary(XObject=Dictionary(P=pdfs.picture(pdf, "jpeg"))),
        ),
    )
    pdfs.page(
        pdf,
        pdf.make_stream(
            b"/F Do",
            Dictionary(
                Type=Name.XObject,
                Subtype=Name.Form,
                BBox=Array([0, 0, 9, 9]),
                Resources=Dictionary(XObject=Dictionary(F=inner)),
            ),
        ),
    )
    assert made.contents(pdfs.written(pdf))[("page 1 picture 1",)] == JPEG


def test_a_picture_no_page_shows_is_a_part() -> None:
    pdf = pikepdf.Pdf.new()
    pdfs.page(pdf, text=pdfs.TEXT)
    pdf.Root.Hidden = pdfs.picture(pdf, "jpeg")
    assert made.holds(pdfs.written(pdf), JPEG)


@pytest.mark.parametrize("name", ["scan.png", "deck.zip"])
def test_attachments_are_opened_all_the_way(name: str) -> None:
    content = PNG if name.endswith("png") else made.zipped(made.FILES)
    data = pdfs.attached(name, content)
    assert made.findings(data) == []
    assert made.holds(data)
    assert any(part.filename == name for part in made.parts(data))


def test_a_portfolio_and_a_file_annotation_are_opened() -> None:
    pdf = pikepdf.Pdf.new()
    page = pdfs.page(pdf, text=pdfs.TEXT)
    spec = pikepdf.AttachedFileSpec(pdf, PNG, filename="a.png")
    page.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=spec.obj)]
    )
    pdf.Root.Collection = Dictionary(View=Name.T)
    assert made.holds(pdfs.written(pdf))


@pytest.mark.parametrize("owner_only", [True, False])
def test_encrypted_documents_are_read_without_a_password_or_reported(*, owner_only: bool) -> None:
    sealed = pdfs.with_picture(
        "jpeg", encryption=pikepdf.Encryption(owner="o", user="" if owner_only else "u")
    )
    assert made.holds(sealed, JPEG) is owner_only
    assert (("encrypted", "encrypted") in made.findings(sealed)) is not owner_only


def test_object_streams_are_read() -> None:
    assert made.holds(pdfs.with_picture("jpeg", object_stream_mode=pikepdf.ObjectStreamMode.generate), JPEG)


def _replaced_by_update() -> bytes:
    data = pdfs.with_picture("jpeg", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = next(
            one.objgen[0]
            for one in pdf.objects
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"
        )
    return pdfs.appended(data, number, b"<< /Nothing true >>")


def test_what_an_update_took_away_is_still_seen() -> None:
    data = _replaced_by_update()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not any(
            isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image" for one in pdf.objects
        )
    assert made.holds(data, JPEG)


def test_a_stream_in_no_table_is_seen() -> None:
    data = pdfs.plain()
    hidden = b"99 0 obj\n<< /Length %d >>\nstream\n" % len(PNG) + PNG + b"\nendstream\nendobj\n"
    start = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    moved = (
        data[:start]
        + hidden
        + data[start:].replace(b"startxref\n%d" % start, b"startxref\n%d" % (start + len(hidden)))
    )
    assert made.holds(moved)
    assert not made.holds(data)


def test_bytes_between_objects_are_seen() -> None:
    data = pdfs.plain()
    start = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    moved = (
        data[:start]
        + PNG * 2
        + data[start:].replace(b"startxref\n%d" % start, b"startxref\n%d" % (start + 2 * len(PNG)))
    )
    assert any(PNG in part.data for part in made.parts(moved)[1:])


def test_what_follows_the_end_is_a_finding_and_looked_at() -> None:
    data = pdfs.plain() + PNG
    assert ("unreadable", "ambiguous") in made.findings(data)
    assert made.holds(data)


def test_a_damaged_table_is_not_repaired() -> None:
    data = pdfs.with_picture("jpeg")
    broken = data.replace(b"startxref", b"startxxxx")
    assert any(kind == "unreadable" for kind, _ in made.findings(broken))
    assert any(kind == "unreadable" for kind, _ in made.findings(data[: len(data) // 2]))


def test_metadata_forms_and_notes_are_text() -> None:
    pdf = pikepdf.Pdf.new()
    page = pdfs.page(pdf, text=pdfs.TEXT)
    with pdf.open_metadata() as xmp:
        xmp["dc:title"] = "Jane Roe CT"
    pdf.docinfo["/Author"] = "Dr. Example"
    page.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents="call John Smith")]
    )
    said = b"".join(made.contents(pdfs.written(pdf)).values())
    for words in (b"Dr. Example", b"Jane Roe CT", b"call John Smith"):
        assert words in said


def test_an_unknown_stream_is_a_part_of_its_own() -> None:
    pdf = pikepdf.Pdf.new()
    pdfs.page(pdf, text=pdfs.TEXT)
    pdf.Root.Odd = pdf.make_stream(bytes(range(256)) * 64)
    assert any(part.format is Format.UNKNOWN for part in made.parts(pdfs.written(pdf)))


def test_long_strings_outside_streams_are_parts() -> None:
    pdf = pikepdf.Pdf.new()
    pdfs.page(pdf, text=pdfs.TEXT)
    pdf.Root.Odd = pdf.make_indirect(Array([pikepdf.String(PNG * 300)]))
    assert any(part.path[1].startswith("object") for part in made.parts(pdfs.written(pdf))[1:])


def _bomb(size: int) -> bytes:
    pdf = pikepdf.Pdf.new()
    page = pdfs.page(pdf, text=pdfs.TEXT)
    page.Contents = pikepdf.Stream(
        pdf, zlib.compress(zlib.compress(b" " * size)), Filter=Array([Name.FlateDecode, Name.FlateDecode])
    )
    return pdfs.written(pdf)


def test_a_stream_that_unfolds_too_far_is_over_the_limit() -> None:
    assert any(kind == "over-limit" for kind, _ in made.findings(_bomb(160 * MIB)))
    assert made.findings(_bomb(MIB // 4)) == []


def test_a_picture_that_claims_too_many_pixels_is_over_the_limit() -> None:
    pdf = pikepdf.Pdf.new()
    huge = pdfs.picture(pdf, "flate")
    huge.Width = huge.Height = 50_000
    pdfs.page(pdf, text=pdfs.TEXT)
    pdf.Root.Hidden = huge
    assert ("over-limit", "too-many-pixels") in made.findings(pdfs.written(pdf))


WRITABLE = ("jpeg", "jpeg in flate", "flate", "raw", "gray", "predictor", "indexed", "one bit")


@pytest.mark.parametrize("kind", WRITABLE)
def test_a_picture_is_replaced_and_its_page_falls_silent(kind: str) -> None:
    pdf = pikepdf.Pdf.new()
    page = pdfs.page(pdf, pdfs.picture(pdf, kind), text=pdfs.TEXT)
    page.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents="John Smith")]
    )
    pdfs.page(pdf, text=b"BT /F 12 Tf 10 10 Td (Other page) Tj ET")
    pdf.docinfo["/Author"] = "Dr. Example"
    pdf.attachments["a.txt"] = pikepdf.AttachedFileSpec(pdf, b"attached words " * 9, filename="a.txt")
    data = pdfs.written(pdf)
    other = made.OTHER_JPEG if "jpeg" in kind else made.OTHER_PNG
    new = made.replaced(data, {("page 1 picture 1",): other})
    assert made.findings(new) == []
    found = made.contents(new)
    assert _pixels(made.padded(found[("page 1 picture 1",)])) == _pixels(made.padded(other))
    said = b"".join(found.values())
    assert b"Other page" in said
    assert b"attached words" in said
    for gone in (b"Jane Roe", b"John Smith", b"Dr. Example"):
        assert gone not in said
        assert gone not in new
    with pikepdf.open(io.BytesIO(new)) as again:
        assert len(again.pages) == 2
        assert again.check_pdf_syntax() == []


@pytest.mark.parametrize("kind", ["sixteen bits", "cmyk"])
def test_pictures_that_are_read_only_refuse(kind: str) -> None:
    with pytest.raises(RedactionError):
        made.replaced(pdfs.with_picture(kind), {("page 1 picture 1",): made.OTHER_PNG})


def test_writing_drops_earlier_revisions() -> None:
    data = pdfs.appended(pdfs.attached("a.png", PNG), 90, b"<< /Note (first) >>")
    name = next(part.path[1:] for part in made.parts(data) if part.data == PNG)
    new = made.replaced(data, {name: made.OTHER_PNG})
    assert new.count(b"%%EOF") == 1
    assert made.holds(new, made.OTHER_PNG)
    assert not made.holds(new)


def test_the_text_can_only_go_as_a_whole() -> None:
    new = made.replaced(pdfs.plain(), {("(document text)",): b"x"})
    assert made.contents(new) == {}


def test_another_view_takes_the_words_off_its_page_and_leaves_its_picture() -> None:
    data = pdfs.with_picture("jpeg", pdfs.TEXT)
    assert ("(document text)",) in made.contents(data)
    new = made.replaced(data, {("page 1",): b""})
    assert ("(document text)",) not in made.contents(new)
    assert made.holds(new, JPEG) == made.holds(data, JPEG)


def test_writing_twice_gives_the_same_bytes() -> None:
    data = pdfs.with_picture("jpeg")
    new = {("page 1 picture 1",): made.OTHER_JPEG}
    assert made.replaced(data, new) == made.replaced(data, new)


def test_many_pages_are_sampled() -> None:
    pdf = pikepdf.Pdf.new()
    shown = pdfs.picture(pdf, "jpeg")
    for _ in range(60):
        pdfs.page(pdf, shown)
    seen = [*unpack(Part(("f",), pdfs.written(pdf)), made.LIMITS)]
    assert sum(isinstance(part, Part) and part.view for part in seen) == 32
    assert not any(isinstance(part, Finding) for part in seen)
    pdf = pikepdf.Pdf.new()
    tiles = [pdfs.picture(pdf, "jpeg") for _ in range(9)]
    for _ in range(40):
        pdfs.page(pdf, *tiles)
    assert ("over-limit", "too-many-frames") in made.findings(pdfs.written(pdf))
