"""PDF files made with pikepdf, and by hand where a library would refuse."""

import io
import zlib
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from tests.formats.made import gray16, ramp, saved
from tests.unpack.made import JPEG

GRAY = Image.fromarray(ramp()[:, :, 0])
TEXT = b"BT /F 12 Tf 10 10 Td (Jane Roe) Tj ET"


def picture(pdf: pikepdf.Pdf, kind: str) -> Any:
    """An image of one kind; all of them 96 x 64."""
    rgb = Image.fromarray(ramp())
    given: dict[str, Any] = {
        "Type": Name.XObject,
        "Subtype": Name.Image,
        "Width": 96,
        "Height": 64,
        "BitsPerComponent": 8,
        "ColorSpace": Name.DeviceRGB,
    }
    data: bytes
    match kind:
        case "jpeg":
            data, given["Filter"] = JPEG, Name.DCTDecode
        case "jpeg in flate":
            data, given["Filter"] = zlib.compress(JPEG), Array([Name.FlateDecode, Name.DCTDecode])
        case "jpeg 2000":
            data, given["Filter"] = saved("JPEG2000"), Name.JPXDecode
        case "flate":
            data, given["Filter"] = zlib.compress(rgb.tobytes()), Name.FlateDecode
        case "raw":
            data = rgb.tobytes()
        case "gray":
            data, given["Filter"], given["ColorSpace"] = (
                zlib.compress(GRAY.tobytes()),
                Name.FlateDecode,
                Name.DeviceGray,
            )
        case "predictor":
            rows = b"".join(b"\x00" + rgb.tobytes()[at : at + 288] for at in range(0, 288 * 64, 288))
            data, given["Filter"] = zlib.compress(rows), Name.FlateDecode
            given["DecodeParms"] = Dictionary(Predictor=15, Colors=3, Columns=96, BitsPerComponent=8)
        case "indexed":
            few = rgb.quantize(16)
            palette = bytes(few.getpalette() or ())[:48].ljust(48, b"\x00")
            data, given["Filter"] = zlib.compress(few.tobytes()), Name.FlateDecode
            given["ColorSpace"] = Array([Name.Indexed, Name.DeviceRGB, 15, pikepdf.String(palette)])
        case "one bit":
            data, given["BitsPerComponent"], given["ColorSpace"] = (
                GRAY.convert("1").tobytes(),
                1,
                Name.DeviceGray,
            )
        case "fax":
            out = io.BytesIO()
            GRAY.convert("1").save(out, "TIFF", compression="group4")
            with Image.open(io.BytesIO(out.getvalue())) as tiff:
                start, size = tiff.tag_v2[273][0], tiff.tag_v2[279][0]
            data, given["Filter"] = out.getvalue()[start : start + size], Name.CCITTFaxDecode
            given["DecodeParms"] = Dictionary(K=-1, Columns=96, Rows=64, BlackIs1=False)
            given["BitsPerComponent"], given["ColorSpace"] = 1, Name.DeviceGray
        case "sixteen bits":
            deep = gray16()
            data = b"".join(v.to_bytes(2) for v in deep.get_flattened_data())
            given["BitsPerComponent"], given["ColorSpace"] = 16, Name.DeviceGray
        case "cmyk":
            data, given["ColorSpace"] = rgb.convert("CMYK").tobytes(), Name.DeviceCMYK
        case _:
            raise AssertionError(kind)
    return pdf.make_indirect(pikepdf.Stream(pdf, data, Dictionary(**given)))


KINDS = (
    "jpeg",
    "jpeg in flate",
    "jpeg 2000",
    "flate",
    "raw",
    "gray",
    "predictor",
    "indexed",
    "one bit",
    "fax",
    "sixteen bits",
    "cmyk",
)


def page(pdf: pikepdf.Pdf, *pictures: Any, text: bytes = b"", extra: bytes = b"") -> Any:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    made = pdf.add_blank_page(page_size=(200, 200))
    names = {f"/P{index}": one for index, one in enumerate(pictures)}
    made.Resources = Dictionary(XObject=Dictionary(names), Font=Dictionary(F=font))
    shown = b" ".join(
        b"q 90 0 0 60 10 %d cm /P%d Do Q" % (20 + 20 * index, index) for index in range(len(pictures))
    )
    made.Contents = pdf.make_stream(shown + b"\n" + text + b"\n" + extra)
    return made


def written(pdf: pikepdf.Pdf, **more: Any) -> bytes:
    out = io.BytesIO()
    pdf.save(out, static_id="encryption" not in more, **more)
    return out.getvalue()


def with_picture(kind: str = "jpeg", text: bytes = b"", extra: bytes = b"", **more: Any) -> bytes:
    pdf = pikepdf.Pdf.new()
    page(pdf, picture(pdf, kind), text=text, extra=extra)
    return written(pdf, **more)


def plain(text: bytes = TEXT) -> bytes:
    pdf = pikepdf.Pdf.new()
    page(pdf, text=text)
    return written(pdf)


def attached(name: str, content: bytes) -> bytes:
    pdf = pikepdf.Pdf.new()
    page(pdf, text=TEXT)
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)
    return written(pdf)


def appended(data: bytes, number: int, body: bytes) -> bytes:
    """An incremental update that gives one object another content (ISO 32000-2, 7.5.6)."""
    start = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    size = int(data[data.rindex(b"/Size") + 5 :].split()[0].split(b"/")[0])
    root = data[data.rindex(b"/Root") :].split(b" R")[0] + b" R"
    out = data.rstrip() + b"\n"
    at = len(out)
    out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Prev %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        number,
        at,
        size,
        start,
        root,
        table,
    )
    return out
