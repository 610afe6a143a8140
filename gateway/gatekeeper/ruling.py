"""Who looks for the gatekeeper, and what comes of a transfer."""

from dataclasses import dataclass, field
from typing import Protocol

from gateway.model import (
    Decision,
    Examination,
    ForwardRewritten,
    Look,
    Outcome,
    RedactionOptions,
    Transfer,
)


class Examiner(Protocol):
    """Who does the looking: `gateway.workers.Workers`."""

    async def examine(self, transfer: Transfer, look: Look) -> Examination:
        """See `Workers.examine`."""
        ...

    async def rewrite(
        self, transfer: Transfer, examination: Examination, options: RedactionOptions, secret: bytes
    ) -> ForwardRewritten:
        """See `Workers.rewrite`."""
        ...


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided about one transfer, and the record of it."""

    audit_id: str
    outcome: Outcome
    decision: Decision
    transfer: Transfer = field(repr=False)
    recorded: bool = True
    """Whether the record has said that it holds the decision; where it has not, nothing may follow on it there."""

    @property
    def rewritten(self) -> bool:
        """Whether the upload went on without what was removed."""
        return isinstance(self.outcome, ForwardRewritten)
