"""J, second half: pictures in documents, mail and films."""

import base64
import binascii
import json
import struct
from collections.abc import Callable

from tests.evasion.case import Build, Case, Upload, cases
from tests.evasion.family_j_pdf import jpeg
from tests.unpack import made


def _file(make: Callable[[bytes], bytes], label: bytes = b"application/octet-stream") -> Build:
    return lambda data: Upload(make(data), label)


def _lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _printable(data: bytes) -> bytes:
    return b"=\r\n".join(
        b"".join(b"=%02X" % byte for byte in data[at : at + 24]) for at in range(0, len(data), 24)
    )


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
    picture = jpeg(data)
    frame = b"00dc" + struct.pack("<I", len(picture)) + picture + b"\0" * (len(picture) & 1)
    movi = b"LIST" + struct.pack("<I", 4 + len(frame)) + b"movi" + frame
    return b"RIFF" + struct.pack("<I", 4 + len(movi)) + b"AVI " + movi


READ: dict[str, Build] = {
    "base85 in XML": _xml(lambda d: base64.b85encode(d).replace(b"&", b"&amp;").replace(b"<", b"&lt;")),
    "Ascii85 in XML": _xml(lambda d: base64.a85encode(d).replace(b"&", b"&amp;").replace(b"<", b"&lt;")),
    "mail with uuencode": _mail(
        "x-uuencode",
        lambda d: (
            b"begin 644 a.png\n"
            + b"".join(binascii.b2a_uu(d[at : at + 45]) for at in range(0, len(d), 45))
            + b"`\nend"
        ),
    ),
    "numbers in XML": _xml(lambda d: b"".join(b"<b>%d</b>" % byte for byte in d)),
    "docx": _office("word", "word/media/image1.png"),
    "pptx": _office("ppt", "ppt/media/image1.png"),
    "xlsx": _office("xl", "xl/media/image1.png"),
    "docx with a picture elsewhere": _office("word", "word/theme/x.bin"),
    "odt": _file(_odt),
    "notebook": _file(_notebook, b"application/json"),
    "attachment of a notebook": _file(_notebook_attachment, b"application/json"),
    "RTF": _file(_rtf),
    "HTML": _file(_html, b"text/html"),
    "SVG": _file(_svg, b"image/svg+xml"),
    "SOAP": _file(_soap, b"application/soap+xml"),
    "base64 in XML": _xml(base64.b64encode),
    "base64 in CDATA": _xml(lambda d: b"<![CDATA[" + base64.b64encode(d) + b"]]>"),
    "base64 in an attribute": _file(
        lambda d: b"<?xml version='1.0'?><f d='" + base64.b64encode(d) + b"'/>", b"application/xml"
    ),
    "hexadecimal in XML": _xml(lambda d: d.hex().encode()),
    "mail with base64": _mail("base64", _lines),
    "MHTML": _file(_mhtml),
    "mail in a mail": _mail(
        "8bit", lambda d: _mail("base64", _lines)(d).body, mark="OUT", media="message/rfc822"
    ),
    "mail with quoted-printable": _mail("quoted-printable", _printable),
    "OLE file": _file(lambda d: made.compound({"Pictures": d + bytes(5000)})),
}


REFUSED: dict[str, Build] = {
    "AVI of one frame": _file(_avi),
}


CASES: tuple[Case, ...] = (*cases(READ), *cases(REFUSED, form=True, twin=_file(bytes)))
