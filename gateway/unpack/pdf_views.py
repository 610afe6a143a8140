"""Pages of a PDF as pictures, for what is drawn, put together from pieces, or hidden in ways no list of streams shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateway.errors import FormatError
from gateway.formats.pdf import Pdf, open_pdf, stream_bytes
from gateway.formats.pdf_groups import Group, groups
from gateway.formats.pdf_render import Renderer, open_renderer
from gateway.model import Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble

VIEWS: Final = 32
"""Pages rendered at most. All pictures of all pages are looked at one by one besides."""
_FIRST: Final = 8
_TILES: Final = 8
"""Pictures on one page from which it may be one picture cut into pieces."""
_NEAR: Final = 4
"""Groups of small pictures of one page that are shown from nearby, the ones of most pieces first."""
_NEAR_ALL: Final = 24
"""The same for the whole document; each costs about as much as a page."""
_LONGEST_DRAWING: Final = 4 << 20
"""Bytes of drawing steps that are followed to learn where pictures stand; a detailed map has more."""
INLINE = re.compile(rb"\bBI\b[\s\S]{1,2000}?\bID\b")
_STROKES = re.compile(rb"(?<![^\s\]>)])(?:[fFBbSs]\*?|sh)(?=\s|\Z)")
_FEW: Final = 24
"""Lines and boxes below this many are rules under headings."""


@dataclass(frozen=True, slots=True)
class _Glance:
    """What a page shows that is no text, counted without showing it."""

    pictures: int
    strokes: bool
    length: int
    """Bytes of its drawing steps."""

    @property
    def weight(self) -> int:
        """0 nothing, below `_TILES` something, from there on perhaps a mosaic."""
        return self.pictures + self.strokes


def views(part: Part, counter: Counter) -> Iterator[Member | Trouble]:
    """Pages with more on them than letters, as pictures: the first ones, and a sample of the rest."""
    try:
        with open_pdf(part.data, counter.limits) as pdf:
            pages = [_glanced(pdf, index) for index in range(pdf.pages)]
            chosen = _sample(pages)
            near, unseen = _near(pdf, pages, chosen)
        if chosen:
            with open_renderer(part.data) as renderer:
                yield from _rendered(renderer, chosen, counter)
                yield from _closer(renderer, near, counter)
    except FormatError as error:
        yield Trouble.of(error, "pages")
        return
    if unseen or any(page.weight >= _TILES for index, page in enumerate(pages) if index not in chosen):
        yield Trouble(Kind.OVER_LIMIT, "too-many-frames", "pages")


def viewed(pdf: Pdf) -> list[int]:
    """The pages that `views` shows, from 0, in the same order; those it shows from nearby once more for each time."""
    pages = [_glanced(pdf, index) for index in range(pdf.pages)]
    chosen = _sample(pages)
    return [*chosen, *(index for index, _ in _near(pdf, pages, chosen)[0])]


def _rendered(renderer: Renderer, chosen: list[int], counter: Counter) -> Iterator[Member]:
    for index in chosen:
        if index < renderer.pages:
            picture = renderer.view(index)
            counter.book(len(picture))
            yield Member(f"page {index + 1}", picture, named=False, view=True)


def _closer(renderer: Renderer, near: list[tuple[int, Group]], counter: Counter) -> Iterator[Member]:
    for number, (index, group) in enumerate(near, 1):
        if index < renderer.pages:
            picture = renderer.closer(index, group)
            counter.book(len(picture))
            yield Member(f"page {index + 1} from nearby {number}", picture, named=False, view=True)


def _near(pdf: Pdf, pages: list[_Glance], chosen: list[int]) -> tuple[list[tuple[int, Group]], bool]:
    """Small groups of pictures by page, and whether some mosaic among them, or a drawing too long to follow, is left out."""
    near: list[tuple[int, Group]] = []
    unseen = False
    for index in chosen:
        page = pages[index]
        if not page.pictures:
            continue
        if page.length > _LONGEST_DRAWING:
            unseen = unseen or page.weight >= _TILES
            continue
        found = groups(pdf, index)
        room = min(_NEAR, _NEAR_ALL - len(near))
        near += [(index, group) for group in found[:room]]
        unseen = unseen or any(group.pieces >= _TILES for group in found[room:])
    return near, unseen


def _glanced(pdf: Pdf, index: int) -> _Glance:
    placed = sum(bool(one.get("/Subtype") == "/Image") for one in pdf.used_by(index).values())
    texts = drawings(pdf, index)
    inline = sum(len(INLINE.findall(text)) for text in texts)
    strokes = sum(len(_STROKES.findall(text)) for text in texts) >= _FEW
    return _Glance(placed + inline, strokes, sum(map(len, texts)))


def _sample(pages: list[_Glance]) -> list[int]:
    drawn = [index for index, page in enumerate(pages) if page.weight]
    if len(drawn) <= VIEWS:
        return drawn
    first, rest = drawn[:_FIRST], drawn[_FIRST:]
    heavy = [index for index in rest if pages[index].weight >= _TILES]
    step = len(rest) / (VIEWS - _FIRST)
    even = [rest[int(place * step)] for place in range(VIEWS - _FIRST)]
    return sorted({*first, *[*heavy, *even][: VIEWS - _FIRST]})


def drawings(pdf: Pdf, index: int) -> list[bytes]:
    """Drawing steps of a page and of its forms, as bytes; what does not read is left to whoever shows the page."""
    page = pdf.leaves[index].obj
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
