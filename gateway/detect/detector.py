"""What a detector promises; a detector that fails leaves an `unreadable` finding."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from gateway.errors import GatewayError, LimitReached
from gateway.limits import Limits
from gateway.model import Finding, Kind, Look, Part


class Detector(Protocol):
    """Looks at one part and says what it sees."""

    name: str
    look: Look  # the least look at which this detector is asked

    @property
    def version(self) -> str:
        """Stands in every finding; a classifier's is the version of its weights."""
        ...

    def claims(self, part: Part) -> bool:
        """Whether this detector knows what the part is."""
        ...

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """What is seen in the part; may raise anything, which counts as `unreadable`."""
        ...


def inspect(part: Part, detectors: Iterable[Detector], limits: Limits, look: Look) -> Iterator[Finding]:
    """Ask every detector that claims the part; not understanding it is a finding too."""
    claimed = False
    for detector in detectors:
        by = f"{detector.name} {detector.version}"
        try:
            if detector.claims(part):
                # Known, also when nobody asked for a look this deep: at the look FORMAT a photo is not `unclaimed`.
                claimed = True
                if detector.look > look:
                    continue
                yield from detector.inspect(part, limits)
        except LimitReached as error:
            yield Finding(Kind.OVER_LIMIT, part.path, detail=error.reason, by=by)
        except GatewayError as error:
            yield Finding(Kind.UNREADABLE, part.path, detail=error.reason, by=by)
        except Exception as error:  # noqa: BLE001 - the one boundary around foreign parsers; the type, never the text
            yield Finding(Kind.UNREADABLE, part.path, where=type(error).__name__, detail="unreadable", by=by)
    if not claimed:
        yield Finding(
            Kind.UNCLAIMED, part.path, detail="opaque-text" if part.sealed else "unclaimed", by="detect"
        )
