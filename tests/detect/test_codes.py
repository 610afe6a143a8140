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


def matrix(module: int) -> NDArray[np.uint8]:
    """The look of a Data Matrix: solid left and bottom, alternating top and right, anything inside."""
    code = np.where(np.random.default_rng(5).random((18, 18)) < 0.5, 0, 255).astype(np.uint8)
    code[:, 0] = code[-1] = 0
    code[0, 1::2], code[0, ::2], code[::2, -1], code[1::2, -1] = 255, 0, 255, 0
    return np.repeat(np.repeat(np.pad(code, 2, constant_values=255), module, 0), module, 1)


@pytest.mark.parametrize("turned", [0, 1, 2])
@pytest.mark.parametrize("module", [3, 4, 6])
def test_a_kind_that_opencv_does_not_know_is_found_by_its_texture(module: int, turned: int) -> None:
    pixels = layout("CR", 23, text=False).pixels.copy()
    code = np.rot90(matrix(module), turned)
    size = len(code)
    pixels[300 : 300 + size, 200 : 200 + size] = code
    inside = np.zeros(pixels.shape, np.bool_)
    for x, y, w, h in find_codes(pixels):
        inside[y : y + h, x : x + w] = True
    quiet = 2 * module
    assert inside[300 + quiet : 300 + size - quiet, 200 + quiet : 200 + size - quiet].mean() > 0.95


def test_dense_text_is_text_and_no_code() -> None:
    pixels = np.full((400, 700), 255, np.uint8)
    for row in range(12):
        cv2.putText(pixels, "MUELLER WH 4711 MNMN", (20, 40 + 17 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 2)
    assert not find_codes(pixels, [(0, 0, 700, 400)])


@pytest.mark.parametrize("name", ["CR", "CT", "US", "MG", "secondary-capture", "viewer-screenshot"])
def test_anatomy_and_screens_hold_no_codes(name: str) -> None:
    assert not find_codes(layout(name, 24, text=False).pixels)
