"""Parts to findings: one detector a file, all of them in one visible list, and every part asked of every one."""

from gateway.detect.burned_in_text import BURNED_IN_TEXT
from gateway.detect.claimed import CLAIMED
from gateway.detect.detector import Detector, inspect
from gateway.detect.dicom import DICOM
from gateway.detect.ecg import ECG
from gateway.detect.medical_raster import MEDICAL_RASTER, shipped_judge
from gateway.detect.metadata import METADATA
from gateway.detect.polyglot import POLYGLOT
from gateway.detect.volume import VOLUME

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


__all__ = ["DETECTORS", "Detector", "inspect", "warm"]
