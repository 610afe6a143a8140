"""QR and bar codes."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.detect.codes import find_codes
from tests.layouts import layout


def qr(scale: int) -> NDArray[np.uint8]:
    code = cv2.QRCodeEncoder.create().encode("MRN 4711 MUELLER ANNA")
    return np.asarray(cv2.resize(code, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST), np.uint8)


def bars(module: int) -> NDArray[np.uint8]:
    """A Code 39 look-alike: wide and narrow bars in a fixed pattern with a quiet zone."""
    widths = [1, 2, 1, 1, 2, 1, 2, 1, 1, 1] * 11
    row = np.concatenate(
        [np.full(w * module, 0 if i % 2 == 0 else 255, np.uint8) for i, w in enumerate(widths)]
    )
    return np.pad(np.tile(row, (70, 1)), 20, constant_values=255)


@pytest.mark.parametrize("name", ["CR", "secondary-capture", "viewer-screenshot"])
@pytest.mark.parametrize("scale", [3, 6])
def test_a_qr_code_is_found_and_all_of_it_is_boxed(name: str, scale: int) -> None:
    pixels = layout(name, 21, text=False).pixels.copy()
    code = qr(scale)
    size = len(code)
    pixels[200 : 200 + size, 300 : 300 + size] = code if pixels.ndim == 2 else code[..., None]
    quiet = 2 * scale
    assert any(
        x <= 300 + quiet and y <= 200 + quiet and x + w >= 300 + size - quiet and y + h >= 200 + size - quiet
        for x, y, w, h in find_codes(pixels)
    )


def test_a_bar_code_is_found() -> None:
    pixels = np.full((500, 900), 200, np.uint8)
    code = bars(2)
    pixels[150 : 150 + code.shape[0], 200 : 200 + code.shape[1]] = code
    found = find_codes(pixels)
    assert any(w > 0.5 * code.shape[1] for _, _, w, _ in found)


@pytest.mark.parametrize("name", ["CR", "CT", "US", "MG"])
def test_anatomy_is_no_code(name: str) -> None:
    assert not find_codes(layout(name, 22, text=False).pixels)


@pytest.mark.parametrize("shape", [(1, 1), (10, 300), (24, 24, 3)])
def test_tiny_pictures_hold_none(shape: tuple[int, ...]) -> None:
    assert find_codes(np.zeros(shape, np.uint8)) == ()
