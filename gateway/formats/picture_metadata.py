"""Collects what a picture says besides its pixels: EXIF, XMP, IPTC, texts, comments, colour profile, thumbnail.

Only heads are read; nothing is decoded. Values stay in here: what leaves are names of fields, and yes or no.
"""

import re
import warnings
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Literal

from pi_heif.heif import open_heif
from PIL import Image

from gateway.errors import FormatError
from gateway.formats.raster import PILLOW
from gateway.model import Format

_CHUNKS = 10_000
_LARGEST_THUMBNAIL = 1 << 18
_OF_SLIDES = 65420
"""The tag that every page of a Hamamatsu slide has, and no other TIFF."""
_LONGEST = 1 << 20
"""Of one text or packet at most this much is looked at; a longer one is reported as it is."""


@dataclass(frozen=True, slots=True)
class PictureMetadata:
    """The raw blocks of a picture's metadata; all of them may be empty."""

    exif: bytes = field(default=b"", repr=False)
    xmp: bytes = field(default=b"", repr=False)
    iptc: bytes = field(default=b"", repr=False)
    icc: bytes = field(default=b"", repr=False)
    texts: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    """Keyed texts: PNG `tEXt`/`iTXt`/`zTXt` (compressed ones as they are) and TIFF text tags under their EXIF number."""
    comments: tuple[bytes, ...] = field(default=(), repr=False)
    tags: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    """EXIF tags of IFD 0 and the EXIF IFD, as bytes."""
    located: bool = False
    """There is a GPS directory with a position in it."""
    thumbnail: bytes = field(default=b"", repr=False)
    damaged: tuple[str, ...] = ()
    """Blocks that are there and do not parse: `EXIF`."""


def picture_metadata(data: bytes, form: Format) -> PictureMetadata:
    """Collect the metadata of a picture from its head. FormatError when the file does not open."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged metadata are reported below, by name
            return _collected(data, form)
    except Exception as error:  # noqa: BLE001 - the border of foreign parsers: the type, never the text
        raise FormatError(f"the metadata cannot be read: {type(error).__name__}") from None


def _collected(data: bytes, form: Format) -> PictureMetadata:
    if form is Format.HEIF:
        info = dict(open_heif(data).info)
        exif, damaged = _exif(_bytes(info.get("exif")))
    elif form in PILLOW:
        image: Any
        with Image.open(BytesIO(data), formats=PILLOW[form]) as image:
            info = dict(image.info)
            exif, damaged = (
                (_tiff_tags(image), ()) if form is Format.TIFF else _exif(_bytes(info.get("exif")))
            )
            if form is Format.TIFF:
                info |= {
                    "xmp": image.tag_v2.get(700),
                    "photoshop": image.tag_v2.get(33723),
                    "icc_profile": image.tag_v2.get(34675),
                }
    else:
        return PictureMetadata()
    texts = _png_texts(data) if form is Format.PNG else ()
    packets = [value for key, value in texts if key == "XML:com.adobe.xmp"]
    comments = _jpeg_comments(data) if form is Format.JPEG else (_bytes(info.get("comment")),)
    tags, located = _read_exif(exif)
    return PictureMetadata(
        exif=_bytes(info.get("exif"))[:_LONGEST],
        xmp=(_bytes(info.get("xmp")) or b"".join(packets))[:_LONGEST],
        iptc=_photoshop(info.get("photoshop")),
        icc=_bytes(info.get("icc_profile")),
        texts=tuple((key, value) for key, value in texts if key != "XML:com.adobe.xmp"),
        comments=tuple(comment[:_LONGEST] for comment in comments if comment.strip(b"\x00 ")),
        tags=tags,
        located=located,
        thumbnail=_thumbnail(_bytes(info.get("exif"))),
        damaged=damaged,
    )


def _exif(block: bytes) -> tuple[Image.Exif | None, tuple[str, ...]]:
    if not block:
        return None, ()
    exif = Image.Exif()
    try:
        exif.load(block)
        readable = len(exif) > 0 or not block[14:].strip(b"\x00")
    except Exception:  # noqa: BLE001 - whatever it is, the block is there and cannot be read: that is the answer
        readable = False
    return (exif, ()) if readable else (None, ("EXIF",))


def _tiff_tags(image: Any) -> Image.Exif:
    """The tags of all pages, at most 32: each page of a whole slide has its own description."""
    exif: Image.Exif = image.getexif()
    for page in range(1, min(int(image.n_frames), 32)):
        image.seek(page)
        for tag in (0x010E, 0x013B, 0x0131):
            value = image.tag_v2.get(tag)
            if isinstance(value, str) and value not in str(exif.get(tag, "")):
                exif[tag] = f"{exif.get(tag, '')} {value}"
    image.seek(0)
    return exif


def _read_exif(exif: Image.Exif | None) -> tuple[tuple[tuple[int, bytes], ...], bool]:
    if exif is None:
        return (), False
    tags = [(tag, _bytes(value)) for tag, value in exif.items() if isinstance(value, str | bytes)]
    if _OF_SLIDES in exif:
        tags.append((_OF_SLIDES, b"Hamamatsu"))
    located = False
    for directory in (0x8769, 0x8825):
        try:
            inner = exif.get_ifd(directory)
        except Exception:  # noqa: BLE001 - one damaged directory does not hide the others
            tags.append((directory, b"damaged"))
            continue
        if directory == 0x8825:
            located = any(key in inner for key in (2, 4, 0x11D))
        else:
            tags += [(tag, _bytes(value)) for tag, value in inner.items() if isinstance(value, str | bytes)]
    return tuple(tags), located


def _thumbnail(exif: bytes) -> bytes:
    """The JPEG that the second directory of EXIF points at (EXIF 3.0, 4.6.4); empty when there is none."""
    block = exif.removeprefix(b"Exif\x00\x00")
    order: Literal["little", "big"] = "little" if block[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(block[at : at + size], order)

    first = number(4, 4)
    second = number(first + 2 + 12 * number(first, 2), 4)
    if not 8 <= second < len(block):
        return b""
    entries = {
        number(at, 2): number(at + 8, 4)
        for at in range(second + 2, second + 2 + 12 * min(number(second, 2), 64), 12)
    }
    start, size = entries.get(0x201, 0), entries.get(0x202, 0)
    found = block[start : start + min(size, _LARGEST_THUMBNAIL)]
    return found if start and found.startswith(b"\xff\xd8\xff") else b""


def _png_texts(data: bytes) -> tuple[tuple[str, bytes], ...]:
    """All text chunks, also those after the pixels, which readers find only when they have decoded everything."""
    texts: list[tuple[str, bytes]] = []
    at = 8
    for _ in range(_CHUNKS):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            key, _, value = data[at + 8 : at + 8 + min(size, _LONGEST)].partition(b"\x00")
            if kind == b"iTXt":
                value = value[2:].split(b"\x00", 2)[-1]
            texts.append((key[:79].decode("latin-1"), value))
        if kind in (b"IEND", b""):
            break
        at += 12 + size
    return tuple(texts)


def _jpeg_comments(data: bytes) -> tuple[bytes, ...]:
    comments: list[bytes] = []
    at = 2
    for _ in range(_CHUNKS):
        marker, size = data[at : at + 2], int.from_bytes(data[at + 2 : at + 4])
        if marker == b"\xff\xfe":
            comments.append(data[at + 4 : at + 2 + size])
        if marker[:1] != b"\xff" or marker in (b"\xff\xda", b"\xff\xd9"):
            break
        at += 2 + size
    return tuple(comments)


def _photoshop(block: object) -> bytes:
    """The IPTC record out of Photoshop's resources (number 0x0404), or the bare record of a TIFF."""
    if isinstance(block, dict):
        return _bytes(block.get(0x0404))
    return _bytes(block)


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace")
    if isinstance(value, tuple):
        return b"".join(_bytes(item) for item in value if isinstance(item, str | bytes))
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else b""


_STATION = re.compile(
    rb"1\.2\.840\.10008\.|\bDICOM\b|PatientName|PatientID|StudyInstanceUID|SOPInstanceUID|\bPACS\b|OsiriX|\bHoros\b|RadiAnt"
    rb"|Weasis|3D ?Slicer|MicroDicom|IntelliSpace|\bsyngo\b|Sectra|Centricity|ClearCanvas|InteleViewer|\beFilm\b|dcmj2pnm|dcm2(?:jpg|pnm|png)"
    rb"|\bOrthanc\b|\bOHIF\b|RadiologyOne|Visage ?7|ITK-SNAP|MRIcro|dcm4che|SIEMENS HEALTH|GE MEDICAL|Philips Medical|AGFA.?Health|Carestream|\bAperio\b|Hamamatsu|ScanScope|Leica Biosystems|leica-microsystems\.com/scn|DPUfsImport|<iScan\b|NDP\.scan|Ventana|MIRAX|3DHISTECH|Zeiss.?Meditec|Heidelberg Engineering",
    re.IGNORECASE,
)
"""Words that viewers, archives and scanners of radiology leave in the pictures they export."""


def names_a_medical_source(metadata: PictureMetadata) -> bool:
    """Whether the metadata name DICOM, a radiology viewer, an archive or a maker of scanners."""
    blocks = (metadata.xmp, metadata.iptc, *(value for _, value in metadata.tags), *metadata.comments,
              *(key.encode() + b" " + value for key, value in metadata.texts))  # fmt: skip
    return any(_STATION.search(block[:65536]) for block in blocks if block)
