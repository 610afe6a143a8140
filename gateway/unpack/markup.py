"""Data URIs (RFC 2397) in HTML, SVG, XML, CSS, Markdown and plain text: base64 or percent-encoded, in any dress."""

import base64
import binascii
import html
import re
import urllib.parse
from collections.abc import Iterator
from typing import Final

from gateway.formats.sniff import sniff
from gateway.formats.text import SMALLEST_URI
from gateway.model import Format, Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble
from gateway.unpack.splice import Seen, Span, Spliced

_HEAD = re.compile(rb"data:([^,\"'<>(){}]{0,256}),", re.IGNORECASE)
_MARK = re.compile(rb";\s*base64\s*\Z", re.IGNORECASE)
_TYPE = re.compile(rb"[\w.+-]+/[\w.+-]+(?:\s*;[^;]*)*\Z")
_DELIMITER = re.compile(rb"[\s\"'<>()\\]")
_CLOSING: Final = {b'"': b'"', b"'": b"'", b"(": b")"}
_JUNK = bytes(
    c for c in range(256) if c not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
)
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_HARMLESS = frozenset({Format.TEXT, Format.UNKNOWN, Format.EMPTY})


def unwrapped(raw: bytes) -> tuple[bytes, bool]:
    """base64 of either alphabet, with white space, escapes or padding anywhere; and whether nothing else was in it."""
    plain = raw
    if b"%" in plain:
        plain = urllib.parse.unquote_to_bytes(plain)
    if b"&" in plain:
        plain = html.unescape(plain.decode("latin-1")).encode("latin-1", errors="replace")
    if b"\\" in plain:
        # CSS and scripts break long lines with a backslash; JSON writes a slash as one.
        plain = re.sub(rb"\\(?:\r?\n|[nrt])", b"", plain).replace(rb"\/", b"/")
    letters = plain.translate(_TO_STANDARD, _JUNK)
    clean = len(letters) == len(plain.translate(None, b" \t\r\n\x0b\x0c"))
    out = []
    for piece in letters.split(b"="):
        whole = piece[:-1] if len(piece) % 4 == 1 else piece
        clean = clean and whole is piece
        out.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(out), clean


def rewrapped(raw: bytes, data: bytes) -> bytes:
    """base64 in the alphabet and with the line length of the one it stands for."""
    out = base64.b64encode(data)
    if (b"-" in raw or b"_" in raw) and b"+" not in raw and b"/" not in raw:
        out = out.translate(bytes.maketrans(b"+/", b"-_"))
    return urllib.parse.quote_from_bytes(out, safe="").encode() if b"%" in raw else out


def data_uris(part: Part, counter: Counter) -> Iterator[Seen]:
    """Every data URI in a text."""
    data = part.data
    if not _may_hold(data):
        return
    at, number = 0, 0
    while (head := _HEAD.search(data, at)) is not None:
        at = head.end()
        end = _end(data, head.start(), at)
        number += 1
        seen = _uri(data, (at, end), head[1], number)
        if seen is None:
            continue
        counter.book(len(seen.member.data))
        yield seen
        if not seen.member.rewritable:
            yield Trouble(Kind.UNREADABLE, "undecodable", f"data URI {number}")
        at = end


def _may_hold(data: bytes) -> bool:
    """One fast look that answers nearly every text."""
    return b"data:" in data or b"data:" in data.lower()


def _end(data: bytes, start: int, at: int) -> int:
    """The end of a URI: its closing quote or bracket, or the first mark that no URI holds."""
    closing = _CLOSING.get(data[start - 1 : start]) if start else None
    if closing is not None:
        end = data.find(closing, at)
        if end >= 0:
            # HTML inside JSON writes its quotes as \", and inside JSON inside JSON as \\\".
            while end > at and data[end - 1 : end] == b"\\":
                end -= 1
            return end
    found = _DELIMITER.search(data, at)
    return found.start() if found else len(data)


def _uri(data: bytes, place: tuple[int, int], head: bytes, number: int) -> Span | None:
    start, end = place
    raw = data[start:end]
    declared = head.split(b";")[0].strip().decode("latin-1").lower()
    name = f"data URI {number}"
    if _MARK.search(head):
        content, clean = unwrapped(raw)
        if len(content) < SMALLEST_URI:
            return None
        member = Member(name, content, declared_type=declared, rewritable=clean, named=False)
        return Span(start, end, member, lambda new: rewrapped(raw, new))
    if head and not _TYPE.match(head):
        return None  # `data: this, that` in prose
    plain = html.unescape(raw.decode("latin-1")).encode("latin-1", errors="replace") if b"&" in raw else raw
    content = urllib.parse.unquote_to_bytes(plain)
    if sniff(content) in _HARMLESS and content.isascii():
        return None  # words stay part of the text around them
    member = Member(name, content, declared_type=declared, named=False)
    return Span(start, end, member, lambda new: urllib.parse.quote_from_bytes(new, safe="").encode())


def _unpaired(part: Part) -> Part | None:
    """UTF-16 text as UTF-8, for looking only."""
    if part.data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return None
    return Part(part.path, part.data.decode("utf-16", errors="replace").encode(), part.format)


def _spans(part: Part, counter: Counter) -> Iterator[Seen]:
    narrow = _unpaired(part)
    if narrow is None:
        yield from data_uris(part, counter)
        return
    for seen in data_uris(narrow, counter):
        yield (
            Member(seen.member.name, seen.member.data, rewritable=False, named=False)
            if isinstance(seen, Span)
            else seen
        )


MARKUP = Spliced(_spans)
