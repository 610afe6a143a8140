"""A blank outline of a picture with boxes where something was found, as numbers for an SVG. Nothing of the picture itself."""

from dataclasses import dataclass
from typing import Final

from gateway.audit.seen import places_again
from gateway.model import Box

MARGIN: Final = 0.08
"""Beyond the boxes: how large the picture was is not kept."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """One picture; all numbers in its pixels, from its upper left corner."""

    width: int
    height: int
    boxes: tuple[Box, ...]


def sketches(places: tuple[str, ...]) -> tuple[Sketch, ...]:
    """The pictures of an upload, from the places of findings as the record has them (`gateway.audit.seen`)."""
    return tuple(map(_drawn, places_again(places)))


def _drawn(boxes: tuple[Box, ...]) -> Sketch:
    """The square that holds all boxes, with the picture's upper left corner as its own."""
    side = int(max(max(x + wide, y + high) for x, y, wide, high in boxes) * (1 + MARGIN)) + 1
    return Sketch(side, side, boxes)
