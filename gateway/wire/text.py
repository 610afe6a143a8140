"""Text with payloads in it: data URIs, base64 and its relatives, JSON inside a string; else it is just text."""

import re

from gateway.formats.sniff import sniff
from gateway.formats.sniff_text import CONTROLS
from gateway.model import Format, Part, PartPath
from gateway.wire import alphabets, data_uri, lenient, shape, spelled
from gateway.wire.codec import INSIDE, Body, Nest, Piece, Slot, framing, unwritable
from gateway.wire.opening import Opening
from gateway.wire.payload import TEXTUAL, from_mark, hidden, judge, readable

_FILE_START = re.compile(
    rb"[\s\\]*(?:[<{\[#%!/\x0b]|MSH|FHS|BHS|NRRD|P[1-7fF]\s|From |[A-Za-z][A-Za-z0-9-]{1,40}:"
    rb"|(?:ObjectType|ObjectSubType|NDims|Comment|TransformType|Name|ID|BinaryData)\s*=)"
)
"""How files that are written as text begin; a superset of what `sniff` names among texts without control characters."""
_DRAWING = re.compile(rb"\s*(?:/\* XPM|! XPM|#define\s+\w+_width|%!)")


def find(text: bytes, path: PartPath, opening: Opening) -> tuple[Piece, ...] | None:
    """The pieces of a text that holds payloads, or None when it holds none.

    The text is UTF-8 with every outer escape already undone. Raises LimitReached.
    """
    if len(text) < 16:
        return None
    whole = as_file(text)
    form = Format.UNKNOWN if whole is None else sniff(whole)
    searched = whole is None or (whole is text and form is not Format.EMAIL) or form in TEXTUAL
    pieces = _search(text, path, opening) if searched else None
    if whole is None:
        return pieces
    if pieces is not None:
        opening.add(path, whole, form)
        return pieces
    if whole is text:
        return (opening.slot(text, Part(path, text, form), lambda new: new.data),)
    return (opening.slot(text, Part(path, whole, form), lambda new: new.data.decode("latin-1").encode()),)


def _search(text: bytes, path: PartPath, opening: Opening) -> tuple[Piece, ...] | None:
    if text.lstrip()[:1] in (b"{", b"["):
        inner = opening.inside(Body(text, path=path, media=INSIDE))
        if _holds(inner):
            opening.text.append(framing(inner))
            return inner
    if shape.is_form(text):
        inner = opening.inside(Body(text, path=path))
        return inner if _holds(inner) else None
    found: list[Piece] = []
    done = 0
    for start, end, piece in data_uri.find(text, path, opening):
        found += _around(text[done:start], path, opening)
        found.append(piece)
        done = end
    if done:
        found += _around(text[done:], path, opening)
        if any(isinstance(piece, Slot) and len(piece.raw) < shape.RUN for piece in found) and shape.is_dense(
            text
        ):
            lenient.look(text, path, opening)  # a URI that ends at once may go on in the next string
        return tuple(found)
    found += _around(text, path, opening)
    return tuple(found) if _holds(tuple(found)) else None


_WIDE = bytes(range(0xC4, 0x100))
"""How letters beyond U+00FF begin in UTF-8 (RFC 3629)."""


def as_file(text: bytes) -> bytes | None:
    """The file that a text is, or None: one written as text, or bytes written as the characters U+0000 to U+00FF."""
    if text.isascii() and text.translate(None, CONTROLS) == text:
        if not _FILE_START.match(text):
            return None
        form = sniff(text)
        unread = form is Format.UNKNOWN and _DRAWING.match(text) is not None
        return text if unread or form not in (*TEXTUAL, Format.UNKNOWN) else None
    try:
        # Asked first, because that is quick, and most text beyond ASCII has some such letter.
        data = None if len(text.translate(None, _WIDE)) != len(text) else text.decode().encode("latin-1")
    except UnicodeError:
        data = None
    if data is None:
        return text if _FILE_START.match(text) and sniff(text) not in (*TEXTUAL, Format.UNKNOWN) else None
    if sniff(data) not in (*TEXTUAL, Format.UNKNOWN) or hidden(data):
        return data if data != text else text
    return None


def _holds(pieces: tuple[Piece, ...]) -> bool:
    return any(not isinstance(piece, bytes) for piece in pieces)


def _around(text: bytes, path: PartPath, opening: Opening) -> tuple[Piece, ...]:
    """Payloads in text without data URIs: runs of letters, then what is cut up, then what nobody can read."""
    if len(text) < shape.RUN:
        return (text,) if text else ()
    run, dense = shape.has_run(text), shape.is_dense(text)
    if not run and not dense:
        return _sealed(text, path, opening)
    opening.guess()
    whole = _whole(text, path, opening) or _spelled(text, spelled.read(text), path, opening)
    if whole is not None:
        return (whole,)
    cells = _cells(text, path, opening)
    if cells is not None:
        return cells
    found: list[Piece] = []
    done = 0
    for start, end in shape.blocks(text) if run else ():
        piece = _block(text[start:end], path, opening)
        if piece is not None:
            found += (text[done:start], piece) if start > done else (piece,)
            done = end
    if done:
        found += (text[done:],) if done < len(text) else ()
        return tuple(found)
    if dense or run:
        lenient.look(text, path, opening)
    return _sealed(text, path, opening)


def _whole(text: bytes, path: PartPath, opening: Opening) -> Piece | None:
    """The text taken as one encoding from its first to its last letter."""
    if text[:16].translate(None, b" \t\r\n").find(b".") >= 0 or alphabets.unspaced(text).isdigit():
        return None
    reading = alphabets.read(text)
    if reading is None:
        return None
    if b" " in text.strip() or b"." in text:
        form = sniff(reading.data)
        if form is Format.UNKNOWN or (form in TEXTUAL and not readable(reading.data)):
            return (
                None  # words without punctuation, and headings with a ruler, are spelled in the same letters
            )
    return _closely(judge(text, reading.data, path, opening, reading.write), text, path, opening)


def _spelled(
    text: bytes, reading: alphabets.Reading | None, path: PartPath, opening: Opening
) -> Piece | None:
    """The place of a file that the whole text spells, or of files in a text that it spells; None where it spells none that is known."""
    if reading is None:
        return None
    piece = judge(text, reading.data, path, opening, reading.write)
    return None if isinstance(piece, Slot) and piece.part.format is Format.UNKNOWN else piece


def _cells(text: bytes, path: PartPath, opening: Opening) -> tuple[Piece, ...] | None:
    """Texts between tags that are a file each, however their lines are cut; None where there is none."""
    found: list[Piece] = []
    done = 0
    for start, end in spelled.cells(text):
        cell = text[start:end]
        piece = (
            _whole(cell, path, opening)
            or _spelled(cell, spelled.read_cell(cell), path, opening)
            or _json_cell(cell, path, opening)
        )
        if piece is not None and not (isinstance(piece, Slot) and piece.part.format is Format.UNKNOWN):
            found += (*_around(text[done:start], path, opening), piece)
            done = end
    return (*found, *_around(text[done:], path, opening)) if found else None


def _json_cell(cell: bytes, path: PartPath, opening: Opening) -> Piece | None:
    """JSON between two tags, where no escape of XML stands in it; None where it holds no payload."""
    if cell.lstrip()[:1] not in (b"{", b"[") or b"&" in cell:
        return None
    inner = opening.inside(Body(cell, path=path, media=INSIDE))
    return Nest(cell, inner, spelled.escaped) if _holds(inner) else None


def _closely(piece: Piece | None, raw: bytes, path: PartPath, opening: Opening) -> Piece | None:
    """A piece; where it is nothing known, its letters are also read as if some stood in front that are not theirs."""
    if isinstance(piece, Slot) and piece.part.format is Format.UNKNOWN:
        lenient.look(raw, path, opening)
    return piece


def _block(raw: bytes, path: PartPath, opening: Opening) -> Piece | None:
    reading = alphabets.read(raw)
    if reading is not None:
        piece = _closely(judge(raw, reading.data, path, opening, reading.write), raw, path, opening)
        if piece is not None or (
            len(raw) >= shape.OPAQUE and sniff(reading.data) in TEXTUAL and readable(reading.data)
        ):
            return piece
    shifted = next((data for data in alphabets.salvage(raw) if hidden(data) and not readable(data)), None)
    if shifted is not None:
        found = from_mark(shifted)  # words without a space ran into its first letters
        return opening.slot(raw, Part(path, found, sniff(found)), None)
    if len(raw) >= 2 * shape.RUN:  # nothing shorter is a picture, and lists of digests are long
        lenient.look(raw, path, opening)
    sequence = shape.monotonous(raw) and len(raw) <= shape.SEQUENCE
    if shape.is_dense(raw) and len(raw) >= shape.OPAQUE and not sequence and not opening.headers:
        return opening.slot(raw, Part(path, raw, Format.UNKNOWN), None)
    return None


def _sealed(text: bytes, path: PartPath, opening: Opening) -> tuple[Piece, ...]:
    if opening.headers or not shape.is_opaque(text):
        return (text,)
    piece = _spelled(text, spelled.read(text), path, opening)
    if piece is not None:
        return (piece,)
    return (opening.slot(text, Part(path, text, Format.UNKNOWN), unwritable),)


class TextCodec:
    """Text of no known structure: what a person wrote, with payloads in it perhaps. Never says no to UTF-8."""

    name = "text"

    def claims(self, body: Body) -> bool:
        """UTF-8 without NUL."""
        return readable(body.data)

    def open(self, body: Body, opening: Opening) -> tuple[Piece, ...]:
        """The text, its payloads taken out; a structured document in it is also a part as a whole."""
        form = sniff(body.data)
        # A mail is taken apart by its own rules later; boundaries are letters of base64.
        pieces = _search(body.data, body.path, opening) if form is not Format.EMAIL else None
        if pieces is not None:
            pieces = opening.worded(pieces, body.path)
            opening.text.append(said := framing(pieces))
            if form not in TEXTUAL:
                opening.add(body.path, body.data, form)
            elif body.filename:
                opening.extras.append(
                    Part(body.path, said, form, body.media, body.filename, rewritable=False)
                )
            return pieces
        if form in TEXTUAL and not body.filename:
            if spoken := opening.spoken(body.data, body.data, body.path, lambda new: new.data):
                return (spoken,)
            opening.text.append(body.data)
            return (body.data,)
        part = Part(body.path, body.data, form, body.media, body.filename)
        return (opening.slot(body.data, part, lambda new: new.data),)


TEXT = TextCodec()
