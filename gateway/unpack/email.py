"""E-mail: messages, mailboxes and web archives, their parts with the places where they stand (RFC 5322, 2045, 2046)."""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

from gateway.errors import FormatError, LimitReached
from gateway.formats.sniff import sniff
from gateway.model import Format, Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.markup import unwrapped
from gateway.unpack.member import Member, Trouble
from gateway.unpack.splice import Seen, Span, Spliced

_HEAD_END = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_MAILBOX = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From [^\r\n]+\r?\n")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]+\r?\n", re.MULTILINE)
_YENC = re.compile(rb"^=ybegin [^\r\n]*size=", re.MULTILINE)
_ONCE: Final = ("content-type", "content-transfer-encoding", "content-disposition", "mime-version")
_PLAIN: Final = frozenset({"", "7bit", "8bit", "binary"})
_GREETING: Final = 256
"""A preamble of this length is the sentence for mail readers of 1992; anything longer is looked at."""
_LINE: Final = 76


@dataclass(slots=True)
class _Walk:
    """What is known while one message is walked."""

    data: bytes = field(repr=False)
    counter: Counter
    number: int = 0


def _message(part: Part, counter: Counter) -> Iterator[Seen]:
    starts = (
        [match.span() for match in _MAILBOX.finditer(part.data)] if part.data.startswith(b"From ") else []
    )
    if len(starts) < 2:
        yield from _entity(
            _Walk(part.data, counter), starts[0][1] if starts else 0, len(part.data), counter.limits.depth
        )
        return
    stops = [start for start, _ in starts[1:]] + [len(part.data)]
    for number, ((_, start), stop) in enumerate(zip(starts, stops, strict=True), 1):
        counter.book(stop - start)
        member = Member(f"message {number}", part.data[start:stop], format=Format.EMAIL, named=False)
        yield Span(start, stop, member, bytes)


def _entity(walk: _Walk, start: int, end: int, room: int) -> Iterator[Seen]:
    if room <= 0:
        raise LimitReached("messages inside messages beyond the limit", reason="too-deep")
    found = _HEAD_END.search(walk.data, start, end)
    body = found.end() if found else end
    if walk.data[start : start + 1] in (b"\r", b"\n"):
        body = start + (2 if walk.data[start : start + 2] == b"\r\n" else 1)
    head = walk.data[start:body]
    headers = BytesHeaderParser().parsebytes(head)
    if any(len(headers.get_all(name, [])) > 1 for name in _ONCE):
        yield Trouble(Kind.UNREADABLE, "ambiguous", "headers")
    if room == walk.counter.limits.depth or len(head) > 1024:
        walk.counter.book(len(head))
        yield Member("(headers)", head, rewritable=False, text=True, named=False, format=Format.TEXT)
    kind = headers.get_content_type()
    if kind == "multipart/encrypted" or (
        kind in ("application/pkcs7-mime", "application/x-pkcs7-mime")
        and str(headers.get_param("smime-type")) != "signed-data"
    ):
        yield Trouble(Kind.ENCRYPTED, "encrypted")
    if kind == "message/partial":
        yield Trouble(Kind.UNREADABLE, "partial-upload")
    if headers.get_content_maintype() == "multipart":
        yield from _multipart(walk, headers, body, end, room)
    else:
        yield from _leaf(walk, headers, body, end)


def _multipart(walk: _Walk, headers: Message, start: int, end: int, room: int) -> Iterator[Seen]:
    boundary = headers.get_boundary()
    if not boundary:
        yield Trouble(Kind.UNREADABLE, "ambiguous", "boundary")
        yield _aside(walk, "(parts)", start, end)
        return
    mark = re.compile(
        rb"(?:^|(?<=\n))--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t]*(?:\r?\n|\Z)"
    )
    marks = [match for match in mark.finditer(walk.data, start, end) if match.start() >= start]
    if not marks or marks[-1][1] is None or any(match[1] is not None for match in marks[:-1]):
        yield Trouble(Kind.UNREADABLE, "ambiguous", "boundary")
    edges = [match.start() for match in marks] + [end]
    if edges[0] - start > _GREETING:
        yield _aside(walk, "(preamble)", start, edges[0])
    for match, stop in zip(marks, edges[1:], strict=True):
        if match[1] is None:
            yield from _entity(
                walk,
                match.end(),
                _before_line_end(walk.data, match.end(), stop) if stop < end else stop,
                room - 1,
            )
        elif walk.data[match.end() : stop].strip():
            yield _aside(walk, "(epilogue)", match.end(), stop)


def _before_line_end(data: bytes, start: int, stop: int) -> int:
    """The line end in front of a boundary belongs to the boundary."""
    stop -= data[stop - 1 : stop] == b"\n"
    stop -= data[stop - 1 : stop] == b"\r"
    return max(start, stop)


def _aside(walk: _Walk, name: str, start: int, end: int) -> Member:
    walk.counter.book(end - start)
    content = walk.data[start:end]
    return Member(name, content, rewritable=False, text=sniff(content) is Format.TEXT, named=False)


def _leaf(walk: _Walk, headers: Message, start: int, end: int) -> Iterator[Seen]:
    raw = walk.data[start:end]
    walk.number += 1
    if not raw.strip():
        return
    coding = str(headers.get("content-transfer-encoding", "")).strip().lower()
    content, clean = _decoded(raw, coding)
    walk.counter.book(len(content))
    if not clean:
        yield Trouble(Kind.UNREADABLE, "undecodable", f"part {walk.number}")
    kind, name = headers.get_content_type(), headers.get_filename()
    form = Format.EMAIL if kind == "message/rfc822" else sniff(content)
    text = name is None and form in (Format.TEXT, Format.HTML)
    narrow = _narrowed(content, headers) if text or form is Format.UNKNOWN else None
    if narrow is not None:
        # Detectors read UTF-8; a body in another alphabet is shown to them, and not written back.
        yield Member(
            name or f"part {walk.number}", narrow, rewritable=False, text=name is None, named=name is not None
        )
        return
    member = Member(name or f"part {walk.number}", content, clean, text, kind, form, named=name is not None)
    yield Span(start, end, member, lambda new: _encoded(raw, new, coding))
    if text:
        yield from _in_line(walk, content)


def _decoded(raw: bytes, coding: str) -> tuple[bytes, bool]:
    """The content without its transfer coding, and whether nothing had to be guessed."""
    if coding in _PLAIN:
        return raw, True
    if coding == "base64":
        return (
            unwrapped(raw.replace(b"%", b"").replace(b"&", b""))
            if b"%" in raw or b"&" in raw
            else unwrapped(raw)
        )
    if coding == "quoted-printable":
        return quopri.decodestring(raw), True
    if coding in ("uuencode", "x-uuencode", "uue", "x-uue"):
        found = _UU_BEGIN.search(raw)
        return (_uudecoded(raw, found.end()), True) if found else (raw, False)
    return raw, False


def _encoded(raw: bytes, data: bytes, coding: str) -> bytes:
    """New content in the transfer coding and the line ends of the old."""
    ending = b"\r\n" if b"\r\n" in raw else b"\n"
    tail = raw[len(raw.rstrip(b"\r\n")) :]
    if coding == "base64":
        text = binascii.b2a_base64(data, newline=False)
        return ending.join(text[at : at + _LINE] for at in range(0, len(text), _LINE)) + tail
    if coding == "quoted-printable":
        return binascii.b2a_qp(data, quotetabs=True, istext=False).replace(b"=\n", b"=" + ending) + tail
    if coding not in _PLAIN:
        raise FormatError("a transfer coding that is not written")
    return data


def _narrowed(content: bytes, headers: Message) -> bytes | None:
    """Text in an alphabet that is no superset of ASCII, as UTF-8; None when there is nothing to change."""
    charset = (headers.get_content_charset() or "").lower()
    if not charset.startswith(
        (
            "utf-16",
            "utf-32",
            "utf-7",
            "utf_16",
            "utf_32",
            "utf_7",
            "iso-2022",
            "hz",
            "ibm",
            "cp037",
            "cp500",
            "cp1026",
        )
    ):
        return None
    try:
        return content.decode(charset, errors="replace").encode(errors="replace")
    except LookupError:
        return None


def _in_line(walk: _Walk, content: bytes) -> Iterator[Seen]:
    """Files written into the text itself, as it was done before MIME."""
    for match in _UU_BEGIN.finditer(content):
        if b"-base64" in match[0]:
            data = unwrapped(content[match.end() : content.find(b"====", match.end())])[0]
        else:
            data = _uudecoded(content, match.end())
        if len(data) >= 16:
            walk.counter.book(len(data))
            yield Member(f"part {walk.number} (in line)", data, rewritable=False, named=False)
    if _YENC.search(content):
        yield Trouble(Kind.UNREADABLE, "unknown-coding", f"part {walk.number}")


def _uudecoded(raw: bytes, at: int) -> bytes:
    found = list[bytes]()
    for line in raw[at:].splitlines():
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders count wrongly; the length byte tells how much of the line is meant.
            size = ((line[0] - 32 & 63) * 4 + 5) // 3
            try:
                found.append(binascii.a2b_uu(line[:size]))
            except binascii.Error:
                break
    return b"".join(found)


EMAIL = Spliced(_message, rest=False)
