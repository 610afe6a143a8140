"""Draws pictures that the corpus lacks: thin medical kinds, and ordinary ones that could be mistaken for them.

Every function takes a random generator and returns one HxWx3 uint8 RGB picture of 200 to 400 pixels. They are
caricatures, good enough to teach a network what an ECG sheet is *not* (a share price on graph paper), and no
substitute for real pictures: the model card counts them separately.
"""

from collections.abc import Callable, Iterator

import numpy as np
from corpus import Picture, Pixels
from drawing import Random
from drawn_bones import limb, teeth
from drawn_eyes import blood, fundus, gut, oct_scan, skin_spot
from drawn_medical import ecg, mammogram, pet, sector_ultrasound, stained_tissue
from drawn_ordinary import circuit, curves, glow, handwriting, ridges, speckle_field, terrain
from drawn_shapes import cloth, cracks, gauge, pebbles, planet
from drawn_slices import linear_ultrasound, slice_of_body
from drawn_tissue import tissue

Maker = Callable[[Random], Pixels]
MEDICAL: tuple[tuple[str, Maker], ...] = (
    ("ecg", ecg), ("histopathology", stained_tissue), ("mammogram", mammogram), ("pet", pet),
    ("ultrasound", sector_ultrasound), ("ultrasound", linear_ultrasound), ("histopathology", tissue), ("blood_smear", blood),
    ("fundus", fundus), ("oct", oct_scan), ("dermoscopy", skin_spot), ("endoscopy", gut), ("xray_dental", teeth),
    ("xray_bone", limb), ("ct", slice_of_body),
)  # fmt: skip
ORDINARY: tuple[tuple[str, Maker], ...] = (
    ("chart", curves), ("radar", speckle_field), ("texture_circuit", circuit), ("texture_ridges", ridges),
    ("texture_terrain", terrain), ("texture_glow", glow), ("document_page", handwriting), ("texture_planet", planet),
    ("texture_pebbles", pebbles), ("texture_cloth", cloth), ("texture_cracks", cracks), ("chart_gauge", gauge),
)  # fmt: skip


def drawn(each: int, seed: int) -> Iterator[Picture]:
    """`each` pictures of every drawable kind."""
    random = np.random.default_rng(seed)
    for medical, makers in ((True, MEDICAL), (False, ORDINARY)):
        for kind, make in makers:
            for _ in range(each):
                yield Picture(f"drawn:{make.__name__}", kind, medical, "drawn here", pixels=make(random))
