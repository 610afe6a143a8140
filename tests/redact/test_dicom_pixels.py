"""Black as each photometric interpretation has it."""

import numpy as np
import pytest

from gateway.errors import RedactionError
from gateway.formats.shades import Shades
from gateway.redact.dicom_pixels import painted_frames

BOX = ((2, 3, 4, 5),)


def frames(dtype: str, channels: int = 1, count: int = 2) -> tuple[np.ndarray, ...]:  # type: ignore[type-arg]
    random = np.random.default_rng(1)
    info = np.iinfo(dtype)
    shape = (16, 20) if channels == 1 else (16, 20, channels)
    return tuple(
        random.integers(max(info.min, -900), min(info.max, 3000), shape).astype(dtype) for _ in range(count)
    )


@pytest.mark.parametrize(
    ("shades", "dtype", "channels", "black"),
    [
        (Shades("MONOCHROME2", 8, signed=False), "uint8", 1, (0,)),
        (Shades("MONOCHROME2", 12, signed=False), "uint16", 1, (0,)),
        (Shades("MONOCHROME2", 16, signed=True), "int16", 1, None),
        (Shades("MONOCHROME1", 8, signed=False), "uint8", 1, (255,)),
        (Shades("MONOCHROME1", 12, signed=False), "uint16", 1, (4095,)),
        (Shades("MONOCHROME1", 16, signed=True), "int16", 1, None),
        (Shades("RGB", 8, signed=False), "uint8", 3, (0, 0, 0)),
        (Shades("YBR_FULL", 8, signed=False), "uint8", 3, (0, 128, 128)),
        (Shades("YBR_FULL_422", 8, signed=False), "uint8", 3, (0, 128, 128)),
        (
            Shades("PALETTE COLOR", 8, signed=False, palette=((9, 9, 9), (255, 0, 0), (1, 2, 0))),
            "uint8",
            1,
            (2,),
        ),
    ],
)
def test_black_in_every_frame_and_nothing_else(
    shades: Shades, dtype: str, channels: int, black: tuple[int, ...] | None
) -> None:
    before = frames(dtype, channels)
    after = painted_frames(before, BOX, shades)
    assert len(after) == len(before)
    expected = black or (
        (min if shades.photometric == "MONOCHROME2" else max)(int(v) for f in before for v in f.flat),
    )
    mask = np.ones((16, 20), np.bool_)
    mask[3:8, 2:6] = False
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one[mask], other[mask])
        assert (other[3:8, 2:6] == (expected if channels > 1 else expected[0])).all()
        assert other.dtype == one.dtype


@pytest.mark.parametrize("name", ["CMYK", "HSV", "", "PALETTE COLOR"])
def test_unknown_kinds_are_refused(name: str) -> None:
    with pytest.raises(RedactionError):
        painted_frames(frames("uint8"), BOX, Shades(name, 8, signed=False))
