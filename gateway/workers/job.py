"""What a worker is asked, and how it may answer."""

from dataclasses import dataclass, field
from typing import Protocol

from gateway.limits import Limits
from gateway.model import Examination, ForwardRewritten, Look, RedactionOptions, Transfer


@dataclass(frozen=True, slots=True)
class Job:
    """One question about one transfer; the body travels beside it."""

    transfer: Transfer
    limits: Limits
    look: Look = Look.MEDICAL
    examination: Examination | None = None  # given: rewrite by these findings
    redaction: RedactionOptions = RedactionOptions()
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A worker's answer: what it saw, or the headers of a body it rewrote, or why it could not."""

    examination: Examination | None = None
    headers: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)  # latin-1
    reason: str = ""


class Journey(Protocol):
    """The module that does the work: `gateway.pipeline`, or a faulty one in tests."""

    def warm(self) -> None:
        """Load what every examination needs."""
        ...

    def examine(self, transfer: Transfer, limits: Limits, look: Look) -> Examination:
        """See `gateway.pipeline.examine`."""
        ...

    def rewrite(
        self,
        transfer: Transfer,
        examination: Examination,
        options: RedactionOptions,
        limits: Limits,
        secret: bytes,
    ) -> ForwardRewritten:
        """See `gateway.pipeline.rewrite`."""
        ...
