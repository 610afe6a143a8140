"""Reads the picture corpus: a folder with a manifest.csv, labelled and split by source."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

ORDINARY = "ordinary"
cv2.setNumThreads(1)  # before the first picture: OpenCV's own threads do not survive a fork

# The corpus names kinds finely, the product's list of modalities coarsely; the longest prefix wins.
MODALITY_OF_KIND = {
    "blood_smear": "histology",
    "clinical_photo": "dermatology",
    "ct": "ct",
    "dermoscopy": "dermatology",
    "ecg": "ecg",
    "endoscopy": "endoscopy",
    "fundus": "fundus",
    "histopathology": "histology",
    "mammogram": "mammogram",
    "mri": "mri",
    "nuclear": "nuclear",
    "oct": "oct",
    "pet": "pet",
    "ultrasound": "ultrasound",
    "xray": "xray",
    "xray_dental": "dental",
}

# Ordinary pictures are learnt as several classes, so that "ordinary" need not be one blob in feature space.
GROUP_OF_KIND = {
    "chart": "drawing", "diagram": "drawing", "map_render": "drawing", "logo": "drawing",
    "document_page": "page", "scanned_receipt": "page", "receipt_photo": "page",
    "screenshot": "screen", "screenshot_terminal": "screen",
    "industrial_el_solarcell": "texture", "industrial_surface": "texture", "radar": "texture",
    "thermal_night": "texture", "texture": "texture",
    "photo_grayscale": "gray-photo",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture with what is known about it; `path` is empty for a picture that was drawn."""

    source: str
    kind: str
    medical: bool
    licence: str = ""
    path: str = ""
    pixels: Pixels = field(default_factory=lambda: np.zeros((0, 0, 3), np.uint8), repr=False)

    @property
    def label(self) -> str:
        """The class the network learns: a modality, or `ordinary:GROUP`."""
        if not self.medical:
            groups = [prefix for prefix in GROUP_OF_KIND if self.kind.startswith(prefix)]
            return f"{ORDINARY}:{GROUP_OF_KIND[max(groups, key=len)] if groups else 'photo'}"
        prefixes = [prefix for prefix in MODALITY_OF_KIND if self.kind.startswith(prefix)]
        return MODALITY_OF_KIND[max(prefixes, key=len)]


# What the licence column says: words that forbid training a product on a source, and words that leave it open.
FORBIDDEN = ("BY-NC", "custom terms", "GPL")
NOT_CLEAR = (*FORBIDDEN, "NO LICENCE FILE", "not checked", "unknown", "see LICENSE")


def permitted(picture: Picture) -> bool:
    """False when the source's licence forbids this use: non-commercial, custom terms, GPL."""
    return not any(word in picture.licence for word in FORBIDDEN)


def clear_licence(picture: Picture) -> bool:
    """True when nothing at all in the manifest speaks against training on this picture."""
    return not any(word in picture.licence for word in NOT_CLEAR)


# Renders of files that hold test patterns; found by looking at contact sheets.
MISLABELLED_SOURCES = frozenset({"dicomrender_pydicom_deid"})


def rasters(corpus: Path, split: str) -> Iterator[Picture]:
    """Every ordinary raster file of one split, decoded to RGB; unreadable files are left out."""
    with (corpus / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            folder = row["path"].split("/", 1)[0]
            if (
                row["split"] != split
                or folder not in {"medical", "ordinary"}
                or row["source"] in MISLABELLED_SOURCES
            ):
                continue
            pixels = read(corpus / row["path"])
            if pixels is not None:
                yield Picture(
                    row["source"], row["kind"], row["label"] == "medical", row["licence"], row["path"], pixels
                )


def read(path: Path) -> Pixels | None:
    """An image file as HxWx3 RGB, or None when OpenCV cannot read it."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if bgr is None else np.ascontiguousarray(bgr[:, :, ::-1])
