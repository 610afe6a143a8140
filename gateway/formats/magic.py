"""The table of first bytes: which format begins how, and where the marks stand."""

import struct
import zlib

from gateway.model import Format

HEADS: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", Format.JPEG),  # JPEG-LS shares it: `jpeg_family`
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"\x8aMNG\r\n\x1a\n", Format.UNKNOWN),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"%PDF-", Format.PDF),
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"PK\x07\x08", Format.ZIP),
    (b"\x1f\x8b\x08", Format.GZIP),
    (b"II*\x00", Format.TIFF),
    (b"MM\x00*", Format.TIFF),
    (b"II+\x00", Format.TIFF),  # BigTIFF
    (b"MM\x00+", Format.TIFF),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Format.JPEG2000),
    (b"\xff\x4f\xff\x51\x00", Format.JPEG2000),  # a bare codestream
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", Format.JPEG_XL),
    (b"\xff\x0a", Format.JPEG_XL),
    (b"8BPS\x00\x01", Format.PSD),
    (b"8BPS\x00\x02", Format.PSD),
    (b"NRRD000", Format.NRRD),
    (b"MATRIX72v\x00", Format.ECAT),
    (b"MATRIX71v\x00", Format.ECAT),
    (b"MATRIX7011\x00", Format.ECAT),
    (b"\xffBIOSEMI", Format.EDF),  # BDF, the same head with samples of 24 bits
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format.OLE),
    (b"7z\xbc\xaf\x27\x1c", Format.SEVEN_ZIP),
    (b"Rar!\x1a\x07", Format.RAR),
    (b"BZh", Format.BZIP2),
    (b"\xd7\xcd\xc6\x9a\x00\x00", Format.METAFILE),  # placeable WMF
    (b"\x01\x00\x09\x00\x00\x03", Format.METAFILE),
    (b"\x02\x00\x09\x00\x00\x03", Format.METAFILE),
    (b"\xfd7zXZ\x00", Format.XZ),
    (b"\x28\xb5\x2f\xfd", Format.ZSTD),
    (b"\x1a\x45\xdf\xa3", Format.WEBM),  # Matroska
    (b"{\\rtf", Format.RTF),
    (b"MSH|^~\\&", Format.HL7),
    (b"ID3", Format.AUDIO),
    (b"fLaC", Format.AUDIO),
    (b"#!AMR", Format.AUDIO),
    (b"MThd\x00\x00\x00\x06", Format.AUDIO),
    (b".snd\x00\x00\x00", Format.AUDIO),
    (b"wOFF", Format.FONT),
    (b"wOF2", Format.FONT),
    (b"OTTO\x00", Format.FONT),
    (b"ttcf\x00", Format.FONT),
    (b"\x7fELF", Format.EXECUTABLE),
    (b"\x00asm\x01\x00\x00\x00", Format.EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", Format.EXECUTABLE),
    (b"\xce\xfa\xed\xfe", Format.EXECUTABLE),
    (b"\xca\xfe\xba\xbe\x00", Format.EXECUTABLE),
)

_HEIF_BRANDS = frozenset(b"heic heix heim heis hevc hevx hevm hevs mif1 msf1 mif2 heif".split())
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_AUDIO_BRANDS = frozenset((b"M4A ", b"M4B ", b"M4P "))
_BOXES = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))


def by_head(data: bytes) -> Format | None:
    """The format that the first bytes name, or None; `Format.UNKNOWN` means known but not understood."""
    for mark, form in HEADS:
        if data.startswith(mark):
            return form
    return None


def media_box(data: bytes) -> Format | None:
    """MP4, HEIF or AVIF by the brands of the first box (ISO/IEC 14496-12)."""
    kind = data[4:8]
    if kind == b"ftyp":
        size = min(int.from_bytes(data[:4]), 256)
        brands = {data[8:12], *(data[at : at + 4] for at in range(16, size - 3, 4))}
        if brands & _AVIF_BRANDS:
            return Format.AVIF
        if brands & _HEIF_BRANDS:
            return Format.HEIF
        return Format.AUDIO if data[8:12] in _AUDIO_BRANDS else Format.MP4
    size = int.from_bytes(data[:4])
    # A size of 1 announces a 64-bit size; anything else has to stay inside the file, or text could pass.
    return Format.MP4 if kind in _BOXES and (size == 1 or 8 <= size <= len(data)) else None


def riff(data: bytes) -> Format | None:
    """WebP, AVI or WAVE: the four letters after a RIFF head."""
    return {b"WEBP": Format.WEBP, b"AVI ": Format.AVI, b"WAVE": Format.AUDIO}.get(data[8:12], Format.UNKNOWN)


def jpeg_family(data: bytes) -> Format:
    """JPEG or JPEG-LS, by the frame marker after at most 64 segments."""
    at = 2
    for _ in range(64):
        if at + 4 > len(data) or data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xF7:
            return Format.JPEG_LS
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            break
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return Format.JPEG


def bitmap(data: bytes) -> bool:
    """A BMP whose header size is one of the known ones and whose pixels begin inside the file."""
    if len(data) < 26:
        return False
    offset, header = struct.unpack_from("<II", data, 10)
    return (
        header in (12, 16, 40, 52, 56, 64, 108, 124) and 26 <= offset <= len(data) and data[6:10] == bytes(4)
    )


def icon(data: bytes) -> bool:
    """An ICO or CUR directory whose first entry points inside the file."""
    if len(data) < 22 or data[:4] not in (b"\x00\x00\x01\x00", b"\x00\x00\x02\x00"):
        return False
    count = int.from_bytes(data[4:6], "little")
    size, offset = struct.unpack_from("<II", data, 14)
    return (
        0 < count <= 256
        and offset >= 6 + 16 * count
        and size > 0
        and offset + size <= len(data)
        and data[9] == 0
    )


def truetype(data: bytes) -> bool:
    """A TrueType font: a table directory whose tags are letters, digits, spaces or a slash."""
    if data[:4] not in (b"\x00\x01\x00\x00", b"true"):
        return False
    tables = int.from_bytes(data[4:6])
    if not 1 <= tables <= 64 or len(data) <= 12 + 16 * tables:
        return False
    tags = (data[at : at + 4] for at in range(12, 12 + 16 * tables, 16))
    return all(tag.isascii() and tag.replace(b"/", b"").strip().isalnum() for tag in tags)


def executable(data: bytes) -> bool:
    """A Windows program: an `MZ` head that points at a PE, NE or LE header, or a DOS program with a sane head."""
    at = int.from_bytes(data[60:64], "little")
    return data[at : at + 2] in (b"PE", b"NE", b"LE", b"LX") if 0 < at < len(data) - 4 else len(data) >= 64


def tape_archive(data: bytes) -> bool:
    """A tar: the `ustar` mark, or the header checksum of older ones."""
    if len(data) < 512:
        return False
    if data[257:262] == b"ustar":
        return True
    digits = data[148:156].strip(b" \x00")
    if not digits or len(digits) > 7 or digits.strip(b"01234567") or data[0] == 0:
        return False
    return int(digits, 8) == sum(data[:148]) + 256 + sum(data[156:512])


_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_KBPS1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def mpeg_audio(data: bytes) -> bool:
    """Two MP3 or AAC (ADTS) frames in a row."""
    first = _audio_frame(data, 0)
    return bool(first) and (first == len(data) or _audio_frame(data, first) > 0)


def _audio_frame(data: bytes, at: int) -> int:
    """Length of the audio frame at an offset, plus the offset; 0 when there is none."""
    if at + 7 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return 0
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    if layer == 0 and data[at + 1] & 0xF0 == 0xF0:  # ADTS
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        return at + length if length >= 7 and data[at + 2] >> 2 & 15 <= 12 else 0
    rate, kbps = data[at + 2] >> 2 & 3, data[at + 2] >> 4
    if layer != 1 or version == 1 or rate == 3 or not 0 < kbps < 15:
        return 0
    bits = (_KBPS1 if version == 3 else _KBPS2)[kbps] * 1000
    return at + (144 if version == 3 else 72) * bits // _RATES[version][rate] + (data[at + 2] >> 1 & 1)


def inflated_head(data: bytes, count: int) -> bytes:
    """The first bytes inside a gzip member; empty when it does not inflate."""
    try:
        return zlib.decompressobj(31).decompress(data[:4096], count)
    except zlib.error:
        return b""
