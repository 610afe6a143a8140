"""Turns any decoded picture, whatever its mode, into upright RGB arrays that a network or a person can look at."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageMode

type Pixels = NDArray[np.uint8]
"""HxWx3 uint8, RGB, upright."""

_AFAR: Final = 1.2
"""Pixels of blur: with 1.0 a CT slice of 64 x 64 dots scores below the threshold, with 1.5 others do."""
_DOTS: Final = 16
DIM: Final = 48
"""A picture whose brightest half percent stays below this shows nothing to the eye; it is also shown stretched."""
HIDING: Final = 128
"""Alpha below this hides a pixel from the eye, and not from a service that drops the alpha channel."""

_COPYABLE: Final = 8_000_000
"""Pixels up to which a picture with a palette or alpha is copied in order to be made smaller evenly."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip


def views_of(image: Image.Image, longest: int | None, orientation: int = 1) -> tuple[Pixels, ...]:
    """What can be seen in one loaded frame: usually one view, more when the picture shows different people different things.

    The first view lies on white, as browsers and chat pages show it. With alpha there may be two more: on black (white
    strokes on nothing would vanish on white) and without alpha (a service that drops it sees what alpha hid). A picture
    too dim to see is added stretched. Colour profiles are not applied: no judgement here depends on a shade, and their
    parser would be one more door. `longest` bounds the longer side to less than twice that many pixels.
    """
    image = _small(image, longest)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    views = [np.asarray(view) for view in _layers(image)]
    first = views[0]
    stretched = _stretched(first)
    if stretched is not None:
        views.append(stretched)
    return tuple(views)


def gray(values: NDArray[Any]) -> Pixels:
    """A single-channel array of any number type as RGB, windowed between its 0.5 and 99.5 percentiles."""
    numbers = np.nan_to_num(np.asarray(values, dtype=np.float32), copy=True, posinf=0.0, neginf=0.0)
    low, high = np.percentile(
        numbers[:: max(1, numbers.shape[0] // 512), :: max(1, numbers.shape[1] // 512)], (0.5, 99.5)
    )
    scale = 255.0 / (high - low) if high > low else 0.0
    level = np.clip((numbers - low) * scale, 0, 255).astype(np.uint8)
    return np.repeat(level[:, :, None], 3, axis=2)


def from_afar(view: Pixels) -> tuple[Pixels, ...]:
    """A picture of two shades as an eye sees it that does not tell its dots apart, and its negative; any other as it is.

    Which of two shades is ink, not every document says.
    """
    if not (_of_two_shades(view[::7, ::7]) and _of_two_shades(view)):
        return (view,)
    rows, columns = (_step(view[:, :, 0], axis) for axis in (0, 1))
    seen = np.asarray(Image.fromarray(view[::rows, ::columns]).filter(ImageFilter.GaussianBlur(_AFAR)))
    return seen, 255 - seen


def _step(dots: NDArray[np.uint8], axis: int) -> int:
    """How many rows or columns each dot takes: more than one where a picture of dots was enlarged."""
    changes = np.flatnonzero((np.diff(dots, axis=axis) != 0).any(axis=1 - axis)) + 1
    return int(np.gcd.reduce(changes)) if len(changes) >= _DOTS else 1


def _of_two_shades(view: Pixels) -> bool:
    flat = view.reshape(-1, 3)
    low, high = flat.min(axis=0), flat.max(axis=0)
    return bool((low != high).any()) and bool(((flat == low).all(axis=1) | (flat == high).all(axis=1)).all())


def shrunk(values: NDArray[Any], longest: int | None) -> NDArray[Any]:
    """Block means of a large array, whole blocks only; small ones stay as they are."""
    factor = 1 if longest is None else max(values.shape[:2]) // longest
    if factor < 2 or min(values.shape[:2]) < factor:
        return values if factor < 2 else values[::factor, ::factor]
    height, width = values.shape[0] // factor, values.shape[1] // factor
    blocks = values[: height * factor, : width * factor].reshape(
        height, factor, width, factor, *values.shape[2:]
    )
    mean: NDArray[Any] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return mean.astype(np.uint8) if values.dtype == np.uint8 else mean


def array_views(values: NDArray[Any], longest: int | None) -> tuple[Pixels, ...]:
    """The views of a decoder's raw array: HxW or HxWxC of any number type."""
    values = shrunk(values, longest)
    if values.ndim == 3 and values.shape[2] in (1, 2):
        values = values[:, :, 0]
    if values.ndim == 2 or values.dtype != np.uint8:
        flat = values if values.ndim == 2 else values[:, :, :3].mean(axis=2)
        return (
            gray(flat) if flat.dtype != np.uint8 else np.repeat(flat.astype(np.uint8)[:, :, None], 3, axis=2),
        )
    return views_of(Image.fromarray(values.astype(np.uint8)), None)


def memory(mode: str, pixels: int) -> int:
    """Bytes that Pillow needs for a picture of this mode while it is made into RGB."""
    if mode in ("1", "L", "P"):
        return pixels
    return pixels * (2 if mode.startswith("I;16") else 4)


def _small(image: Image.Image, longest: int | None) -> Image.Image:
    factor = 1 if longest is None else max(image.size) // longest
    if factor < 2 or min(image.size) < 1:
        return image
    if image.mode in ("L", "RGB", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"):
        return _means(image, factor)
    if image.mode == "1":
        return _means(image.convert("L"), factor)
    if image.mode in ("P", "PA", "LA", "La", "RGBA", "RGBa") and image.width * image.height <= _COPYABLE:
        if not image.has_transparency_data:
            return _means(image.convert("RGB"), factor)
        layered = image.convert("RGBA")
        # Apart, because means weighed by alpha would blacken what alpha hides.
        small = _means(layered.convert("RGB"), factor)
        small.putalpha(_means(layered.getchannel("A"), factor))
        return small
    # Every n-th pixel: block means would need a copy of four bytes a pixel of a picture that is large already.
    size = (max(1, image.width // factor), max(1, image.height // factor))
    return image.resize(size, Image.Resampling.NEAREST)


def _means(image: Image.Image, factor: int) -> Image.Image:
    # Not `image.reduce`: Pillow's JPEG 2000 reader keeps a number under that name.
    return Image.Image.reduce(image, factor)


def _layers(image: Image.Image) -> tuple[Image.Image | Pixels, ...]:
    if image.mode.startswith(("I", "F")):
        return (gray(np.asarray(image)),)
    if image.mode in ("LAB", "HSV", "YCbCr", "CMYK", "RGBX"):
        return (image.convert("RGB"),)
    if image.mode not in ("1", "L", "P", "RGB", "LA", "La", "PA", "RGBA", "RGBa"):
        ImageMode.getmode(image.mode)
        return (image.convert("RGB"),)
    if not image.has_transparency_data:
        return (image.convert("RGB"),)
    layered = image.convert("RGBA")
    alpha = layered.getchannel("A")
    least, _ = alpha.getextrema()
    plain = layered.convert("RGB")
    if least == 255:
        return (plain,)
    on_white = _over(plain, alpha, "white")
    on_black = _over(plain, alpha, "black")
    hidden = alpha.point(lambda value: 255 if value < HIDING else 0)
    # Only what alpha hid is new; a uniform colour below it is how every honest program fills nothing.
    spread = np.asarray(plain)[np.asarray(hidden) > 0]
    secret = len(spread) > 64 and int(spread.std(axis=0).max()) > 12
    return (on_white, on_black, plain) if secret else (on_white, on_black)


def _over(picture: Image.Image, alpha: Image.Image, colour: str) -> Image.Image:
    ground = Image.new("RGB", picture.size, colour)
    ground.paste(picture, mask=alpha)
    return ground


def _stretched(view: Pixels) -> Pixels | None:
    """The view with its brightness range opened up, when it is too dim to see and not simply empty."""
    sample = view[:: max(1, view.shape[0] // 128), :: max(1, view.shape[1] // 128)]
    low, high = np.percentile(sample, (0.5, 99.5))
    if high >= DIM or high - low < 3:
        return None
    opened: Pixels = np.clip((view.astype(np.float32) - low) * (255.0 / (high - low)), 0, 255).astype(
        np.uint8
    )
    return opened
