"""What a running gateway counts and feels about itself; read by whoever watches it, never a word of content."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final, NamedTuple

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the classes of a duration: from a chat message to an examination that is given up."""

STAGES: Final = ("examine", "redact", "record")


type Trace = Callable[[str], AbstractContextManager[object]]


class Answered(NamedTuple):
    """One sort of decision, as it is counted."""

    action: str
    rule: str
    reason: str
    modality: str


@dataclass(slots=True)
class Durations:
    """How long something took, in classes; the last class has no upper bound."""

    classes: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.classes[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Tally:
    """What the gatekeeper counts. Written by one thread; a reader in another sees numbers that were true a moment ago."""

    decisions: Counter[Answered] = field(default_factory=Counter)
    stages: dict[str, Durations] = field(default_factory=lambda: {stage: Durations() for stage in STAGES})
    trace: Trace = lambda _: nullcontext()
    """Stands around each upload and each of its stages, by name; does nothing unless traces are asked for."""

    async def timed[T](self, stage: str, work: Awaitable[T]) -> T:
        """Do the work of a stage, and count how long it took."""
        start = perf_counter()
        try:
            with self.trace(stage):
                return await work
        finally:
            self.stages[stage].add(perf_counter() - start)


class Gauge(NamedTuple):
    """One number of this moment; `rising` where it only ever grows."""

    name: str
    help: str
    value: float
    rising: bool = False


@dataclass(frozen=True, slots=True)
class Vitals:
    """All that can be seen of a gateway from outside."""

    tally: Tally
    gauges: Callable[[], tuple[Gauge, ...]]
    unready: Callable[[], str]
    """Why uploads would be refused at this moment, in one sentence, or nothing."""
