"""The text detector on pictures whose words are known."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from gateway.detect.text_regions import ACCURATE, FAST, Effort, find_text
from tests.layouts import BACKGROUNDS, Layout, layout


def covered(picture: Layout, effort: Effort) -> tuple[float, float]:
    """Share of the words' area inside boxes, and share of the picture inside boxes."""
    mask = np.zeros(picture.pixels.shape[:2], np.bool_)
    for region in find_text(picture.pixels, effort):
        x, y, width, height = region.box
        assert x >= 0
        assert y >= 0
        assert width > 0
        assert height > 0
        assert x + width <= mask.shape[1]
        assert y + height <= mask.shape[0]
        assert 0.5 <= region.score <= 1
        mask[y : y + height, x : x + width] = True
    words = [mask[y : y + h, x : x + w] for x, y, w, h in (word.box for word in picture.words)]
    area = sum(int(word.sum()) for word in words) / max(1, sum(word.size for word in words))
    return area, float(mask.mean())


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_words_are_covered(name: str) -> None:
    picture = layout(name, 11)
    assert len(picture.words) > 10
    area, _ = covered(picture, FAST)
    assert area >= 0.93


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_pictures_without_text_stay_free(name: str) -> None:
    _, touched = covered(layout(name, 12, text=False), FAST)
    assert touched <= 0.02


def test_the_second_look_sees_turned_text() -> None:
    picture = layout("US", 13)
    turned = Layout(picture.name, np.ascontiguousarray(np.rot90(picture.pixels)), ())
    height = picture.pixels.shape[1]
    words = tuple(
        type(word)(
            (word.box[1], height - word.box[0] - word.box[2], word.box[3], word.box[2]), word.size, word.style
        )
        for word in picture.words
    )
    area, _ = covered(Layout(turned.name, turned.pixels, words), ACCURATE)
    assert area >= 0.95


def test_a_line_at_the_very_edge_is_found() -> None:
    picture = layout("CT", 14)
    x, y, width, height = max(picture.words, key=lambda word: word.box[2]).box
    cut = np.ascontiguousarray(picture.pixels[max(0, y - 1) : y + height + 200])
    assert any(region.box[1] <= 2 and region.box[0] < x + width for region in find_text(cut, FAST))


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (40, 7), (1, 2000, 3)])
def test_any_size_is_answered(shape: tuple[int, ...]) -> None:
    assert isinstance(find_text(np.full(shape, 90, np.uint8), FAST), tuple)


def test_large_pictures_are_cut_into_tiles_without_losing_a_line() -> None:
    small = layout("US", 15)
    pixels = np.zeros((1700, 1900, 3), np.uint8)
    pixels[500 : 500 + 768, 600 : 600 + 1024] = small.pixels
    words = tuple(
        type(word)((word.box[0] + 600, word.box[1] + 500, *word.box[2:]), word.size, word.style)
        for word in small.words
    )
    area, _ = covered(Layout("large", pixels, words), FAST)
    assert area >= 0.93


def test_a_trace_is_not_writing() -> None:
    pixels = np.full((400, 900), 240, np.uint8)
    columns = np.arange(40, 860)
    heights = (200 + 60 * np.sin(columns / 23)).astype(int)
    for shift in (0, 1):
        pixels[heights + shift, columns] = 20
    assert not [r for r in find_text(pixels, FAST) if r.box[2] > 300]


def test_finding_is_deterministic() -> None:
    pixels = layout("MG", 16).pixels
    assert find_text(pixels, FAST) == find_text(pixels.copy(), FAST)


def test_grey_in_three_planes_is_grey_in_one() -> None:
    pixels = layout("CR", 17).pixels
    assert find_text(np.repeat(pixels[..., None], 3, axis=2), FAST) == find_text(pixels, FAST)


def test_what_is_known_is_not_said_again() -> None:
    pixels = layout("MG", 18).pixels
    known = [region.box for region in find_text(pixels, FAST)]
    assert len(known) > 8
    assert len(find_text(pixels, FAST, known)) < len(known) / 4


def test_a_painted_picture_stays_quiet() -> None:
    pixels = layout("CR", 19).pixels.copy()
    known = [region.box for region in find_text(pixels, FAST)]
    for x, y, width, height in known:
        pixels[y : y + height, x : x + width] = 0
    assert len(find_text(pixels, FAST)) <= 2


def test_letters_larger_than_any_stroke_are_found() -> None:
    pixels = np.full((1000, 1400), 30, np.uint8)
    drawn = Image.fromarray(pixels)
    ImageDraw.Draw(drawn).text((150, 380), "MUELLER", fill=230, font=ImageFont.load_default(200))
    regions = find_text(np.asarray(drawn), FAST)
    assert max((r.box[2] * r.box[3] for r in regions), default=0) > 500 * 150


@pytest.mark.parametrize("contrast", [3, 6, 12])
@pytest.mark.parametrize("ground", [20, 128, 230])
def test_writing_a_few_levels_lighter_than_its_ground_is_found(ground: int, contrast: int) -> None:
    drawn = Image.new("L", (800, 400), ground)
    ImageDraw.Draw(drawn).text(
        (200, 200), "MUELLER, Anna 1950", fill=ground + contrast, font=ImageFont.load_default(20)
    )
    boxes = [region.box for region in find_text(np.asarray(drawn), FAST)]
    assert any(x <= 205 and x + width >= 380 for x, _, width, _ in boxes)
