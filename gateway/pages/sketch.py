"""A blank outline of a picture with boxes where something was found, as numbers for an SVG. Nothing of the picture itself."""

from dataclasses import dataclass
from typing import Final

from gateway.model import Box

MARGIN: Final = 0.08
"""Around the boxes, as a share of the picture: how large the picture was is not known any more."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """One picture; all numbers in its pixels."""

    width: int
    height: int
    boxes: tuple[Box, ...]


def drawn(boxes: tuple[Box, ...]) -> Sketch:
    """The outline that holds all boxes."""
    width = max(x + wide for x, _, wide, _ in boxes)
    height = max(y + high for _, y, _, high in boxes)
    return Sketch(int(width * (1 + MARGIN)) + 1, int(height * (1 + MARGIN)) + 1, boxes)
