"""Parts to findings: one detector a file, all of them in one visible list, and every part asked of every one."""

from gateway.detect.burned_in_text import BURNED_IN_TEXT, BURNED_IN_TEXT_CLOSELY
from gateway.detect.claimed import CLAIMED
from gateway.detect.detector import Detector, inspect
from gateway.detect.dicom import DICOM
from gateway.detect.ecg import ECG
from gateway.detect.medical_raster import MEDICAL_RASTER, shipped_judge
from gateway.detect.metadata import METADATA
from gateway.detect.polyglot import POLYGLOT
from gateway.detect.volume import VOLUME
from gateway.limits import Limits
from gateway.model import Finding, Look, Part

DETECTORS: tuple[Detector, ...] = (
    POLYGLOT,
    CLAIMED,
    DICOM,
    VOLUME,
    ECG,
    MEDICAL_RASTER,
    METADATA,
    BURNED_IN_TEXT,
)
"""Cheapest first; the order changes nothing but the order of findings."""


def warm() -> None:
    """Load what every examination needs, before the first one and before workers are forked."""
    shipped_judge()


def look_closely(part: Part, limits: Limits) -> tuple[Finding, ...]:
    """Writing in the pixels of a part, found with all effort; what to paint over, not what to decide by."""
    return (
        tuple(inspect(part, (BURNED_IN_TEXT_CLOSELY,), limits, Look.TEXT))
        if BURNED_IN_TEXT_CLOSELY.claims(part)
        else ()
    )


__all__ = ["DETECTORS", "Detector", "inspect", "look_closely", "warm"]
