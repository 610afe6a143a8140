"""application/x-www-form-urlencoded: names and values with percent signs."""

import urllib.parse

from gateway.errors import LimitReached
from gateway.wire import lenient, references, shape, text
from gateway.wire.codec import Body, Nest, Piece, framing
from gateway.wire.opening import Opening
from gateway.wire.payload import readable

_MEDIA = "application/x-www-form-urlencoded"


class FormCodec:
    """Fields of a form in one line."""

    name = "form"

    def claims(self, body: Body) -> bool:
        """By label and content both: raw pictures travel under this label too."""
        if body.data[:1] in (b"{", b"["):
            return False
        if body.media != _MEDIA and not shape.is_form(body.data):
            return False  # inside a file, and to some servers outside too, the label says nothing
        return b"=" in body.data and shape.FORM.fullmatch(body.data) is not None

    def open(self, body: Body, opening: Opening) -> tuple[Piece, ...]:
        """Each value decoded and searched like any text. Raises LimitReached."""
        found: list[Piece] = []
        if body.data.count(b"&") >= 10 * opening.limits.parts:
            raise LimitReached("more form fields than the limit", reason="too-many-parts")
        fields = body.data.split(b"&")
        for number, field in enumerate(fields):
            found.append(b"&" if number else b"")
            name, equals, value = field.partition(b"=")
            key = _plain(name).decode(errors="replace")
            for raw, lead in ((name, b""), (value, equals)):
                found.append(lead)
                found.append(_value(raw, key, body, opening))
        if all(isinstance(piece, bytes) for piece in found) and shape.has_run(body.data):
            lenient.look(body.data, body.path, opening)  # `=` is a letter of base64 too
        return tuple(piece for piece in found if piece != b"")


def _plain(raw: bytes) -> bytes:
    return urllib.parse.unquote_to_bytes(raw.replace(b"+", b" "))


def _value(raw: bytes, key: str, body: Body, opening: Opening) -> Piece:
    plain = _plain(raw)
    path = (*body.path, key)
    readings = [plain]
    if b"+" in raw:
        # A sender that forgets to escape `+` means base64, not spaces; one that escapes anything knows better.
        readings.insert(0 if b"%" not in raw else 1, urllib.parse.unquote_to_bytes(raw))
    for reading in readings:
        pieces = _opened(reading, path, opening)
        if pieces is None and (spoken := opening.spoken(reading, reading, path, lambda new: new.data)):
            return Nest(raw, (spoken,), _quote)
        if pieces is not None:
            pieces = opening.worded(pieces, path)
            opening.text.append(framing(pieces))
            return Nest(raw, pieces, _quote)
    opening.text.append(plain)
    reference = references.reference(plain.decode(errors="replace"), key, path)
    if reference is not None:
        opening.findings.append(reference)
    return raw


def _opened(plain: bytes, path: tuple[str, ...], opening: Opening) -> tuple[Piece, ...] | None:
    """Pieces of a field's value: text with payloads, or bytes that are no text at all."""
    if readable(plain.replace(b"\0", b"")):
        found = text.find(plain, path, opening)
        if found is not None or readable(plain):
            return found
    return opening.inside(Body(plain, path=path))


def _quote(new: bytes) -> bytes:
    return urllib.parse.quote_from_bytes(new, safe="-._~").encode()


FORM = FormCodec()
