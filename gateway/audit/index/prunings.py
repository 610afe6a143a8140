"""Which stretches of each record were emptied after their time."""

from dataclasses import dataclass
from typing import Final

from gateway.audit.index.schema import Index

OF_ONE: Final = "SELECT below, until, days, time FROM prunings JOIN origins ON origins.number = origin WHERE name = ? ORDER BY time"


@dataclass(frozen=True, slots=True)
class Pruning:
    """One pruning, as its own signed entry tells it: what was emptied stands before `below`, from before the day `until`."""

    below: int
    until: str
    days: int
    """How long entries had to be kept."""
    time: str


def prunings(index: Index, origin: str) -> list[Pruning]:
    """The prunings of one gateway's record, oldest first."""
    return [Pruning(*row) for row in index.ask(OF_ONE, origin)]
