"""What a bomb is: an upload that costs far more to open than to send, and the same thing as people send it."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.model import Destination, Transfer
from tests.evasion.case import OCTETS, Upload

MIB = 1 << 20

type Build = Callable[[], Upload]

OVER = frozenset(
    {
        "over-limit",
        "expansion",
        "too-deep",
        "too-many-bytes",
        "too-many-parts",
        "too-many-pixels",
        "too-many-frames",
        "memory",
    }
)
"""The reasons that say: it is too much."""


@dataclass(frozen=True, slots=True)
class Bomb:
    """One way to ask for more than there is."""

    name: str
    build: Build
    twin: Build | None
    """The benign twin, which must be read to its end; None where nothing legal resembles it."""
    reasons: frozenset[str] = OVER
    """Reason codes one of which the refusal must name. Empty: opening it is cheap here, and it is read like any other."""


def transfer(upload: Upload) -> Transfer:
    """An upload as the gateway hands it to a worker."""
    return Transfer(
        Destination("api.openai.com"),
        method=upload.method.decode(),
        path=upload.path.decode(),
        headers=upload.fields,
        body=upload.body,
    )


def file(build: Callable[[], bytes], label: bytes = OCTETS) -> Build:
    """A file sent as the whole body."""
    return lambda: Upload(build(), label)
