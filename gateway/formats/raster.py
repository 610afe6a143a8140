"""Opens pictures from a closed list of formats; the only door to Pillow and pi-heif.

Sizes and frames are checked before anything is decoded, warnings are errors, a picture that is cut short is not
shown in part, and decoders are asked for the small version where they can make one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from pi_heif.heif import open_heif
from PIL import (  # noqa: F401 - they register  # noqa: F401 - themselves, so that  # noqa: F401 - Pillow loads no others
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    IcoImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    PsdImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from gateway.errors import FormatError, LimitReached
from gateway.formats.border import guarded
from gateway.formats.budget import (
    LEAST_SCALE,
    check_canvas,
    check_memory,
    coefficient_bytes,
    is_gain_map,
    reduction,
)
from gateway.formats.codecs import decode_jpeg_ls, decode_jpeg_xl
from gateway.formats.pictures import Pixels, array_views, memory, views_of
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Format

PILLOW = {
    Format.JPEG: ("JPEG",), Format.PNG: ("PNG",), Format.GIF: ("GIF",), Format.WEBP: ("WEBP",),
    Format.BMP: ("BMP",), Format.TIFF: ("TIFF",), Format.ICO: ("ICO",), Format.PNM: ("PPM",), Format.AVIF: ("AVIF",),
    Format.JPEG2000: ("JPEG2000",), Format.PSD: ("PSD",),
}  # fmt: skip
PICTURES = frozenset({*PILLOW, Format.HEIF, Format.JPEG_LS, Format.JPEG_XL})
"""Formats that `open_raster` takes."""

_SUB_IFDS, _ORIENTATION = 330, 274


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture whose head has been read and found acceptable; pixels are decoded when asked for."""

    format: Format
    size: tuple[int, int]
    """Width and height of the first frame as stored."""
    frames: int
    mode: str = ""
    sizes: tuple[tuple[int, int], ...] = ()
    """Size of each page where pages differ (TIFF)."""
    hidden: bool = False
    """The file holds pictures that cannot be reached: sub-directories of a TIFF, layers of a PSD."""
    upright: bool = True
    """Stored rows are shown rows: no EXIF orientation turns them."""
    data: bytes = field(default=b"", repr=False)
    limits: Limits = Limits()

    def pixels(self, frame: int = 0, longest: int | None = 1024) -> Pixels:
        """One frame as HxWx3 uint8 RGB on white, upright; longer side below twice `longest`, None for full size."""
        for _, views in self.views((frame,), longest):
            return views[0]
        raise FormatError("a frame that cannot be reached")

    def views(
        self, frames: Sequence[int] | None = None, longest: int | None = 1024
    ) -> Iterator[tuple[int, tuple[Pixels, ...]]]:
        """Frames with everything that can be seen in them (`pictures.views_of`); all frames' sample when none are named.

        FormatError when the picture is damaged, LimitReached when a frame is larger than may be decoded.
        """
        wanted = self.sampled() if frames is None else tuple(frames)
        if self.format is Format.JPEG_LS:
            yield 0, array_views(decode_jpeg_ls(self.data, self.limits), longest)
        elif self.format is Format.JPEG_XL:
            yield 0, array_views(decode_jpeg_xl(self.data, self.limits), longest)
        elif self.format is Format.HEIF:
            yield from self._heif_views(wanted, longest)
        else:
            yield from self._pillow_views(wanted, longest)

    def sampled(self) -> tuple[int, ...]:
        """The frames to look at: first and last always, the rest evenly; of a pyramid, no page too large to decode."""
        most = max(2, self.limits.frames_examined)
        reachable = sorted(self.reachable())
        if len(reachable) <= most:
            return tuple(reachable)
        step = (len(reachable) - 1) / (most - 1)
        return tuple(dict.fromkeys(reachable[round(index * step)] for index in range(most)))

    def reachable(self) -> frozenset[int]:
        """All frames, but for pages too large to decode that a smaller one shows too."""
        return frozenset(number for number in range(self.frames) if not self._covered(number))

    def _covered(self, page: int) -> bool:
        """A page that is too large, of which another page is a smaller version (pyramids of whole slides)."""
        if not self.sizes or not self._too_large(self.sizes[page]):
            return False
        width, height = self.sizes[page]
        return any(
            not self._too_large((w, h))
            and min(w, h) >= 64
            and abs(w * height - width * h) <= 0.02 * width * h
            for w, h in self.sizes
        )

    def _too_large(self, size: tuple[int, int]) -> bool:
        pixels = size[0] * size[1]
        return pixels > self.limits.pixels or memory(self.mode, pixels) > self.limits.picture_bytes

    def _pillow_views(
        self, wanted: Sequence[int], longest: int | None
    ) -> Iterator[tuple[int, tuple[Pixels, ...]]]:
        with guarded():
            image = Image.open(BytesIO(self.data), formats=PILLOW[self.format])
        with image:
            for frame in wanted:
                # The guard ends before each hand-over: while the caller works, warnings are the caller's own.
                with guarded():
                    views = _frame_views(image, frame, self, longest)
                if views:
                    yield frame, views

    def _heif_views(
        self, wanted: Sequence[int], longest: int | None
    ) -> Iterator[tuple[int, tuple[Pixels, ...]]]:
        with guarded():
            stored = open_heif(self.data)
        for frame in wanted:
            with guarded():
                # libheif turns the picture itself; the EXIF orientation beside it must not turn it again.
                views = views_of(stored[frame].to_pillow(), longest)
            yield frame, views


def open_raster(data: bytes, limits: Limits, form: Format | None = None) -> Raster:
    """Read the head of a picture. FormatError when it is none or damaged, LimitReached when it is too large."""
    form = sniff(data) if form is None else form
    # The file stays in memory while it is decoded, so it counts.
    limits = replace(limits, picture_bytes=max(0, limits.picture_bytes - len(data)))
    if form in (Format.JPEG_LS, Format.JPEG_XL):
        return Raster(form, (0, 0), 1, data=data, limits=limits)
    with guarded():
        if form is Format.HEIF:
            return _open_heif(data, limits)
        if form not in PILLOW:
            raise FormatError("not a picture")
        check_canvas(data, form, limits)
        with Image.open(BytesIO(data), formats=PILLOW[form]) as image:
            frames = int(getattr(image, "n_frames", 1))
            if frames > limits.frames:
                raise LimitReached("more frames than are looked at")
            sizes, hidden = (
                _pages(image, frames) if form is Format.TIFF else ((), form is Format.PSD and frames > 1)
            )
            raster = Raster(
                form,
                image.size,
                1 if form is Format.PSD else frames,
                image.mode,
                sizes,
                hidden,
                _orientation(image) == 1,
                data,
                limits,
            )
        if form is not Format.TIFF and image.size[0] * image.size[1] > limits.pixels:
            raise LimitReached("a picture larger than may be decoded")
        return raster


def _open_heif(data: bytes, limits: Limits) -> Raster:
    stored = open_heif(data)
    if len(stored) > limits.frames:
        raise LimitReached("more frames than are looked at")
    for one in stored:
        check_memory(one.size[0] * one.size[1], one.mode, Format.HEIF, limits)
    return Raster(Format.HEIF, stored.size, len(stored), stored.mode, data=data, limits=limits)


def _pages(image: Any, frames: int) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Sizes of all pages of a TIFF, and whether sub-directories hold more that Pillow does not reach."""
    sizes, hidden = [], False
    for page in range(frames):
        image.seek(page)
        sizes.append(image.size)
        hidden = hidden or _SUB_IFDS in image.tag_v2
    image.seek(0)
    return tuple(sizes), hidden


def _frame_views(image: Any, frame: int, raster: Raster, longest: int | None) -> tuple[Pixels, ...]:
    """Decode one frame, as small as the decoder can make it; nothing for a gain map."""
    if frame != image.tell() and raster.format is not Format.PSD:
        image.seek(frame)
    if frame and raster.format is Format.JPEG and is_gain_map(raster.data, image.offset):
        return ()
    width, height = image.size
    if not width or not height:
        raise FormatError("a picture without pixels")
    if width * height > raster.limits.pixels:
        raise LimitReached("a picture larger than may be decoded")
    if longest is not None and raster.format is Format.JPEG:
        share = longest * LEAST_SCALE / max(width, height)
        if share < 1:
            image.draft(None, (max(1, int(width * share)), max(1, int(height * share))))
        if image.info.get("progressive"):
            # All coefficients of a progressive JPEG are held at once, at full size, two bytes each.
            check_memory(width * height * coefficient_bytes(image) // 4, "RGB", Format.JPEG, raster.limits)
    held = image.size[0] * image.size[1]
    if longest is not None and raster.format is Format.JPEG2000:
        image.reduce = reduce = reduction(raster.data, max(width, height), longest)
        held = (width >> reduce) * (height >> reduce)
    check_memory(held, image.mode, raster.format, raster.limits)
    image.load()
    return views_of(image, longest, _orientation(image))


def _orientation(image: Image.Image) -> int:
    try:
        # Not `image.getexif`: Pillow's PNG reader decodes the whole picture for it.
        value = Image.Image.getexif(image).get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - damaged EXIF is reported where metadata are read; the pixels are still the pixels
        return 1
    return value if isinstance(value, int) else 1
