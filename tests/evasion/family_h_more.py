"""H, fourth part: cameras, screens and tiles, and what else a scan can be stored as."""

import io
import struct
from collections.abc import Callable
from dataclasses import replace

import imagecodecs
import numpy as np
import pydicom
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from tests.evasion.case import Build, Case, Upload, cases
from tests.evasion.family_h_beside import in_order
from tests.evasion.family_h_pictures import file
from tests.evasion.family_h_scans import plain
from tests.evasion.family_j_pdf import READ as PDF
from tests.evasion.pictures import SIDE, medical, ordinary
from tests.support.scans import dicom, encoded
from tests.unpack import made


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


def _jpeg_xl(data: bytes) -> bytes:
    return bytes(imagecodecs.jpegxl_encode(np.asarray(_opened(data)), lossless=True))


def _gif_block(lead: bytes) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        cuts = (data[at : at + 255] for at in range(0, len(data), 255))
        return ordinary("gif")[:-1] + lead + b"".join(bytes((len(cut),)) + cut for cut in cuts) + b"\0;"

    return make


def _makers_note(data: bytes) -> bytes:
    note = b"Nikon\0\x02\x10\0\0" + encoded(_opened(data), "JPEG")
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0x8769, 4, 1, 26, 0)
    tiff += struct.pack("<HHHIII", 1, 0x927C, 7, len(note), 44, 0) + note
    carrier = ordinary("jpeg")
    return carrier[:2] + b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff + carrier[2:]


def _tiles(data: bytes) -> bytes:
    image = _opened(data)
    half = image.width // 2
    corners = [(x, y) for x in (0, half) for y in (0, half)]
    return made.zipped(
        {f"{x}-{y}.png": encoded(image.crop((x, y, x + half, y + half)), "PNG") for x, y in corners}
    )


def _screen(data: bytes) -> bytes:
    """A picture in the window of a program."""
    screen = Image.new("RGB", (640, 400), (240, 240, 240))
    draw = ImageDraw.Draw(screen)
    for y in range(0, 400, 22):
        draw.text((10, y), "File Edit View Window Help and so on", fill=(20, 20, 20))
    screen.paste(_opened(data).resize((160, 160)), (300, 120))
    return encoded(screen, "PNG")


def _saved(change: Callable[[pydicom.Dataset], None]) -> Build:
    def make(_: bytes) -> Upload:
        data_set = pydicom.dcmread(io.BytesIO(dicom()))
        change(data_set)
        out = io.BytesIO()
        data_set.save_as(out)
        return Upload(out.getvalue())

    return make


def _dots(kind: str, enlarged: int = 1, **options: object) -> Callable[[bytes], bytes]:
    """Black and white dots, as fax machines and old scanners make them; no oracle puts grey together again."""

    def make(data: bytes) -> bytes:
        out = io.BytesIO()
        _opened(data).convert("1").resize((SIDE * enlarged, SIDE * enlarged)).save(out, kind, **options)
        return out.getvalue()

    return make


def _slide(**tags: object) -> Callable[[bytes], bytes]:
    """A page of a whole slide, as scanners of pathology write it."""

    def make(data: bytes) -> bytes:
        written, out = ImageFileDirectory_v2(), io.BytesIO()
        for tag, value in tags.items():
            written[int(tag[1:])] = value
            if isinstance(value, int):
                written.tagtype[int(tag[1:])] = 4
        _opened(data).save(out, "TIFF", tiffinfo=written)
        return out.getvalue()

    return make


def _overlay(data_set: pydicom.Dataset) -> None:
    grey = np.asarray(Image.open(io.BytesIO(medical())).convert("L"))
    del data_set.PixelData
    data_set.add_new(0x60000010, "US", grey.shape[0])
    data_set.add_new(0x60000011, "US", grey.shape[1])
    data_set.add_new(0x60003000, "OW", np.packbits(grey > 128, bitorder="little").tobytes())


def _document(data_set: pydicom.Dataset) -> None:
    pdf = PDF["PDF with flate"](medical()).body
    del data_set.PixelData
    data_set.add_new(0x00420011, "OB", pdf + b"\0" * (len(pdf) & 1))


def _private_syntax(data_set: pydicom.Dataset) -> None:
    data_set.file_meta.TransferSyntaxUID = pydicom.uid.UID("1.2.840.113619.5.2")


READ: dict[str, Build] = {
    "JPEG XL": file(_jpeg_xl), "in the notes of a camera's maker": file(_makers_note), "in four tiles": file(_tiles), "in a window on a screen": file(_screen),
    "in black and white dots": file(_dots("PNG")), "in large black and white dots": file(_dots("PNG", 6)), "in black and white dots of a fax": file(_dots("TIFF", compression="group4")),
}  # fmt: skip
SPLIT: dict[str, Build] = {
    "in a comment of a GIF": file(_gif_block(b"!\xfe")), "in a block of a GIF": file(_gif_block(b"!\xff\x0bABCDEFGH123")),
}  # fmt: skip
UNSEEN = frozenset(
    {
        "JPEG XL",
        "in four tiles",
        "in black and white dots",
        "in large black and white dots",
        "in black and white dots of a fax",
    }
)
"""What the oracle has no decoder for, or would have to put together."""
SLIDES: dict[str, Build] = {
    "as a slide of Aperio": file(_slide(t270="Aperio Image Library v11.2.1\r\n46000x32914 (256x256) JPEG/RGB Q=30|AppMag = 20")),
    "as a slide of Hamamatsu": file(_slide(t65420=1)), "as a slide of Leica": file(_slide(t270='<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"/>')),
    "as a slide of Philips": file(_slide(t270='<DataObject ObjectType="DPUfsImport"/>')), "as a slide of Ventana": file(_slide(t700=b"<iScan Magnification='40'/>")),
}  # fmt: skip
SCANS: dict[str, Build] = {
    "DICOM whose picture is an overlay": _saved(_overlay), "DICOM around a PDF": _saved(_document), "DICOM in a private transfer syntax": _saved(_private_syntax),
}  # fmt: skip

# What is left of a scan without its pixels, no decoder of the oracle's shows.
CASES: tuple[Case, ...] = (
    *(replace(case, sealed=case.name in UNSEEN) for case in in_order(READ)),
    *cases(SPLIT, form=True, twin=plain, ways=("length",)),
    *cases(SLIDES, form=True, twin=plain, ways=("length",)),
    *cases(SCANS, kind="scan", twin=plain, ways=("length",), sealed=True),
)
