"""multipart/form-data, and multipart/related and /mixed as Google's uploads use them.

The parser is `multipart.PushMultipartParser(strict=True)`; it says where parts begin and end. What it lets pass and
other parsers read differently is refused here and in `gateway.wire.multipart_head`.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import multipart

from gateway.errors import LimitReached, RedactionError, WireError
from gateway.formats.sniff import sniff
from gateway.model import Finding, Format, Kind, Part
from gateway.wire import alphabets, shape, text
from gateway.wire.codec import Body, Nest, Piece, Slot, slots
from gateway.wire.multipart_head import Head, boundary, check_charset, read_head, renamed
from gateway.wire.opening import Opening
from gateway.wire.payload import TEXTUAL

_LOOKS_LIKE = re.compile(rb"(?:\r?\n)*--[^\r\n]{1,200}\r?\n(?:content-[a-z-]+[ \t]*:)", re.IGNORECASE)
_LONG_NAME = 256
"""Letters of a name that no file system takes."""
_MEDIA = ("multipart/form-data", "multipart/related", "multipart/mixed")


class _AnyParser(multipart.PushMultipartParser):
    """The same parser for the relatives of form-data, whose parts need no disposition."""

    def _create_segment(self, headerlist: list[tuple[str, str]]) -> multipart.MultipartSegment:
        return multipart.MultipartSegment(headerlist)


class MultipartCodec:
    """Parts between boundaries, each opened on its own."""

    name = "multipart"

    def claims(self, body: Body) -> bool:
        """By label; a body that looks like multipart under another label is refused, for a server may look too."""
        if body.media.startswith("multipart/"):
            if body.media not in _MEDIA:
                raise WireError("a kind of multipart that no upload uses", reason="bad-multipart")
            return True
        if _LOOKS_LIKE.match(body.data[:1024]) and (body.media or not body.path):
            raise WireError("a multipart body under another label", reason="label-lies")
        return False

    def open(self, body: Body, opening: Opening) -> tuple[Piece, ...]:
        """Heads and boundaries as framing, contents opened by what they are. Raises WireError, LimitReached."""
        mark = boundary(body.options)
        check_charset(body.options)
        form = body.media == "multipart/form-data"
        contents = _contents(body.data, mark, opening, form=form)
        delimiter = b"\r\n--" + mark
        if not body.data.startswith(delimiter[2:]):
            raise WireError("bytes before the first part", reason="bad-multipart")
        # A boundary anywhere else, even after a bare line feed, is where a lenient parser would cut.
        if body.data.count(delimiter[2:]) != len(contents) + 1:
            raise WireError("the boundary stands inside a part", reason="bad-multipart")
        found: list[Piece] = []
        at = 0
        for content in contents:
            start = at + len(delimiter) + (0 if at == 0 else 2)
            end = body.data.index(b"\r\n\r\n", start - 2) + 4
            head = read_head(body.data[start : end - 4], form=form)
            if not body.data.startswith(content, end):
                raise WireError("the parts of the body do not add up", reason="bad-multipart")
            found += (
                body.data[at:start],
                *_part(body.data[start:end], head, content, delimiter, body, opening),
            )
            at = end + len(content)
        tail = body.data[at:]
        if tail not in (
            delimiter + b"--",
            delimiter + b"--\r\n",
            delimiter[2:] + b"--",
            delimiter[2:] + b"--\r\n",
        ):
            raise WireError("bytes after the last part", reason="bad-multipart")
        return (*found, tail)


def _contents(data: bytes, mark: bytes, opening: Opening, *, form: bool) -> list[bytes]:
    """The bytes of each part, by the parser. Raises WireError, LimitReached."""
    kind = multipart.PushMultipartParser if form else _AnyParser
    parser = kind(mark, content_length=len(data), strict=True, max_segment_count=opening.limits.parts)
    contents: list[bytes] = []
    chunks: list[bytes] = []
    try:
        with parser:
            for event in parser.parse(data):
                if event is None:
                    contents.append(chunks[0] if len(chunks) == 1 else b"".join(chunks))
                elif isinstance(event, bytes | bytearray):
                    chunks.append(bytes(event))
                else:
                    chunks = []
    except multipart.ParserLimitReached:
        raise LimitReached("more parts, or longer heads, than the limit", reason="too-many-parts") from None
    except multipart.MultipartError:
        raise WireError("the multipart body is malformed", reason="bad-multipart") from None
    return contents


def _part(
    raw: bytes, head: Head, content: bytes, delimiter: bytes, body: Body, opening: Opening
) -> tuple[Piece, ...]:
    if opening.catches is not None and opening.catches(_about(raw, head)):
        # Only the file name has a place of its own; a field that is named after a patient cannot be renamed.
        opening.findings.append(
            Finding(Kind.IDENTIFIER_IN_NAME, body.path, "head", "person", by="wire", redactable=False)
        )
    path = (*body.path, head.name or "part", *((head.filename,) if head.filename else ()))
    for name in (head.name, head.filename or ""):
        if len(name) >= shape.RUN:
            _name(name.encode(), path, opening)
    travelled = content
    dress: Callable[[bytes], bytes] = bytes
    if head.base64:
        content, dress = _out_of_base64(content)
    inner = Body(content, head.media, head.options, path, head.filename or "")
    if head.base64 and sniff(content) in TEXTUAL:
        return (raw, Nest(travelled, opening.inside(inner), dress))
    if head.filename is None and head.media in ("", "text/plain", "application/json") and content:
        return (raw, *opening.inside(inner))
    if sniff(content) in TEXTUAL and content:
        pieces = opening.inside(inner)
        if any(
            isinstance(piece, Nest)
            or (isinstance(piece, Slot) and (piece.part.sealed or piece.part.data != content))
            for piece in pieces
        ):
            return (raw, *pieces)
    if not content and not head.filename:
        return (raw,)

    def write(new: Part) -> bytes:
        lines = raw
        if new.filename != (head.filename or ""):
            lines = renamed(raw, head.filename or "", new.filename)
        data = dress(new.data)
        if delimiter[2:] in data:
            raise RedactionError("the new content holds the boundary", reason="cannot-redact")
        return lines + data

    part = Part(path, content, sniff(content), head.media, head.filename or "")
    return (replace(opening.slot(travelled, part, write), lead=raw),)


def _out_of_base64(letters: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    """What a part that says it is base64 means, and how to write it so again.

    Raises WireError where it is not that, for then servers disagree on what is skipped.
    """
    reading = alphabets.read_base64(letters)
    if reading is None:
        raise WireError("a part is not the base64 that it says it is", reason="bad-multipart")
    return reading.data, reading.write


def _about(raw: bytes, head: Head) -> bytes:
    """A part's head without its file name."""
    return raw.replace(head.filename.encode(), b"") if head.filename else raw


def _name(name: bytes, path: tuple[str, ...], opening: Opening) -> None:
    """A name is looked at like any text; one that is long and sealed is a payload of its own."""
    found = text.find(name, path, opening)
    for slot in slots(found or ()):
        opening.add(path, slot.part.data, slot.part.format)
    if found is None and len(name) >= _LONG_NAME and shape.has_run(name):
        opening.add(path, name, Format.UNKNOWN)


MULTIPART = MultipartCodec()
