"""What reviewers said of decisions, and how often each rule was right."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from gateway.audit.index.schema import Index

ALL: Final = "SELECT id, person, verdict, time FROM verdicts ORDER BY time, id, person"
OF_ONE: Final = "SELECT id, person, verdict, time FROM verdicts WHERE id = ? ORDER BY time, person"
BY_SHAPE: Final = "SELECT shape, verdict, count(*) FROM verdicts GROUP BY shape, verdict"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last word of one person on one decision."""

    id: str
    person: str
    verdict: str
    """One of `gateway.audit.VERDICTS`."""
    time: str


@dataclass(slots=True)
class Score:
    """The verdicts on what one rule decided about one kind of picture."""

    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> int:
        """All of them."""
        return self.verdicts.total()

    @property
    def right(self) -> int:
        """Those that said that the decision was right."""
        return self.verdicts["right"]


def verdicts(index: Index, decision_id: str = "") -> list[Verdict]:
    """Every verdict, or those on one decision, oldest first."""
    found = index.ask(OF_ONE, decision_id) if decision_id else index.ask(ALL)
    return [Verdict(*row) for row in found]


def scores(index: Index) -> dict[tuple[str, str, str], Score]:
    """By rule, action and modality, most verdicts first."""
    shapes, found = index.shapes(), dict[tuple[str, str, str], Score]()
    for number, verdict, count in index.ask(BY_SHAPE):
        shape = shapes[number]
        key = (shape.rule, shape.action, shape.modality)
        found.setdefault(key, Score()).verdicts[verdict] += count
    return dict(sorted(found.items(), key=lambda item: (-item[1].all, item[0])))
