"""Draws pictures that the corpus lacks: thin medical kinds, and ordinary ones that could be mistaken for them.

Every function takes a random generator and returns one HxWx3 uint8 RGB picture of 200 to 400 pixels. They are
caricatures, good enough to teach a network what an ECG sheet is *not* (a share price on graph paper), and no
substitute for real pictures: the model card counts them separately.
"""

from collections.abc import Callable, Iterator

import numpy as np
from corpus import Picture, Pixels
from drawing import Random
from drawn_medical import ecg, mammogram, pet, sector_ultrasound, stained_tissue
from drawn_ordinary import circuit, curves, glow, handwriting, ridges, speckle_field, terrain

MEDICAL: dict[str, Callable[[Random], Pixels]] = {
    "ecg": ecg, "histopathology": stained_tissue, "mammogram": mammogram, "pet": pet, "ultrasound": sector_ultrasound,
}  # fmt: skip
ORDINARY: dict[str, Callable[[Random], Pixels]] = {
    "chart": curves, "radar": speckle_field, "texture_circuit": circuit, "texture_ridges": ridges,
    "texture_terrain": terrain, "texture_glow": glow, "document_page": handwriting,
}  # fmt: skip


def drawn(each: int, seed: int) -> Iterator[Picture]:
    """`each` pictures of every drawable kind."""
    random = np.random.default_rng(seed)
    for medical, makers in ((True, MEDICAL), (False, ORDINARY)):
        for kind, make in makers.items():
            for _ in range(each):
                yield Picture(f"drawn:{make.__name__}", kind, medical, "drawn here", pixels=make(random))
