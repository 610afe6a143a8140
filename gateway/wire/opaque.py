"""A provider's own sealed strings, by the catalogue: where they may stand, how they may look, how long they may be."""

import re

from gateway.model import OpaqueField
from gateway.wire import alphabets
from gateway.wire.payload import hidden

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
