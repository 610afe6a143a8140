"""The planted picture and its benign twin: small, of the same size and format, one medical and one not."""

import io
from functools import cache

import numpy as np
import pydicom
from PIL import Image

from tests.support.scans import dicom, encoded, landscape

SIDE = 64


@cache
def medical(kind: str = "png") -> bytes:
    """A CT slice: as a scanner writes it (`dicom`, and `scan` whole), or as people export it (`png`, `jpeg`, `bmp`, `gif`, `tiff`, `webp`)."""
    if kind == "dicom":
        return dicom("JPEG2000.dcm")
    if kind == "scan":
        return dicom()
    return encoded(Image.fromarray(medical_pixels()), kind.upper())


@cache
def ordinary(kind: str = "png") -> bytes:
    """Sky, sea and sand; for `dicom`, which has no harmless form, as a PNG."""
    if kind in ("dicom", "scan"):
        kind = "png"
    with Image.open(io.BytesIO(landscape())) as image:
        return encoded(image.resize((SIDE, SIDE)), kind.upper())


@cache
def medical_pixels() -> np.ndarray:
    """The slice as grey values, `SIDE` by `SIDE`."""
    pixels = pydicom.dcmread(io.BytesIO(dicom())).pixel_array.astype(float)
    low, high = np.percentile(pixels, (1, 99))
    grey = (np.clip((pixels - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    return np.asarray(Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
