"""PDF: pictures, attachments, text, what earlier revisions held, what no table lists, and pages as people see them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.errors import FormatError, GatewayError, LimitReached, RedactionError
from gateway.formats import pdf_raw, pdf_write
from gateway.formats.pdf import Pdf, PdfStream, Role, open_pdf, stream_bytes
from gateway.formats.pdf_pictures import inline_pictures, picture_file
from gateway.formats.pdf_render import Renderer, open_renderer
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Format, Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble

VIEWS: Final = 32
"""Pages rendered at most. All pictures of all pages are looked at one by one besides."""
_FIRST: Final = 8
_TILES: Final = 8
"""Pictures on one page from which it may be one picture cut into pieces."""
_LONG: Final = 1 << 15
_INLINE = re.compile(rb"\bBI\b[\s\S]{1,2000}?\bID\b")
_STROKES = re.compile(rb"(?<![^\s\]>)])(?:[fFBbSs]\*?|sh)(?=\s|\Z)")
_FEW: Final = 24
"""Lines and boxes below this many are rules under headings."""
_WORDS: Final = frozenset({Format.TEXT, Format.EMPTY, Format.XML, Format.HTML, Format.JSON})
_FONT_HEADS: Final = (b"%!", b"\x80\x01", b"\x01\x00", b"\x00\x01\x00\x00", b"OTTO", b"true", b"ttcf")
TEXT, INFORMATION = "(document text)", "(document information)"


class _Place(Enum):
    """What putting another member in the place of one means."""

    PICTURE = auto()
    FILE = auto()
    TEXT = auto()
    INFORMATION = auto()


@dataclass(frozen=True, slots=True)
class _Item:
    """A member, and where it goes when it is replaced."""

    member: Member
    place: _Place | None = None
    number: int = 0


class PdfContainer:
    """Pictures and attachments can be replaced; text and information can only go as a whole, whatever replaces them."""

    writable = True

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """Streams by number, then text, hidden things, and views of pages."""
        for seen in self._items(part, counter):
            yield seen.member if isinstance(seen, _Item) else seen
        yield from _views(part, counter)

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """The document again. The text of pages with replaced pictures goes, with all that describes the document."""
        pictures, files, silent, left = dict[int, bytes](), dict[int, bytes](), False, set(new)
        for index, seen in enumerate(self._items(part, Counter(limits))):
            if index not in new:
                continue
            if not isinstance(seen, _Item) or seen.place is None:
                raise RedactionError("something in this document that cannot be replaced")
            left.discard(index)
            if seen.place is _Place.PICTURE:
                pictures[seen.number] = new[index]
            elif seen.place is _Place.FILE:
                files[seen.number] = new[index]
            silent = silent or seen.place is _Place.TEXT
        if left:
            raise RedactionError("a view of a page cannot be rewritten")
        with open_pdf(part.data, limits) as pdf:
            pdf_write.replace_pictures(pdf, pictures)
            pdf_write.replace_files(pdf, files)
            if silent:
                pdf_write.silence(pdf, set(range(pdf.pages)))
            pdf_write.forget(pdf)
            return pdf_write.saved(pdf)

    def _items(self, part: Part, counter: Counter) -> Iterator[_Item | Trouble]:
        known = pdf_raw.Known()
        with open_pdf(part.data, counter.limits) as pdf:
            yield from _streams(pdf, known, counter)
            yield from _inline(pdf, counter)
            yield from _speech(pdf, part, counter)
            encrypted, streams = pdf.encrypted, len(known.whole)
        for number, earlier in enumerate(pdf_raw.revisions(part.data), 1):
            yield from _revision(earlier, number, known, counter)
        yield from _hidden(part.data, known, counter, streams=streams, encrypted=encrypted)


def _streams(pdf: Pdf, known: pdf_raw.Known, counter: Counter) -> Iterator[_Item | Trouble]:
    for stream in pdf.streams():
        try:
            fresh = known.add(bytes(stream.object.read_raw_bytes()))
            item = _item(stream, pdf, counter) if fresh or stream.role is not Role.OTHER else None
        except GatewayError as error:
            if error.reason == "too-many-bytes":
                raise
            yield Trouble.of(error, f"stream {stream.number}")
            continue
        if item is not None:
            yield item


def _item(stream: PdfStream, pdf: Pdf, counter: Counter) -> _Item | None:
    if stream.role is Role.PICTURE:
        data, writable = picture_file(stream.object, pdf.limits)
        counter.book(len(data))
        return _Item(
            Member(stream.name, data, rewritable=writable, named=False), _Place.PICTURE, stream.number
        )
    if stream.role is Role.STRUCTURE:
        return None
    content = stream_bytes(stream.object)
    counter.book(len(content))
    if stream.role is Role.ATTACHMENT:
        return _Item(Member(stream.name, content), _Place.FILE, stream.number)
    if _explained(stream, content):
        return None
    return _Item(Member(stream.name, content, rewritable=False, named=False))


def _explained(stream: PdfStream, content: bytes) -> bool:
    """Whether a stream is what its role promises; drawings and metadata are letters, fonts and profiles have heads."""
    form = sniff(content)
    if stream.role is Role.METADATA:
        return False  # shown as it is: it speaks of people
    if form in _WORDS:
        return len(content) < _LONG or stream.role in (Role.DRAWING, Role.FONT)
    if stream.role is Role.FONT:
        return form is Format.FONT or content.startswith(_FONT_HEADS)
    if stream.role is Role.DRAWING:
        # Letters in drawings are codes of a font, and inline pictures are bytes: both are looked at elsewhere.
        return form is Format.UNKNOWN
    return content[36:40] == b"acsp" or (form is Format.UNKNOWN and len(content) < 4096)


def _inline(pdf: Pdf, counter: Counter) -> Iterator[_Item | Trouble]:
    for index in range(pdf.pages):
        if not any(_INLINE.search(text) for text in _drawings(pdf, index)):
            continue
        try:
            for number, data in enumerate(inline_pictures(pdf, index), 1):
                counter.book(len(data))
                yield _Item(
                    Member(f"page {index + 1} inline picture {number}", data, rewritable=False, named=False)
                )
        except GatewayError as error:
            yield Trouble.of(error, f"page {index + 1}")


def _drawings(pdf: Pdf, index: int) -> list[bytes]:
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


def _speech(pdf: Pdf, part: Part, counter: Counter) -> Iterator[_Item | Trouble]:
    loose = pdf.loose_text().encode(errors="replace")
    if loose.strip():
        counter.book(len(loose))
        yield _Item(
            Member(INFORMATION, loose, text=True, named=False, format=Format.TEXT), _Place.INFORMATION
        )
    for number, content in pdf.long_objects(_LONG):
        counter.book(len(content))
        yield _Item(Member(f"object {number}", content, rewritable=False, text=True, named=False))
    try:
        with open_renderer(part.data) as renderer:
            text = "\f".join(renderer.text(index) for index in range(renderer.pages)).encode(errors="replace")
    except FormatError as error:
        yield Trouble.of(error, "text")
        return
    if text.strip():
        counter.book(len(text))
        yield _Item(Member(TEXT, text, text=True, named=False, format=Format.TEXT), _Place.TEXT)


def _revision(data: bytes, number: int, known: pdf_raw.Known, counter: Counter) -> Iterator[_Item | Trouble]:
    """Pictures and files that a later save took out of sight."""
    try:
        with open_pdf(data, counter.limits) as pdf:
            for stream in pdf.streams():
                if not known.add(bytes(stream.object.read_raw_bytes())):
                    continue
                item = _item(stream, pdf, counter)
                if item is not None:
                    member = Member(
                        f"revision {number} {item.member.name}",
                        item.member.data,
                        rewritable=False,
                        named=False,
                    )
                    yield _Item(member)
    except LimitReached:
        raise
    except FormatError:
        return  # not a whole document up to here; what its streams hold is found as unlisted


def _hidden(
    data: bytes, known: pdf_raw.Known, counter: Counter, *, streams: int, encrypted: bool
) -> Iterator[_Item | Trouble]:
    rest = pdf_raw.trailing(data)
    if len(rest) >= 16:
        yield Trouble(Kind.UNREADABLE, "ambiguous", "trailing data")
        yield _Item(Member("(trailing data)", rest, rewritable=False, named=False))
    if encrypted:
        # Packed bytes in the file are not those that were read, so only their number can be compared.
        if pdf_raw.stream_count(data) > 2 * streams + 16:
            yield Trouble(Kind.UNREADABLE, "hidden-pages")
        return
    for number, content in enumerate(pdf_raw.unlisted(data, known, counter.limits.body_bytes), 1):
        counter.book(len(content))
        yield _Item(Member(f"unlisted stream {number}", content, rewritable=False, named=False))


def _views(part: Part, counter: Counter) -> Iterator[Member | Trouble]:
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


def _rendered(renderer: Renderer, chosen: list[int], counter: Counter) -> Iterator[Member]:
    for index in chosen:
        if index < renderer.pages:
            picture = renderer.view(index)
            counter.book(len(picture))
            yield Member(f"page {index + 1}", picture, rewritable=False, named=False, view=True)


def _weight(pdf: Pdf, index: int) -> int:
    """How much a page shows that is no text: 0 nothing, below `_TILES` something, from there on perhaps a mosaic."""
    pictures = sum(one.get("/Subtype") == "/Image" for one in pdf.used_by(index).values())
    texts = _drawings(pdf, index)
    inline = sum(len(_INLINE.findall(text)) for text in texts)
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


PDF = PdfContainer()
