"""JSON bodies with payloads in any string, key or list of numbers; and JSON lines."""

import codecs
import re
from collections.abc import Iterator

import orjson

from gateway.errors import WireError
from gateway.formats.sniff import sniff
from gateway.model import Format, Part
from gateway.wire import lenient, numbers, opaque, references, shape, text
from gateway.wire.codec import INSIDE, Body, Nest, Piece, Slot, framing
from gateway.wire.json_speech import spoken_numbers, spoken_string
from gateway.wire.json_strings import Document, escape, parse, unescape
from gateway.wire.json_tree import NUMBERS, Walk, places
from gateway.wire.opening import Opening
from gateway.wire.payload import TEXTUAL
from gateway.wire.raw import RAW

_LINES = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "application/jsonlines",
    "application/json-seq",
)
_BEFORE = b" \t\r\n\x0b\x0c\x1e"
_RECORDS = re.compile(rb"(?=[\s\S])([ \t\r\n\x1e]*)([^\r\n\x1e]*)([\r\n\x1e]*)")
"""A line of JSON lines, a record of a text sequence (RFC 7464), or one as SignalR ends it; with what stands around it."""
_JSON_FILES = frozenset({Format.NOTEBOOK, Format.DICOM_JSON})


def is_json(media: str) -> bool:
    """Whether a media type promises JSON (RFC 6839 `+json` too)."""
    return media in ("application/json", "text/json", "application/csp-report") or media.endswith("+json")


SLICES = ("slices",)
"""The last part of the path of what is cut over many strings."""


class JsonCodec:
    """A strict JSON text, or several, one a line."""

    name = "json"

    def claims(self, body: Body) -> bool:
        """Whether the first letter is a brace or bracket, or the label promises JSON and the body is text."""
        if (
            not body.path
            and body.data.startswith(codecs.BOM_UTF8)
            and body.data[3:].lstrip()[:1] in (b"{", b"[")
        ):
            raise WireError("a byte-order mark before JSON, which some servers skip", reason="bad-json")
        head = _first(body.data)
        if head in (b"{", b"["):
            return True
        return (is_json(body.media) or body.media in _LINES) and bool(head) and _begins_json(body.data)

    def open(self, body: Body, opening: Opening) -> tuple[Piece, ...]:
        """The pieces of the JSON text. Raises WireError where it is not strict, LimitReached where it is too deep."""
        try:
            document = parse(body.data)
        except WireError:
            pieces = _lines(body, opening)
            if pieces is not None:
                return pieces
            if is_json(body.media) or body.media in _LINES:
                raise
            if body.media == INSIDE:
                return (body.data,)
            return (text.TEXT if text.TEXT.claims(body) else RAW).open(body, opening)
        return _pieces(document, body, opening, strict=body.media != INSIDE)


def _first(data: bytes) -> bytes:
    """The first letter, however much white space stands in front."""
    return (data[:64].lstrip(_BEFORE) or data.lstrip(_BEFORE))[:1]


def _begins_json(data: bytes) -> bool:
    return _first(data) in b'"-0123456789tfn' and sniff(data) in (Format.TEXT, Format.JSON)


def _lines(body: Body, opening: Opening) -> tuple[Piece, ...] | None:
    """JSON texts one behind the other, each on lines of its own or closed by a separator; None where one is no JSON."""
    records = _RECORDS.findall(body.data)
    if len(records) < 2 and b"\x1e" not in body.data:
        return None
    try:
        documents = [parse(text) if text else None for _, text, _ in records]
    except WireError:
        return None
    found: list[Piece] = []
    for number, ((before, text_, behind), document) in enumerate(zip(records, documents, strict=True)):
        found.append(before)
        if document is not None:
            inner = Body(text_, body.media, path=(*body.path, f"line {number + 1}"))
            found += _pieces(document, inner, opening, strict=body.media != INSIDE)
        found.append(behind)
    return tuple(found)


def _pieces(document: Document, body: Body, opening: Opening, *, strict: bool) -> tuple[Piece, ...]:
    walk = Walk()
    walk.walk(document.tree, opening.limits.json_depth)
    strings = walk.strings
    unique = walk.keys == document.keys
    if strict and not unique:
        raise WireError("a name stands twice in one JSON object", reason="duplicate-keys")
    if unique and 2 * len(strings) + 1 != len(document.segments):
        raise WireError("the strings of the JSON body do not add up", reason="bad-json")
    colons = body.data.count(b":") - document.keys
    refers = unique and references.may_refer(body.data, document.segments, colons)
    where = places(document.tree) if unique and (refers or _worth_places(document)) else None
    if refers:
        for (place, key, kind), value in zip(places(document.tree), strings, strict=True):
            if kind == "value" and (found := references.reference(value, key, (*body.path, place))):
                opening.findings.append(found)
    taken: set[str] = set()
    pieces = _strings(document, body, opening, where, taken)
    for row in walk.lists:
        # Two whole pictures side by side are two pictures; only what is nothing alone is read together.
        run = "".join(value for value in row if isinstance(value, str) and value not in taken)
        lenient.joined(run.encode(), (*body.path, *SLICES), opening)
    _numbers(document, walk, body, opening)
    return _as_file(document.tree, pieces, body, opening)


def _worth_places(document: Document) -> bool:
    return any(len(segment) >= shape.RUN for segment in document.segments[1::2])


def _strings(
    document: Document,
    body: Body,
    opening: Opening,
    where: Iterator[tuple[str, str, str]] | None,
    taken: set[str],
) -> tuple[Piece, ...]:
    found: list[Piece] = []
    held: list[bytes] = []  # framing not yet handed out
    loose: list[bytes] = []
    said: list[bytes] = []
    for number, raw in enumerate(document.segments):
        if number % 2 == 0:
            between = None if opening.catches is None else spoken_numbers(raw, body.path, opening)
            if between:
                found += (b"".join(held) + (b'"' if number else b""), *between)
                held = []
            else:
                held += (raw,) if number == 0 else (b'"', raw)
            continue
        held.append(b'"')
        address = next(where)[0] if where is not None else ""
        plain, sealed = unescape(raw), False
        pieces: tuple[Piece, ...] | None = None
        if len(raw) < 16:
            loose.append(raw)
        else:
            place = address or f"string {number // 2}"
            sealed = opaque.lets_through(opening.opaque, place, plain)
            begun = None if sealed else opaque.first_bytes(opening.opaque, place, plain)
            if begun is not None:
                pieces = (opening.begun(plain, begun, (*body.path, place)),)
            elif not sealed:
                pieces = text.find(plain, (*body.path, place), opening)
            if pieces is None and len(plain) < 4 * shape.OPAQUE and b" " not in plain:
                loose.append(plain)
        if pieces is not None:
            pieces = opening.worded(pieces, (*body.path, place))
            said.append(framing(pieces))
            taken.add(plain.decode())
            found += (b"".join(held), *(pieces if plain is raw else (Nest(raw, pieces, Closer(raw)),)))
            held = []
        elif not sealed and (spoken := spoken_string(raw, (*body.path, address or "string"), opening)):
            found += (b"".join(held), spoken)
            held = []
        else:
            held.append(raw)
            said.append(plain)
    found.append(b"".join(held))
    if body.media != INSIDE:  # a string that is JSON is text of its own already
        opening.text.append(b"\n".join(said))
    _slices(loose, body, opening)
    return tuple(found)


class Closer:
    """Puts a replaced text back into a JSON string, escaped the way its neighbour was."""

    __slots__ = ("_like",)

    def __init__(self, like: bytes) -> None:
        self._like = like

    def __call__(self, new: bytes) -> bytes:
        """The inside of the string."""
        return escape(new, self._like)


def _slices(loose: list[bytes], body: Body, opening: Opening) -> None:
    """One payload cut over many strings: joined in the order of the text, a reader could put it together."""
    letters = b"".join(piece for piece in loose if shape.is_letters(piece))
    if len(letters) < shape.RUN or not shape.is_dense(letters):
        return
    lenient.look(letters, (*body.path, *SLICES), opening)


def _numbers(document: Document, walk: Walk, body: Body, opening: Opening) -> None:
    path = (*body.path, "numbers")
    for row in walk.numbers:
        numbers.gather(row, path, opening)
    listed = sum(map(len, walk.numbers))
    if len(document.structure) < 2 * (listed + NUMBERS):
        return
    # Numbers one by one in objects. Every one but the last in its list is followed by a comma; objects and strings
    # leave none of their own.
    marks = document.structure.translate(None, b'{}[]:" \t\r\n').split(b",")
    loose = [float(mark) for mark in marks if mark[:1].isdigit() or mark[:1] == b"-"]
    if len(loose) >= listed + NUMBERS:
        numbers.look(loose, 0, path, opening)


def _as_file(tree: object, pieces: tuple[Piece, ...], body: Body, opening: Opening) -> tuple[Piece, ...]:
    """JSON that is itself a file format is also looked at as a whole, and has a place if nothing else in it has."""
    plain = orjson.dumps(tree) if b"\\" in body.data and b"\\u" in body.data else body.data
    form = sniff(plain)
    if form in _JSON_FILES or (form not in TEXTUAL and form is not Format.UNKNOWN):
        if form is Format.DICOM_JSON and all(isinstance(p, bytes) or _is_text(p) for p in pieces):
            part = Part(body.path, body.data, form)
            return (opening.slot(body.data, part, lambda new: new.data),)
        data = framing(pieces) if form is Format.DICOM_JSON else body.data
        opening.add(body.path, data, form)
    return pieces


def _is_text(piece: Piece) -> bool:
    """Whether a place is there only because a name has to be replaced in it."""
    return isinstance(piece, Slot) and piece.part.text


JSON = JsonCodec()
