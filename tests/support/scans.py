"""Real and drawn pictures for tests; nothing here shows a patient."""

import io
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pydicom.data
from PIL import Image, ImageDraw


@cache
def dicom(name: str = "CT_small.dcm") -> bytes:
    """One of the files that come with pydicom."""
    return Path(str(pydicom.data.get_testdata_file(name, download=False))).read_bytes()


@cache
def ct_png() -> bytes:
    """A CT slice as people export it: windowed, enlarged, saved as PNG."""
    pixels = pydicom.dcmread(io.BytesIO(dicom())).pixel_array.astype(float)
    low, high = np.percentile(pixels, (1, 99))
    grey = (np.clip((pixels - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    return encoded(Image.fromarray(grey).resize((512, 512), Image.Resampling.BICUBIC), "PNG")


@cache
def landscape(kind: str = "JPEG") -> bytes:
    """An ordinary picture: sky, sea, sun and sand with a photograph's grain."""
    image = Image.new("RGB", (960, 640))
    draw = ImageDraw.Draw(image)
    for y in range(640):
        colour = (90 + y // 8, 150 + y // 10, 225) if y < 300 else (20, 90 + (y - 300) // 6, 140)
        draw.line((0, y, 960, y), fill=colour)
    draw.ellipse((690, 60, 790, 160), fill=(255, 235, 130))
    draw.polygon([(0, 640), (0, 520), (420, 470), (960, 560), (960, 640)], fill=(226, 202, 150))
    draw.polygon([(425, 250), (425, 355), (480, 355)], fill=(245, 245, 245))
    grain = np.random.default_rng(3).normal(0, 5, (640, 960, 3))
    return encoded(Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)), kind)


def encoded(image: Image.Image, kind: str) -> bytes:
    """An image in a file format."""
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
