"""A benchmark's row, and how the table is printed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who runs the benchmarks has at hand."""

    data: Path | None = None
    """The picture corpus (a folder with manifest.csv); rows that need it say so when it is absent."""
    quick: bool = False
    """Fewer repetitions, for trying a change."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside the peer or limit it is measured against."""

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    target: str = ""
    met: bool | None = None
    """None where there is no bar."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Value over peer."""
        return None if not self.peer_value else self.value / self.peer_value
