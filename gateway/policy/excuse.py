"""An exemption as rules see it: answers that do not count this once, because somebody has given a reason for this content."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway import reasons
from gateway.model import Action, PartPath

if TYPE_CHECKING:
    from gateway.policy.verdict import Answer


@dataclass(frozen=True, slots=True)
class Excuse:
    """What is excused: answers of rules up to an action, about some parts or about the upload as a whole."""

    id: str
    """The decision that the exemption is bound to."""
    up_to: Action
    paths: frozenset[PartPath] | None = field(default=None, repr=False)
    """The parts that are excused; None means all of the upload."""

    def covers(self, answer: "Answer") -> bool:
        """Whether an answer does not count. What could not be examined is never excused."""
        return (
            answer.reason_code == reasons.RULE
            and answer.effect <= self.up_to
            and (self.paths is None or (answer.finding is not None and answer.finding.path in self.paths))
        )
