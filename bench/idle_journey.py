"""A journey that sees nothing, to time the way to a worker and back."""

from gateway.limits import Limits
from gateway.model import Examination, Look, Transfer


def warm() -> None:
    """Nothing to load."""


def examine(transfer: Transfer, limits: Limits, look: Look) -> Examination:  # noqa: ARG001
    """An examination that only proves what it was given."""
    return Examination(transfer.digest)
