"""Paints boxes into the frames of a DICOM file, black as the file's own photometric interpretation has it."""

import numpy as np
from numpy.typing import NDArray

from gateway.errors import RedactionError
from gateway.formats.shades import Frame, Shades
from gateway.limits import Limits
from gateway.model import Box
from gateway.redact.jpeg import painted_blocks


def painted_frames(frames: tuple[Frame, ...], boxes: tuple[Box, ...], shades: Shades) -> tuple[Frame, ...]:
    """Copies of all frames, black inside the boxes; every other value is the one it was."""
    black = shades.black(frames)
    painted = []
    for frame in frames:
        copy = frame.copy()
        if copy.ndim == 3 and len(black) != copy.shape[2]:
            raise RedactionError("pixels of a kind that cannot be painted")
        for x, y, width, height in boxes:
            copy[y : y + height, x : x + width] = black if copy.ndim == 3 else black[0]
        painted.append(copy)
    return tuple(painted)


def painted_dicom(data: bytes, boxes: tuple[Box, ...], limits: Limits) -> bytes:
    """The file with black boxes in all frames, in its own transfer syntax where that can be written without loss."""
    from gateway.formats.dicom_frames import repainted_dicom  # noqa: PLC0415 - other pictures do not pay for pydicom

    return repainted_dicom(
        data,
        boxes,
        limits,
        lambda frames, shades: painted_frames(frames, boxes, shades),
        lambda frame, inverted: painted_blocks(frame, boxes, limits, white=inverted),
    )


def dicom_frame(data: bytes, frame: int, limits: Limits) -> NDArray[np.uint8]:
    """One frame as it is shown."""
    from gateway.formats.dicom import open_dicom  # noqa: PLC0415 - as above

    return open_dicom(data, limits).display(frame)
