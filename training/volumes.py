"""Renders DICOM and NIfTI files to pictures, at several slices and windows, to feed the thin modalities."""

import csv
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pydicom
from corpus import Picture, Pixels
from numpy.typing import NDArray

KIND_OF_MODALITY = {
    "CR": "xray", "DX": "xray", "XA": "xray", "RF": "xray", "MG": "mammogram", "CT": "ct_render", "MR": "mri_render",
    "US": "ultrasound", "NM": "nuclear", "PT": "pet", "ES": "endoscopy", "OP": "fundus", "SM": "histopathology",
}  # fmt: skip
PERCENTILES = ((0.5, 99.5), (2, 98), (0.5, 99.9), (10, 99.5), (1, 95))
LONGEST = 384
# Files that decode to test patterns, masks, noise or false colours rather than anatomy; found by looking at them.
TEST_PATTERNS = (
    "icometrix_dicom2nifti/", "sm_image", "ca326514", "65bee869", "42eb61ea", "6fa3a087", "dbdc57a1", "34314e1b",
    "c2b5e6dc", "drawing", "draw.nii", "hippo", "lesion", "minimal", "torsoLabel", "_IA", "_IP", "_IR", "_SA", "_SP", "_SR",
)  # fmt: skip
FLATTEST = 6.0  # grey levels of standard deviation under which a slice shows nothing


def rendered(corpus: Path, split: str, seed: int) -> Iterator[Picture]:
    """Pictures from every DICOM and NIfTI file of a split that decodes and shows something."""
    rng = np.random.default_rng(seed)
    with (corpus / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] != split or any(word in row["path"] for word in TEST_PATTERNS):
                continue
            path = corpus / row["path"]
            if row["path"].startswith("dicom/"):
                kind, planes = _dicom(path)
            elif row["path"].startswith("nifti/"):
                kind, planes = _nifti(path)
            else:
                continue
            for pixels in _windows(planes, rng):
                yield Picture(
                    f"volume:{row['repo']}",
                    kind,
                    medical=True,
                    licence=row["licence"],
                    path=row["path"],
                    pixels=pixels,
                )


Plane = NDArray[np.generic]


def _dicom(path: Path) -> tuple[str, list[Plane]]:
    """The frames of a DICOM file, at most five; no frames for what is not a picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = pydicom.dcmread(path, force=True)
            kind = KIND_OF_MODALITY.get(str(data.get("Modality", "")), "")
            if not kind or "PixelData" not in data:
                return "", []
            frames = data.pixel_array
            inverted = str(data.get("PhotometricInterpretation", "")) == "MONOCHROME1"
            color = int(data.get("SamplesPerPixel", 1)) == 3
            if "YBR" in str(data.get("PhotometricInterpretation", "")):
                frames = pydicom.pixels.convert_color_space(frames, data.PhotometricInterpretation, "RGB")
    except Exception:  # noqa: BLE001 - test files are broken in every possible way; a broken one is left out
        return "", []
    if frames.ndim == (4 if color else 3):
        frames = [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, 5).astype(int))]
    else:
        frames = [frames]
    return kind, [-frame.astype(np.float32) if inverted else frame for frame in frames]


def _nifti(path: Path) -> tuple[str, list[Plane]]:
    """Slices through the middle of a volume along its three axes."""
    try:
        volume = np.asarray(nibabel.load(path).dataobj)
    except Exception:  # noqa: BLE001 - as above
        return "", []
    while volume.ndim > 3:
        volume = volume[..., volume.shape[-1] // 2]
    if volume.ndim != 3 or volume.dtype.names:
        return "", []
    kind = "ct_render" if "ct" in path.stem.lower() or float(volume.min()) < -500 else "mri_render"
    planes = []
    for axis in range(3):
        for part in (0.35, 0.45, 0.55, 0.65):
            plane = np.rot90(np.take(volume, int(volume.shape[axis] * part), axis=axis))
            if min(plane.shape) >= 40:
                planes.append(plane)
    return kind, planes


def _windows(planes: list[Plane], rng: np.random.Generator) -> Iterator[Pixels]:
    """Each plane at two windows drawn from PERCENTILES; colour planes as they are."""
    for plane in planes:
        if plane.ndim == 3:
            yield _fit(plane[:, :, :3].astype(np.uint8))
            continue
        if plane.ndim != 2 or min(plane.shape) < 32:
            continue
        values = plane.astype(np.float32)
        for choice in rng.choice(len(PERCENTILES), 2, replace=False):
            low, high = np.percentile(values, PERCENTILES[choice])
            gray = np.clip((values - low) / max(float(high - low), 1e-6) * 255, 0, 255).astype(np.uint8)
            if gray.std() > FLATTEST:
                yield _fit(np.repeat(gray[:, :, None], 3, axis=2))


def _fit(pixels: Pixels) -> Pixels:
    """At most LONGEST on the longer side, like the rasters of the corpus."""
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
