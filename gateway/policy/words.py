"""The closed lists of words that rules are written in, and what each of them stands for."""

import re
from collections.abc import Iterable, Mapping
from datetime import time
from types import MappingProxyType
from typing import Final

from gateway import reasons
from gateway.model import MODALITIES, NOT_UNDERSTOOD, Exposure, Format, Kind

ANYTHING: Final = "anything"
ANY: Final = "any"
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.value: kind for kind in Kind if kind not in NOT_UNDERSTOOD}
)
"""Kinds of finding that `found` can name; what was not understood is answered by `on_failure`."""
FORMATS: Final[Mapping[str, Format]] = MappingProxyType({form.value: form for form in Format})
CLASSES: Final[Mapping[str, Exposure]] = MappingProxyType(
    {exposure.value: exposure for exposure in Exposure if exposure is not Exposure.NONE}
)
FAILURES: Final = frozenset(reasons.CONTENT)
"""Reason codes that `on_failure` can name."""
MEDICAL_FORMATS: Final = frozenset(
    {
        Format.DICOM, Format.DICOM_JSON, Format.DICOM_XML, Format.NIFTI, Format.ANALYZE, Format.NRRD, Format.META_IMAGE,
        Format.MINC, Format.MGH, Format.PAR_REC, Format.INTERFILE, Format.AFNI, Format.ECAT,
        Format.SCP_ECG, Format.AECG, Format.EDF,
    }
)  # fmt: skip
"""Formats that only medicine uses: in a case, naming one means a medical image."""
RASTER_FORMATS: Final = frozenset(
    {
        Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.BMP, Format.TIFF, Format.ICO, Format.PNM, Format.HEIF,
        Format.AVIF, Format.JPEG2000, Format.JPEG_LS, Format.JPEG_XL, Format.PSD,
    }
)  # fmt: skip
"""Formats of pictures: in a case, naming one means an ordinary picture."""
RETAINED: Final = frozenset(
    {
        "retain-uids", "retain-device-identity", "retain-institution-identity", "retain-patient-characteristics",
        "retain-longitudinal-full-dates", "retain-longitudinal-modified-dates", "retain-safe-private",
        "clean-descriptors", "clean-structured-content", "clean-graphics", "clean-pixel-data",
        "clean-recognizable-visual-features",
    }
)  # fmt: skip
"""Options of the basic confidentiality profile (DICOM PS3.15, table E.1-1a)."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_SETS: Final[Mapping[str, frozenset[int]]] = MappingProxyType(
    {"weekdays": frozenset(range(5)), "weekend": frozenset({5, 6})}
)
_UNITS: Final = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def seen_words() -> Iterable[str]:
    """Every word that may stand under `found` in short."""
    return (ANYTHING, *KINDS, *FORMATS, *MODALITIES)


def days(text: str) -> frozenset[int] | None:
    """Days of the week by name, range or set; None for anything else."""
    word = text.lower()
    if word in _DAY_SETS:
        return _DAY_SETS[word]
    start, dash, end = word.partition("-")
    if start not in DAYS or (dash and end not in DAYS):
        return None
    first, last = DAYS.index(start), DAYS.index(end or start)
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def hours(text: str) -> tuple[time, time] | None:
    """`HH:MM-HH:MM`; None for anything else, also for a window of no length."""
    start, _, end = (part.strip() for part in text.partition("-"))
    first, last = _CLOCK.fullmatch(start), _CLOCK.fullmatch(end)
    if first is None or last is None or start == end:
        return None
    return time(int(first[1]), int(first[2])), time(int(last[1]), int(last[2]))


def size(value: int | str) -> int | None:
    """A size in bytes; None for anything else."""
    if isinstance(value, int):
        return value if value >= 0 else None
    match = _SIZE.fullmatch(value.strip().lower())
    if match is None or match[2] not in _UNITS:
        return None
    return round(float(match[1]) * _UNITS[match[2]])
