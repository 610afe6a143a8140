"""Electrocardiogram files are medical by their format, and most of them carry the patient's name."""

from collections.abc import Iterator

from gateway.formats.ecg import ECGS, open_ecg
from gateway.limits import Limits
from gateway.model import Finding, Kind, Look, Part


class EcgDetector:
    """SCP-ECG, annotated ECG in XML, and signals in EDF and BDF."""

    name = "ecg"
    version = "1"
    look = Look.FORMAT

    def claims(self, part: Part) -> bool:
        """ECG formats."""
        return part.format in ECGS

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """Certain that it is an ECG; then every field that names the patient. FormatError for a broken head."""
        del limits
        by = f"{self.name} {self.version}"
        yield Finding(Kind.MEDICAL_IMAGE, part.path, detail="ecg", by=by, redactable=False)
        for where in open_ecg(part.data, part.format).personal:
            yield Finding(Kind.IDENTIFIER_IN_METADATA, part.path, where, "person", by=by, redactable=False)


ECG = EcgDetector()
