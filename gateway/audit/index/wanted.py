"""Which decisions are asked for, and which shapes that means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.audit.index.shape import DAY, FACETS, Shape, key_of
from gateway.errors import AuditError

WORDS: Final = 8
"""Words of one search that are read."""
LATEST: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question; an empty field asks for nothing. AuditError where a day is not a day."""

    facets: Mapping[str, str] = field(default_factory=dict)
    """Some of FACETS, with the word each must have."""
    person: str = ""
    alias: str = ""
    """The pseudonym of the same person."""
    department: str = ""
    since: str = ""
    """A day (2026-01-31, UTC), inclusive."""
    until: str = ""
    """A day, inclusive."""
    search: str = ""
    """Beginnings of words, all of which must stand in a decision's words or its person's name."""

    def __post_init__(self) -> None:
        _ = self.first, self.end

    @property
    def first(self) -> int:
        """The lowest key that is asked for."""
        return _day(self.since) if self.since else 0

    @property
    def end(self) -> int:
        """The first key that is not asked for any more."""
        return _day(self.until) + DAY if self.until else LATEST

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the search."""
        return tuple(self.search.casefold().split()[:WORDS])

    def fits(self, shape: Shape) -> bool:
        """Whether a shape has the words that facets ask for."""
        return all(getattr(shape, name) == word for name, word in self.facets.items() if name in FACETS)


def holds(shape: Shape, beginning: str) -> bool:
    """Whether some word of a shape, or a piece of one, begins like this."""
    return any(
        word.startswith(beginning) or f"-{beginning}" in word or f".{beginning}" in word
        for word in map(str.casefold, shape)
    )


def _day(text: str) -> int:
    try:
        return key_of(text[:10]) // DAY * DAY
    except (ValueError, OverflowError):
        raise AuditError("a day is written like 2026-01-31") from None
