"""Names a format from its bytes, never from its label or name.

`sniff` looks at the head, the tail and a few fixed offsets, so that its cost does not grow with the file. `others`
reads on to where the named format ends, and says what else is hidden in the same bytes.
"""

import struct

from gateway.formats import magic
from gateway.formats.endings import tail_of
from gateway.formats.sniff_dicom import bare_data_set, displaced_data_set
from gateway.formats.sniff_text import textual, volume_header
from gateway.model import Format

_ANALYZE_BITS = {1: 1, 2: 8, 4: 16, 8: 32, 16: 32, 32: 64, 64: 64, 128: 24}
"""Analyze 7.5 data types and their bits."""
_MGH_TYPES = frozenset({0, 1, 2, 3, 4, 5, 6, 7, 10})
_OFFICE_PARTS = (b"word/", b"ppt/", b"xl/", b"visio/")
_OPEN_DOCUMENT = (
    b"mimetypeapplication/vnd.oasis.opendocument",
    b"mimetypeapplication/epub+zip",
    b"mimetypeapplication/vnd.sun",
)
_PREAMBLES = frozenset({Format.PDF, Format.PNG, Format.JPEG, Format.GIF, Format.ZIP, Format.EXECUTABLE, Format.BMP, Format.WEBP, Format.HTML, Format.GZIP, Format.OLE, Format.RAR, Format.SEVEN_ZIP})  # fmt: skip
"""What a DICOM preamble has been caught pretending to be (CVE-2019-11687).

TIFF is missing on purpose: PS3.10 section 7.1 reserves the preamble for it, one in thirty real files carries such a
head, and it points at the same pixels.
"""
_MAY_HOLD_ARCHIVES = frozenset({Format.ZIP, Format.OFFICE, Format.TAR, Format.OLE, Format.EMAIL, Format.EXECUTABLE, Format.UNKNOWN, Format.EMPTY, Format.GZIP, Format.SEVEN_ZIP, Format.RAR, Format.BZIP2, Format.XZ, Format.ZSTD})  # fmt: skip
"""Formats in which a zip at the end is no surprise, or which are opened, or refused, as a whole anyway."""


def sniff(data: bytes) -> Format:
    """The format of a file by its content; `UNKNOWN` when nothing fits."""
    if not data:
        return Format.EMPTY
    if data[128:132] == b"DICM" or data.startswith(b"DICM\x02\x00"):
        return Format.DICOM
    form = magic.by_head(data)
    if form is not None:
        return _refined(data, form)
    if data[40:44] == b" EMF" and data.startswith(b"\x01\x00\x00\x00"):
        return Format.METAFILE
    if bare_data_set(data):
        return Format.DICOM
    form = _volume(data) or volume_header(data)
    if form is not None:
        return form
    if _is_scp_ecg(data):
        return Format.SCP_ECG
    if _is_edf(data):
        return Format.EDF
    form = _loosely_marked(data)
    if form is not None:
        return form
    return textual(data) or _late(data)


def others(data: bytes, form: Format | None = None) -> tuple[Format, ...]:
    """Formats hidden in the same bytes besides the one that `sniff` names; empty for every honest file.

    Looked for: DICOM at any offset, a preamble that is a file head of its own, a zip whose directory stands at the
    end, and whatever follows the end of a picture. `UNKNOWN` stands for trailing bytes that nothing explains.
    """
    form = sniff(data) if form is None else form
    found: list[Format] = []
    if form is Format.DICOM:
        if data[128:132] == b"DICM" and any(data[:16]):
            preamble = magic.by_head(data) or _loosely_marked(data)
            if preamble in _PREAMBLES:
                found.append(preamble)
    elif _hidden_dicom(data):
        found.append(Format.DICOM)
    tail = tail_of(data, form)
    if tail:
        found.append(sniff(tail.lstrip(b"\x00\r\n ")))
    if form not in _MAY_HOLD_ARCHIVES and Format.ZIP not in found and _zip_at_the_end(data, form):
        found.append(Format.ZIP)
    if (
        form not in (Format.PDF, Format.DICOM, Format.EMAIL, Format.OLE)
        and form in _PREAMBLES
        and data.find(b"%PDF-", 1, 1024) > 0
    ):
        found.append(Format.PDF)
    return tuple(dict.fromkeys(found))


def _refined(data: bytes, form: Format) -> Format:
    """A format whose first bytes are shared by several."""
    match form:
        case Format.JPEG:
            return magic.jpeg_family(data)
        case Format.ZIP:
            return Format.OFFICE if _is_office(data) else Format.ZIP
        case Format.GZIP:
            head = magic.inflated_head(data, 600)
            return _volume(head, inside_gzip=True) or Format.GZIP
        case Format.TIFF | Format.GIF | Format.PNG | Format.PDF:
            return form
        case Format.JPEG_XL if data.startswith(b"\xff\x0a") and textual(data) is not None:
            return Format.TEXT  # never: text does not begin with 0xFF; kept strict for Latin-1
        case Format.BZIP2:
            return (
                form
                if data[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
                else textual(data) or Format.UNKNOWN
            )
        case Format.AUDIO if data.startswith(b"ID3"):
            return (
                form
                if len(data) > 10 and data[3] < 5 and max(data[6:10]) < 0x80
                else textual(data) or Format.UNKNOWN
            )
        case _:
            return form


def _volume(data: bytes, *, inside_gzip: bool = False) -> Format | None:
    if len(data) < 284:
        return None
    lead = data[:4]
    if lead in (b"\x5c\x01\x00\x00", b"\x00\x00\x01\x5c") and len(data) >= 348:
        if data[344:348] in (b"n+1\x00", b"ni1\x00"):
            return Format.NIFTI
        return Format.ANALYZE if _is_analyze(data, big=lead[0] == 0) else None
    if lead in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c"):
        return Format.NIFTI if data[4:12] in (b"n+2\x00\r\n\x1a\n", b"ni2\x00\r\n\x1a\n") else None
    if lead == b"\x00\x00\x00\x01" and _is_mgh(data):
        return Format.MGH
    if inside_gzip:
        return None
    if lead in (b"CDF\x01", b"CDF\x02", b"CDF\x05"):
        head = data[: 1 << 16]
        return Format.MINC if b"xspace" in head or b"MINC standard variable" in head else Format.UNKNOWN
    if data.startswith(b"\x89HDF\r\n\x1a\n"):
        return Format.MINC if b"minc-2.0" in data[: 1 << 16] else Format.UNKNOWN
    return None


def _is_analyze(data: bytes, *, big: bool) -> bool:
    order = ">" if big else "<"
    dims = struct.unpack_from(order + "8h", data, 40)
    kind, bits = struct.unpack_from(order + "2h", data, 70)
    count = dims[0]
    return 1 <= count <= 7 and all(d > 0 for d in dims[1 : 1 + count]) and _ANALYZE_BITS.get(kind) == bits


def _is_mgh(data: bytes) -> bool:
    """FreeSurfer's MGH: version 1, three sizes, frames, a type, and a flag that says whether directions follow."""
    _, width, height, depth, frames, kind, _, good = struct.unpack_from(">7ih", data)
    sizes = (width, height, depth, frames)
    return all(0 < size < 1 << 24 for size in sizes) and kind in _MGH_TYPES and good in (0, 1)


def _is_scp_ecg(data: bytes) -> bool:
    """SCP-ECG (EN 1064, 5.2 and 5.3): a CRC, the file's length, then section 0 whose first pointer is to itself."""
    if len(data) < 32:
        return False
    if data[16:22] == b"SCPECG":
        return True
    (section,) = struct.unpack_from("<I", data, 10)
    return int.from_bytes(data[2:6], "little") == len(data) and struct.unpack_from("<HII", data, 22) == (
        0,
        section,
        7,
    )


def _is_edf(data: bytes) -> bool:
    """European Data Format (Kemp et al. 1992): version 0, a date, a time, and a head of 256 bytes and 256 a signal."""
    if len(data) < 256 or data[:8] != b"0       " or data[170:171] != b"." or data[178:179] != b".":
        return False
    size, signals = data[184:192].strip(), data[252:256].strip()
    return size.isdigit() and signals.isdigit() and int(size) == 256 * (int(signals) + 1)


def _loosely_marked(data: bytes) -> Format | None:
    """Formats with two-byte marks, or marks away from the first byte: each is checked further."""
    lead = data[:4]
    found: Format | None = None
    if lead == b"RIFF":
        found = magic.riff(data)
    elif lead == b"FORM":
        found = Format.AUDIO if data[8:12] in (b"AIFF", b"AIFC") else None
    elif lead == b"OggS":
        # Ogg carries sound or film; its films are opened by nothing here.
        found = Format.UNKNOWN if b"theora" in data[:128] or b"video" in data[:128] else Format.AUDIO
    elif lead[:2] == b"BM":
        found = Format.BMP if magic.bitmap(data) else None
    elif lead[:2] == b"MZ":
        found = Format.EXECUTABLE if magic.executable(data) else None
    elif lead[:1] == b"\xff":
        found = Format.AUDIO if magic.mpeg_audio(data) else None
    elif lead[:2] in (b"\x00\x00", b"\x00\x01", b"tr"):
        found = Format.ICO if magic.icon(data) else Format.FONT if magic.truetype(data) else None
    return found or magic.media_box(data) or (Format.TAR if magic.tape_archive(data) else None)


def _late(data: bytes) -> Format:
    """A DICOM data set or a PDF after junk; PDF readers take the mark anywhere in the first KiB (ISO 32000-1, H.3.4.1)."""
    if displaced_data_set(data):
        return Format.DICOM
    return Format.PDF if data.find(b"%PDF-", 0, 1024) >= 0 else Format.UNKNOWN


def _is_office(data: bytes) -> bool:
    head, tail = data[:4096], data[-8192:]
    if data[30:38] == b"mimetype" and data.startswith(_OPEN_DOCUMENT, 30):
        return True
    return (b"[Content_Types].xml" in head or b"[Content_Types].xml" in tail) and any(
        part in head or part in tail for part in _OFFICE_PARTS
    )


def _hidden_dicom(data: bytes) -> bool:
    """The mark and the tag that must follow it (PS3.10 section 7.1), anywhere in the bytes."""
    at = data.find(b"DICM\x02\x00")
    return at >= 0


def _zip_at_the_end(data: bytes, form: Format) -> bool:
    """A zip's end record in the last 64 KiB whose directory really stands where it says.

    Not counted: one that is the whole of a stream of a PDF, every one of which is opened (`gateway.formats.pdf_raw`).
    """
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_600))
    if at < 0 or at + 22 > len(data):
        return False
    entries = int.from_bytes(data[at + 10 : at + 12], "little")
    size = int.from_bytes(data[at + 12 : at + 16], "little")
    if not (entries > 0 and size <= at and data[at - size : at - size + 4] == b"PK\x01\x02"):
        return False
    if form is not Format.PDF:
        return True
    start = at - size - int.from_bytes(data[at + 16 : at + 20], "little")
    end = at + 22 + int.from_bytes(data[at + 20 : at + 22], "little")
    return start < 0 or data[start : start + 4] != b"PK\x03\x04" or not _fills_stream(data, start, end)


def _fills_stream(data: bytes, start: int, end: int) -> bool:
    """Whether bytes are the whole of a PDF stream, as they are or as the one stored block of a deflated one (RFC 1951, 3.2.4)."""
    size = end - start
    stored = struct.pack("<HH", size, size ^ 0xFFFF) if size < 1 << 16 else b""
    if stored and data[start - 7] == 0x78 and data[start - 5 : start] == b"\x01" + stored:
        start, end = start - 7, end + 4
    closed = data[end : end + 11].lstrip(b"\r\n").startswith(b"endstream")
    return closed and data[start - 8 : start].endswith((b"stream\n", b"stream\r\n"))
