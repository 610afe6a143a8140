"""How much drawing a page asks for, counted before anybody draws it: forms that draw forms multiply."""

import re
from typing import Any, Final

import pikepdf

from gateway.errors import FormatError, LimitReached
from gateway.formats.pdf import Pdf, stream_bytes
from gateway.formats.pdf_objects import MOST_NESTING

MOST_DRAWN: Final = 200_000
"""Forms drawn by one page. A map with a symbol for every house draws some ten thousand."""
_DO: Final = re.compile(rb"/([^\s/\[\]()<>{}%]+)\s+Do(?![A-Za-z])")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


def check_drawn(pdf: Pdf) -> None:
    """LimitReached where a page draws more forms than MOST_DRAWN, or a form draws itself, directly or through others."""
    known: dict[int, int] = {}
    for index in range(pdf.pages):
        page = pdf.leaves[index].obj
        contents = page.get("/Contents")
        streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        drawn = sum(_drawn(one, page.get("/Resources"), known, ()) for one in streams)
        if drawn > MOST_DRAWN:
            raise _too_much()


def _drawn(stream: Any, resources: Any, known: dict[int, int], above: tuple[int, ...]) -> int:
    """Forms that drawing this stream draws, itself counted; pictures are drawn once each time and cost little."""
    if not isinstance(stream, pikepdf.Stream):
        return 0
    number = stream.objgen[0]
    if number in above or len(above) > MOST_NESTING:
        raise _too_much()
    if number in known:
        return known[number]
    own = stream.get("/Resources", resources)
    named = own.get("/XObject") if isinstance(own, pikepdf.Dictionary) else None
    total = 1
    if isinstance(named, pikepdf.Dictionary):
        for name, times in _named(stream).items():
            one = named.get(name)
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Form":
                total += times * _drawn(one, own, known, (*above, number))
    known[number] = total = min(total, MOST_DRAWN + 1)
    return total


def _named(stream: Any) -> dict[str, int]:
    """The names that a stream draws, and how often each of them."""
    try:
        content = stream_bytes(stream)
    except FormatError:
        return {}  # who shows the page cannot read it either
    found: dict[str, int] = {}
    for match in _DO.finditer(content):
        name = "/" + _ESCAPED.sub(lambda one: bytes((int(one[1], 16),)), match[1]).decode("latin-1")
        found[name] = found.get(name, 0) + 1
    return found


def _too_much() -> LimitReached:
    return LimitReached("forms that draw more forms than can be drawn", reason="too-deep")
