"""A provider's own sealed strings, by the catalogue: where they may stand, how they may look, how long they may be."""

import re
from base64 import b64decode, b64encode

from gateway.formats.sniff_text import looks_like_text
from gateway.model import OpaqueField
from gateway.wire import alphabets
from gateway.wire.payload import hidden

FIRST_BYTES = "first-bytes"
"""The alphabet of fields that hold the beginning of a file, in base64."""
_ALPHABETS = {
    "base64": re.compile(rb"[A-Za-z0-9+/_=\s-]*"),
    "base64url": re.compile(rb"[A-Za-z0-9_=-]*"),
    "hex": re.compile(rb"[0-9A-Fa-f]*"),
    "token": re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~:=/@-]*"),
    "text": re.compile(rb"[\x20-\x7e\s]*"),
}


def lets_through(fields: tuple[OpaqueField, ...], place: str, text: bytes) -> bool:
    """Whether the catalogue knows this string, it keeps to its alphabet and size, and no picture's mark is in it."""
    for field in fields:
        if len(text) <= field.max_bytes and _pattern(field.path).fullmatch(place):
            alphabet = _ALPHABETS.get(field.alphabet)
            return alphabet is not None and alphabet.fullmatch(text) is not None and not _shows_a_mark(text)
    return False


def first_bytes(fields: tuple[OpaqueField, ...], place: str, text: bytes) -> bytes | None:
    """The beginning of a file that the catalogue expects at this place, or None: then the string is like any other.

    So it is for texts, which are judged as such, and for whatever is longer or written otherwise than announced.
    """
    for field in fields:
        if field.alphabet == FIRST_BYTES and _pattern(field.path).fullmatch(place):
            try:
                data = b64decode(text, validate=True)
            except ValueError:
                return None
            as_announced = len(data) <= field.max_bytes and b64encode(data) == text
            return data if as_announced and not looks_like_text(data) else None
    return None


def numbers_allowed(fields: tuple[OpaqueField, ...]) -> bool:
    """Whether this destination takes long lists of numbers as a matter of course (alphabet `numbers`)."""
    return any(field.alphabet == "numbers" for field in fields)


def _shows_a_mark(text: bytes) -> bool:
    if hidden(text):
        return True
    return any(hidden(data) for data in alphabets.salvage(text))


def _pattern(path: str) -> re.Pattern[str]:
    """`input[*].encrypted_content`: `[*]` is any index, `*` any one key, `**` anything."""
    pattern = (
        re.escape(path).replace(r"\[\*\]", r"\[\d+\]").replace(r"\*\*", ".*").replace(r"\*", r"[^.\[\]]+")
    )
    return re.compile(pattern)
