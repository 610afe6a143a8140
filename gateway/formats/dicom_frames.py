"""Puts painted frames back into a DICOM file, in the transfer syntax it came in where that loses nothing.

Native pixels and RLE, JPEG-LS and JPEG 2000 without loss are written as they came. Baseline JPEG keeps its blocks
outside the boxes. What has no lossless way back (lossy JPEG-LS and JPEG 2000, 12-bit and lossless JPEG, HTJ2K) is
stored without loss as what it decodes to, and labelled so: near-lossless kinds in their lossless sister, the rest in RLE.
"""

import io
import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np
import pydicom
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from gateway.errors import FormatError, GatewayError, RedactionError
from gateway.formats.dicom import Dicom, open_dicom
from gateway.formats.shades import Frame, Shades
from gateway.limits import Limits
from gateway.model import Box

WRITTEN_AS = {
    RLELossless: RLELossless, JPEGLSLossless: JPEGLSLossless, JPEGLSNearLossless: JPEGLSLossless,
    JPEG2000Lossless: JPEG2000Lossless, JPEG2000: JPEG2000Lossless,
}  # fmt: skip
"""Compressed transfer syntax to the one that holds its decoded pixels without loss; all others go to RLE."""
CHROMA_PAIRS = "YBR_FULL_422"

type Painter = Callable[[bytes, bool], bytes]
"""A JPEG and whether black is its highest value, to the painted JPEG."""


def shades_of(dicom: Dicom) -> Shades:
    """How the file stores black."""
    dataset = dicom.dataset
    palette: tuple[tuple[int, int, int], ...] = ()
    first = 0
    if dicom.photometric == "PALETTE COLOR":
        tables = [_table(dataset, colour) for colour in ("Red", "Green", "Blue")]
        palette = tuple(zip(*tables, strict=False))
        first = int(dataset.RedPaletteColorLookupTableDescriptor[1])
    return Shades(
        dicom.photometric,
        int(dataset.BitsStored),
        signed=bool(dataset.PixelRepresentation),
        palette=palette,
        first_index=first,
    )


def _table(dataset: pydicom.Dataset, colour: str) -> list[int]:
    entries, _, bits = dataset[f"{colour}PaletteColorLookupTableDescriptor"].value
    data = bytes(dataset[f"{colour}PaletteColorLookupTableData"].value)
    wide = int(bits) == 16 or len(data) >= 2 * (int(entries) or 65536)
    return [int(value) for value in np.frombuffer(data, "<u2" if wide else np.uint8)]


def repainted_dicom(
    data: bytes, boxes: tuple[Box, ...], limits: Limits, paint: Callable[[tuple[Frame, ...], Shades], tuple[Frame, ...]],
    paint_jpeg: Painter,
) -> bytes:  # fmt: skip
    """The file with painted frames. RedactionError where it cannot be written, or would not read back as meant."""
    dicom = open_dicom(data, limits)
    dataset = dicom.dataset
    if not dicom.frame_count or "PixelData" not in dataset or int(dataset.BitsAllocated) not in {8, 16, 32}:
        raise RedactionError("pixels of a kind that cannot be painted")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            syntax = UID(dicom.transfer_syntax)
            if syntax == JPEGBaseline8Bit and (written := _blocks(dicom, paint_jpeg)) is not None:
                return written
            frames = tuple(dicom.frame(index) for index in range(dicom.frame_count))
            painted = paint(frames, shades_of(dicom))
            if syntax.is_compressed and syntax.is_encapsulated:
                _compress(dicom, painted, WRITTEN_AS.get(syntax, RLELossless))
            elif dicom.photometric == CHROMA_PAIRS:
                dataset.PixelData = _pairs_painted(dicom, boxes)
            else:
                dataset.PixelData = _native(dicom, painted)
            written = _saved(dicom)
            again = open_dicom(written, limits)
            same = dicom.photometric == CHROMA_PAIRS or all(
                np.array_equal(again.frame(index), frame) for index, frame in enumerate(painted)
            )
    except GatewayError:
        raise
    except Exception as error:  # noqa: BLE001 - the border of pydicom and its encoders: the type, never the text
        raise RedactionError(f"the frames cannot be written back: {type(error).__name__}") from None
    if not same:
        raise RedactionError("the frames would not stay as they are outside the boxes")
    return written


def _native(dicom: Dicom, frames: tuple[Frame, ...]) -> bytes:
    values = np.stack(frames)
    if values.ndim == 4 and int(dicom.dataset.get("PlanarConfiguration", 0)):
        values = values.transpose(0, 3, 1, 2)
    order: Literal[">", "<"] = ">" if dicom.transfer_syntax == ExplicitVRBigEndian else "<"
    data = np.ascontiguousarray(values.astype(values.dtype.newbyteorder(order))).tobytes()
    return data + b"\x00" * (len(data) % 2)


def _pairs_painted(dicom: Dicom, boxes: tuple[Box, ...]) -> bytes:
    """Two brightnesses and one pair of colour differences for every two pixels (PS3.3, C.7.6.3.1.2)."""
    dataset = dicom.dataset
    shape = (dicom.frame_count, int(dataset.Rows), int(dataset.Columns) // 2, 4)
    stored = bytes(dataset.PixelData)
    size = int(np.prod(shape))
    pairs = np.frombuffer(stored[:size], np.uint8).reshape(shape).copy()
    for x, y, width, height in boxes:
        pairs[:, y : y + height, x // 2 : -(-(x + width) // 2)] = (0, 0, 128, 128)
    return pairs.tobytes() + stored[size:]


def _compress(dicom: Dicom, frames: tuple[Frame, ...], syntax: UID) -> None:
    dataset = dicom.dataset
    if frames[0].ndim == 3:
        # Decoders of JPEG 2000 and JPEG-LS undo the colour transform of their own codestream.
        if dataset.PhotometricInterpretation in {"YBR_RCT", "YBR_ICT"}:
            dataset.PhotometricInterpretation = "RGB"
        elif dataset.PhotometricInterpretation == CHROMA_PAIRS:
            dataset.PhotometricInterpretation = "YBR_FULL"
        dataset.PlanarConfiguration = 0
    values = np.stack(frames) if dicom.frame_count > 1 else frames[0]
    dataset.compress(syntax, values, generate_instance_uid=False)


def _blocks(dicom: Dicom, paint_jpeg: Painter) -> bytes | None:
    """Baseline JPEG painted block by block; None where its blocks cannot be handled."""
    inverted = dicom.photometric == "MONOCHROME1"
    try:
        frames = [
            paint_jpeg(frame, inverted)
            for frame in generate_frames(dicom.dataset.PixelData, number_of_frames=dicom.frame_count)
        ]
    except FormatError:
        return None
    dicom.dataset.PixelData = encapsulate(frames)
    return _saved(dicom)


def _saved(dicom: Dicom) -> bytes:
    out = io.BytesIO()
    dicom.dataset.save_as(out, enforce_file_format=False)
    return out.getvalue()
