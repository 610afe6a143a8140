"""Panes are found on screens, slides and pages, and a photograph has none."""

import cv2
import numpy as np
import pytest

from gateway.detect.panes import LARGEST, MOST_PANES, SKETCH, find_panes, reduced, scaled


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    rough = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(rough, (0, 0), 3), np.uint8)


def overlap(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0, across) * max(0, down)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


@pytest.mark.parametrize("ground", [255, 240, 30, 0])
def test_a_pane_is_found_on_any_flat_ground(ground: int) -> None:
    screen = np.full((768, 1024, 3), ground, np.uint8)
    screen[200:500, 300:700] = np.clip(noise(300, 400).astype(int) + 20, 40, 220)
    cv2.putText(screen, "File  Edit  View", (20, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (128, 128, 128), 1)
    (pane,) = find_panes(screen)
    assert np.abs(np.array(pane) - (300, 200, 400, 300)).max() <= 14


def test_panes_stay_inside_the_picture_and_are_few() -> None:
    screen = np.full((900, 1200, 3), 250, np.uint8)
    for index in range(12):
        top, left = 20 + index // 4 * 290, 20 + index % 4 * 295
        screen[top : top + 200, left : left + 200] = np.clip(noise(200, 200, index), 0, 200)
    panes = find_panes(screen)
    assert len(panes) == MOST_PANES
    for x, y, width, height in panes:
        assert 0 <= x < x + width <= 1200
        assert 0 <= y < y + height <= 900


def test_a_photograph_has_no_panes_and_costs_one_look() -> None:
    assert find_panes(noise(700, 1000)) == ()
    assert find_panes(noise(40, SKETCH)) == ()


def test_dark_scans_side_by_side_in_a_dark_viewer_are_told_apart() -> None:
    """What flat colours alone cannot do: the scan's own black is the viewer's black."""
    screen = np.full((600, 960, 3), 12, np.uint8)
    screen[:30] = 60
    for line in range(60, 560, 18):
        cv2.putText(screen, "series of the day", (8, line), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (150, 150, 150), 1)
    places = [(240, 100, 300, 400), (580, 100, 300, 400)]
    for seed, (x, y, w, h) in enumerate(places):
        scan = np.zeros((h, w), np.uint8)
        cv2.ellipse(scan, (w // 2, h // 2), (w // 2 - 2, h // 2 - 2), 0, 0, 360, 255, -1)
        screen[y : y + h, x : x + w] = np.where(scan[:, :, None] > 0, noise(h, w, seed), 0)
    panes = find_panes(screen)
    for place in places:
        assert max(overlap(pane, place) for pane in panes) > 0.8


def test_a_picture_framed_by_a_wide_border_is_looked_at_without_it() -> None:
    framed = cv2.copyMakeBorder(
        noise(300, 400), 200, 200, 150, 150, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    (pane,) = find_panes(framed)
    assert overlap(pane, (150, 200, 400, 300)) > 0.9


@pytest.mark.parametrize("seed", range(20))
def test_no_pane_is_a_speck_a_strip_or_nearly_everything(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width = random.integers(80, 900, 2).tolist()
    screen = np.full((height, width, 3), random.integers(0, 256), np.uint8)
    for _ in range(12):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        patch = screen[y : y + int(random.integers(2, 400)), x : x + int(random.integers(2, 400))]
        patch[:] = noise(*patch.shape[:2], seed)
    for x, y, w, h in find_panes(screen):
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height
        assert w * h <= (LARGEST + 0.05) * width * height
        assert max(w, h) <= 6 * min(w, h)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (4999, 3), (700, 1300), (3000, 2000)])
def test_making_smaller_keeps_the_shape_and_never_enlarges(size: tuple[int, int]) -> None:
    height, width = size
    small = reduced(np.zeros((height, width, 3), np.uint8), SKETCH)
    assert max(small.shape[:2]) == min(max(size), SKETCH)
    assert abs(small.shape[0] - max(1, height * max(small.shape[:2]) / max(size))) <= 1.5


def test_a_box_is_scaled_to_whole_pixels_inside_the_target() -> None:
    source, target = np.zeros((100, 200, 3), np.uint8), np.zeros((333, 666, 3), np.uint8)
    assert scaled((0, 0, 200, 100), target, source) == (0, 0, 666, 333)
    x, y, w, h = scaled((190, 90, 10, 10), target, source)
    assert (x + w, y + h) == (666, 333)
