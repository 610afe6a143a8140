"""Shows pages as a person sees them, and reads their text; the only door to pdfium."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final

import numpy as np
import pypdfium2
from PIL import Image

from gateway.errors import FormatError, GatewayError, LimitReached
from gateway.formats.pdf_groups import Group
from gateway.formats.pdf_places import LONGEST
from gateway.limits import Limits

_OPEN: Any = pypdfium2.PdfDocument  # the library ships no types
NEAR: Final = 640
"""Pixels on the longer side of a part of a page."""
_TEXT: Final = 200_000
"""Characters read from one page; a page of a dense table holds a tenth."""


class Renderer:
    """An open document that can be looked at."""

    def __init__(self, document: Any) -> None:
        self._document = document

    @property
    def pages(self) -> int:
        """How many pages can be shown."""
        return len(self._document)

    def text(self, index: int) -> str:
        """What can be copied from one page."""
        with _guarded():
            page = self._document[index]
            try:
                lines = page.get_textpage()
                try:
                    return str(lines.get_text_range(0, min(_TEXT, lines.count_chars())))
                finally:
                    lines.close()
            finally:
                page.close()

    def copy(self, index: int, limits: Limits) -> bytes:
        """One page as PNG, a pixel for each point. LimitReached when that is more than may be decoded."""
        with _guarded():
            page = self._document[index]
            try:
                width, height = page.get_size()
                if width * height > limits.pixels:
                    raise LimitReached("a page larger than may be drawn", reason="too-many-pixels")
                return _picture(page, max(width, height), "PNG", compress_level=1)
            finally:
                page.close()

    def view(self, index: int, longest: int = LONGEST) -> bytes:
        """One page as JPEG (a look, not a copy: it is made quickly and kept small), notes and form fields included."""
        with _guarded():
            page = self._document[index]
            try:
                return _picture(page, longest, "JPEG", quality=90)
            finally:
                page.close()

    def closer(self, index: int, group: Group, longest: int = NEAR) -> bytes:
        """A group of pictures on one page as JPEG, its pieces moved together."""
        with _guarded():
            page = self._document[index]
            try:
                width, height = page.get_size()
                left, bottom, right, top = group.place
                side = max((right - left) * width, (top - bottom) * height)
                if not 0 < side < 1e6:
                    raise FormatError("a page without a size")
                crop = (left * width, bottom * height, (1 - right) * width, (1 - top) * height)
                shown = _shown(page, longest * max(width, height) / side, crop)
                out = BytesIO()
                _together(shown, group).save(out, "JPEG", quality=90)
                return out.getvalue()
            finally:
                page.close()


@contextmanager
def open_renderer(data: bytes) -> Iterator[Renderer]:
    """The document, for as long as the block lasts. FormatError when it cannot be shown."""
    with _guarded():
        document: Any = _OPEN(data)
        try:
            document.init_forms()
            yield Renderer(document)
        finally:
            document.close()


def picture_alone(data: bytes, limits: Limits) -> bytes:
    """The first page as PNG at one pixel a point. FormatError when nothing can be shown."""
    with open_renderer(data) as renderer:
        return renderer.copy(0, limits)


def _picture(page: Any, longest: float, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    _shown(page, longest).save(out, kind, **options)
    return out.getvalue()


def _shown(page: Any, longest: float, crop: tuple[float, ...] = (0, 0, 0, 0)) -> Image.Image:
    width, height = page.get_size()
    side = max(width, height)
    if not 0 < side < 1e6 or min(width, height) <= 0:
        raise FormatError("a page without a size")
    bitmap = page.render(scale=longest / side, crop=crop, may_draw_forms=True, rev_byteorder=True)
    try:
        picture: Image.Image = bitmap.to_pil().convert("RGB")
        return picture
    finally:
        bitmap.close()


def _together(picture: Image.Image, group: Group) -> Image.Image:
    """A picture without the rows and columns on which nothing lies: seams make of any picture a grid."""
    if len(group.columns) == len(group.rows) == 1:
        return picture
    pixels = np.asarray(picture)
    across = [slice(*(round(edge * picture.width) for edge in span)) for span in group.columns]
    down = [slice(*(round((1 - edge) * picture.height) for edge in reversed(span))) for span in group.rows]
    pixels = np.concatenate([pixels[:, one] for one in across], axis=1)
    pixels = np.concatenate([pixels[one] for one in reversed(down)], axis=0)
    return Image.fromarray(pixels) if pixels.size else picture


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except GatewayError:
        raise
    except MemoryError:
        raise LimitReached("a page that needs too much memory", reason="memory") from None
    except Exception as error:  # noqa: BLE001 - the border of a foreign renderer: the type, never the text
        raise FormatError(f"a page that cannot be shown: {type(error).__name__}") from None
