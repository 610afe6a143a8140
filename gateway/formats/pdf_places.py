"""Where the pictures of a page stand on it, and which of their pixels lie under a spot of the page as it is shown."""

from collections.abc import Iterator
from typing import Any, Final

import pikepdf

from gateway.formats.pdf import Pdf, guarded
from gateway.model import Box

type Matrix = tuple[float, float, float, float, float, float]
"""a b c d e f: a point (u, v) of the unit square goes to (au + cv + e, bu + dv + f) (ISO 32000-1, 8.3.3)."""

LONGEST: Final = 1000
"""Pixels on the longer side of a page's view: about 90 dots per inch on A4, enough to see a scan on it."""
_SAME: Final[Matrix] = (1, 0, 0, 1, 0, 0)
_NESTING: Final = 8
_EDGE: Final = 0.03
"""Of a picture's width or height: so far a spot may reach over its edge and still belong to it."""


def under(pdf: Pdf, index: int, spot: Box) -> Iterator[tuple[int, Box]]:
    """Object numbers of pictures that a spot of a page's view lies on, and the pixels of them under it.

    Nothing for a page that is shown turned: what lies where is not worked out there.
    """
    with guarded():
        page = pdf.leaves[index]
        left, bottom, right, top = (float(edge) for edge in page.cropbox)
        if int(page.obj.get("/Rotate", 0)) % 360 or right <= left or top <= bottom:
            return
        points = max(right - left, top - bottom) / LONGEST
        x, y, width, height = spot
        corners = [(left + px * points, top - py * points) for px in (x, x + width) for py in (y, y + height)]
        found = list(placed(page, page.obj.get("/Resources")))
    for picture, matrix in found:
        if not isinstance(picture, pikepdf.Object):
            continue  # written into the drawing: it is no object that could be painted
        box = _pixels(picture, matrix, corners)
        if box is not None:
            yield picture.objgen[0], box


def placed(page: Any, resources: Any) -> Iterator[tuple[Any, Matrix]]:
    """Every picture that a page draws, once for each time, and where; dictionaries of the ones inside the drawing."""
    yield from _placed(page, resources, _SAME, _NESTING)


def _placed(source: Any, resources: Any, matrix: Matrix, room: int) -> Iterator[tuple[Any, Matrix]]:
    named: Any = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(named, pikepdf.Dictionary):
        named = {}
    if room <= 0:
        return
    kept: list[Matrix] = []
    step: Any  # two kinds, of which only one has a picture
    for step in pikepdf.parse_content_stream(source):
        match str(step.operator):
            case "q":
                kept.append(matrix)
            case "Q" if kept:
                matrix = kept.pop()
            case "cm":
                matrix = _after(_numbers(step.operands), matrix)
            case "INLINE IMAGE":
                yield dict(step.iimage.obj), matrix
            case "Do" if str(step.operands[0]) in named:
                shown = named[str(step.operands[0])]
                if shown.get("/Subtype") == "/Image":
                    yield shown, matrix
                else:
                    inner = _after(_numbers(shown.get("/Matrix", _SAME)), matrix)
                    yield from _placed(shown, shown.get("/Resources", resources), inner, room - 1)


def _numbers(values: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in values)
    return a, b, c, d, e, f


def _after(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _pixels(picture: Any, matrix: Matrix, corners: list[tuple[float, float]]) -> Box | None:
    """The pixels of a picture that some points of the page stand on; None where one is beside it."""
    a, b, c, d, e, f = matrix
    size = a * d - b * c
    columns, rows = int(picture.get("/Width", 0)), int(picture.get("/Height", 0))
    if abs(size) < 1e-6 or columns < 1 or rows < 1:
        return None
    across = [(d * (x - e) - c * (y - f)) / size for x, y in corners]
    up = [(a * (y - f) - b * (x - e)) / size for x, y in corners]
    if min(*across, *up) < -_EDGE or max(*across, *up) > 1 + _EDGE:
        return None
    left, right = (round(min(max(u, 0), 1) * columns) for u in (min(across), max(across)))
    top, bottom = (round(min(max(1 - v, 0), 1) * rows) for v in (max(up), min(up)))
    return left, top, max(1, right - left), max(1, bottom - top)
