"""Volumes of voxels are medical by their format; their heads say which kind of scan, and may name the patient."""

from collections.abc import Iterator

from gateway.formats.volume import VOLUMES, open_volume
from gateway.limits import Limits
from gateway.model import Finding, Kind, Look, Part


class VolumeDetector:
    """NIfTI, Analyze, NRRD, MetaImage, MINC, MGH, Philips PAR, Interfile, AFNI and ECAT."""

    name = "volume"
    version = "1"
    look = Look.FORMAT

    def claims(self, part: Part) -> bool:
        """Volume formats."""
        return part.format in VOLUMES

    def inspect(self, part: Part, limits: Limits) -> Iterator[Finding]:
        """Certain that it is medical; then every head field that may name a person. FormatError for a broken head."""
        del limits
        by = f"{self.name} {self.version}"
        try:
            volume = open_volume(part.data, part.format)
        except Exception:
            yield Finding(Kind.MEDICAL_IMAGE, part.path, detail="other", by=by, redactable=False)
            raise
        yield Finding(Kind.MEDICAL_IMAGE, part.path, detail=volume.modality, by=by, redactable=False)
        for where in volume.personal:
            yield Finding(
                Kind.IDENTIFIER_IN_METADATA, part.path, where, "person", 0.8, by=by, redactable=False
            )


VOLUME = VolumeDetector()
