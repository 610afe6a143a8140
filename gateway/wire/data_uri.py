"""Data URIs (RFC 2397) in text: each carries a file, whatever it says that it is."""

import re
import urllib.parse
from collections.abc import Callable

from gateway.formats.sniff import sniff
from gateway.formats.text import SMALLEST_URI
from gateway.model import Part, PartPath
from gateway.wire import alphabets
from gateway.wire.codec import Piece
from gateway.wire.opening import Opening
from gateway.wire.payload import hidden, judge

_HEAD = re.compile(rb"data:([^,\"'<>(){}\\]{0,256}),", re.IGNORECASE)
_NEXT = re.compile(rb"\s+data:[^,\"'<>(){}\\]{0,256},", re.IGNORECASE)
_END = re.compile(rb"[\s\"'<>()\\]")
_BASE64_MARK = re.compile(rb";\s*base64\s*\Z", re.IGNORECASE)
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")


def find(text: bytes, path: PartPath, opening: Opening) -> list[tuple[int, int, Piece]]:
    """Data URIs in any case, with any parameters, base64 or percent-encoded: where the payload begins and ends, and its piece."""
    found: list[tuple[int, int, Piece]] = []
    colon = text.find(b":")
    while colon >= 0:
        at = colon - 4
        if at >= 0 and text[at:colon].lower() == b"data" and (head := _HEAD.match(text, at)):
            start = head.end()
            mark = _BASE64_MARK.search(head[1])
            end = _end(text, at, start)
            raw = text[start:end]
            declared = head[1].split(b";")[0].strip().decode("latin-1").lower()
            piece = _payload(raw, path, opening, declared) if mark else _text(raw, path, opening, declared)
            if piece is not None:
                found.append((start, end, piece))
                colon = end - 1
        colon = text.find(b":", colon + 1)
    return found


def _end(text: bytes, at: int, start: int) -> int:
    """A URI alone in its string runs to the end, or to the next one, white space and all; one in prose to the first mark."""
    if not text[:at].strip():
        following = _NEXT.search(text, start)
        return following.start() if following else len(text)
    end = _END.search(text, start)
    return end.start() if end else len(text)


def _payload(raw: bytes, path: PartPath, opening: Opening, declared: str) -> Piece | None:
    if not raw.strip():
        return None
    quoted = b"%" in raw and _PERCENT.search(raw) is not None
    reading = alphabets.read_base64(urllib.parse.unquote_to_bytes(raw) if quoted else raw)
    if reading is None:
        # What a lenient reader would see in it is looked at, and nothing is promised about it.
        worst = max(alphabets.salvage(raw), key=hidden, default=raw)
        if len(worst) < SMALLEST_URI:
            return None
        return opening.slot(raw, Part(path, worst, sniff(worst), declared), None)
    if len(reading.data) < SMALLEST_URI:
        return None
    write = (
        (lambda new: urllib.parse.quote_from_bytes(reading.write(new), safe="").encode())
        if quoted
        else reading.write
    )
    return _claimed(raw, reading.data, path, opening, write, declared)


def _text(raw: bytes, path: PartPath, opening: Opening, declared: str) -> Piece | None:
    data = urllib.parse.unquote_to_bytes(raw)
    if len(data) < SMALLEST_URI:
        return None

    def write(new: bytes) -> bytes:
        return urllib.parse.quote_from_bytes(new, safe="").encode()

    return _claimed(raw, data, path, opening, write, declared)


def _claimed(
    raw: bytes, data: bytes, path: PartPath, opening: Opening, write: Callable[[bytes], bytes], declared: str
) -> Piece:
    """What a data URI carries is a file whatever it is: text with nothing inside it is still a part."""
    piece = judge(raw, data, path, opening, write, declared=declared)
    if piece is None:
        part = Part(path, data, sniff(data), declared)
        return opening.slot(raw, part, lambda new: write(new.data))
    return piece
