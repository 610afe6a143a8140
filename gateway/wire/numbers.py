"""Pictures written as numbers: grey values in a list, row after row, whole or as fractions.

Nothing says how wide such a picture is, but a picture gives it away: a value is like the one beside it, and like the
one a row further on. Tables, embeddings and noise are not.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.formats.sniff import sniff
from gateway.model import Format, PartPath
from gateway.wire import opaque
from gateway.wire.opening import Opening
from gateway.wire.payload import TEXTUAL, from_mark, hidden

FEW = 64
"""Numbers in a row from which they are looked at as the bytes of a file."""
FEWEST = 1024
"""Numbers from which they could be a picture, 32 by 32."""
_MOST = 1 << 22
_NARROWEST, _WIDEST = 16, 2048
_SAMPLES = 2048
_ALIKE = 0.6
"""Mean difference of neighbours over the mean difference of any two; noise has 1, slices of scans 0.05 to 0.45."""
_SORTED = 0.98
"""Share of steps in one direction from which numbers are a sorted column, not a picture."""
_SEALED = 7.2
"""Bits per byte. Compressed and encrypted bytes have 7.8 in a thousand of them, tables and grey values below 7."""

_NUMBER = re.compile(rb"(?<![\w.])-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?![\w.])")

type Values = NDArray[np.float64]


def gather(row: list[Any], path: PartPath, opening: Opening) -> None:
    """Look at one list of numbers as the bytes of a file, and keep it as a row of a picture when it is none."""
    plain = as_bytes(row) if len(row) >= FEW else b""
    form = sniff(plain)
    if (form not in TEXTUAL and form is not Format.UNKNOWN) or hidden(plain):
        opening.add(path, plain, form)
    elif sealed(plain) and not opaque.numbers_allowed(opening.opaque):
        opening.add(path, plain, Format.UNKNOWN)
    else:
        opening.numbers.append(row)


def look_together(rows: Sequence[Sequence[Any]], path: PartPath, opening: Opening) -> None:
    """Look at the lists of numbers of one body: all of them in a row as bytes, those of one length as a picture."""
    everything = [value for row in rows for value in row]
    if _add_file(everything, path, opening):
        return
    for values, width in grids(rows):
        picture = drawn(values, width)
        if picture is not None:
            opening.add(path, picture, Format.PNM)


def look(values: Sequence[Any], width: int, path: PartPath, opening: Opening) -> bool:
    """Add a part for the file or the picture that numbers are, if they are one; whether they were."""
    if _add_file(values, path, opening):
        return True
    picture = drawn(values, width)
    if picture is not None:
        opening.add(path, picture, Format.PNM)
    return picture is not None


def _add_file(values: Sequence[Any], path: PartPath, opening: Opening) -> bool:
    plain = as_bytes(values)
    if not hidden(plain):
        return False
    found = from_mark(plain)
    opening.add(path, found, sniff(found))
    return True


def as_bytes(values: Sequence[Any]) -> bytes:
    """The small whole numbers among numbers as bytes, negative ones as Java and C write them."""
    try:
        return bytes(values)
    except (TypeError, ValueError):
        return bytes(
            int(value) & 255
            for value in values
            if isinstance(value, int | float) and -128 <= value < 256 and value == int(value)
        )


def drawn(numbers: Sequence[Any], width: int = 0) -> bytes | None:
    """The picture that numbers are, as a portable grey map, or None when they are none.

    `width` is the length of a row where the text shows it.
    """
    if len(numbers) < FEWEST:
        return None
    try:
        values = np.asarray(numbers[:_MOST], np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    if not np.isfinite(values).all():
        return None
    if width in (3, 4) or (width == 0 and _alike(values, 3) < 0.7 * _alike(values, 1)):
        values, width = values[:: width or 3], 0  # one channel of red, green, blue shows the same
    if _alike(values, 1) > _ALIKE:
        return None
    steps = np.diff(values[:: max(1, len(values) // _SAMPLES)])
    if (steps >= 0).mean() > _SORTED or (steps <= 0).mean() > _SORTED:
        return None
    width = width if width >= _NARROWEST else _width(values)
    return _grey_map(values, width) if width else None


def written(text: bytes) -> list[float]:
    """The numbers of a text that is made of numbers; none of any other text."""
    if 5 * (len(text) - len(text.translate(None, b"0123456789"))) < len(text):
        return []
    return [float(number) for number in _NUMBER.findall(text)]


def sealed(row: bytes) -> bool:
    """Whether bytes that were written as numbers are spread as compressed or encrypted ones are, and so are their steps."""
    if len(row) < FEWEST:
        return False
    values = np.frombuffer(row[:_MOST], np.uint8)
    return _bits(values) > _SEALED and _bits(np.diff(values)) > _SEALED


def _bits(values: NDArray[np.uint8]) -> float:
    share = np.bincount(values, minlength=256) / len(values)
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum())


def grids(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[list[Any], int]]:
    """Lists of numbers that stand one after the other and are equally long, joined, with that length."""
    at = 0
    while at < len(rows):
        end, length = at, len(rows[at])
        while end < len(rows) and len(rows[end]) == length:
            end += 1
        if (end - at) * length >= FEWEST:
            yield [value for row in rows[at:end] for value in row], length if end - at > 1 else 0
        at = end


def _alike(values: Values, lag: int) -> float:
    """How much a value differs from the one `lag` further on, over how much it differs from any other."""
    starts = np.linspace(0, len(values) - lag - 1, min(_SAMPLES, len(values) - lag)).astype(int)
    any_other = values[np.random.default_rng(1).permutation(starts)]
    spread = np.abs(values[starts] - any_other).mean()
    return float(np.abs(values[starts] - values[starts + lag]).mean() / spread) if spread > 0 else 2.0


def _width(values: Values) -> int:
    """The row length at which rows are most alike; 0 when they are alike at none."""
    widest = min(_WIDEST, len(values) // _NARROWEST)
    likeness = np.array([_alike(values, lag) for lag in range(_NARROWEST, widest + 1)])
    best = int(likeness.argmin())
    return best + _NARROWEST if likeness[best] <= _ALIKE else 0


def _grey_map(values: Values, width: int) -> bytes:
    height = len(values) // width
    low, high = np.percentile(values, (0.5, 99.5))
    grey = np.clip((values[: width * height] - low) * (255 / max(high - low, 1e-12)), 0, 255).astype(np.uint8)
    head: bytes = b"P5\n%d %d\n255\n" % (width, height)
    return head + bytes(grey.tobytes())
