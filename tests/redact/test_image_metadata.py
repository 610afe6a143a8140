"""Nothing but the picture is left, and the picture is what it was."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from gateway.errors import RedactionError
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Part, RedactionOptions
from gateway.redact.image_metadata import IMAGE_METADATA, cleaned
from tests.support.pictures import PLANTED, film, frames_of, planted, turned

FORMATS = (Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.TIFF, Format.BMP, Format.PNM)
LIMITS = Limits()


def clean(data: bytes, form: Format, options: RedactionOptions | None = None) -> bytes:
    part = Part(("file",), data, form)
    found = (Finding(Kind.IDENTIFIER_IN_METADATA, part.path, "EXIF Artist"),)
    return IMAGE_METADATA.redact(part, found, options or RedactionOptions(), LIMITS, b"", ()).data


def planted_anywhere(data: bytes) -> bool:
    with Image.open(BytesIO(data)) as image:
        image.load()
        blocks = [
            data,
            *(value for value in image.info.values() if isinstance(value, bytes)),
            repr(image.info).encode(),
        ]
        blocks.append(repr(dict(image.getexif())).encode())
    wide = PLANTED[:13].decode().encode("utf-16-be")
    return any(PLANTED[:13] in block or wide in block for block in blocks)


@pytest.mark.parametrize("form", FORMATS)
def test_metadata_are_gone_and_pixels_are_the_same(form: Format) -> None:
    data = planted(form)
    if form not in {Format.BMP, Format.PNM}:
        assert planted_anywhere(data)
    out = clean(data, form)
    assert not planted_anywhere(out)
    for before, after in zip(frames_of(data), frames_of(out), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("form", FORMATS)
def test_cleaning_twice_changes_nothing(form: Format) -> None:
    once = clean(planted(form), form)
    assert clean(once, form) == once


@pytest.mark.parametrize("form", [Format.JPEG, Format.PNG, Format.WEBP, Format.TIFF])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_orientation_is_applied(form: Format, orientation: int) -> None:
    data = planted(form, orientation=orientation)
    out = clean(data, form)
    with Image.open(BytesIO(out)) as image:
        assert image.getexif().get(0x0112, 1) == 1
    (before,), (after,) = frames_of(planted(form)), frames_of(out)
    # JPEG is turned without decoding; the decoders' rounding differs with the direction.
    slack = 4 if form is Format.JPEG else 0
    assert np.abs(turned(before, orientation) - after).max() <= slack


def test_the_colours_stay_under_no_name() -> None:
    data = planted(Format.JPEG)
    out = clean(data, Format.JPEG)
    with Image.open(BytesIO(data)) as before, Image.open(BytesIO(out)) as after:
        assert after.info["icc_profile"]
        profiles = [ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"])) for image in (before, after)]
        assert ImageCms.getProfileDescription(profiles[1]).strip() == "Embedded RGB"
        target = ImageCms.createProfile("LAB")
        shown = [
            np.asarray(ImageCms.profileToProfile(image, one, target, outputMode="LAB"))
            for image, one in zip((before, after), profiles, strict=True)
        ]
    np.testing.assert_array_equal(*shown)


@pytest.mark.parametrize("form", [Format.GIF, Format.PNG, Format.WEBP, Format.TIFF])
def test_films_keep_all_frames(form: Format) -> None:
    data = film(form)
    before, after = frames_of(data), frames_of(clean(data, form))
    assert len(before) == len(after) == 4
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "form", [Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.TIFF, Format.BMP, Format.PNM]
)
def test_the_length_can_be_kept(form: Format) -> None:
    data = planted(form)
    out = clean(data, form, RedactionOptions(keep_length=True))
    assert len(out) == len(data)
    assert not planted_anywhere(out)
    for before, after in zip(frames_of(data), frames_of(out), strict=True):
        np.testing.assert_array_equal(before, after)


def test_read_only_formats_are_refused() -> None:
    with pytest.raises(RedactionError) as refused:
        clean(b"anything", Format.HEIF)
    assert refused.value.reason == "cannot-redact"


@pytest.mark.parametrize("form", [Format.JPEG, Format.PNG, Format.GIF, Format.WEBP])
def test_files_that_are_cut_short_are_refused(form: Format) -> None:
    data = clean(planted(form), form)
    for end in (len(data) // 3, len(data) // 2, len(data) - 2):
        with pytest.raises(RedactionError):
            cleaned(data[:end], form, (), LIMITS)


def test_comments_between_the_scans_of_a_progressive_jpeg_go_too() -> None:
    out = BytesIO()
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    scan = data.rindex(b"\xff\xda")
    note = b"\xff\xfe" + (len(PLANTED) + 2).to_bytes(2) + PLANTED
    cleaned_data = clean(data[:scan] + note + data[scan:], Format.JPEG)
    assert PLANTED not in cleaned_data
    assert cleaned_data == clean(data, Format.JPEG)
