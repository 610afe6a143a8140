"""O, second half: files that unfold or claim more than they are."""

import io
import struct
import zlib

import pydicom
from pikepdf import Name
from pydicom.uid import DeflatedExplicitVRLittleEndian

from tests.evasion.case import FORM, JSON, Build, Case, Upload
from tests.evasion.family_h_beside import saved
from tests.evasion.family_h_pictures import file, in_png
from tests.evasion.family_j_pdf import READ as PDF
from tests.evasion.family_j_pdf import _saved, _stream, _with_page
from tests.support.scans import dicom

MIB = 1 << 20


def _deflated(_: bytes) -> Upload:
    """A quarter of a gigabyte of pixels in a quarter of a megabyte."""
    data_set = pydicom.dcmread(io.BytesIO(dicom()))
    data_set.Rows = data_set.Columns = 8192
    data_set.PixelData = bytes(8192 * 8192 * 2)
    data_set.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    out = io.BytesIO()
    data_set.save_as(out)
    return Upload(out.getvalue())


def _deep(data: bytes) -> Upload:
    """Sequences in sequences, two thousand deep."""
    level = b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
    return Upload(bytes(128) + b"DICM" + level * 2000 + data)


def _document(data: bytes) -> Upload:
    pdf = _with_page()
    packed = zlib.compress(bytes(200 * MIB))
    pdf.Root.X = pdf.make_indirect(pdf.make_stream(packed, Filter=Name.FlateDecode))
    pdf.Root.Y = pdf.make_indirect(_stream(pdf, data, "flate"))
    return Upload(_saved(pdf), b"application/pdf")


def _claim(data: bytes) -> Upload:
    """The size in the head is sixty thousand by sixty thousand."""
    picture = saved("JPEG2000")(data)
    at = picture.index(b"\xff\x51")
    return Upload(picture[: at + 6] + struct.pack(">II", 60_000, 60_000) + picture[at + 14 :])


def _parts(data: bytes, count: int = 100_000) -> Upload:
    one = b'--BOUND\r\nContent-Disposition: form-data; name="p"\r\n\r\nx\r\n'
    last = b'--BOUND\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n' + data
    return Upload(one * count + last + b"\r\n--BOUND--\r\n", FORM)


def _names(data: bytes) -> Upload:
    """A hundred thousand names in one object, and the picture behind them."""
    names = b"".join(b'"k%d":%d,' % (number, number) for number in range(100_000))
    return Upload(b"{" + names + b'"z":"' + data.hex().encode() + b'"}', JSON)


BOMBS: dict[str, Build] = {
    "text of a PNG": in_png(b"zTXt", lambda x: b"Comment\0\0" + zlib.compress(b" " * (50 * MIB) + x.hex().encode())),
    "colour profile of a PNG": in_png(b"iCCP", lambda x: b"sRGB\0\0" + zlib.compress(bytes(50 * MIB) + x)),
    "deflated DICOM": _deflated, "DICOM of 2,000 levels": _deep, "PDF": _document, "size that JPEG 2000 does not have": _claim,
    "multipart of 100,000 fields": _parts,
}  # fmt: skip
TWINS: dict[str, Build] = {
    "PDF": PDF["PDF with flate"], "multipart of 100,000 fields": lambda d: _parts(d, 20), "size that JPEG 2000 does not have": file(saved("JPEG2000")),
}  # fmt: skip

CASES: tuple[Case, ...] = (
    Case("JSON of 100,000 names", _names, ways=("h2",)),
    *(Case(name, build, form=True, sealed=True, twin=TWINS.get(name, Upload), ways=("length",)) for name, build in BOMBS.items()),
)  # fmt: skip
