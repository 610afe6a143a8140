"""Rebuilds JPEG, PNG, WebP and GIF files from the pieces that make the picture; every other piece is left behind.

The compressed pixels are copied, not decoded, so they stay what they were. Only pieces on a list survive: what this
file does not know is metadata.
"""

import zlib

from gateway.errors import RedactionError
from gateway.redact.colour_profile import neutral_profile

MOST_PIECES = 100_000
ICC_MARK = b"ICC_PROFILE\x00"
ICC_PIECE = 65_519
"""Bytes of a profile in one JPEG segment (ICC.1:2022, annex B.4)."""

PNG_KEPT = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"sBIT", b"pHYs", b"acTL",
     b"fcTL", b"fdAT")
)  # fmt: skip
WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"))
WEBP_HAS_ICC, WEBP_HAS_EXIF, WEBP_HAS_XMP = 0x20, 0x08, 0x04
GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def clean_jpeg(data: bytes) -> bytes:
    """The first picture of a JPEG file: tables, frame and scans; a bare JFIF head, colour marks, a nameless profile."""
    head, profile, body, at = [b"\xff\xd8"], dict[int, bytes](), list[bytes](), 2
    for _ in range(MOST_PIECES):
        while data[at : at + 2] == b"\xff\xff":
            at += 1  # fill bytes
        marker = data[at + 1 : at + 2]
        if data[at : at + 1] != b"\xff" or not marker:
            break
        if marker == b"\xd9":
            return b"".join((*head, *_jpeg_profile(profile), *body, b"\xff\xd9"))
        size = int.from_bytes(data[at + 2 : at + 4])
        segment, content = data[at : at + 2 + size], data[at + 4 : at + 2 + size]
        if size < 2 or len(segment) < 2 + size:
            break
        at += 2 + size
        if marker == b"\xe0" and content[:5] == b"JFIF\x00" and len(content) >= 12:
            head.append(b"\xff\xe0\x00\x10" + content[:12] + b"\x00\x00")  # without its thumbnail
        elif marker == b"\xee" and content[:5] == b"Adobe" and len(content) >= 12:
            head.append(b"\xff\xee\x00\x0e" + content[:12])
        elif marker == b"\xe2" and content.startswith(ICC_MARK):
            profile[content[12]] = content[14:]
        elif not (0xE0 <= marker[0] <= 0xEF or marker == b"\xfe"):
            body.append(segment)
        if marker == b"\xda":
            end = _scan_end(data, at)
            body.append(data[at:end])
            at = end
    raise RedactionError("a JPEG without an orderly end")


def _scan_end(data: bytes, at: int) -> int:
    """Where the next marker stands; stuffed zeros, restarts and fill are part of the scan."""
    while (at := data.find(b"\xff", at)) >= 0:
        following = data[at + 1 : at + 2]
        if following and following not in {b"\x00", b"\xff"} and not b"\xd0" <= following <= b"\xd7":
            return at
        at += 1 if following == b"\xff" else 2
    raise RedactionError("a JPEG without an orderly end")


def _jpeg_profile(pieces: dict[int, bytes]) -> list[bytes]:
    if sorted(pieces) != list(range(1, len(pieces) + 1)):
        return []
    return profile_segments(b"".join(pieces[number] for number in sorted(pieces)))


def profile_segments(profile: bytes) -> list[bytes]:
    """JPEG segments that hold a profile, cleaned; none for none."""
    clean = neutral_profile(profile)
    parts = [clean[start : start + ICC_PIECE] for start in range(0, len(clean), ICC_PIECE)]
    return [
        b"\xff\xe2" + (16 + len(part)).to_bytes(2) + ICC_MARK + bytes((number, len(parts))) + part
        for number, part in enumerate(parts, 1)
    ]


def clean_png(data: bytes) -> bytes:
    """A PNG (or APNG) of its critical, transparency, colour and animation chunks."""
    out, at = [data[:8]], 8
    for _ in range(MOST_PIECES):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        chunk = data[at : at + 12 + size]
        if len(chunk) < 12 + size:
            break
        at += 12 + size
        if kind in PNG_KEPT:
            out.append(chunk)
        elif kind == b"iCCP":
            out += _png_profile(chunk[8:-4])
        if kind == b"IEND":
            return b"".join(out)
    raise RedactionError("a PNG without an orderly end")


def _png_profile(content: bytes) -> list[bytes]:
    unfolder = zlib.decompressobj()
    try:
        profile = unfolder.decompress(content.partition(b"\x00")[2][1:], 4 << 20)
    except zlib.error:
        return []
    clean = neutral_profile(profile)
    return [png_chunk(b"iCCP", b"ICC Profile\x00\x00" + zlib.compress(clean, 9))] if clean else []


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


def clean_webp(data: bytes) -> bytes:
    """A WebP of its picture, alpha, animation and (nameless) profile chunks."""
    profile = next((neutral_profile(body) for kind, body in _riff(data, 12) if kind == b"ICCP"), b"")
    out = b""
    for kind, body in _riff(data, 12):
        kept = body
        if kind == b"VP8X":
            flags = body[0] & ~(WEBP_HAS_EXIF | WEBP_HAS_XMP | (0 if profile else WEBP_HAS_ICC))
            kept = bytes((flags,)) + body[1:]
        elif kind == b"ANMF":
            inside = (chunk(k, b) for k, b in _riff(body, 16) if k in WEBP_KEPT)
            kept = body[:16] + b"".join(inside)
        if kind in WEBP_KEPT:
            out += chunk(kind, kept)
        if kind == b"VP8X" and profile:
            out += chunk(b"ICCP", profile)
    return b"RIFF" + (len(out) + 4).to_bytes(4, "little") + b"WEBP" + out


def chunk(kind: bytes, body: bytes) -> bytes:
    """One RIFF chunk, padded to an even length."""
    return kind + len(body).to_bytes(4, "little") + body + b"\x00" * (len(body) % 2)


def _riff(data: bytes, at: int) -> list[tuple[bytes, bytes]]:
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little")) if data[:4] == b"RIFF" else len(data)
    chunks: list[tuple[bytes, bytes]] = []
    while at + 8 <= end and len(chunks) < MOST_PIECES:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > len(data):
            raise RedactionError("a WebP without an orderly end")
        chunks.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return chunks


def clean_gif(data: bytes) -> bytes:
    """A GIF of its pictures, their timing and its loop count."""
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    out = [b"GIF89a" + data[6:at]]
    for _ in range(MOST_PIECES):
        kind = data[at : at + 1]
        if kind == b";":
            return b"".join((*out, b";"))
        start = at
        if kind == b",":
            local = data[at + 9 : at + 10]
            at += 10 + (3 << (local[0] & 7) + 1 if local and local[0] & 0x80 else 0) + 1
        elif kind == b"!":
            at += 2
        else:
            break
        at = _sub_blocks_end(data, at)
        block = data[start:at]
        if kind == b"," or block[1:2] == b"\xf9" or (block[1:2] == b"\xff" and block[3:14] in GIF_LOOPS):
            out.append(block)
    raise RedactionError("a GIF without an orderly end")


def _sub_blocks_end(data: bytes, at: int) -> int:
    while at < len(data):
        size = data[at]
        at += 1 + size
        if not size:
            return at
    raise RedactionError("a GIF without an orderly end")


def with_profile_of(source: bytes, picture: bytes) -> bytes:
    """A cleaned JPEG with the (nameless) colour profile of another one."""
    profiles = b"".join(_profile_pieces(source))
    at = 2
    while picture[at : at + 2] in {b"\xff\xe0", b"\xff\xee"}:
        at += 2 + int.from_bytes(picture[at + 2 : at + 4])
    return picture[:at] + profiles + picture[at:]


def _profile_pieces(data: bytes) -> list[bytes]:
    clean = clean_jpeg(data)
    pieces, at = [], 2
    while clean[at : at + 1] == b"\xff" and clean[at + 1 : at + 2] not in {b"\xda", b""}:
        end = at + 2 + int.from_bytes(clean[at + 2 : at + 4])
        if clean[at : at + 2] == b"\xff\xe2":
            pieces.append(clean[at:end])
        at = end
    return pieces
