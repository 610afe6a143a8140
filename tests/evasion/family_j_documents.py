"""J: pictures in documents, mail and films."""

import base64
import binascii
import io
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from tests.evasion.case import Build, Case, Upload, cases
from tests.support.scans import encoded
from tests.unpack import made

WORDS = b"BT /F 12 Tf 10 10 Td (Jane Roe) Tj ET"


def _file(make: Callable[[bytes], bytes], label: bytes = b"application/octet-stream") -> Build:
    return lambda data: Upload(make(data), label)


def _lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _printable(data: bytes) -> bytes:
    return b"=\r\n".join(
        b"".join(b"=%02X" % byte for byte in data[at : at + 24]) for at in range(0, len(data), 24)
    )


def _image(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("L")


def _jpeg(data: bytes) -> bytes:
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
            content, given["Filter"] = _jpeg(data), Name.DCTDecode
        case "jpeg in flate":
            content, given["Filter"] = zlib.compress(_jpeg(data)), Array([Name.FlateDecode, Name.DCTDecode])
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


def _office(folder: str, media: str) -> Build:
    def make(data: bytes) -> bytes:
        document = f"<?xml version='1.0'?><{folder}/>".encode()
        return made.zipped({
            "[Content_Types].xml": b"<?xml version='1.0'?><Types/>", f"{folder}/document.xml": document, media: data,
        })  # fmt: skip

    return _file(make)


def _odt(data: bytes) -> bytes:
    return made.zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": b"<?xml version='1.0'?><d/>",
            "Pictures/1.png": data,
        }
    )


def _mail(
    encoding: str,
    body: Callable[[bytes], bytes],
    subtype: str = "mixed",
    mark: str = "IN",
    media: str = "image/png",
) -> Build:
    def make(data: bytes) -> bytes:
        head = f'From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{subtype}; boundary="{mark}"\r\n\r\n'
        part = f"--{mark}\r\nContent-Type: text/plain\r\n\r\nhello\r\n--{mark}\r\nContent-Type: {media}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        return head.encode() + part.encode() + body(data) + f"\r\n--{mark}--\r\n".encode()

    return _file(make, b"message/rfc822")


def _notebook(data: bytes) -> bytes:
    outputs = [
        {
            "output_type": "display_data",
            "data": {"image/png": base64.b64encode(data).decode()},
            "metadata": {},
        }
    ]
    cell = {"cell_type": "code", "source": ["x"], "outputs": outputs, "metadata": {}, "execution_count": 1}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _notebook_attachment(data: bytes) -> bytes:
    cell = {
        "cell_type": "markdown",
        "source": ["![x](attachment:a.png)"],
        "attachments": {"a.png": {"image/png": base64.b64encode(data).decode()}},
        "metadata": {},
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _rtf(data: bytes) -> bytes:
    return b"{\\rtf1\\ansi hello {\\pict\\pngblip\\picw64\\pich64 " + data.hex().encode() + b"}}"


def _html(data: bytes) -> bytes:
    return (
        b"<!doctype html><html><body><p>hello</p><img src='data:image/png;base64,"
        + base64.b64encode(data)
        + b"'></body></html>"
    )


def _mhtml(data: bytes) -> bytes:
    return _mail("base64", _lines, "related")(data).body


def _svg(data: bytes) -> bytes:
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,'
        + base64.b64encode(data)
        + b'"/></svg>'
    )


def _soap(data: bytes) -> bytes:
    return (
        b"<?xml version='1.0'?><s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><f>"
        + base64.b64encode(data)
        + b"</f></s:Body></s:Envelope>"
    )


def _xml(inside: Callable[[bytes], bytes]) -> Build:
    return _file(
        lambda data: b"<?xml version='1.0'?><doc><f>" + inside(data) + b"</f></doc>", b"application/xml"
    )


def _avi(data: bytes) -> bytes:
    jpeg = _jpeg(data)
    frame = b"00dc" + struct.pack("<I", len(jpeg)) + jpeg + b"\0" * (len(jpeg) & 1)
    movi = b"LIST" + struct.pack("<I", 4 + len(frame)) + b"movi" + frame
    return b"RIFF" + struct.pack("<I", 4 + len(movi)) + b"AVI " + movi


READ: dict[str, Build] = {
    "PDF behind 500 bytes": _file(lambda d: b"x" * 500 + _pdf()(d).body), "PDF with a private stream": _changed(_private), "numbers in XML": _xml(lambda d: b"".join(b"<b>%d</b>" % byte for byte in d)), "PDF opened by an empty password": _encrypted(""),
    "PDF with JPEG": _pdf("jpeg"), "PDF with JPEG in flate": _pdf("jpeg in flate"), "PDF with JPEG 2000": _pdf("jpeg 2000"), "PDF with flate": _pdf(),
    "PDF with raw pixels": _pdf("raw"), "PDF with hexadecimal": _pdf("hex"), "PDF with Ascii85": _pdf("ascii85"),
    "PDF with object streams": _pdf("flate", object_stream_mode=pikepdf.ObjectStreamMode.generate), "PDF with a form inside": _changed(_in_form),
    "PDF with an inline picture": _changed(_inline), "PDF with an attachment": _changed(_attached), "PDF with a picture on no page": _changed(_unused),
    "PDF with a picture beside the page": _changed(_off_page), "linearised PDF": _pdf("flate", linearize=True),
    "docx": _office("word", "word/media/image1.png"), "pptx": _office("ppt", "ppt/media/image1.png"), "xlsx": _office("xl", "xl/media/image1.png"),
    "docx with a picture elsewhere": _office("word", "word/theme/x.bin"), "odt": _file(_odt), "notebook": _file(_notebook, b"application/json"),
    "attachment of a notebook": _file(_notebook_attachment, b"application/json"), "RTF": _file(_rtf), "HTML": _file(_html, b"text/html"), "SVG": _file(_svg, b"image/svg+xml"),
    "SOAP": _file(_soap, b"application/soap+xml"), "base64 in XML": _xml(base64.b64encode), "base64 in CDATA": _xml(lambda d: b"<![CDATA[" + base64.b64encode(d) + b"]]>"),
    "base64 in an attribute": _file(lambda d: b"<?xml version='1.0'?><f d='" + base64.b64encode(d) + b"'/>", b"application/xml"), "hexadecimal in XML": _xml(lambda d: d.hex().encode()),
    "mail with base64": _mail("base64", _lines), "MHTML": _file(_mhtml), "mail in a mail": _mail("8bit", lambda d: _mail("base64", _lines)(d).body, mark="OUT", media="message/rfc822"),
    "mail with quoted-printable": _mail("quoted-printable", _printable),
    "OLE file": _file(lambda d: made.compound({"Pictures": d + bytes(5000)})),
}  # fmt: skip

REFUSED: dict[str, Build] = {
    "PDF locked by a password": _encrypted("secret"),
    "PDF behind a picture": _file(lambda d: d + _pdf()(d).body), "PDF in two versions": _file(_incremental), "PDF cut short": _file(lambda d: _pdf()(d).body[:-400]),
    "PDF with base64 in its metadata": _changed(_in_metadata), "PDF with base64 in its notes": _changed(_in_string),
    "Ascii85 in XML": _xml(lambda d: base64.a85encode(d).replace(b"&", b"&amp;").replace(b"<", b"&lt;")), "base85 in XML": _xml(lambda d: base64.b85encode(d).replace(b"&", b"&amp;").replace(b"<", b"&lt;")),
    "mail with uuencode": _mail("x-uuencode", lambda d: b"begin 644 a.png\n" + b"".join(binascii.b2a_uu(d[at : at + 45]) for at in range(0, len(d), 45)) + b"`\nend"),
    "AVI of one frame": _file(_avi),
}  # fmt: skip

SEALED = frozenset({"PDF opened by an empty password", "PDF locked by a password"})
"""What the oracle has no key or no decoder for."""

CASES: tuple[Case, ...] = tuple(
    replace(case, sealed=case.name in SEALED) for case in (*cases(READ), *cases(REFUSED, form=True))
)
