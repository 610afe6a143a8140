"""Where writing could be: no word may fall outside, and little else should be inside."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detect.text_candidates import CELL, Cells, rectangles, strokes_of, tall
from gateway.detect.text_candidates import candidates as cells_of
from gateway.model import Box
from tests.backgrounds import Pixels
from tests.layouts import BACKGROUNDS, layout


def candidates(pixels: Pixels, known: Sequence[Box] = ()) -> Cells:
    return cells_of(strokes_of(pixels), known)


def of_pixels(cells: Cells, shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    whole = np.repeat(np.repeat(cells, CELL, axis=0), CELL, axis=1)
    return whole[: shape[0], : shape[1]]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", BACKGROUNDS)
def test_every_word_is_a_candidate(name: str, seed: int) -> None:
    picture = layout(name, 400 + seed)
    seen = of_pixels(candidates(picture.pixels), picture.pixels.shape)
    visible = 0
    for x, y, width, height in (word.box for word in picture.words):
        ink = picture.pixels[y : y + height, x : x + width]
        low, middle, high = np.percentile(ink, (2, 50, 98))
        if max(high - middle, middle - low) >= 40:  # a drawn word can be as dark as what it was drawn on
            assert seen[y : y + height, x : x + width].mean() > 0.9
            visible += 1
    assert visible > 10


@pytest.mark.parametrize(
    ("name", "most"), [("CR", 0.05), ("MG", 0.1), ("CT", 0.6), ("secondary-capture", 0.2)]
)
def test_smooth_anatomy_is_passed_over(name: str, most: float) -> None:
    assert candidates(layout(name, 401, text=False).pixels).mean() <= most


def test_a_flat_picture_has_no_candidates() -> None:
    assert not candidates(np.full((200, 300), 90, np.uint8)).any()


@pytest.mark.parametrize("contrast", [5, 9, 14, 30])
def test_faint_writing_on_a_smooth_ground_is_a_candidate(contrast: int) -> None:
    pixels = np.full((160, 400), 90, np.uint8)
    cv2.putText(pixels, "MUELLER 1950", (40, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (90 + contrast,) * 3, 2)
    assert of_pixels(candidates(pixels), pixels.shape)[70:90, 50:200].all()


def test_rules_and_frames_are_no_strokes_but_underlined_writing_is() -> None:
    pixels = np.full((320, 640), 240, np.uint8)
    cv2.rectangle(pixels, (20, 20), (620, 300), (0, 0, 0), 2)
    assert not candidates(pixels).any()
    cv2.putText(pixels, "ROSSI", (200, 160), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2)
    cv2.line(pixels, (180, 168), (420, 168), (0, 0, 0), 2)
    assert of_pixels(candidates(pixels), pixels.shape)[140:160, 200:280].all()


def test_faint_rims_of_blocks_and_rounded_colours_are_no_strokes() -> None:
    plain = np.full((200, 200, 3), 246, np.uint8)
    plain[48, 20:180] = 243
    plain[60:150, 47] = 249
    plain[90, 20:180:2] += 2
    assert not candidates(strokes_of(plain)).any()
    written = cv2.putText(plain.copy(), "Anna", (60, 130), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (240, 240, 240), 1)
    assert candidates(strokes_of(written)).any()


def test_what_known_boxes_cover_does_not_count() -> None:
    picture = layout("CR", 402)
    boxes = [(x - 3, y - 3, w + 6, h + 6) for x, y, w, h in (word.box for word in picture.words)]
    assert candidates(picture.pixels, boxes).sum() < candidates(picture.pixels).sum() / 3


def test_tall_pieces_are_told_from_wide_ones() -> None:
    cells = np.zeros((20, 20), np.bool_)
    cells[2:12, 3:5] = True
    cells[15:17, 8:18] = True
    assert tall(cells)[2:12, 3:5].all()
    assert not tall(cells)[15:17].any()
    assert not tall(np.zeros((4, 4), np.bool_)).any()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60), st.integers(1, 60), st.floats(0.01, 0.9), st.integers(0, 2**31), st.integers(4, 32)
)
def test_rectangles_cover_every_candidate_and_are_never_longer_than_asked(
    height: int, width: int, share: float, seed: int, longest: int
) -> None:
    cells = np.random.default_rng(seed).random((height, width)) < share
    left = cells.copy()
    for top, bottom, start, end in rectangles(cells, longest):
        assert 0 <= top < bottom <= height
        assert 0 <= start < end <= width
        assert max(bottom - top, end - start) <= longest
        left[top:bottom, start:end] = False
    assert not left.any()
