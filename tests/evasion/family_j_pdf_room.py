"""J, third part: pictures in a PDF where no page shows them as such, and in the forms that go with PDF."""

import base64
import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from tests.evasion.case import Build, Case, Upload
from tests.evasion.family_h_beside import in_order
from tests.evasion.family_j_pdf import READ as PLAIN
from tests.evasion.family_j_pdf import _image, _saved, _stream, _with_page
from tests.evasion.pictures import SIDE, ordinary

SHOWN = b"q 150 0 0 150 20 20 cm /I Do Q"
PDF = b"application/pdf"
FDF = b"application/vnd.fdf"


def _made(change: Callable[[pikepdf.Pdf, bytes], None]) -> Build:
    def make(data: bytes) -> Upload:
        pdf = _with_page()
        change(pdf, data)
        return Upload(_saved(pdf), PDF)

    return make


def _show(pdf: pikepdf.Pdf, stream: Any) -> None:
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(I=pdf.make_indirect(stream)))
    pdf.pages[0].Contents = pdf.make_stream(SHOWN)


def _picture(dress: Callable[[bytes], bytes], **more: Any) -> Build:
    """A picture of 8 x 8 whose bytes are others."""
    given = {
        "Type": Name.XObject,
        "Subtype": Name.Image,
        "Width": 8,
        "Height": 8,
        "BitsPerComponent": 8,
        "ColorSpace": Name.DeviceGray,
    }
    return _made(lambda pdf, data: _show(pdf, pdf.make_stream(dress(data), **{**given, **more})))  # fmt: skip


def _fax(pdf: pikepdf.Pdf, data: bytes) -> None:
    """Black and white dots in the one strip of a TIFF as fax machines pack them."""
    out = io.BytesIO()
    _image(data).convert("1").save(out, "TIFF", compression="group4")
    with Image.open(out) as page:
        at, size = page.tag_v2[273][0], page.tag_v2[279][0]  # type: ignore[attr-defined]  # a TIFF
    more = {
        "Filter": Name.CCITTFaxDecode,
        "DecodeParms": Dictionary(K=-1, Columns=SIDE, Rows=SIDE),
        "BitsPerComponent": 1,
    }
    _show(pdf, pdf.make_stream(out.getvalue()[at : at + size], Type=Name.XObject, Subtype=Name.Image, Width=SIDE, Height=SIDE, ColorSpace=Name.DeviceGray, **more))  # fmt: skip


def _rows(data: bytes) -> bytes:
    return zlib.compress(bytes(range(64)) + _image(data).tobytes())


def _in_palette(pdf: pikepdf.Pdf, data: bytes) -> None:
    space = Array([Name.Indexed, Name.DeviceGray, 255, String(data)])
    _show(pdf, pdf.make_stream(bytes(64), Type=Name.XObject, Subtype=Name.Image, Width=8, Height=8, BitsPerComponent=8, ColorSpace=space))  # fmt: skip


def _in_string(pdf: pikepdf.Pdf, data: bytes) -> None:
    pdf.Root.PieceInfo = Dictionary(App=Dictionary(Private=String(data)))


def _note(pdf: pikepdf.Pdf, data: bytes) -> None:
    content = pdf.make_indirect(pdf.make_stream(data, Type=Name.EmbeddedFile))
    named = pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String("a.bin"), EF=Dictionary(F=content)))
    note = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 10, 10]), FS=named)
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])


def _portfolio(pdf: pikepdf.Pdf, data: bytes) -> None:
    pdf.attachments["a.png"] = data
    pdf.Root.Collection = Dictionary(Type=Name.Collection, View=Name.D)


def _form(pdf: pikepdf.Pdf, data: bytes) -> None:
    text = (
        b'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><image contentType="image/png">'
        + base64.b64encode(data)
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_indirect(pdf.make_stream(text + b"</image></xdp:xdp>")))  # fmt: skip


def _mask(pdf: pikepdf.Pdf, data: bytes) -> None:
    shown = _stream(pdf, ordinary(), "flate")
    shown.SMask = pdf.make_indirect(_stream(pdf, data, "flate"))
    _show(pdf, shown)


def _alternate(pdf: pikepdf.Pdf, data: bytes) -> None:
    shown = _stream(pdf, ordinary(), "flate")
    shown.Alternates = Array([Dictionary(Image=pdf.make_indirect(_stream(pdf, data, "flate")), DefaultForPrinting=True)])  # fmt: skip
    _show(pdf, shown)


def _pattern(pdf: pikepdf.Pdf, data: bytes) -> None:
    box = Array([0, 0, 150, 150])
    pattern = pdf.make_stream(
        b"q 150 0 0 150 0 0 cm /I Do Q",
        Type=Name.Pattern,
        PatternType=1,
        PaintType=1,
        TilingType=1,
        BBox=box,
        XStep=150,
        YStep=150,
    )
    pattern.Resources = Dictionary(XObject=Dictionary(I=pdf.make_indirect(_stream(pdf, data, "flate"))))
    pdf.pages[0].Resources = Dictionary(Pattern=Dictionary(P=pdf.make_indirect(pattern)))
    pdf.pages[0].Contents = pdf.make_stream(b"/Pattern cs /P scn 0 0 200 200 re f")  # fmt: skip


def _letter(pdf: pikepdf.Pdf, data: bytes) -> None:
    """A font one of whose letters is the picture."""
    glyph = pdf.make_indirect(pdf.make_stream(b"1000 0 d0 q 1000 0 0 1000 0 0 cm /I Do Q"))
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 1000, 1000]), FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), CharProcs=Dictionary(a=glyph),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([97, Name.a])), FirstChar=97, LastChar=97, Widths=Array([1000]),
        Resources=Dictionary(XObject=Dictionary(I=pdf.make_indirect(_stream(pdf, data, "flate")))),
    )  # fmt: skip
    pdf.pages[0].Resources = Dictionary(Font=Dictionary(T=pdf.make_indirect(font)))
    pdf.pages[0].Contents = pdf.make_stream(b"BT /T 150 Tf 20 20 Td (a) Tj ET")


def _fdf(value: Callable[[bytes], bytes]) -> Build:
    head = b"%FDF-1.2\n1 0 obj\n<< /FDF << /Fields [ << /T (img) /V "
    return lambda data: Upload(head + value(data) + b"\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n", FDF)


def _fdf_stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    return (
        b"2 0 R >> ] >> >>\nendobj\n2 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
        + packed
        + b"\nendstream\nendobj"
    )


def _xfdf(data: bytes) -> Upload:
    text = (
        b'<?xml version="1.0"?><xfdf xmlns="http://ns.adobe.com/xfdf/"><annots><fileattachment><data MODE="raw" encoding="hex">'
        + data.hex().encode()
    )
    return Upload(text + b"</data></fileattachment></annots></xfdf>", b"application/vnd.adobe.xfdf")  # fmt: skip


def _lost_table(data: bytes) -> Upload:
    whole = PLAIN["PDF with flate"](data).body
    return Upload(whole[: whole.rindex(b"startxref")] + b"startxref\n999999\n%%EOF\n", PDF)


READ: dict[str, Build] = {
    "PDF whose picture says JBIG2": _picture(bytes, Filter=Name.JBIG2Decode, BitsPerComponent=1),
    "PDF whose picture says CCITT": _picture(bytes, Filter=Name.CCITTFaxDecode, BitsPerComponent=1),
    "PDF whose picture says something unknown": _picture(bytes, Filter=Name("/FooDecode")),
    "PDF with a file behind the rows of a picture": _picture(lambda d: zlib.compress(bytes(range(64)) + d), Filter=Name.FlateDecode, Width=64, Height=60),
    "PDF with CCITT": _made(_fax), "PDF with a file in a palette": _made(_in_palette), "PDF with a file in a string": _made(_in_string),
    "PDF with a file in a note": _made(_note), "PDF portfolio": _made(_portfolio), "PDF with a form of XML": _made(_form), "PDF with a picture as a mask": _made(_mask),
    "PDF with a picture for printing": _made(_alternate), "PDF with a pattern": _made(_pattern), "PDF with a font of pictures": _made(_letter),
    "FDF with hexadecimal": _fdf(lambda d: b"<" + d.hex().encode() + b"> >> ] >> >>\nendobj"), "XFDF": _xfdf,
}  # fmt: skip
REFUSED: dict[str, Build] = {
    "PDF with rows behind the rows of a picture": _picture(_rows, Filter=Name.FlateDecode),
    "PDF whose picture is a file": _picture(bytes),
    "PDF whose picture says run lengths": _picture(bytes, Filter=Name.RunLengthDecode),
    "PDF that has lost its table": _lost_table,
    "FDF with a stream": _fdf(_fdf_stream),
}  # fmt: skip

CASES: tuple[Case, ...] = (
    *(replace(case, sealed=case.name == "PDF with CCITT") for case in in_order(READ)),
    *(
        Case(name, build, form=True, twin=PLAIN["PDF with flate"], ways=("length",))
        for name, build in REFUSED.items()
    ),
)
