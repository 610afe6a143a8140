"""Writes pictures again with black boxes in every frame, and proves that nothing else changed.

Lossless formats stay lossless; a lossy WebP is written losslessly, because a second lossy pass would touch every
pixel. After writing, the file is decoded again and compared with what was meant: a difference is a RedactionError.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from gateway.errors import GatewayError, LimitReached, RedactionError
from gateway.formats.raster import PILLOW, open_raster
from gateway.formats.raster_black import Colour, darkest, deep_png, indexed, with_black
from gateway.limits import Limits
from gateway.model import Box, Format

WRITABLE = frozenset(
    {Format.PNG, Format.GIF, Format.WEBP, Format.TIFF, Format.BMP, Format.PNM, Format.JPEG2000}
)
"""What `repainted` writes; JPEG has its own way (`gateway.redact.jpeg`)."""

LOSSLESS_TIFF = frozenset(
    {"raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "group3", "group4"}
)
PNG_COLOUR = (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"pHYs")
"""Chunks that change how colours and sizes are shown; they hold numbers only."""
ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
BLACK: dict[str, Colour] = {
    "1": 0, "L": 0, "LA": (0, 255), "RGB": (0, 0, 0), "RGBA": (0, 0, 0, 255), "CMYK": (0, 0, 0, 255), "I;16": 0,
    "I;16B": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Film:
    """All frames of a picture, upright, in their own mode."""

    frames: tuple[Image.Image, ...]
    durations: tuple[float, ...]
    loop: int
    profile: bytes
    compression: str


def orientation_of(data: bytes, form: Format) -> int:
    """The EXIF orientation of a picture, 1 where there is none or it cannot be read."""
    try:
        with Image.open(BytesIO(data), formats=PILLOW[form]) as image:
            value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - damaged EXIF says nothing; the pixels are shown as stored
        return 1
    return value if isinstance(value, int) and value in UPRIGHT else 1


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as EXIF says it should be shown."""
    return image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image


def repainted(
    data: bytes,
    form: Format,
    boxes: Sequence[Box],
    limits: Limits,
    profile: Callable[[bytes], bytes],
    *,
    small: bool = False,
) -> bytes:
    """The picture upright, black inside the boxes (in upright pixels), in all frames, without metadata.

    `profile` is asked what remains of the colour profile; `small` spends more time on a shorter file. RedactionError when the file cannot be written so that
    every other pixel is what it was; FormatError and LimitReached as `open_raster`.
    """
    if form not in WRITABLE:
        raise RedactionError("pictures of this format are read only")
    raster = open_raster(data, limits, form)
    if raster.hidden:
        raise RedactionError("a picture that hides further pictures")
    if raster.size[0] * raster.size[1] * raster.frames * 4 > limits.decoded_bytes:
        raise LimitReached("a film longer than may be rewritten")
    try:
        if form is Format.PNG and data[24] == 16 and data[25] != 0 and raster.frames == 1:
            return deep_png(data, boxes)
        film = _film(data, form, profile)
        painted = tuple(_painted(frame, boxes, form) for frame in film.frames)
        written = _encoded(painted, film, form, data, small=small)
        again = _film(written, form, bytes)
    except GatewayError:
        raise
    except Exception as error:  # noqa: BLE001 - the border of foreign encoders: the type, never the text
        raise RedactionError(f"the picture cannot be rewritten: {type(error).__name__}") from None
    if not _same(painted, again.frames):
        raise RedactionError("the picture would not stay as it is outside the boxes")
    return written


def jpeg_repainted(data: bytes, boxes: Sequence[Box], orientation: int) -> bytes:
    """A JPEG decoded, painted and encoded once more with its own quantisation tables and sampling."""
    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as opened:
            image: Any = opened
            image.load()
            tables, sampling = image.quantization, image.info.get("subsampling", -1)
            painted = upright(image, orientation)
            if orientation in {5, 6, 7, 8} and sampling == 1:
                sampling = 0  # colour halved across would have to be halved down, which Pillow does not write
    except Exception as error:  # noqa: BLE001 - the border of foreign encoders: the type, never the text
        raise RedactionError(f"the JPEG cannot be rewritten: {type(error).__name__}") from None
    if painted.mode not in {"L", "RGB", "CMYK"}:
        raise RedactionError("a JPEG of a kind that cannot be written")
    out = BytesIO()
    whole = [(x // 16 * 16, y // 16 * 16, w + x % 16 + 15, h + y % 16 + 15) for x, y, w, h in boxes]
    whole = [
        (x, y, w // 16 * 16, h // 16 * 16) for x, y, w, h in whole
    ]  # half a block would ring into the other half
    _painted(painted, whole, Format.JPEG).save(
        out, "JPEG", qtables=tables, subsampling=sampling, optimize=True
    )
    return out.getvalue()


def _film(data: bytes, form: Format, profile: Callable[[bytes], bytes]) -> _Film:
    image: Any
    with Image.open(BytesIO(data), formats=PILLOW[form]) as image:
        frames, durations = [], []
        # Pillow turns a TIFF upright itself when it loads it.
        orientation = 1 if form is Format.TIFF else orientation_of(data, form)
        for index in range(int(getattr(image, "n_frames", 1))):
            image.seek(index)
            image.load()
            frame = image.convert("RGBA") if form is Format.GIF else image.copy()
            if "transparency" in image.info and form is Format.PNG and image.mode != "P":
                frame = image.convert("RGBA" if image.mode == "RGB" else "LA")
            frames.append(upright(frame, orientation))
            durations.append(float(image.info.get("duration", 0)))
        icc = image.info.get("icc_profile") or b""
        loop = int(image.info.get("loop", 1 if form is Format.GIF else 0))
        return _Film(
            tuple(frames),
            tuple(durations),
            loop,
            profile(icc) if icc else b"",
            str(image.info.get("compression", "raw")),
        )


def _painted(image: Image.Image, boxes: Sequence[Box], form: Format) -> Image.Image:
    painted, black = image.copy(), BLACK.get(image.mode)
    if form is Format.GIF:
        black = darkest(image)
    elif image.mode == "P":
        painted, black = with_black(painted)
    elif image.mode in {"I", "F"}:
        black = min(0.0, float(np.asarray(image).min()))
    elif black is None:
        raise RedactionError("a picture of a kind that cannot be written")
    for x, y, width, height in boxes:
        painted.paste(black, (x, y, x + width, y + height))
    painted.info = {key: value for key, value in image.info.items() if key == "transparency"}
    return painted


def _encoded(
    frames: tuple[Image.Image, ...], film: _Film, form: Format, data: bytes, *, small: bool
) -> bytes:
    out = BytesIO()
    keep: dict[str, Any] = {"icc_profile": film.profile or None}
    several: dict[str, Any] = {"save_all": True, "append_images": frames[1:]} if len(frames) > 1 else {}
    timed = {"duration": list(film.durations), "loop": film.loop} if several else {}
    if form is Format.PNG:
        info = PngImagePlugin.PngInfo()
        for kind, content in _png_colour(data):
            info.add(kind, content)
        frames[0].save(out, "PNG", pnginfo=info, compress_level=9 if small else 3, **keep, **several, **timed)
    elif form is Format.GIF:
        exact = [indexed(frame) for frame in frames]
        more = {"save_all": True, "append_images": exact[1:], "disposal": 2} if several else {}
        if several and film.loop != 1:
            more["loop"] = film.loop
        exact[0].save(
            out, "GIF", optimize=False, **more, **({"duration": timed["duration"]} if several else {})
        )
    elif form is Format.WEBP:
        frames[0].save(
            out,
            "WEBP",
            lossless=True,
            exact=True,
            quality=100 if small else 60,
            method=6 if small else 3,
            **keep,
            **several,
            **timed,
        )
    elif form is Format.TIFF:
        way = film.compression if film.compression in LOSSLESS_TIFF else "tiff_adobe_deflate"
        way = way if way not in {"group3", "group4"} or all(f.mode == "1" for f in frames) else "tiff_lzw"
        frames[0].save(out, "TIFF", compression=way, **keep, **several)
    elif form is Format.JPEG2000:
        frames[0].save(out, "JPEG2000", irreversible=False, no_jp2=data[:4] == b"\xff\x4f\xff\x51")
    else:
        frames[0].save(out, "BMP" if form is Format.BMP else "PPM")
    return out.getvalue()


def _png_colour(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at + 12 <= len(data) and (kind := data[at + 4 : at + 8]) != b"IDAT":
        size = int.from_bytes(data[at : at + 4])
        if kind in PNG_COLOUR:
            found.append((kind, data[at + 8 : at + 8 + size]))
        at += 12 + size
    return found


def _same(meant: Sequence[Image.Image], written: Sequence[Image.Image]) -> bool:
    """Whether both films show the same; frames that repeat the one before may have been joined."""
    return _shown(meant) == _shown(written)


def _shown(frames: Sequence[Image.Image]) -> list[bytes]:
    shown: list[bytes] = []
    for frame in frames:
        if frame.mode in {"I", "F"} or frame.mode.startswith("I;16"):
            pixels = np.asarray(frame).astype(np.float64).tobytes()
        else:
            rgba = np.asarray(frame.convert("RGBA")).copy()
            if frame.mode != "RGBA" or frame.has_transparency_data:
                rgba[rgba[..., 3] == 0] = 0
            pixels = rgba.tobytes()
        if not shown or shown[-1] != pixels:
            shown.append(pixels)
    return shown
