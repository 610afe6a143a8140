"""Parts to findings: one detector a file, all of them in one visible list, and every part asked of every one."""

from collections.abc import Iterable

from gateway.detect.burned_in_text import BURNED_IN_TEXT, CloserLook
from gateway.detect.claimed import CLAIMED
from gateway.detect.detector import Detector, inspect
from gateway.detect.dicom import DICOM
from gateway.detect.ecg import ECG
from gateway.detect.embedded import EMBEDDED
from gateway.detect.first_bytes import FIRST_BYTES
from gateway.detect.medical_raster import MEDICAL_RASTER, shipped_judge
from gateway.detect.metadata import METADATA
from gateway.detect.polyglot import POLYGLOT
from gateway.detect.volume import VOLUME
from gateway.limits import Limits
from gateway.model import Finding, Kind, Look, Part

DETECTORS: tuple[Detector, ...] = (
    POLYGLOT,
    CLAIMED,
    DICOM,
    VOLUME,
    ECG,
    MEDICAL_RASTER,
    EMBEDDED,
    METADATA,
    BURNED_IN_TEXT,
)
"""Cheapest first; the order changes nothing but the order of findings."""
OF_HEADS: tuple[Detector, ...] = (FIRST_BYTES,)
"""Who is asked about the first bytes of a file; to everybody else they would be a damaged file."""


WRITTEN = frozenset({Kind.TEXT_IN_PIXELS, Kind.CODE_IN_PIXELS})
"""What is painted over."""


def warm() -> None:
    """Load what every examination needs, before the first one and before workers are forked."""
    shipped_judge()


def look_closely(part: Part, findings: Iterable[Finding], limits: Limits) -> tuple[Finding, ...]:
    """What is written in a part beside its findings, found with all effort; what to paint over, not what to decide by."""
    boxes = (f.box for f in findings if f.path == part.path and f.kind in WRITTEN and f.box is not None)
    closer = CloserLook(boxes)
    if part.begun or not closer.claims(part):
        return ()
    return tuple(inspect(part, (closer,), limits, Look.TEXT))


__all__ = ["DETECTORS", "OF_HEADS", "Detector", "inspect", "look_closely", "warm"]
