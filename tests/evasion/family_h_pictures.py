"""H, second half: pictures hidden in pictures, and in formats that nobody expects."""

import base64
import io
import json
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.evasion.case import Build, Case, Upload, cases
from tests.evasion.pictures import ordinary
from tests.support.scans import encoded


def file(make: Callable[[bytes], bytes], label: bytes = b"application/octet-stream") -> Build:
    return lambda data: Upload(make(data), label)


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.copy()


def _saved(kind: str, **options: object) -> Build:
    def make(data: bytes) -> bytes:
        out = io.BytesIO()
        image = _opened(data)
        image.convert("RGB" if kind in ("JPEG", "PPM", "AVIF") else image.mode).save(out, kind, **options)
        return out.getvalue()

    return file(make)


def _drawn(change: Callable[[Image.Image], Image.Image]) -> Build:
    return file(lambda data: encoded(change(_opened(data)), "PNG"))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def in_png(kind: bytes, dress: Callable[[bytes], bytes] = bytes) -> Build:
    def make(data: bytes) -> bytes:
        carrier = ordinary("png")
        return carrier[:33] + _chunk(kind, dress(data)) + carrier[33:]

    return file(make)


def _in_jpeg(marker: int, lead: bytes = b"", dress: Callable[[bytes], bytes] = bytes) -> Build:
    def make(data: bytes) -> bytes:
        carrier, inside = ordinary("jpeg"), lead + dress(data)
        return carrier[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(inside) + 2) + inside + carrier[2:]

    return file(make)


def _thumbnail(data: bytes) -> bytes:
    """EXIF whose first directory is empty and whose second one points at a JPEG."""
    small = encoded(_opened(data).convert("RGB"), "JPEG")
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<HI", 0, 14)
    tiff += struct.pack("<HHHIIHHIII", 2, 0x201, 4, 1, 44, 0x202, 4, 1, len(small), 0)
    return b"Exif\0\0" + tiff + b"\0" * (44 - len(tiff)) + small


def _film(kind: str) -> Build:
    def make(data: bytes) -> bytes:
        out = io.BytesIO()
        first = _opened(ordinary("png")).convert("RGB")
        last = _opened(data).convert("RGB").resize(first.size)
        options = {"lossless": True} if kind == "WEBP" else {}
        first.save(out, kind, save_all=True, append_images=[first.rotate(90), last], **options)
        return out.getvalue()

    return file(make)


def _hidden_by_alpha(data: bytes) -> bytes:
    image = _opened(data).convert("RGBA")
    image.putalpha(0)
    return encoded(image, "PNG")


def _collage(data: bytes) -> bytes:
    large = _opened(ordinary("png")).convert("RGB").resize((256, 256))
    large.paste(_opened(data).convert("RGB").resize((160, 160)), (90, 90))
    return encoded(large, "PNG")


def _riff(data: bytes) -> bytes:
    carrier = ordinary("webp")
    extra = b"JUNK" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    return b"RIFF" + struct.pack("<I", len(carrier) - 8 + len(extra)) + carrier[8:] + extra


def wav(data: bytes) -> bytes:
    sound = (
        b"fmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )
    return b"RIFF" + struct.pack("<I", 4 + len(sound)) + b"WAVE" + sound  # fmt: skip


def _grey(data: bytes) -> np.ndarray:
    return np.asarray(_opened(data).convert("L"))


def _npy(data: bytes) -> bytes:
    out = io.BytesIO()
    np.save(out, _grey(data))
    return out.getvalue()


def _nrrd(data: bytes) -> bytes:
    grey = _grey(data)
    head = f"NRRD0004\ntype: uint8\ndimension: 2\nsizes: {grey.shape[1]} {grey.shape[0]}\nencoding: raw\n\n"
    return head.encode() + grey.tobytes()


def _mha(data: bytes) -> bytes:
    grey = _grey(data)
    head = f"ObjectType = Image\nNDims = 2\nDimSize = {grey.shape[1]} {grey.shape[0]}\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    return head.encode() + grey.tobytes()


def _nifti(data: bytes) -> bytes:
    grey = _grey(data)
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 2, grey.shape[1], grey.shape[0], 1, 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, 2, 8)
    struct.pack_into("<f", head, 108, 352.0)
    head[344:348] = b"n+1\0"
    return bytes(head) + grey.tobytes()


def _tga(data: bytes) -> bytes:
    grey = _grey(data)
    return (
        struct.pack("<BBBHHBHHHHBB", 0, 0, 3, 0, 0, 0, 0, 0, grey.shape[1], grey.shape[0], 8, 32)
        + grey.tobytes()
    )


def _pgm_text(data: bytes) -> bytes:
    grey = _grey(data)
    rows = "\n".join(" ".join(map(str, row)) for row in grey.tolist())
    return f"P2\n{grey.shape[1]} {grey.shape[0]}\n255\n{rows}\n".encode()


def _xpm(data: bytes) -> bytes:
    grey = _grey(data) // 4
    letters = "".join(chr(c) for c in range(35, 127) if chr(c) not in '"\\')[:64]
    colours = ",\n".join(f'"{letters[n]} c #{n * 4:02x}{n * 4:02x}{n * 4:02x}"' for n in range(64))
    rows = ",\n".join('"' + "".join(letters[v] for v in row) + '"' for row in grey)
    return f'/* XPM */\nstatic char *x[] = {{\n"{grey.shape[1]} {grey.shape[0]} 64 1",\n{colours},\n{rows}}};\n'.encode()


def _eps(data: bytes) -> bytes:
    grey = _grey(data)
    return (
        f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 {grey.shape[1]} {grey.shape[0]}\n"
        f"{grey.shape[1]} {grey.shape[0]} 8 [1 0 0 1 0 0] {{<{grey.tobytes().hex()}>}} image\nshowpage\n"
    ).encode()


def _hl7(data: bytes) -> bytes:
    lines = (
        r"MSH|^~\&|A|B|C|D|20240101||ORU^R01|1|P|2.5", "PID|1||123^^^H||TEST^ONE",
        "OBX|1|ED|1^IMAGE||^IMAGE^PNG^Base64^" + base64.b64encode(data).decode(),
    )  # fmt: skip
    return "\r".join(lines).encode() + b"\r"


def _fhir(kind: str) -> Build:
    def make(data: bytes) -> bytes:
        text = base64.b64encode(data).decode()
        content = {"contentType": "image/png", "data": text}
        tree = {"resourceType": kind, **(content if kind == "Binary" else {"content": content})}
        return json.dumps(tree).encode()

    return file(make, b"application/fhir+json")


READ: dict[str, Build] = {
    "BMP": _saved("BMP"), "GIF": _saved("GIF"), "TIFF": _saved("TIFF"), "BigTIFF": _saved("TIFF", big_tiff=True), "WebP": _saved("WEBP", lossless=True),
    "PPM": _saved("PPM"), "JPEG 2000": _saved("JPEG2000"), "ICO": _saved("ICO"), "AVIF": _saved("AVIF", quality=95), "TIFF with LZW": _saved("TIFF", compression="tiff_lzw"),
    "JPEG": _saved("JPEG", quality=95), "progressive JPEG": _saved("JPEG", quality=95, progressive=True), "PGM in decimals": file(_pgm_text),
    "PNG with an alpha channel": _drawn(lambda i: i.convert("RGBA")), "PNG with a palette": _drawn(lambda i: i.quantize(200)),
    "inverted": _drawn(lambda i: i.point(lambda v: 255 - v)), "upside down": _drawn(lambda i: i.transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
    "rotated": _drawn(lambda i: i.transpose(Image.Transpose.ROTATE_90)), "mirrored": _drawn(lambda i: i.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    "enlarged": _drawn(lambda i: i.resize((300, 300))), "tinted": _drawn(lambda i: Image.merge("RGB", (i.convert("L"), i.convert("L"), i.convert("L").point(lambda v: v // 2)))),
    "invisible by its alpha channel": file(_hidden_by_alpha), "inside a larger ordinary picture": file(_collage),
    "third frame of a GIF": _film("GIF"), "third frame of a WebP": _film("WEBP"), "third page of a TIFF": _film("TIFF"), "third frame of an animated PNG": _film("PNG"),
    "in a PNG chunk of its own": in_png(b"scAn"),
    "in a PNG text chunk": in_png(b"tEXt", lambda d: b"Comment\0" + base64.b64encode(d)),
    "in a compressed PNG text chunk": in_png(b"zTXt", lambda d: b"Comment\0\0" + zlib.compress(base64.b64encode(d))),
    "in a PNG colour profile": in_png(b"iCCP", lambda d: b"sRGB\0\0" + zlib.compress(d)),
    "in a JPEG comment": _in_jpeg(0xFE, dress=base64.b64encode),
    "in a JPEG segment": _in_jpeg(0xEB),
    "in EXIF": _in_jpeg(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"),
    "in XMP": _in_jpeg(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>", base64.b64encode),
    "in a colour profile": _in_jpeg(0xE2, b"ICC_PROFILE\0\x01\x01"),
    "in a chunk of WebP": file(_riff),
    "in the sound of a WAV": file(wav),
    "FHIR Binary": _fhir("Binary"), "FHIR Media": _fhir("Media"),
}  # fmt: skip


REFUSED: dict[str, Build] = {
    "behind an ordinary JPEG": file(lambda d: ordinary("jpeg") + d),
    "behind an ordinary PNG": file(lambda d: ordinary("png") + d),
    "behind an ordinary GIF": file(lambda d: ordinary("gif") + d),
    "behind an ordinary WebP": file(lambda d: ordinary("webp") + d),
    "behind an ordinary BMP": file(lambda d: ordinary("bmp") + d),
    "as a NumPy array": file(_npy), "as NRRD": file(_nrrd), "as MetaImage": file(_mha), "as NIfTI": file(_nifti), "as TGA": file(_tga),
    "as XPM": file(_xpm, b"text/plain"), "as EPS": file(_eps, b"application/postscript"), "as PCX": _saved("PCX"), "as SGI": _saved("SGI"),
    "as raw pixels": file(lambda d: _grey(d).tobytes()), "in HL7": file(_hl7, b"text/plain"),
    "as ICNS": _saved("ICNS"), "as DDS": _saved("DDS"),
}  # fmt: skip


THUMBNAIL = Case("thumbnail in EXIF", _in_jpeg(0xE1, dress=_thumbnail))


CASES: tuple[Case, ...] = (
    *cases(READ),
    THUMBNAIL,
    *cases(REFUSED, form=True, twin=file(bytes)),
)
