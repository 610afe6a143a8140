"""Black inside the boxes, and nothing else changed: ordinary pictures."""

import numpy as np
import pytest

from gateway.errors import RedactionError
from gateway.limits import Limits
from gateway.model import Box, Finding, Format, Kind, Part, RedactionOptions
from gateway.redact.pixels import PIXELS, to_paint
from tests.support.pictures import PLANTED, film, frames_of, in_mode, planted, saved, turned

LIMITS = Limits()
BOXES: tuple[Box, ...] = ((10, 8, 40, 13), (60, 50, 30, 21))

MATRIX = [
    (form, mode)
    for form, modes in {
        Format.PNG: ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
        Format.TIFF: ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"),
        Format.BMP: ("1", "L", "P", "RGB"),
        Format.GIF: ("L", "P", "RGB"),
        Format.WEBP: ("RGB", "RGBA"),
        Format.PNM: ("L", "RGB"),
        Format.JPEG2000: ("L", "RGB"),
    }.items()
    for mode in modes
]


def paint(
    data: bytes, form: Format, options: RedactionOptions | None = None, boxes: tuple[Box, ...] = BOXES
) -> bytes:
    part = Part(("file",), data, form)
    found = tuple(Finding(Kind.TEXT_IN_PIXELS, part.path, "frame 0", box=box) for box in boxes)
    return PIXELS.redact(part, found, options or RedactionOptions(), LIMITS, b"", ()).data


def outside(shape: tuple[int, ...], unit: int = 1) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    mask = np.ones(shape[:2], np.bool_)
    for x, y, width, height in BOXES:
        slack = 1 if unit > 1 else 0  # decoders smooth colour one pixel across a block's border
        top, left = y // unit * unit - slack, x // unit * unit - slack
        bottom, right = -(-(y + height) // unit) * unit + slack, -(-(x + width) // unit) * unit + slack
        mask[max(0, top) : bottom, max(0, left) : right] = False
    return mask


def assert_painted(before: np.ndarray, after: np.ndarray, unit: int = 1, dark: int = 0) -> None:  # type: ignore[type-arg]
    assert before.shape == after.shape
    kept = outside(before.shape, unit)
    assert kept.mean() > 0.5
    np.testing.assert_array_equal(before[kept], after[kept])
    for x, y, width, height in BOXES:
        inside = after[y : y + height, x : x + width]
        assert (inside[..., :3].max() if after.ndim == 3 else inside.max()) <= dark
        assert inside.reshape(-1, *after.shape[2:]).std(axis=0).max() == 0


@pytest.mark.parametrize(("form", "mode"), MATRIX)
def test_only_the_boxes_change(form: Format, mode: str) -> None:
    data = saved(in_mode(mode), form, **({"lossless": True, "exact": True} if form is Format.WEBP else {}))
    if mode == "CMYK":
        (before,), (after,) = frames_of(data), frames_of(paint(data, form))
        np.testing.assert_array_equal(before[outside(before.shape)], after[outside(before.shape)])
        assert after[10, 20, :3].max() == 0
        return
    # A full palette may lack black; then its darkest colour is taken.
    assert_painted(
        frames_of(data)[0],
        frames_of(paint(data, form))[0],
        dark=24 if mode == "P" or form is Format.GIF else 0,
    )


@pytest.mark.parametrize("sampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_blocks_outside_the_boxes_stay(sampling: int, *, progressive: bool) -> None:
    data = saved(in_mode("RGB"), Format.JPEG, subsampling=sampling, progressive=progressive, quality=85)
    assert_painted(frames_of(data)[0], frames_of(paint(data, Format.JPEG))[0], unit=16)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_of_other_colour_kinds(mode: str) -> None:
    data = saved(in_mode(mode), Format.JPEG, **({"keep_rgb": True} if mode == "RGB" else {}))
    assert_painted(frames_of(data)[0], frames_of(paint(data, Format.JPEG))[0], unit=16)


@pytest.mark.parametrize("form", [Format.GIF, Format.PNG, Format.WEBP, Format.TIFF])
def test_every_frame_is_painted(form: Format) -> None:
    data = film(form)
    before, after = frames_of(data), frames_of(paint(data, form))
    assert len(before) == len(after) == 4
    for one, other in zip(before, after, strict=True):
        assert_painted(one, other)


@pytest.mark.parametrize("form", [Format.PNG, Format.WEBP, Format.TIFF])
@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_boxes_are_where_people_see_them(form: Format, orientation: int) -> None:
    data = planted(form, orientation=orientation)
    boxes: tuple[Box, ...] = ((10, 8, 40, 13), (30, 50, 30, 21))
    (before,), (after,) = frames_of(planted(form)), frames_of(paint(data, form, boxes=boxes))
    mask = np.ones(after.shape[:2], np.bool_)
    for x, y, width, height in boxes:
        mask[y : y + height, x : x + width] = False
        assert after[y : y + height, x : x + width, :3].max() == 0
    np.testing.assert_array_equal(turned(before, orientation)[mask], after[mask])


@pytest.mark.parametrize("form", [Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.TIFF, Format.BMP])
def test_painting_twice_changes_nothing(form: Format) -> None:
    once = paint(planted(form), form)
    assert PLANTED not in once
    assert paint(once, form) == once


def test_without_findings_the_part_is_the_same() -> None:
    data = planted(Format.PNG)
    assert paint(data, Format.PNG, boxes=()) is data


@pytest.mark.parametrize("form", [Format.JPEG, Format.PNG, Format.TIFF, Format.BMP, Format.WEBP])
def test_the_length_can_be_kept(form: Format) -> None:
    data = planted(form)
    out = paint(data, form, RedactionOptions(keep_length=True))
    assert len(out) == len(data)
    assert frames_of(out)[0][10, 20, :3].max() == 0


def test_a_length_that_cannot_be_reached_is_refused() -> None:
    data = saved(in_mode("RGB"), Format.WEBP, quality=20)
    with pytest.raises(RedactionError) as refused:
        paint(data, Format.WEBP, RedactionOptions(keep_length=True))
    assert refused.value.reason == "length-changed"


def test_pictures_that_are_read_only_are_refused() -> None:
    with pytest.raises(RedactionError) as refused:
        paint(b"anything", Format.HEIF)
    assert refused.value.reason == "cannot-redact"


def test_a_finding_without_a_place_is_refused() -> None:
    part = Part(("file",), planted(Format.PNG), Format.PNG)
    with pytest.raises(RedactionError):
        PIXELS.redact(part, (Finding(Kind.TEXT_IN_PIXELS, part.path),), RedactionOptions(), LIMITS, b"", ())


def test_findings_of_other_parts_are_left_alone() -> None:
    part = Part(("file",), planted(Format.PNG), Format.PNG)
    other = Finding(Kind.TEXT_IN_PIXELS, ("other",), box=(1, 1, 5, 5))
    assert to_paint(part, (other,), RedactionOptions(), LIMITS, ()) == ()
