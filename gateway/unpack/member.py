"""What a container promises: it lists what is inside, says what it could not open, and can be written again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.errors import GatewayError, LimitReached
from gateway.limits import Limits
from gateway.model import Format, Kind, Part
from gateway.unpack.counter import Counter


@dataclass(frozen=True, slots=True)
class Member:
    """One thing inside a container, unfolded."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)
    rewritable: bool = True
    text: bool = False
    declared_type: str = field(default="", repr=False)
    format: Format | None = None
    """Set where the container knows better than the first bytes."""
    view: bool = False
    named: bool = True
    """The name was given by a person or program outside, not made up here."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something in a container that could not be opened, or should not be there."""

    kind: Kind
    detail: str
    where: str = ""
    """From closed words only: `entry 3`, `trailing data`."""

    @classmethod
    def of(cls, error: GatewayError, where: str = "") -> "Trouble":
        """A failure as something that was found."""
        if isinstance(error, LimitReached):
            return cls(Kind.OVER_LIMIT, error.reason, where)
        return cls(Kind.ENCRYPTED if error.reason == "encrypted" else Kind.UNREADABLE, error.reason, where)


class Container(Protocol):
    """One way of putting files into a file."""

    @property
    def writable(self) -> bool:
        """Whether `write` can ever succeed."""
        ...

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """What is inside, always in the same order; may raise anything, which counts as unreadable."""
        ...

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """The container with some members (by their place in `members`) replaced. Raises RedactionError."""
        ...
