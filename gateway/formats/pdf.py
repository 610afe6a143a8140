"""Opens PDF and lists every stream in it; with its neighbours `pdf_*` the only door to pikepdf.

ISO 32000-2. qpdf reads without repairing, its decoders are held to our limits, and its exceptions leave as ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from typing import Any, Final

import pikepdf
from pikepdf import settings

from gateway.errors import FormatError, GatewayError, LimitReached
from gateway.formats.pdf_objects import MOST_NESTING, collect, collect_any, get, items, spoken
from gateway.limits import MIB, Limits

_FONT_KEYS: Final = ("/Length1", "/Length2", "/Length3")
_DRAWN_KEYS: Final = ("/FunctionType", "/ShadingType", "/PatternType", "/CMapName", "/BBox")
MOST_PAGES: Final = 3_000
"""Each takes about a millisecond even where it is blank; the longest manuals have two thousand."""
_LARGE_PICTURE: Final = 32 * MIB
"""What a stream of a small document may become: a blank screen unfolds a thousandfold."""


class Role(StrEnum):
    """What a stream is for."""

    PICTURE = "picture"
    ATTACHMENT = "attachment"
    METADATA = "metadata"
    DRAWING = "drawing"
    FONT = "font"
    STRUCTURE = "structure"
    OTHER = "stream"


@dataclass(frozen=True, slots=True)
class PdfStream:
    """One stream and where it is used."""

    number: int
    role: Role
    name: str = field(repr=False)
    """`page 3 picture 1`, `attachment scan.dcm`, `stream 17`."""
    object: Any = field(repr=False)


@dataclass(slots=True)
class Pdf:
    """An open document."""

    document: Any = field(repr=False)
    limits: Limits
    encrypted: bool
    """Locked by an owner's password only: it opens without one."""
    leaves: list[Any] = field(default_factory=list, repr=False)
    """All pages in order; asked for one by one each of them would be counted for anew."""

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self.leaves)

    def streams(self) -> Iterator[PdfStream]:
        """Every stream of the cross-reference table, used by a page or not, in the order of their numbers."""
        places, attached, drawn = self._places(), self._attached(), self._drawn()
        for found in self.document.objects:
            if not isinstance(found, pikepdf.Stream):
                continue
            number = found.objgen[0]
            role = Role.DRAWING if number in drawn else _role(found)
            if number in attached:
                role = Role.ATTACHMENT
            name = attached.get(number) or places.get(number) or f"{role.value} {number}"
            yield PdfStream(number, role, name, found)

    def carrying(self, numbers: set[int]) -> set[int]:
        """Pages (from 0) that show any of these pictures, directly or through forms and annotations."""
        return {index for index in range(self.pages) if numbers & self.used_by(index).keys()}

    def used_by(self, index: int) -> dict[int, Any]:
        """Pictures and forms that one page refers to, by object number."""
        found: dict[int, Any] = {}
        page = self.leaves[index].obj
        collect(page.get("/Resources"), found, MOST_NESTING)
        for note in items(page.get("/Annots")):
            collect_any(get(get(note, "/AP"), "/N"), found, MOST_NESTING)
        return found

    def loose_text(self) -> str:
        """What the document says outside its pages: information, notes, form fields, bookmarks."""
        found = [str(value) for value in dict(self.document.trailer.get("/Info", {})).values()]
        for index in range(self.pages):
            for note in items(self.leaves[index].obj.get("/Annots")):
                found += spoken(note)
        form = self.document.Root.get("/AcroForm")
        for one in items(get(form, "/Fields")):
            found += spoken(one)
        node, count = get(self.document.Root.get("/Outlines"), "/First"), 0
        while node is not None and count < self.limits.parts:
            found += spoken(node)
            node, count = get(node, "/Next"), count + 1
        return "\n".join(text for text in found if text.strip())

    def long_objects(self, size: int) -> Iterator[tuple[int, bytes]]:
        """Objects that are no streams and longer than any real one: where bytes could be written as strings or numbers."""
        for found in self.document.objects:
            if not isinstance(found, pikepdf.Stream | int | float | bool | None):
                text = found.unparse(resolved=True)
                if len(text) > size:
                    yield found.objgen[0], text

    def strings(self, size: int) -> Iterator[tuple[int, bytes]]:
        """Strings of at least so many bytes with the number of their object, those beside streams included."""
        for found in self.document.objects:
            for value in _within(found):
                text = bytes(value)
                if len(text) >= size:
                    yield found.objgen[0], text

    def _places(self) -> dict[int, str]:
        places: dict[int, str] = {}
        for index in range(self.pages):
            count = 0
            for number, found in self.used_by(index).items():
                if found.get("/Subtype") == "/Image":
                    count += 1
                    places.setdefault(number, f"page {index + 1} picture {count}")
        return places

    def _attached(self) -> dict[int, str]:
        """Embedded files by object number, with the names that their specifications give them."""
        found: dict[int, str] = {}
        for one in self.document.objects:
            files = one.get("/EF") if isinstance(one, pikepdf.Dictionary) else None
            if isinstance(files, pikepdf.Dictionary):
                name = str(one.get("/UF", one.get("/F", "attachment")))
                for key in files.keys():  # noqa: SIM118 - not a dict: iterating it yields other things
                    if isinstance(files[key], pikepdf.Stream):
                        found[files[key].objgen[0]] = name
        return found

    def _drawn(self) -> set[int]:
        """Content streams of pages."""
        return {
            one.objgen[0]
            for index in range(self.pages)
            for one in items(self.leaves[index].obj.get("/Contents"))
        }


def _within(found: Any) -> Iterator[Any]:
    """The strings in an object, and none of those it points at."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.String):
            yield one
        elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            waiting += (one[key] for key in one.keys() if not _points(one[key]))  # noqa: SIM118 - not a dict: iterating it yields other things
        elif isinstance(one, pikepdf.Array):
            waiting += (each for each in one if not _points(each))


def _points(one: Any) -> bool:
    return isinstance(one, pikepdf.Object) and one.is_indirect


def stream_bytes(stream: Any) -> bytes:
    """A stream's content with general filters undone. LimitReached for bombs, FormatError for damage."""
    with guarded():
        return bytes(stream.read_bytes(pikepdf.StreamDecodeLevel.specialized))


@contextmanager
def open_pdf(data: bytes, limits: Limits) -> Iterator[Pdf]:
    """The document, for as long as the block lasts.

    FormatError when it is damaged (reason `encrypted` when it wants a password), LimitReached when qpdf would need
    more memory than one body may take.
    """
    most = min(limits.body_bytes, _LARGE_PICTURE + limits.expansion_ratio * len(data))
    with guarded():
        settings.set_qpdf_limits(
            flate_max_memory=most, png_max_memory=most, run_length_max_memory=most, tiff_max_memory=most,
            dct_max_memory=most, parser_max_nesting=limits.json_depth, max_stream_filters=4, doc_max_warnings=1000,
        )  # fmt: skip
        with pikepdf.Pdf.open(
            BytesIO(data), attempt_recovery=False, inherit_page_attributes=True
        ) as document:
            leaves = list(document.pages)
            if len(leaves) > MOST_PAGES:
                raise LimitReached("more pages than can be looked at", reason="too-many-frames")
            yield Pdf(document, limits, bool(document.is_encrypted), leaves)


@contextmanager
def guarded() -> Iterator[None]:
    """Foreign exceptions leave as ours."""
    try:
        yield
    except GatewayError:
        raise
    except pikepdf.PasswordError:
        raise FormatError("a document that wants a password", reason="encrypted") from None
    except MemoryError:
        raise LimitReached("a document that needs too much memory", reason="memory") from None
    except Exception as error:  # noqa: BLE001 - the border of a foreign parser: the type, never the text
        if "limit" in str(error) or "memory" in str(error):
            raise LimitReached("a document that unfolds beyond the limit", reason="expansion") from None
        raise FormatError(f"a document that does not read: {type(error).__name__}") from None


def _role(stream: Any) -> Role:
    kind, sort = str(stream.get("/Type", "")), str(stream.get("/Subtype", ""))
    if sort == "/Image" or ("/Width" in stream and "/Height" in stream):
        return Role.PICTURE
    if kind == "/EmbeddedFile":
        return Role.ATTACHMENT
    if kind == "/Metadata" or sort == "/XML":
        return Role.METADATA
    if kind in ("/XRef", "/ObjStm"):
        return Role.STRUCTURE
    if any(key in stream for key in _DRAWN_KEYS) or sort == "/Form":
        return Role.DRAWING
    if any(key in stream for key in _FONT_KEYS) or sort in ("/Type1C", "/CIDFontType0C", "/OpenType"):
        return Role.FONT
    return Role.OTHER
