"""Opens pictures from a closed list of formats; the only door to Pillow and pi-heif.

Sizes and frames are checked before anything is decoded, warnings are errors, a picture that is cut short is not
shown in part, and decoders are asked for the small version where they can make one.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pi_heif
from PIL import AvifImagePlugin, BmpImagePlugin, GifImagePlugin, IcoImagePlugin, Image  # noqa: F401 - they register
from PIL import Jpeg2KImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin  # noqa: F401 - themselves, so that
from PIL import PpmImagePlugin, PsdImagePlugin, TiffImagePlugin, WebPImagePlugin  # noqa: F401 - Pillow loads no others

from gateway.errors import FormatError, GatewayError, LimitReached
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

_COPIES = {Format.WEBP: 12, Format.GIF: 8, Format.AVIF: 8, Format.HEIF: 8, Format.JPEG2000: 12}
"""Bytes a pixel that a decoder holds besides Pillow's own copy: canvases, planes, integers."""
_HARMLESS = "Corrupt EXIF data|Metadata Warning|Possibly corrupt|Truncated File Read|Invalid APP|Image appears to be a malformed MPO"
"""Warnings about what surrounds the picture; `formats.picture_metadata` answers for that."""
_LEAST_SCALE = 7 / 8
"""A decoder's half size is taken when it reaches this share of the wanted side: 900 of 1,024."""
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
        reachable = [n for n in range(self.frames) if not self._covered(n)]
        if len(reachable) <= most:
            return tuple(reachable)
        step = (len(reachable) - 1) / (most - 1)
        return tuple(dict.fromkeys(reachable[round(index * step)] for index in range(most)))

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
        with _guarded():
            image = Image.open(BytesIO(self.data), formats=PILLOW[self.format])
        with image:
            for frame in wanted:
                # The guard ends before each hand-over: while the caller works, warnings are the caller's own.
                with _guarded():
                    views = _frame_views(image, frame, self, longest)
                if views:
                    yield frame, views

    def _heif_views(
        self, wanted: Sequence[int], longest: int | None
    ) -> Iterator[tuple[int, tuple[Pixels, ...]]]:
        with _guarded():
            stored = pi_heif.open_heif(self.data)
        for frame in wanted:
            with _guarded():
                # libheif turns the picture itself; the EXIF orientation beside it must not turn it again.
                views = views_of(stored[frame].to_pillow(), longest)
            yield frame, views


def open_raster(data: bytes, limits: Limits, form: Format | None = None) -> Raster:
    """Read the head of a picture. FormatError when it is none or damaged, LimitReached when it is too large."""
    form = sniff(data) if form is None else form
    if form in (Format.JPEG_LS, Format.JPEG_XL):
        return Raster(form, (0, 0), 1, data=data, limits=limits)
    with _guarded():
        if form is Format.HEIF:
            return _open_heif(data, limits)
        if form not in PILLOW:
            raise FormatError("not a picture")
        _check_canvas(data, form, limits)
        with Image.open(BytesIO(data), formats=PILLOW[form]) as image:
            frames = int(getattr(image, "n_frames", 1))
            if frames > limits.frames:
                raise LimitReached("more frames than are looked at")
            sizes, hidden = (
                _pages(image, frames) if form is Format.TIFF else ((), form is Format.PSD and frames > 1)
            )
            raster = Raster(
                form, image.size, 1 if form is Format.PSD else frames, image.mode, sizes, hidden, data, limits
            )
        if form is not Format.TIFF and image.size[0] * image.size[1] > limits.pixels:
            raise LimitReached("a picture larger than may be decoded")
        return raster


def _open_heif(data: bytes, limits: Limits) -> Raster:
    stored = pi_heif.open_heif(data)
    if len(stored) > limits.frames:
        raise LimitReached("more frames than are looked at")
    for one in stored:
        _count(one.size[0] * one.size[1], one.mode, Format.HEIF, limits)
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
    if frame and raster.format is Format.JPEG and _is_gain_map(raster.data, image.offset):
        return ()
    width, height = image.size
    if not width or not height:
        raise FormatError("a picture without pixels")
    if width * height > raster.limits.pixels:
        raise LimitReached("a picture larger than may be decoded")
    if longest is not None and raster.format is Format.JPEG:
        share = longest * _LEAST_SCALE / max(width, height)
        if share < 1:
            image.draft(None, (max(1, int(width * share)), max(1, int(height * share))))
        if image.info.get("progressive"):
            # All coefficients of a progressive JPEG are held at once, at full size, two bytes each.
            _count(width * height * _samples(image) // 4, "RGB", Format.JPEG, raster.limits)
    held = image.size[0] * image.size[1]
    if longest is not None and raster.format is Format.JPEG2000:
        image.reduce = reduce = _reduction(raster.data, max(width, height), longest)
        held = (width >> reduce) * (height >> reduce)
    _count(held, image.mode, raster.format, raster.limits)
    image.load()
    return views_of(image, longest, _orientation(image))


def _is_gain_map(data: bytes, offset: int) -> bool:
    """A second picture of a phone's photo that says how bright each place of the first one is, and shows nothing new."""
    head = data[offset : offset + 4096]
    return b"hdr-gain-map" in head or b"hdrgainmap" in head


def _samples(image: Any) -> int:
    """Bytes of coefficients a pixel: two for each component, fewer where it is subsampled."""
    layers = [(across, down) for _, across, down, *_ in getattr(image, "layer", ())]
    if not layers:
        return 8
    most = max(a for a, _ in layers) * max(d for _, d in layers)
    return -(-2 * sum(a * d for a, d in layers) // max(1, most))


def _reduction(data: bytes, side: int, longest: int) -> int:
    reduce, levels = 0, _levels(data)
    while reduce < levels and side >> (reduce + 1) >= longest * _LEAST_SCALE:
        reduce += 1
    return reduce


def _levels(data: bytes) -> int:
    """Decomposition levels of a JPEG 2000 codestream (ISO/IEC 15444-1, A.6.1)."""
    at = data.find(b"\xff\x52", 0, 1 << 16)
    return data[at + 9] if 0 <= at < len(data) - 10 and data[at + 9] <= 32 else 0


def _count(pixels: int, mode: str, form: Format, limits: Limits) -> None:
    if pixels > limits.pixels or memory(mode, pixels) + _COPIES.get(form, 0) * pixels > limits.picture_bytes:
        raise LimitReached("a picture larger than may be decoded")


def _check_canvas(data: bytes, form: Format, limits: Limits) -> None:
    """WebP's decoder takes its canvas when it is opened, so its size is read from the head before."""
    if form is Format.WEBP:
        width, height = _webp_size(data)
        _count(width * height, "RGBA", form, limits)


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from the first chunk (RFC 9649)."""
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and len(data) >= 30:
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    raise FormatError("a WebP without a picture")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - damaged EXIF is reported where metadata are read; the pixels are still the pixels
        return 1
    return value if isinstance(value, int) else 1


@contextmanager
def _guarded() -> Iterator[None]:
    """Foreign exceptions leave as ours, warnings as errors."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message=_HARMLESS, category=UserWarning)
            # Our own limits are checked at every frame; Pillow's fixed number would stop a 100-megapixel camera.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    except GatewayError:
        raise
    except (MemoryError, Image.DecompressionBombError):
        raise LimitReached("a picture larger than may be decoded") from None
    except Exception as error:
        raise FormatError(f"the picture does not decode: {type(error).__name__}") from None
