"""Groups of pictures on a page that may be one picture cut into pieces, and pictures that are nothing but black dots."""

from dataclasses import dataclass
from typing import Any, Final

from gateway.formats.pdf import Pdf, guarded
from gateway.formats.pdf_places import placed

type Place = tuple[float, float, float, float]
"""Left, bottom, right and top on the page as it is shown, in parts of its width and height from the lower left corner."""

type Span = tuple[float, float]

WHOLE: Final = 0.5
"""Of the page's longer side: what is larger is seen well enough on the page as a whole."""
_GAP: Final = 0.25
"""Of a piece's shorter side: so far apart two pieces may lie and still be one picture."""
_POINT: Final = 1e-4
"""Of a page: what is smaller is not drawn."""
_MOST_PIECES: Final = 1500
"""Pieces that are put together; twice as many cost four times as much."""
_DOTS: Final = frozenset({"/CCITTFaxDecode", "/CCF", "/JBIG2Decode"})


@dataclass(frozen=True, slots=True)
class Group:
    """One place on a page to look at from nearby."""

    place: Place
    pieces: int
    columns: tuple[Span, ...]
    """Parts of the place's width on which a piece lies, from the left; what is between them parts the pieces."""
    rows: tuple[Span, ...]
    """The same of its height, from the bottom."""


def groups(pdf: Pdf, index: int) -> tuple[Group, ...]:
    """The small groups of a page, the one of most pieces first. Raises FormatError, LimitReached."""
    with guarded():
        page = pdf.leaves[index]
        left, bottom, right, top = (float(edge) for edge in page.cropbox)
        if right <= left or top <= bottom:
            return ()
        turns = int(page.obj.get("/Rotate", 0)) // 90 % 4
        shown = [
            (_turned(_on_page(matrix, (left, bottom, right, top)), turns), _is_dots(picture))
            for picture, matrix in placed(page, page.obj.get("/Resources"))
        ]
    sides = (right - left, top - bottom) if turns % 2 == 0 else (top - bottom, right - left)
    shapes = sides[0] / max(sides), sides[1] / max(sides)
    small = [one for one in shown if _length(one[0], shapes) < WHOLE and _is_visible(one[0])][:_MOST_PIECES]
    found = []
    for members in _touching([place for place, _ in small]):
        pieces = [small[one][0] for one in members]
        place = _around(pieces)
        if (len(members) > 1 or small[members[0]][1]) and _length(place, shapes) < WHOLE:
            columns = _spans([(one[0], one[2]) for one in pieces], place[0], place[2])
            rows = _spans([(one[1], one[3]) for one in pieces], place[1], place[3])
            found.append(Group(place, len(members), columns, rows))
    return tuple(sorted(found, key=lambda group: -group.pieces))


def _spans(pieces: list[Span], begin: float, end: float) -> tuple[Span, ...]:
    """What pieces cover of a line, in parts of it, in order; those that meet are one."""
    joined: list[Span] = []
    for low, high in sorted(pieces):
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], high)
        else:
            joined.append((low, high))
    size = (end - begin) or 1.0
    return tuple((max(0.0, (low - begin) / size), min(1.0, (high - begin) / size)) for low, high in joined)


def _on_page(matrix: tuple[float, ...], page: Place) -> Place:
    a, b, c, d, e, f = matrix
    left, bottom, right, top = page
    xs = [(x - left) / (right - left) for x in (e, e + a, e + c, e + a + c)]
    ys = [(y - bottom) / (top - bottom) for y in (f, f + b, f + d, f + b + d)]
    return min(xs), min(ys), max(xs), max(ys)


def _is_dots(picture: Any) -> bool:
    """Whether a picture has one bit a pixel, so that grey is many dots that only a distant eye puts together."""
    if picture.get("/BitsPerComponent", picture.get("/BPC", 8)) == 1:
        return True
    return any(name in str(picture.get("/Filter", picture.get("/F", ""))) for name in _DOTS)


def _is_visible(place: Place) -> bool:
    left, bottom, right, top = place
    return min(right - left, top - bottom) > _POINT and right > 0 and top > 0 and left < 1 and bottom < 1


def _length(place: Place, shapes: tuple[float, float]) -> float:
    return max((place[2] - place[0]) * shapes[0], (place[3] - place[1]) * shapes[1])


def _touching(places: list[Place]) -> list[list[int]]:
    """Which places hang together, each group by their numbers."""
    wide = [_widened(place) for place in places]
    left = set(range(len(places)))
    found = []
    while left:
        group, waiting = [], [left.pop()]
        while waiting:
            one = waiting.pop()
            group.append(one)
            near = {other for other in left if _meet(wide[one], wide[other])}
            left -= near
            waiting += near
        found.append(sorted(group))
    return found


def _widened(place: Place) -> Place:
    left, bottom, right, top = place
    more = _GAP / 2 * min(right - left, top - bottom)
    return left - more, bottom - more, right + more, top + more


def _meet(one: Place, other: Place) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _around(places: list[Place]) -> Place:
    lefts, bottoms, rights, tops = zip(*places, strict=True)
    return max(0.0, min(lefts)), max(0.0, min(bottoms)), min(1.0, max(rights)), min(1.0, max(tops))


def _turned(place: Place, turns: int) -> Place:
    """A place on the page after so many quarter turns to the right."""
    for _ in range(turns):
        left, bottom, right, top = place
        place = bottom, 1 - right, top, 1 - left
    return place
