"""Small files of every format, made by this script: nothing here comes from a patient or a camera."""

import base64
import gzip
import io
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from imagecodecs import jpegxl_encode
from jpeg_ls import encode_array
from PIL import Image

from gateway.model import Format

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9j"
    "AAAAAERAAAEAAQAAAAABegABAAAAAAAAAEkAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA1mlw"
    "cnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AA"
    "AAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAA"
    "AABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAFFtZGF0AAAARSgBrxmA94lxSqGWnhySvr2kH+0Mpw9A"
    "oOSMTJXyYbeGgx48G6XbuZHp4hd3BhCw2k54z/Mk+PWh1jtCG1+b8LXadwghUw=="
)
"""96 x 64, red rising to the right, green rising downwards, blue 60. Nothing we install writes HEIC, so it stands here."""


def ramp(width: int = 96, height: int = 64) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Red rising to the right, green rising downwards: every turn and flip can be told apart."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([x, y, np.full_like(x, 60)], -1).astype(np.uint8)


def saved(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    (Image.fromarray(ramp()) if image is None else image).save(out, kind, **options)
    return out.getvalue()


def gray16(low: int = 0, high: int = 65535) -> Image.Image:
    return Image.fromarray(np.linspace(low, high, 96 * 64).reshape(64, 96).astype(np.uint16))


def animation(kind: str, frames: int = 5, **options: Any) -> bytes:
    pictures = [Image.fromarray(np.full((32, 48, 3), 40 * n % 256, np.uint8)) for n in range(frames)]
    if kind == "GIF":
        pictures = [one.convert("P") for one in pictures]
    return saved(kind, pictures[0], save_all=True, append_images=pictures[1:], duration=50, **options)


def jpeg_ls() -> bytes:
    return bytes(encode_array(np.ascontiguousarray(ramp()[:, :, 0])))


def jpeg_xl(pixels: Any = None, **options: Any) -> bytes:
    return bytes(jpegxl_encode(ramp() if pixels is None else pixels, **options))


def film(folder: Path, ending: str, code: str, frames: int = 30) -> bytes:
    path = folder / f"film.{ending}"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), 10, (96, 64))  # type: ignore[attr-defined] - stub gap
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((64, 96, 3), number * 8 % 256, np.uint8))
    writer.release()
    return path.read_bytes()


def element(tag: int, vr: bytes, value: bytes, *, big: bool = False, explicit: bool = True) -> bytes:
    order = ">" if big else "<"
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return head + struct.pack(order + "I", len(value)) + value
    if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return head + vr + b"\x00\x00" + struct.pack(order + "I", len(value)) + value
    return head + vr + struct.pack(order + "H", len(value)) + value


def data_set(**form: bool) -> bytes:
    return b"".join((
        element(0x00080005, b"CS", b"ISO_IR 100", **form), element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.7\x00", **form),
        element(0x00080018, b"UI", b"2.25.11111111111111\x00", **form), element(0x00080020, b"DA", b"20200101", **form),
        element(0x00080060, b"CS", b"OT", **form), element(0x00100010, b"PN", b"Nobody^At^All ", **form),
    ))  # fmt: skip


def meta() -> bytes:
    inner = element(0x00020002, b"UI", b"1.2.840.10008.5.1.4.1.1.7\x00") + element(
        0x00020010, b"UI", b"1.2.840.10008.1.2.1\x00"
    )
    return element(0x00020000, b"UL", struct.pack("<I", len(inner))) + inner


def dicom(preamble: bytes = bytes(128)) -> bytes:
    return preamble.ljust(128, b"\x00") + b"DICM" + meta() + data_set()


def nifti1(
    *, big: bool = False, pair: bool = False, description: bytes = b"made", intercept: float = 0.0
) -> bytes:
    order = ">" if big else "<"
    head = bytearray(352)
    struct.pack_into(order + "i", head, 0, 348)
    struct.pack_into(order + "8h", head, 40, 3, 4, 5, 6, 1, 1, 1, 1)
    struct.pack_into(order + "2h", head, 70, 2, 8)
    struct.pack_into(order + "3f", head, 108, 352.0, 1.0, intercept)
    head[148 : 148 + len(description)] = description
    head[344:348] = b"ni1\x00" if pair else b"n+1\x00"
    return bytes(head) + (b"" if pair else bytes(120))


def nifti2() -> bytes:
    head = bytearray(544)
    struct.pack_into("<i8s", head, 0, 540, b"n+2\x00\r\n\x1a\n")
    struct.pack_into("<8q", head, 16, 3, 4, 5, 6, 1, 1, 1, 1)
    return bytes(head) + bytes(120)


def analyze(*, patient: bytes = b"") -> bytes:
    head = bytearray(348)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 4, 4, 5, 6, 1, 0, 0, 0)
    struct.pack_into("<2h", head, 70, 4, 16)
    head[283 : 283 + len(patient)] = patient
    return bytes(head)


def scp_ecg(last_name: bytes = b"Nobody\x00", *, marked: bool = True) -> bytes:
    tags = b"\x00" + struct.pack("<H", len(last_name)) + last_name + b"\xff\x00\x00"
    one = struct.pack("<HHIBB6x", 0, 1, 16 + len(tags), 13, 13) + tags
    length = 16 + 2 * 10
    pointers = struct.pack("<HII", 0, length, 7) + struct.pack("<HII", 1, len(one), 7 + length)
    zero = struct.pack("<HHIBB", 0, 0, length, 13, 13) + (b"SCPECG" if marked else bytes(6)) + pointers
    return struct.pack("<HI", 0, 6 + len(zero) + len(one)) + zero + one


def zipped(names: tuple[str, ...] = ("a.txt",), body: bytes = b"content") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, body)
    return out.getvalue()


NRRD = (
    b"NRRD0004\ntype: short\ndimension: 3\nsizes: 4 5 6\nencoding: raw\nDICOM_0010_0010:=Nobody\nDICOM_0008_0060:=CT\n\n"
    + bytes(240)
)
META_IMAGE = (
    b"ObjectType = Image\nNDims = 3\nModality = MET_MOD_MR\nDimSize = 4 5 6\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    + bytes(240)
)
MGH = struct.pack(">7ih", 1, 4, 5, 6, 1, 0, 0, 1) + bytes(260)
MINC1 = b"CDF\x01" + bytes(300) + b"xspace" + bytes(40) + b"PET__"
MINC2 = b"\x89HDF\r\n\x1a\n" + bytes(300) + b"minc-2.0" + bytes(40)
PAR = b"# === DATA DESCRIPTION FILE ====================\n#\n.    Patient name                       :   Nobody At All\n.    Protocol : T1\n"
INTERFILE = b"!INTERFILE :=\n!imaging modality := nucmed\n!name of data file := a.img\npatient name := Nobody At All\n!matrix size [1] := 64\n!END OF INTERFILE :=\n"
AFNI = b"\ntype  = string-attribute\nname  = TYPESTRING\ncount = 15\n'3DIM_HEAD_ANAT~\n\ntype  = string-attribute\nname  = HISTORY_NOTE\ncount = 7\n'Nobody~\n"
ECAT = (b"MATRIX72v" + bytes(173) + b"Nobody At All").ljust(600, b"\x00")
EDF = b"0".ljust(8) + b"1 M 01-JAN-1950 Nobody".ljust(80) + b"Startdate X X X X".ljust(80) + b"01.01.2000.00.00512".ljust(68) + b"1".ljust(8) * 2 + b"1".ljust(260) + bytes(200)  # fmt: skip
AECG = b'<?xml version="1.0"?>\n<AnnotatedECG xmlns="urn:hl7-org:v3"><subject><name><family>Nobody</family></name><birthTime value="19500101"/></subject></AnnotatedECG>'
DICOM_JSON = b'{"00080060": {"vr": "CS", "Value": ["CT"]}, "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Nobody"}]}}'
DICOM_XML = b'<?xml version="1.0"?><NativeDicomModel xml:space="preserve"><DicomAttribute tag="00080060" vr="CS"/></NativeDicomModel>'
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 3

SCANS: dict[str, tuple[bytes, Format]] = {
    "dicom": (dicom(), Format.DICOM),
    "dicom without preamble, with meta group": (meta() + data_set(), Format.DICOM),
    "dicom after DICM only": (b"DICM" + meta() + data_set(), Format.DICOM),
    "dicom bare, explicit": (data_set(), Format.DICOM),
    "dicom bare, implicit": (data_set(explicit=False), Format.DICOM),
    "dicom bare, big endian": (data_set(big=True), Format.DICOM),
    "dicom bare, big endian, implicit": (data_set(big=True, explicit=False), Format.DICOM),
    "dicom after stray bytes": (b"\x20\x00\x13" + data_set(), Format.DICOM),
    "acr-nema": (
        element(0x00080000, b"UL", bytes([40, 0, 0, 0]), explicit=False) + data_set(explicit=False),
        Format.DICOM,
    ),
    "dicom in json": (DICOM_JSON, Format.DICOM_JSON),
    "dicom in json, list": (b"[" + DICOM_JSON + b"]", Format.DICOM_JSON),
    "dicom in xml": (DICOM_XML, Format.DICOM_XML),
    "nifti-1": (nifti1(), Format.NIFTI),
    "nifti-1 big endian": (nifti1(big=True), Format.NIFTI),
    "nifti-1 head of a pair": (nifti1(pair=True), Format.NIFTI),
    "nifti-1 gzip": (gzip.compress(nifti1()), Format.NIFTI),
    "nifti-2": (nifti2(), Format.NIFTI),
    "nifti-2 gzip": (gzip.compress(nifti2()), Format.NIFTI),
    "analyze": (analyze(), Format.ANALYZE),
    "nrrd": (NRRD, Format.NRRD),
    "nrrd detached": (NRRD.replace(b"\n\n", b"\ndata file: a.raw\n\n")[:-240], Format.NRRD),
    "mha": (META_IMAGE, Format.META_IMAGE),
    "mhd": (META_IMAGE[:-240].replace(b"LOCAL", b"a.raw"), Format.META_IMAGE),
    "minc-1": (MINC1, Format.MINC),
    "minc-2": (MINC2, Format.MINC),
    "mgh": (MGH, Format.MGH),
    "mgz": (gzip.compress(MGH), Format.MGH),
    "par": (PAR, Format.PAR_REC),
    "interfile": (INTERFILE, Format.INTERFILE),
    "afni": (AFNI, Format.AFNI),
    "ecat": (ECAT, Format.ECAT),
    "edf": (EDF, Format.EDF),
    "bdf": (b"\xffBIOSEMI" + EDF[8:], Format.EDF),
    "scp-ecg": (scp_ecg(), Format.SCP_ECG),
    "scp-ecg of an old writer": (scp_ecg(marked=False), Format.SCP_ECG),
    "annotated ecg": (AECG, Format.AECG),
}


def pictures() -> dict[str, tuple[bytes, Format]]:
    cmyk = Image.fromarray(ramp()).convert("CMYK")
    palette = Image.fromarray(ramp()).quantize(16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "jpeg": (saved("JPEG"), Format.JPEG), "jpeg gray": (saved("JPEG", Image.fromarray(ramp()[:, :, 0])), Format.JPEG),
            "jpeg progressive": (saved("JPEG", progressive=True), Format.JPEG), "jpeg cmyk": (saved("JPEG", cmyk), Format.JPEG),
            "png": (saved("PNG"), Format.PNG), "png 16 bit": (saved("PNG", gray16()), Format.PNG),
            "png palette": (saved("PNG", palette, transparency=0), Format.PNG), "apng": (animation("PNG"), Format.PNG),
            "gif": (animation("GIF"), Format.GIF), "webp": (saved("WEBP"), Format.WEBP),
            "webp lossless": (saved("WEBP", lossless=True), Format.WEBP), "webp film": (animation("WEBP"), Format.WEBP),
            "bmp": (saved("BMP"), Format.BMP), "tiff": (saved("TIFF"), Format.TIFF), "tiff 16 bit": (saved("TIFF", gray16()), Format.TIFF),
            "tiff cmyk": (saved("TIFF", cmyk), Format.TIFF), "tiff pages": (animation("TIFF"), Format.TIFF),
            "bigtiff": (saved("TIFF", big_tiff=True), Format.TIFF), "ico": (saved("ICO"), Format.ICO),
            "pnm": (saved("PPM"), Format.PNM), "avif": (saved("AVIF"), Format.AVIF), "jp2": (saved("JPEG2000"), Format.JPEG2000),
            "j2k": (saved("JPEG2000", no_jp2=True), Format.JPEG2000), "heic": (HEIC, Format.HEIF), "jpeg-ls": (jpeg_ls(), Format.JPEG_LS),
            "jpeg xl": (jpeg_xl(), Format.JPEG_XL), "jpeg xl boxes": (jpeg_xl(usecontainer=True), Format.JPEG_XL),
        }  # fmt: skip


ORDINARY: dict[str, tuple[bytes, Format]] = {
    "nothing": (b"", Format.EMPTY), "text": ("Grüße, a note.\n".encode() * 20, Format.TEXT), "code": (b"import os\n\ndef f(x):\n    return {x: [1]}\n", Format.TEXT),
    "utf-16": ("\ufeffhello there".encode("utf-16-le"), Format.TEXT), "latin-1": ("Gr\u00fc\u00dfe aus K\u00f6ln an alle".encode("latin-1"), Format.TEXT),
    "json": (b'{"messages": [{"role": "user"}]}', Format.JSON), "json list": (b"[1, 2]", Format.JSON), "brace in prose": (b"{not json at all}", Format.TEXT),
    "notebook": (b'{"cells": [], "metadata": {}, "nbformat": 4}', Format.NOTEBOOK), "xml": (b"<?xml version='1.0'?><a/>", Format.XML),
    "html": (b"<!DOCTYPE html><html><body>hi</body></html>", Format.HTML), "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', Format.SVG),
    "rtf": (b"{\\rtf1 hi}", Format.RTF), "hl7": (b"MSH|^~\\&|A|B|||2020||ADT^A01|1|P|2.5\rPID|1||1\r", Format.HL7),
    "mail": (b"From: a@b.c\r\nTo: d@e.f\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\nhi", Format.EMAIL), "prose with colons": (b"Note: this\nAlso: that\n", Format.TEXT),
    "pdf": (PDF, Format.PDF), "pdf after junk": (b"\x01\x02junk\n" + PDF, Format.PDF), "zip": (zipped(), Format.ZIP),
    "docx": (zipped(("[Content_Types].xml", "word/document.xml")), Format.OFFICE), "gzip": (gzip.compress(b"text" * 50), Format.GZIP),
    "mp3": (MP3, Format.AUDIO), "wav": (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(20), Format.AUDIO), "elf": (b"\x7fELF" + bytes(60), Format.EXECUTABLE),
    "xpm": (b"/* XPM */\nstatic char *a[] = {", Format.UNKNOWN), "noise": (bytes(range(256)) * 8, Format.UNKNOWN),
    "netcdf that is no scan": (b"CDF\x01" + bytes(400), Format.UNKNOWN), "hdf5 that is no scan": (b"\x89HDF\r\n\x1a\n" + bytes(400), Format.UNKNOWN),
}  # fmt: skip
