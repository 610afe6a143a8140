"""How far one receiver has been served: a small file, so that nothing is left out when the sender starts again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from gateway.audit.ledger import Index
from gateway.durable import write_whole
from gateway.errors import ForwardingError


@dataclass(frozen=True, slots=True)
class Position:
    """What a receiver has of each gateway's record."""

    next: Mapping[str, Index] = field(default_factory=dict)
    """By gateway: the first index that was not delivered yet."""
    fault: str = ""
    """Why nothing is delivered at the moment; empty when all is well."""
    since: str = ""
    """When the last delivery or the fault was; RFC 3339 UTC."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The position kept in a file, or the start where there is none. ForwardingError where it is unreadable."""
        try:
            kept: dict[str, Any] = json.loads(path.read_bytes())
            return cls(
                {str(name): int(index) for name, index in kept["next"].items()}, kept["fault"], kept["since"]
            )
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ForwardingError(
                f"{path} cannot be read ({type(error).__name__}); remove it to send all again"
            ) from None

    def write(self, path: Path) -> None:
        """Replace the file at once or not at all. ForwardingError where that fails."""
        kept = {"next": dict(self.next), "fault": self.fault, "since": self.since}
        try:
            write_whole(path, json.dumps(kept).encode("ascii"))
        except OSError as error:
            raise ForwardingError(f"{path} cannot be written ({type(error).__name__})") from None
