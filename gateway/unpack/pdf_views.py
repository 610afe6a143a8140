"""Pages of a PDF as pictures, for what is drawn, put together from pieces, or hidden in ways no list of streams shows."""

import re
from collections.abc import Iterator
from typing import Final

from gateway.errors import FormatError
from gateway.formats.pdf import Pdf, open_pdf, stream_bytes
from gateway.formats.pdf_render import Renderer, open_renderer
from gateway.model import Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble

VIEWS: Final = 32
"""Pages rendered at most. All pictures of all pages are looked at one by one besides."""
_FIRST: Final = 8
_TILES: Final = 8
"""Pictures on one page from which it may be one picture cut into pieces."""
INLINE = re.compile(rb"\bBI\b[\s\S]{1,2000}?\bID\b")
_STROKES = re.compile(rb"(?<![^\s\]>)])(?:[fFBbSs]\*?|sh)(?=\s|\Z)")
_FEW: Final = 24
"""Lines and boxes below this many are rules under headings."""


def views(part: Part, counter: Counter) -> Iterator[Member | Trouble]:
    """Pages with more on them than letters, as pictures: the first ones, and a sample of the rest."""
    try:
        with open_pdf(part.data, counter.limits) as pdf:
            weights = [_weight(pdf, index) for index in range(pdf.pages)]
        drawn = [index for index, weight in enumerate(weights) if weight]
        chosen = _sample(drawn, weights)
        if chosen:
            with open_renderer(part.data) as renderer:
                yield from _rendered(renderer, chosen, counter)
    except FormatError as error:
        yield Trouble.of(error, "pages")
        return
    if any(weights[index] >= _TILES for index in drawn if index not in chosen):
        yield Trouble(Kind.OVER_LIMIT, "too-many-frames", "pages")


def viewed(pdf: Pdf) -> list[int]:
    """The pages that `views` shows, from 0, in the same order."""
    weights = [_weight(pdf, index) for index in range(pdf.pages)]
    return _sample([index for index, weight in enumerate(weights) if weight], weights)


def _rendered(renderer: Renderer, chosen: list[int], counter: Counter) -> Iterator[Member]:
    for index in chosen:
        if index < renderer.pages:
            picture = renderer.view(index)
            counter.book(len(picture))
            yield Member(f"page {index + 1}", picture, named=False, view=True)


def _weight(pdf: Pdf, index: int) -> int:
    """How much a page shows that is no text: 0 nothing, below `_TILES` something, from there on perhaps a mosaic."""
    pictures = sum(bool(one.get("/Subtype") == "/Image") for one in pdf.used_by(index).values())
    texts = drawings(pdf, index)
    inline = sum(len(INLINE.findall(text)) for text in texts)
    strokes = sum(len(_STROKES.findall(text)) for text in texts) >= _FEW
    return pictures + inline + strokes


def _sample(drawn: list[int], weights: list[int]) -> list[int]:
    if len(drawn) <= VIEWS:
        return drawn
    first, rest = drawn[:_FIRST], drawn[_FIRST:]
    heavy = [index for index in rest if weights[index] >= _TILES]
    step = len(rest) / (VIEWS - _FIRST)
    even = [rest[int(place * step)] for place in range(VIEWS - _FIRST)]
    return sorted({*first, *[*heavy, *even][: VIEWS - _FIRST]})


def drawings(pdf: Pdf, index: int) -> list[bytes]:
    """Drawing steps of a page and of its forms, as bytes; what does not read is left to whoever shows the page."""
    page = pdf.document.pages[index].obj
    contents = page.get("/Contents")
    sources = list(contents) if contents is not None and not hasattr(contents, "read_bytes") else [contents]
    sources += [one for one in pdf.used_by(index).values() if one.get("/Subtype") != "/Image"]
    found = []
    for source in sources:
        if source is not None:
            try:
                found.append(stream_bytes(source))
            except FormatError:
                continue
    return found
