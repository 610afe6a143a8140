"""PDF documents that go round in circles, draw themselves, or unfold."""

import io
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.bombs.bomb import MIB, OVER, Bomb, file
from tests.bombs.codings import BROKEN
from tests.unpack import pdfs

BAD = BROKEN | {"hidden-pages", "ambiguous", "polyglot", "hidden-file", "unclaimed"}


def _pdf(stream: bytes, filters: list[str], **more: object) -> bytes:
    """A page whose content is one stream, its filters as given."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    content = pikepdf.Stream(pdf, stream)
    content.Filter = Array([Name("/" + name) for name in filters])
    page.Contents = pdf.make_indirect(content)
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none, **more)  # type: ignore[arg-type]
    return out.getvalue()


def _times(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def _forms(depth: int, width: int) -> bytes:
    """Forms that draw the form below them `width` times each."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    below = pdf.make_indirect(
        pikepdf.Stream(
            pdf, b"0 0 1 1 re f", Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9])
        )
    )
    for _ in range(depth):
        head = Dictionary(
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=[0, 0, 9, 9],
            Resources=Dictionary(XObject=Dictionary(F=below)),
        )
        below = pdf.make_indirect(pikepdf.Stream(pdf, b"/F Do " * width, head))
    page.Resources = Dictionary(XObject=Dictionary(F=below))
    page.Contents = pdf.make_indirect(pikepdf.Stream(pdf, b"/F Do " * width))
    return pdfs.written(pdf)


def _form_of_itself() -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    form = pdf.make_indirect(
        pikepdf.Stream(
            pdf, b"/F Do /F Do", Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9])
        )
    )
    form.Resources = Dictionary(XObject=Dictionary(F=form))
    page.Resources = Dictionary(XObject=Dictionary(F=form))
    page.Contents = pdf.make_indirect(pikepdf.Stream(pdf, b"/F Do"))
    return pdfs.written(pdf)


def _pages(count: int, side: float = 200) -> bytes:
    pdf = pikepdf.new()
    for _ in range(count):
        pdf.add_blank_page(page_size=(side, side))
    return pdfs.written(pdf)


def _huge_page() -> bytes:
    """A page of 35 kilometres, with a picture all over it."""
    pdf = pikepdf.Pdf.open(io.BytesIO(pdfs.with_picture("flate")))
    pdf.pages[0].MediaBox = Array([0, 0, 100_000_000, 100_000_000])
    pdf.pages[0].Contents = pdf.make_indirect(
        pikepdf.Stream(pdf, b"q 100000000 0 0 100000000 0 0 cm /Im0 Do Q")
    )
    return pdfs.written(pdf)


def _pages_in_a_circle() -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    pdf.Root.Pages.Kids = Array([pdf.Root.Pages])
    pdf.Root.Pages.Count = 1 << 30
    return pdfs.written(pdf)


def _picture(width: int, height: int) -> bytes:
    """A picture that says another size than its data have."""
    pdf = pikepdf.Pdf.open(io.BytesIO(pdfs.with_picture("flate")))
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == Name.Image:
            item.Width, item.Height = width, height
    return pdfs.written(pdf)


def _xref_circle() -> bytes:
    """A cross-reference table whose predecessor is itself."""
    data = pdfs.plain()
    at = data.rindex(b"startxref")
    offset = int(data[at:].split()[1])
    objects = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    )
    assert offset
    table = len(objects)
    first, second = objects.index(b"1 0 obj"), objects.index(b"2 0 obj")
    return objects + (
        b"xref\n0 3\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \ntrailer<</Size 3/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
        % (first, second, table, table)
    )


def _object_streams(count: int) -> bytes:
    """An object stream of 64 MiB that is folded twice."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    for _ in range(count):
        pdf.make_indirect(Dictionary(A=b" " * 10))
    pdf.Root.Names = Array([pdf.make_indirect(Dictionary(A=n)) for n in range(count)])
    return pdfs.written(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _object_stream_bomb() -> bytes:
    packed = zlib.compress(b"3 0 " + b" " * (128 * MIB), 9)
    objects = b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    objects += (
        b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
        + packed
        + b"\nendstream endobj\n"
    )
    rows = b"".join(
        kind.to_bytes(1) + where.to_bytes(4) + index.to_bytes(1)
        for kind, where, index in (
            (0, 0, 255), (1, objects.index(b"1 0 obj"), 0), (1, objects.index(b"2 0 obj"), 0), (2, 4, 0),
            (1, objects.index(b"4 0 obj"), 0), (1, len(objects), 0),
        )
    )  # fmt: skip
    table = (
        b"5 0 obj<</Type/XRef/W[1 4 1]/Size 6/Root 1 0 R/Length %d>>stream\n" % len(rows)
        + rows
        + b"\nendstream endobj\n"
    )
    return objects + table + b"startxref\n%d\n%%%%EOF\n" % len(objects)


BOMBS: tuple[Bomb, ...] = (
    Bomb("PDF: a content stream folded three times", file(lambda: _pdf(_times(bytes(128 * MIB), 3), ["FlateDecode"] * 3)), file(pdfs.plain), OVER | BAD),
    Bomb("PDF: a content stream with fifty filters", file(lambda: _pdf(_times(b"0 0 m", 50), ["FlateDecode"] * 50)), file(lambda: _pdf(_times(b"0 0 m", 1), ["FlateDecode"])), OVER | BAD),
    Bomb("PDF: an object stream of 128 MiB", file(_object_stream_bomb), file(lambda: _object_streams(20)), OVER | BAD),
    Bomb("PDF: 50,000 objects", file(lambda: _object_streams(50_000)), file(lambda: _object_streams(200)), frozenset()),
    Bomb("PDF: forms that draw forms, ten to the thirtieth", file(lambda: _forms(30, 10)), file(lambda: _forms(3, 2)), OVER | BAD),
    Bomb("PDF: forms that draw forms, ten to the eighth", file(lambda: _forms(8, 10)), file(lambda: _forms(3, 10))),
    Bomb("PDF: a form that draws itself", file(_form_of_itself), file(lambda: _forms(1, 1)), OVER | BAD),
    Bomb("PDF: a page of 35 kilometres", file(_huge_page), file(lambda: pdfs.with_picture("flate")), OVER | BAD),
    Bomb("PDF: 20,000 pages", file(lambda: _pages(20_000)), file(lambda: _pages(20))),
    Bomb("PDF: pages in a circle", file(_pages_in_a_circle), file(lambda: _pages(2)), OVER | BAD),
    Bomb("PDF: a picture of a gigapixel", file(lambda: _picture(32_000, 32_000)), file(lambda: _picture(96, 64)), OVER | BAD),
    Bomb("PDF: a cross-reference table before itself", file(_xref_circle), file(pdfs.plain), OVER | BAD),
)  # fmt: skip
