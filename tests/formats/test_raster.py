import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gateway.errors import FormatError, GatewayError, LimitReached
from gateway.formats.codecs import jpeg_xl_size
from gateway.formats.raster import PICTURES, Raster, open_raster
from gateway.formats.video import film_views
from gateway.limits import Limits
from gateway.model import Format
from tests.formats import made

LIMITS = Limits()
PICTURES_MADE = made.pictures()


@pytest.mark.parametrize("name", PICTURES_MADE)
def test_every_picture_opens_as_upright_rgb(name: str) -> None:
    data, form = PICTURES_MADE[name]
    raster = open_raster(data, LIMITS)
    assert raster.format is form
    frames = list(raster.views())
    assert len(frames) == raster.frames >= 1
    for _, views in frames:
        for view in views:
            assert view.dtype == np.uint8
            assert view.shape[2] == 3
            assert view.size > 0


def test_every_format_with_a_door_has_been_tried() -> None:
    assert {form for _, form in PICTURES_MADE.values()} | {Format.PSD} == PICTURES


@pytest.mark.parametrize(
    "name",
    ["jpeg", "png", "webp lossless", "bmp", "tiff", "bigtiff", "pnm", "avif", "jp2", "heic", "jpeg xl"],
)
def test_the_pixels_are_the_right_ones(name: str) -> None:
    pixels = open_raster(PICTURES_MADE[name][0], LIMITS).pixels().astype(int)
    expected = made.ramp().astype(int)
    if name == "heic":
        expected[:, :, 0], expected[:, :, 1] = np.arange(96) * 2, (np.arange(64) * 3)[:, None]
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).mean() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "TIFF"])
def test_exif_orientation_is_applied_once(orientation: int, kind: str) -> None:
    turned = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[
        orientation
    ]  # the operation that undoes the orientation
    upright = Image.fromarray(made.ramp())
    stored = upright if turned is None else upright.transpose(Image.Transpose(turned))
    exif = Image.Exif()
    exif[274] = orientation
    raster = open_raster(made.saved(kind, stored, exif=exif), LIMITS)
    pixels = raster.pixels().astype(int)
    assert pixels.shape == (64, 96, 3)
    assert np.abs(pixels - made.ramp()).mean() < 12
    assert raster.upright is (orientation == 1)


def test_sixteen_bits_are_windowed_to_what_the_eye_needs() -> None:
    for low, high in ((0, 65535), (30000, 30900), (0, 4095)):
        pixels = open_raster(made.saved("PNG", made.gray16(low, high)), LIMITS).pixels()
        assert pixels.min() < 10
        assert pixels.max() > 245


def test_a_picture_too_dim_to_see_is_shown_stretched_as_well() -> None:
    dim = Image.fromarray((made.ramp() // 16).astype(np.uint8))
    views = next(iter(open_raster(made.saved("PNG", dim), LIMITS).views()))[1]
    assert len(views) == 2
    assert views[1].max() > 240
    assert len(next(iter(open_raster(made.saved("PNG", Image.new("RGB", (64, 64))), LIMITS).views()))[1]) == 1


def test_alpha_hides_nothing() -> None:
    hidden = Image.fromarray(made.ramp()).convert("RGBA")
    hidden.putalpha(0)
    views = next(iter(open_raster(made.saved("PNG", hidden), LIMITS).views()))[1]
    assert [int(view.mean()) for view in views[:2]] == [255, 0]  # on white and on black: nothing to see
    assert np.abs(views[2].astype(int) - made.ramp()).mean() < 2  # a service that drops alpha sees this

    large = Image.fromarray(made.ramp(2400, 1600)).convert("RGBA")
    large.putalpha(0)
    assert next(iter(open_raster(made.saved("PNG", large), LIMITS).views()))[1][2].mean() > 50

    white = Image.new("RGBA", (96, 64), "white")
    white.putalpha(Image.fromarray(made.ramp()[:, :, 0]))
    on_black = next(iter(open_raster(made.saved("PNG", white), LIMITS).views()))[1][1]
    assert np.abs(on_black[:, :, 0].astype(int) - made.ramp()[:, :, 0]).mean() < 3

    opaque = Image.fromarray(made.ramp()).convert("RGBA")
    assert len(next(iter(open_raster(made.saved("PNG", opaque), LIMITS).views()))[1]) == 1


def test_decoding_is_scaled() -> None:
    large = Image.fromarray(made.ramp(3200, 2400))
    for kind in ("JPEG", "PNG", "JPEG2000", "TIFF"):
        raster = open_raster(made.saved(kind, large), LIMITS)
        assert raster.size == (3200, 2400)
        assert 896 <= max(raster.pixels(longest=1024).shape) < 2048
        assert raster.pixels(longest=None).shape == (2400, 3200, 3)


def test_frames_are_sampled_first_and_last_included() -> None:
    raster = open_raster(made.animation("GIF", 50), Limits(frames_examined=5))
    assert raster.frames == 50
    assert raster.sampled() == (0, 12, 24, 37, 49)
    means = [int(views[0].mean()) for _, views in raster.views()]
    assert len(means) == 5
    assert len(set(means)) > 2


def test_the_label_of_a_whole_slide_is_reached_past_its_huge_page() -> None:
    """Pages in the order slide scanners write them: full size, thumbnail of it, label, overview."""
    slide = [Image.fromarray(made.ramp(w, h)) for w, h in ((2000, 1500), (500, 375), (120, 130), (300, 100))]
    raster = open_raster(
        made.saved("TIFF", slide[0], save_all=True, append_images=slide[1:]), Limits(pixels=1_000_000)
    )
    assert raster.sampled() == (1, 2, 3)
    assert [views[0].shape[:2] for _, views in raster.views()] == [(375, 500), (130, 120), (100, 300)]


def test_a_huge_page_without_a_smaller_version_is_over_the_limit() -> None:
    pages = [Image.fromarray(made.ramp(2000, 1500)), Image.fromarray(made.ramp(100, 300))]
    raster = open_raster(
        made.saved("TIFF", pages[0], save_all=True, append_images=pages[1:]), Limits(pixels=1_000_000)
    )
    with pytest.raises(LimitReached):
        list(raster.views())


def _png_head(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1 << 16))) + chunk(b"IEND", b"")


def _with_size(data: bytes, marker: bytes, offset: int, size: bytes) -> bytes:
    at = data.index(marker) + offset
    return data[:at] + size + data[at + len(size) :]


BOMBS = {
    "png": _png_head(60_000, 60_000),
    "png of many but allowed pixels": _png_head(11_000, 10_500),
    "jpeg": _with_size(made.saved("JPEG"), b"\xff\xc0", 5, struct.pack(">HH", 65500, 65500)),
    "progressive jpeg": _with_size(
        made.saved("JPEG", progressive=True), b"\xff\xc2", 5, struct.pack(">HH", 10_000, 11_000)
    ),
    "gif": b"GIF89a" + struct.pack("<HH", 65535, 65535) + made.animation("GIF")[10:],
    "webp": made.saved("WEBP")[:26] + struct.pack("<HH", 16383, 16383) + made.saved("WEBP")[30:],
    "webp canvas": made.animation("WEBP")[:24] + b"\xff\xff\x00\xff\xff\x00" + made.animation("WEBP")[30:],
    "bmp": made.saved("BMP")[:18] + struct.pack("<ii", 60_000, 60_000) + made.saved("BMP")[26:],
    "jpeg-ls": _with_size(made.jpeg_ls(), b"\xff\xf7", 5, struct.pack(">HH", 65500, 65500)),
    "jpeg xl": made.jpeg_xl(np.zeros((12_000, 12_000), np.uint8), level=101),
    "jp2": _with_size(made.saved("JPEG2000"), b"\xff\x51", 6, struct.pack(">II", 60_000, 60_000)),
    "tiff": _with_size(made.saved("TIFF"), b"\x00\x01\x04\x00\x01\x00\x00\x00", 8, b"\xff\xff\x00\x00"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_before_they_are_decoded(name: str) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(GatewayError) as refused:
        for _ in open_raster(BOMBS[name], LIMITS).views():
            pass
    assert refused.value.reason in ("over-limit", "unreadable")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # KiB


def test_opening_decodes_nothing() -> None:
    """A PNG whose pixels are damaged opens, and fails when its pixels are asked for."""
    data = made.saved("PNG")
    at = data.index(b"IDAT") + 20
    spoilt = data[:at] + bytes(20) + data[at + 20 :]
    raster = open_raster(spoilt, LIMITS)
    assert raster.size == (96, 64)
    with pytest.raises(FormatError):
        raster.pixels()


def test_too_many_frames_are_over_the_limit() -> None:
    with pytest.raises(LimitReached):
        open_raster(made.animation("GIF", 12), Limits(frames=10))


@pytest.mark.parametrize("name", PICTURES_MADE)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_picture_cut_short_is_an_error_of_ours_or_still_a_picture(name: str, share: float) -> None:
    data, form = PICTURES_MADE[name]
    cut = data[: int(len(data) * share)]
    reason, seen = "", 0
    try:
        seen = len(list(open_raster(cut, LIMITS, form).views()))
    except GatewayError as error:
        reason = error.reason
    assert seen > 0 or reason in ("unreadable", "over-limit")


@pytest.mark.parametrize(
    "name", ["jpeg", "png", "webp", "tiff", "bmp", "jp2", "heic", "jpeg-ls", "jpeg xl", "avif", "pnm"]
)
def test_half_a_picture_is_never_shown_as_a_whole_one(name: str) -> None:
    data, form = PICTURES_MADE[name]
    with pytest.raises(FormatError):
        list(open_raster(data[: len(data) // 2], LIMITS, form).views())


@pytest.mark.parametrize("data", [b"", b"no picture", made.PDF, made.dicom(), bytes(100)])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        open_raster(data, LIMITS)


def test_errors_hold_no_content() -> None:
    with pytest.raises(FormatError) as error:
        open_raster(b"\xff\xd8\xff Nobody At All " * 9, LIMITS)
    assert "Nobody" not in str(error.value)
    assert error.value.__cause__ is None


def test_pages_in_sub_directories_are_reported() -> None:
    plain = made.saved("TIFF")
    tagged = io.BytesIO()
    Image.fromarray(made.ramp()).save(tagged, "TIFF", tiffinfo={330: 8})
    assert not open_raster(plain, LIMITS).hidden
    assert open_raster(tagged.getvalue(), LIMITS).hidden


def test_a_raster_shows_no_content_in_its_repr() -> None:
    assert b"\xff\xd8" not in repr(open_raster(made.saved("JPEG"), LIMITS)).encode()
    assert "data" not in repr(Raster(Format.PNG, (1, 1), 1))


def test_sizes_of_jpeg_xl_are_read_from_the_head() -> None:
    for width, height in ((96, 64), (8, 8), (1, 1), (257, 300), (1000, 750), (333, 333)):
        pixels = np.zeros((height, width, 3), np.uint8)
        assert jpeg_xl_size(made.jpeg_xl(pixels)) == (width, height)
        assert jpeg_xl_size(made.jpeg_xl(pixels, usecontainer=True)) == (width, height)


@pytest.mark.parametrize(("ending", "code"), [("mp4", "mp4v"), ("avi", "MJPG"), ("webm", "VP80")])
def test_films_are_sampled_first_and_last_included(tmp_path: Path, ending: str, code: str) -> None:
    frames = list(film_views(made.film(tmp_path, ending, code), Limits(frames_examined=4)))
    assert [number for number, _ in frames] == [0, 10, 19, 29]
    assert [abs(int(views[0].mean()) - number * 8) < 8 for number, views in frames] == [True] * 4


def test_films_that_are_too_large_or_broken_are_refused(tmp_path: Path) -> None:
    film = made.film(tmp_path, "mp4", "mp4v")
    with pytest.raises(LimitReached):
        list(film_views(film, Limits(pixels=1000)))
    for broken in (b"", film[:40], film[: len(film) // 2], film[:48] + bytes(len(film) - 48)):
        with pytest.raises(FormatError):
            list(film_views(broken, LIMITS))
