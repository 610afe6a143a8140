"""Counts for the overview: made day by day while the index is built, so that a year costs no more than its days."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.audit.index.schema import Index
from gateway.audit.index.shape import DAY, day_name
from gateway.audit.index.wanted import Wanted
from gateway.audit.words import STOPPED

BY_DAY: Final = "SELECT day, word, action, count FROM rolled WHERE day >= ? AND day < ? AND facet = 'action'"
BY_WORD: Final = (
    "SELECT facet, word, action, sum(count) FROM rolled WHERE day >= ? AND day < ? AND facet <> 'action'"
    " GROUP BY facet, word, action"
)
EVENTS: Final = (
    "SELECT event, sum(times), sum(count) FROM event_days WHERE day >= ? AND day < ? GROUP BY event"
)
RULE_SETS: Final = "SELECT digest, first, last FROM rule_sets ORDER BY last DESC"
OLDEST: Final = "SELECT min(key) FROM decisions"
NEWEST: Final = "SELECT max(key) FROM decisions"


@dataclass(slots=True)
class Counts:
    """Decisions by what was done."""

    by_action: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> int:
        """All of them."""
        return self.by_action.total()

    @property
    def stopped(self) -> int:
        """Those after which nothing was sent."""
        return sum(self.by_action[action] for action in STOPPED)

    @property
    def cleaned(self) -> int:
        """Those that went on without what could identify a patient."""
        return self.by_action["redact"]


@dataclass(slots=True)
class Tallied:
    """What happened in a period."""

    whole: Counts
    days: Mapping[str, Counts]
    """By day, oldest first; days without decisions are left out."""
    words: Mapping[str, Mapping[str, Counts]]
    """By facet (`host`, `modality`, `rule`, `reason`, `seen`, `department`) and word, most stopped first."""
    events: Mapping[str, tuple[int, int]]
    """How often an event happened, and the sum of its counts."""

    def of(self, facet: str) -> Mapping[str, Counts]:
        """The counts of one facet."""
        return self.words.get(facet, {})


def tally(index: Index, wanted: Wanted) -> Tallied:
    """The counts of a period: `since` and `until` of the question, nothing else of it."""
    first, end = wanted.first // DAY, -(-wanted.end // DAY)
    whole, days, words = Counts(), dict[str, Counts](), dict[str, dict[str, Counts]]()
    for day, _, action, count in index.ask(BY_DAY, first, end):
        whole.by_action[action] += count
        days.setdefault(day_name(day), Counts()).by_action[action] += count
    for facet, word, action, count in index.ask(BY_WORD, first, end):
        words.setdefault(facet, {}).setdefault(word, Counts()).by_action[action] += count
    ordered = {
        facet: dict(sorted(found.items(), key=lambda item: (-item[1].stopped, -item[1].all, item[0])))
        for facet, found in words.items()
    }
    events = {event: (times, count) for event, times, count in index.ask(EVENTS, first, end)}
    return Tallied(whole, days, ordered, events)


def rule_sets(index: Index) -> list[tuple[str, str, str]]:
    """The rule sets that the record speaks of: digest, first and last time, newest first."""
    return index.ask(RULE_SETS)


def extent(index: Index) -> tuple[str, str] | None:
    """The first and the last day on which anything was decided; None where nothing was."""
    ((low,),), ((high,),) = index.ask(OLDEST), index.ask(NEWEST)
    return None if low is None else (day_name(low // DAY), day_name(high // DAY))
