"""J, first half: pictures in PDF, at every place where one can be."""

import base64
import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from tests.evasion.case import Build, Case, Upload, cases
from tests.support.scans import encoded


def _file(make: Callable[[bytes], bytes], label: bytes = b"application/octet-stream") -> Build:
    return lambda data: Upload(make(data), label)


WORDS = b"BT /F 12 Tf 10 10 Td (Jane Roe) Tj ET"


def _image(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("L")


def jpeg(data: bytes) -> bytes:
    out = io.BytesIO()
    _image(data).save(out, "JPEG", quality=95)
    return out.getvalue()


def _stream(pdf: pikepdf.Pdf, data: bytes, kind: str) -> Any:
    image = _image(data)
    given: dict[str, Any] = {
        "Type": Name.XObject, "Subtype": Name.Image, "Width": image.width, "Height": image.height, "BitsPerComponent": 8, "ColorSpace": Name.DeviceGray,
    }  # fmt: skip
    grey = image.tobytes()
    match kind:
        case "jpeg":
            content, given["Filter"] = jpeg(data), Name.DCTDecode
        case "jpeg in flate":
            content, given["Filter"] = zlib.compress(jpeg(data)), Array([Name.FlateDecode, Name.DCTDecode])
        case "jpeg 2000":
            content, given["Filter"] = encoded(image, "JPEG2000"), Name.JPXDecode
        case "hex":
            content, given["Filter"] = grey.hex().encode() + b">", Name.ASCIIHexDecode
        case "ascii85":
            content, given["Filter"] = base64.a85encode(grey) + b"~>", Name.ASCII85Decode
        case "flate":
            content, given["Filter"] = zlib.compress(grey), Name.FlateDecode
        case _:
            content = grey
    return pdf.make_stream(content, **given)


def _saved(pdf: pikepdf.Pdf, **options: Any) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def _with_page() -> pikepdf.Pdf:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    pdf.pages[0].Contents = pdf.make_stream(WORDS)
    return pdf


def _shown(data: bytes, kind: str) -> pikepdf.Pdf:
    pdf = _with_page()
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(I=pdf.make_indirect(_stream(pdf, data, kind))))
    pdf.pages[0].Contents = pdf.make_stream(b"q 150 0 0 150 20 20 cm /I Do Q")
    return pdf


def _pdf(kind: str = "flate", **options: Any) -> Build:
    return _file(lambda data: _saved(_shown(data, kind), **options), b"application/pdf")


def _changed(change: Callable[[pikepdf.Pdf, bytes], None], **options: Any) -> Build:
    def make(data: bytes) -> bytes:
        pdf = _with_page()
        change(pdf, data)
        return _saved(pdf, **options)

    return _file(make, b"application/pdf")


def _in_form(pdf: pikepdf.Pdf, data: bytes) -> None:
    inner = pdf.make_indirect(_stream(pdf, data, "flate"))
    form = pdf.make_stream(
        b"q 150 0 0 150 0 0 cm /I Do Q", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 200, 200])
    )
    form.Resources = Dictionary(XObject=Dictionary(I=inner))
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(F=pdf.make_indirect(form)))
    pdf.pages[0].Contents = pdf.make_stream(b"/F Do")


def _inline(pdf: pikepdf.Pdf, data: bytes) -> None:
    image = _image(data)
    lead = f"q 150 0 0 150 20 20 cm BI /W {image.width} /H {image.height} /BPC 8 /CS /G /F /AHx ID ".encode()
    pdf.pages[0].Contents = pdf.make_stream(lead + image.tobytes().hex().encode() + b"> EI Q")


def _attached(pdf: pikepdf.Pdf, data: bytes) -> None:
    pdf.attachments["a.png"] = data


def _unused(pdf: pikepdf.Pdf, data: bytes) -> None:
    pdf.Root.Hidden = pdf.make_indirect(_stream(pdf, data, "flate"))


def _private(pdf: pikepdf.Pdf, data: bytes) -> None:
    pdf.Root.PieceInfo = Dictionary(App=Dictionary(Private=pdf.make_indirect(pdf.make_stream(data))))


def _in_string(pdf: pikepdf.Pdf, data: bytes) -> None:
    pdf.docinfo["/Note"] = pikepdf.String(base64.b64encode(data).decode())


def _in_metadata(pdf: pikepdf.Pdf, data: bytes) -> None:
    packet = (
        b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description rdf:about='' xmlns:n='http://example.org/n/'><n:d>" + base64.b64encode(data) + b"</n:d></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    )  # fmt: skip
    pdf.Root.Metadata = pdf.make_indirect(pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML))


def _off_page(pdf: pikepdf.Pdf, data: bytes) -> None:
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(I=pdf.make_indirect(_stream(pdf, data, "flate"))))
    pdf.pages[0].Contents = pdf.make_stream(b"q 150 0 0 150 5000 5000 cm /I Do Q")


def _incremental(data: bytes) -> bytes:
    """The picture stands in the first version; a second one replaces the page by an empty one."""
    first = _saved(_shown(data, "flate"), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    root = first.rindex(b"/Root")
    at = len(first)
    body = b"3 0 obj\n<< /Type /Page /MediaBox [0 0 200 200] /Parent 2 0 R >>\nendobj\n"
    previous = first[first.rindex(b"startxref") + 9 :].split()[0]
    xref = b"xref\n3 1\n%010d 00000 n \n" % at
    trailer = (
        b"trailer\n<< /Size 20 /Prev "
        + previous
        + b" "
        + first[root : first.index(b"R", root) + 1]
        + b" >>\n"
    )
    return first + body + xref + trailer + b"startxref\n%d\n%%%%EOF\n" % (at + len(body))


def _encrypted(user: str) -> Build:
    return _pdf("flate", encryption=pikepdf.Encryption(owner="o", user=user, R=6))


READ: dict[str, Build] = {
    "PDF with base64 in its notes": _changed(_in_string),
    "PDF with base64 in its metadata": _changed(_in_metadata),
    "PDF behind 500 bytes": _file(lambda d: b"x" * 500 + _pdf()(d).body),
    "PDF with a private stream": _changed(_private),
    "PDF opened by an empty password": _encrypted(""),
    "PDF with JPEG": _pdf("jpeg"),
    "PDF with JPEG in flate": _pdf("jpeg in flate"),
    "PDF with JPEG 2000": _pdf("jpeg 2000"),
    "PDF with flate": _pdf(),
    "PDF with raw pixels": _pdf("raw"),
    "PDF with hexadecimal": _pdf("hex"),
    "PDF with Ascii85": _pdf("ascii85"),
    "PDF with object streams": _pdf("flate", object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "PDF with a form inside": _changed(_in_form),
    "PDF with an inline picture": _changed(_inline),
    "PDF with an attachment": _changed(_attached),
    "PDF with a picture on no page": _changed(_unused),
    "PDF with a picture beside the page": _changed(_off_page),
    "linearised PDF": _pdf("flate", linearize=True),
}


REFUSED: dict[str, Build] = {
    "PDF locked by a password": _encrypted("secret"),
    "PDF behind a picture": _file(lambda d: d + _pdf()(d).body),
    "PDF in two versions": _file(_incremental),
    "PDF cut short": _file(lambda d: _pdf()(d).body[:-400]),
}


SEALED = frozenset({"PDF opened by an empty password", "PDF locked by a password"})
"""What the oracle has no key or no decoder for."""


CASES: tuple[Case, ...] = tuple(
    replace(case, sealed=case.name in SEALED)
    for case in (*cases(READ), *cases(REFUSED, form=True, twin=READ["PDF with flate"]))
)
