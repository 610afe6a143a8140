"""Which stored value is shown as black, for each way in which DICOM stores pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.errors import RedactionError

type Frame = NDArray[np.generic]
"""HxW, or HxWxC with the channels last whatever the planar configuration."""

BRIGHTNESS_AND_DIFFERENCES = (
    "YBR_FULL",
    "YBR_FULL_422",
    "YBR_ICT",
    "YBR_RCT",
    "YBR_PARTIAL_420",
    "YBR_PARTIAL_422",
)


@dataclass(frozen=True, slots=True)
class Shades:
    """What decides which stored value is shown as black (PS3.3, C.7.6.3.1.2)."""

    photometric: str
    bits: int
    signed: bool
    palette: tuple[tuple[int, int, int], ...] = ()
    """Red, green and blue of each index, any common scale."""
    first_index: int = 0

    def black(self, frames: tuple[Frame, ...]) -> tuple[int, ...]:
        """The stored value of black, one number for each channel. RedactionError for an unknown interpretation.

        Where stored numbers have no fixed zero (signed ones, Hounsfield units) the darkest value that the picture
        itself holds is taken: a lower one would shift what viewers choose as window.
        """
        lowest = min(int(frame.min()) for frame in frames)
        highest = max(int(frame.max()) for frame in frames)
        match self.photometric:
            case "MONOCHROME2":
                return (lowest if self.signed else 0,)
            case "MONOCHROME1":
                return (highest if self.signed else (1 << self.bits) - 1,)
            case "PALETTE COLOR" if self.palette:
                darkest = min(range(len(self.palette)), key=lambda index: sum(self.palette[index]))
                return (self.first_index + darkest,)
            case "RGB":
                return 0, 0, 0
            case name if name in BRIGHTNESS_AND_DIFFERENCES:
                # Decoded JPEG frames come as RGB or as they are; what is painted here is as stored.
                return 16 if "PARTIAL" in name else 0, 1 << (self.bits - 1), 1 << (self.bits - 1)
            case _:
                raise RedactionError("pixels of a kind that cannot be painted")
