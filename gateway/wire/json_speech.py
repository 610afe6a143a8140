"""Strings and numbers of a JSON text in which something has to be replaced, each with a place of its own."""

import re

from gateway.model import Part, PartPath
from gateway.wire.codec import Piece, Slot
from gateway.wire.json_strings import escape, unescape
from gateway.wire.opening import Opening

_LONG_NUMBER = re.compile(rb"\d{5,}")
"""Record and accession numbers are written without quotes too; shorter ones count and measure."""


def spoken_string(raw: bytes, path: PartPath, opening: Opening) -> Slot | None:
    """The inside of a string, escapes and all, if something in it has to be replaced."""
    if opening.catches is None:
        return None
    return opening.spoken(raw, unescape(raw), path, lambda new: escape(new.data, raw))


def spoken_numbers(raw: bytes, path: PartPath, opening: Opening) -> list[Piece]:
    """What stands between strings, cut where a number has to be replaced; empty where none has."""
    if opening.catches is None:
        return []
    found: list[Piece] = []
    done = 0
    for match in _LONG_NUMBER.finditer(raw):
        spoken = opening.spoken(match[0], match[0], (*path, "number"), _zero)
        if spoken is not None:
            found += (raw[done : match.start()], spoken)
            done = match.end()
    return [*found, raw[done:]] if found else []


def _zero(new: Part) -> bytes:
    """A number stays a number: what replaces it is words."""
    return new.data if new.data.isdigit() else b"0"
