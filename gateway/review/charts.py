"""Counts as plain bars: numbers for an inline SVG, always with a table beside it that says the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gateway.audit.index.counts import Counts

HEIGHT: Final = 100
"""The tallest column, in the drawing's own units."""
ROWS: Final = 10
"""Words of one facet that are shown."""


@dataclass(frozen=True, slots=True)
class Column:
    """One day: what was stopped and cleaned, from the ground up."""

    day: str
    x: float
    width: float
    stopped: float
    cleaned: float
    counts: Counts


@dataclass(frozen=True, slots=True)
class Bar:
    """One word with its share of the longest."""

    word: str
    share: float
    """0 to 100."""
    counts: Counts


def columns(days: Mapping[str, Counts], since: str, until: str) -> tuple[Column, ...]:
    """A column for every day of a period, those without decisions among them; 1000 units wide together."""
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    names = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    most = max((one.stopped + one.cleaned for one in days.values()), default=0) or 1
    step = 1000 / len(names)
    found = []
    for number, name in enumerate(names):
        counts = days.get(name, Counts())
        found.append(
            Column(
                name, round(number * step, 2), round(step * 0.8, 2), round(HEIGHT * counts.stopped / most, 2),
                round(HEIGHT * counts.cleaned / most, 2), counts,
            )
        )  # fmt: skip
    return tuple(found)


def bars(words: Mapping[str, Counts]) -> tuple[Bar, ...]:
    """The words of which most was stopped; their order is that of the mapping."""
    shown = list(words.items())[:ROWS]
    most = max((counts.stopped for _, counts in shown), default=0) or 1
    return tuple(Bar(word, round(100 * counts.stopped / most, 1), counts) for word, counts in shown)
