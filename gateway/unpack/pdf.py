"""PDF: pictures, attachments, text, what earlier revisions held, what no table lists, and pages as people see them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from gateway.errors import FormatError, GatewayError, LimitReached, RedactionError
from gateway.formats import pdf_raw, pdf_write
from gateway.formats.pdf import Pdf, PdfStream, Role, open_pdf, stream_bytes
from gateway.formats.pdf_drawn import check_drawn
from gateway.formats.pdf_pictures import inline_pictures, picture_file
from gateway.formats.pdf_render import open_renderer
from gateway.limits import Limits
from gateway.model import Format, Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble
from gateway.unpack.pdf_slack import beside_pixels, in_strings
from gateway.unpack.pdf_streams import explained, within
from gateway.unpack.pdf_views import INLINE, drawings, viewed, views

_LONG: Final = 1 << 15
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
    """Pictures and attachments can be replaced; text and information can only go as a whole, whatever replaces them.

    Another view in the place of a page's view means that the page loses its text, notes and descriptions.
    """

    writable = True

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """Streams by number, then text, hidden things, and views of pages."""
        for seen in self._items(part, counter):
            yield seen.member if isinstance(seen, _Item) else seen
        yield from views(part, counter)

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """The document again. The text of pages with replaced pictures goes, with all that describes the document."""
        pictures, files, silent, left = dict[int, bytes](), dict[int, bytes](), False, set(new)
        items = 0
        for index, seen in enumerate(self._items(part, Counter(limits))):
            items = index + 1
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
        with open_pdf(part.data, limits) as pdf:
            pages = dict(enumerate(viewed(pdf), items)) if left else {}
            if left - pages.keys():
                raise RedactionError("a view that shows no page")
            pdf_write.silence(pdf, {pages[index] for index in left})
            pdf_write.replace_pictures(pdf, pictures)
            pdf_write.replace_files(pdf, files)
            if silent:
                pdf_write.silence(pdf, set(range(pdf.pages)))
            pdf_write.forget(pdf)
            return pdf_write.saved(pdf)

    def _items(self, part: Part, counter: Counter) -> Iterator[_Item | Trouble]:
        known = pdf_raw.Known()
        with open_pdf(part.data, counter.limits) as pdf:
            check_drawn(pdf)
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
            items = tuple(_items_of(stream, pdf, counter)) if fresh or stream.role is not Role.OTHER else ()
        except GatewayError as error:
            if error.reason == "too-many-bytes":
                raise
            yield Trouble.of(error, f"stream {stream.number}")
            continue
        yield from items


def _items_of(stream: PdfStream, pdf: Pdf, counter: Counter) -> Iterator[_Item | Trouble]:
    if stream.role is Role.PICTURE:
        data, writable = picture_file(stream.object, pdf.limits)
        counter.book(len(data))
        yield _Item(
            Member(stream.name, data, rewritable=writable, named=False), _Place.PICTURE, stream.number
        )
        yield from _unplaced(beside_pixels(stream, counter))
        return
    if stream.role is Role.STRUCTURE:
        return
    content = stream_bytes(stream.object)
    counter.book(len(content))
    if stream.role is Role.ATTACHMENT:
        yield _Item(Member(stream.name, content), _Place.FILE, stream.number)
    elif not explained(stream.role, content):
        yield _Item(Member(stream.name, content, rewritable=False, named=False))
    else:
        yield from _unplaced(within(stream, content, counter))


def _unplaced(seen: Iterator[Member | Trouble]) -> Iterator[_Item | Trouble]:
    """What nothing can be put in the place of."""
    for one in seen:
        yield _Item(one) if isinstance(one, Member) else one


def _inline(pdf: Pdf, counter: Counter) -> Iterator[_Item | Trouble]:
    for index in range(pdf.pages):
        if not any(INLINE.search(text) for text in drawings(pdf, index)):
            continue
        try:
            for number, data in enumerate(inline_pictures(pdf, index), 1):
                counter.book(len(data))
                yield _Item(
                    Member(f"page {index + 1} inline picture {number}", data, rewritable=False, named=False)
                )
        except GatewayError as error:
            yield Trouble.of(error, f"page {index + 1}")


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
    yield from _unplaced(in_strings(pdf, counter))
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
                for item in _items_of(stream, pdf, counter):
                    if isinstance(item, Trouble):
                        yield item
                        continue
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


PDF = PdfContainer()
