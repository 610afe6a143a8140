"""H, first half: scans in every format that carries them, and dressed up as something else."""

import base64
import io
import struct

import pydicom
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from tests.evasion.case import Build, Case, Upload, cases
from tests.evasion.family_h_pictures import file, in_png, wav
from tests.evasion.pictures import ordinary
from tests.support.scans import dicom


def plain(data: bytes) -> Upload:
    """The picture as it is: the benign twin of what only a scan can be dressed up as."""
    return Upload(data)


def _dataset(data: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(data))


def _transfer_syntax(uid: pydicom.uid.UID, source: str = "CT_small.dcm") -> bytes:
    data_set = _dataset(dicom(source))
    if data_set.file_meta.TransferSyntaxUID.is_compressed:
        data_set.decompress()
    out = io.BytesIO()
    little = uid != ExplicitVRBigEndian
    data_set.file_meta.TransferSyntaxUID = uid
    pydicom.dcmwrite(
        out,
        data_set,
        implicit_vr=uid == ImplicitVRLittleEndian,
        little_endian=little,
        enforce_file_format=True,
    )
    return out.getvalue()


def _private_pixels(data: bytes) -> bytes:
    data_set = _dataset(dicom())
    block = data_set.private_block(0x0099, "HIDDEN", create=True)
    block.add_new(1, "OB", data)
    del data_set.PixelData
    out = io.BytesIO()
    data_set.save_as(out)
    return out.getvalue()


def _dicom_json(data: bytes) -> bytes:
    return _dataset(data).to_json(bulk_data_threshold=1 << 20).encode()


def _dicom_xml(data: bytes) -> bytes:
    pixels = base64.b64encode(_dataset(data).PixelData).decode()
    return (
        '<?xml version="1.0"?><NativeDicomModel><DicomAttribute tag="7FE00010" vr="OW"><InlineBinary>'
        f"{pixels}</InlineBinary></DicomAttribute></NativeDicomModel>"
    ).encode()


def _preamble(start: bytes) -> Build:
    return file(lambda data: start.ljust(128, b"\0") + data[128:])


PREAMBLES = {
    "a program for Windows": b"MZ\x90\0" + b"\0" * 56 + struct.pack("<I", 64) + b"PE\0\0", "a program for Linux": b"\x7fELF\2\1\1",
    "a PDF": b"%PDF-1.7\n", "a PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a GIF": b"GIF89a\1\0\1\0",
    "a zip": b"PK\3\4\x14\0", "a gzip": b"\x1f\x8b\x08\0", "HTML": b"<!doctype html><html>", "a TIFF": b"II*\0\x08\0\0\0", "JSON": b'{"a": "',
    "text": b"Dear colleague, ", "a WebP": b"RIFF\0\0\0\0WEBPVP8 ",
}  # fmt: skip


SCANS: dict[str, Build] = {
    "DICOM as it is": plain,
    "DICOM called text": file(bytes, b"text/plain"),
    "DICOM without a preamble": file(lambda d: d[128:]),
    "DICOM without preamble and mark": file(lambda d: d[132:]),
    "DICOM with another mark": file(lambda d: d[:128] + b"DICX" + d[132:]),
    "DICOM with zeros before it": file(lambda d: bytes(512) + d),
    "DICOM behind a line of text": file(lambda d: b"hello\n" + d),
    "DICOM behind 4 KB of text": file(lambda d: b"hello world, this is text. " * 150 + d),
    "DICOM behind an ordinary PNG": file(lambda d: ordinary("png") + d),
    "DICOM behind an ordinary JPEG": file(lambda d: ordinary("jpeg") + d),
    "DICOM behind an ordinary GIF": file(lambda d: ordinary("gif") + d),
    "DICOM inside a WAV": file(wav),
    "DICOM inside a PNG": in_png(b"scAn"),
    "DICOM cut short": file(lambda d: d[:-200]),
    "DICOM with bytes behind": file(lambda d: d + b"tail" * 20),
    "two DICOM files in a row": file(lambda d: d + d),
    "pixels in a private attribute": file(_private_pixels),
    **{f"DICOM that begins like {name}": _preamble(start) for name, start in PREAMBLES.items()},
}


SYNTAXES: dict[str, Build] = {
    "implicit VR": lambda _: Upload(_transfer_syntax(ImplicitVRLittleEndian)),
    "implicit VR without preamble and mark": lambda _: Upload(_transfer_syntax(ImplicitVRLittleEndian)[132:]),
    "big endian": lambda _: Upload(_transfer_syntax(ExplicitVRBigEndian)),
    "deflated": lambda _: Upload(_transfer_syntax(DeflatedExplicitVRLittleEndian)),
    "DICOM JSON": lambda _: Upload(_dicom_json(dicom()), b"application/dicom+json"),
    "DICOM XML": lambda _: Upload(_dicom_xml(dicom()), b"application/xml"),
}
"""Made from the whole scan, whose pixels are stored as they are."""


CASES: tuple[Case, ...] = (*cases(SCANS, kind="dicom", twin=plain), *cases(SYNTAXES, kind="scan", twin=plain))
