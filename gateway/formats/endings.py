"""Finds where a picture or a film ends, so that what follows it is seen."""

import re

from gateway.model import Format

type _Bytes = bytes | memoryview

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""A JPEG marker inside or after entropy-coded bytes: not stuffing, fill or restart (ITU-T T.81, B.1.1)."""
_HEADERS = 1 << 18
"""Where the segments before a picture's data may stand: EXIF, colour profile and the like."""
_NOTES = 1 << 16
"""The longest appendix of a phone maker that is taken for notes."""
_PADDING = b"\x00\xff\r\n\t \x1a"
_SEGMENTS = 100_000
"""Chunks or segments walked at most: more is answered with "no end", which callers report."""


def end_of(data: _Bytes, form: Format) -> int | None:
    """The offset after the last byte that belongs to the picture; None when it is cut short or not known."""
    match form:
        case Format.JPEG | Format.JPEG_LS:
            return _jpeg(data, stuffed_bit=form is Format.JPEG_LS)
        case Format.PNG:
            return _png(data)
        case Format.GIF:
            return _gif(data)
        case Format.WEBP | Format.AVI:
            return _riff(data)
        case Format.BMP:
            return _bitmap(data)
        case Format.HEIF | Format.AVIF | Format.MP4 | Format.JPEG2000:
            return _boxes(data)
        case _:
            return None


def tail_of(data: bytes, form: Format) -> bytes:
    """What follows the end of a picture without being part of it: empty for honest files.

    Not counted: padding, the further pictures that a JPEG announces (MPF, CIPA DC-007), the film of a motion photo
    (`film_after`), and the short notes that a phone maker appends.
    """
    end = end_of(data, form)
    if end is None:
        return b""
    if form is Format.JPEG and end < len(data):
        for start in further_pictures(data):
            following = _jpeg(data, start) or start
            end = following + _padding(data, following)
        film = _film_start(data, end)
        if film is not None:
            end = film + (_boxes(data, film) or len(data)) - film
        if data.endswith(b"SEFT") and len(data) - end < _NOTES and b"\xff\xd8\xff" not in data[end:]:
            return b""
    tail = data[end:]
    return tail if len(tail.strip(_PADDING)) >= 16 else b""


def further_pictures(data: bytes) -> tuple[int, ...]:
    """Where the pictures begin that follow a JPEG because it announces them (MPF, CIPA DC-007)."""
    end = _jpeg(data)
    if end is None or b"MPF\x00" not in data[: min(end, _HEADERS)]:
        return ()
    starts: list[int] = []
    while data[end : end + 3] == b"\xff\xd8\xff" and (following := _jpeg(data, end)) is not None:
        starts.append(end)
        end = following + _padding(data, following)
    return tuple(starts)


def film_after(data: bytes, form: Format) -> bytes:
    """The film that a phone hides behind a photo ("motion photo"); empty when there is none."""
    if form is not Format.JPEG or b"ftyp" not in data:
        return b""
    end = end_of(data, form)
    start = None if end is None else _film_start(data, end)
    return b"" if start is None else data[start:]


def _film_start(data: bytes, end: int) -> int | None:
    at = data.find(b"ftyp", end + 4, end + _NOTES)
    size = int.from_bytes(data[at - 4 : at]) if at >= 0 else 0
    return at - 4 if 16 <= size <= 128 and at - 4 + size < len(data) else None


def _padding(data: bytes, at: int) -> int:
    """How many zero bytes follow, at most a page of them."""
    window = data[at : at + 4096]
    return len(window) - len(window.lstrip(b"\x00"))


def has_end(form: Format) -> bool:
    """Whether a missing end of this format means that the file was cut."""
    return form in (Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.HEIF, Format.AVIF)


def _jpeg(data: _Bytes, start: int = 0, *, stuffed_bit: bool = False) -> int | None:
    at = start + 2
    for _ in range(_SEGMENTS):
        if data[at : at + 1] != b"\xff":
            return None
        marker = data[at + 1] if at + 1 < len(data) else 0
        if marker == 0xD9:
            return at + 2
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xDA:
            found = next_marker(data, at, stuffed_bit=stuffed_bit)
            if found is None:
                return None
            at = found
    return None


def next_marker(data: _Bytes, at: int, *, stuffed_bit: bool = False) -> int | None:
    """Where the entropy-coded bytes of a JPEG that begin at an offset end."""
    while (match := _MARKER.search(data, at)) is not None:
        # JPEG-LS stuffs one bit, not one byte: after 0xFF anything below 0x80 is data (ITU-T T.87, A.1).
        if not stuffed_bit or data[match.start() + 1] >= 0x80:
            return match.start()
        at = match.start() + 1
    return None


def _png(data: _Bytes) -> int | None:
    at = 8
    for _ in range(_SEGMENTS):
        kind = data[at + 4 : at + 8]
        if len(kind) < 4:
            return None
        at += 12 + int.from_bytes(data[at : at + 4])
        if at > len(data):
            return None
        if kind == b"IEND":
            return at
    return None


def _gif(data: _Bytes) -> int | None:
    if len(data) < 13:
        return None
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    for _ in range(_SEGMENTS):
        kind = data[at : at + 1]
        if kind == b";":
            return at + 1
        if kind == b"!":
            at = _gif_blocks(data, at + 2)
        elif kind == b"," and at + 10 < len(data):
            flags = data[at + 9]
            at = _gif_blocks(data, at + 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
        elif kind == b"\x00":
            at += 1  # a stray terminator, which every reader skips
        else:
            return None
    return None


def _gif_blocks(data: _Bytes, at: int) -> int:
    """The offset after a chain of data blocks; past the end of the file when the chain is cut."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


def _riff(data: _Bytes) -> int | None:
    """The end of the last RIFF chunk; films beyond 1 GiB are a row of them (OpenDML)."""
    at = 0
    for _ in range(_SEGMENTS):
        if data[at : at + 4] != b"RIFF":
            break
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    # An odd last chunk without its pad byte is common and harmless.
    return min(at, len(data)) if at <= len(data) + 1 else None


def _bitmap(data: _Bytes) -> int | None:
    size = int.from_bytes(data[2:6], "little")
    return size if 26 < size <= len(data) else None


def _boxes(data: _Bytes, at: int = 0) -> int | None:
    """The end of the last whole box; bytes after it that are no box are a tail."""
    if data[:2] == b"\xff\x4f":
        return None  # a bare JPEG 2000 codestream has no boxes
    for _ in range(_SEGMENTS):
        if at == len(data):
            return at
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        if size == 0 and len(kind) == 4:
            return len(data)
        if size < 8 or not all(32 <= c < 127 or c == 0xA9 for c in kind):
            return at
        if at + size > len(data):
            return None
        at += size
    return None
