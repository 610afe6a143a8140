"""The protocols of split uploads that are understood, and how to see cheaply that a request may be part of one."""

from typing import Final, Protocol

from gateway.held import azure, google, openai, ranges
from gateway.held.step import HeldError, Step
from gateway.model import Transfer


class Dialect(Protocol):
    """One protocol of split uploads."""

    def read(self, transfer: Transfer) -> Step | None:
        """What the request asks for, None where it is none of this protocol's. Raises HeldError."""
        ...


PROTOCOLS: Final[tuple[Dialect, ...]] = (google, ranges, openai, azure)
"""A request that two of them claim is refused."""


def is_marked(path: str) -> bool:
    """Whether a path may be that of a piece whose headers do not show it; asked of every request, so it costs nothing."""
    return (
        "/uploads/" in path
        or "comp=block" in path
        or "partNumber" in path
        or "?uploads" in path
        or "&uploads" in path
    )


def read(transfer: Transfer) -> Step | None:
    """What the request asks for, None where it is not part of a split upload that is understood. Raises HeldError."""
    found = [step for dialect in PROTOCOLS if (step := dialect.read(transfer)) is not None]
    if len(found) > 1:
        raise HeldError("a piece in two protocols at once", reason="ambiguous-headers")
    return found[0] if found else None
