"""Small ordinary pictures with planted metadata, in many formats and modes."""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin

from gateway.model import Format

PLANTED = b"Planted-Patient-4711"
NAMES = {Format.JPEG: "JPEG", Format.PNG: "PNG", Format.GIF: "GIF", Format.WEBP: "WEBP", Format.TIFF: "TIFF",
         Format.BMP: "BMP", Format.PNM: "PPM", Format.JPEG2000: "JPEG2000"}  # fmt: skip


def colourful(height: int = 96, width: int = 144, seed: int = 0) -> NDArray[np.uint8]:
    """Texture in which every lost pixel would show."""
    random = np.random.default_rng(seed)
    slopes = np.add.outer(np.arange(height), np.arange(width))
    return (slopes[..., None] + random.integers(0, 90, (height, width, 3))).astype(np.uint8)


def in_mode(mode: str, seed: int = 0) -> Image.Image:
    pixels = colourful(seed=seed)
    if mode == "I;16":
        return Image.fromarray(pixels[..., 0].astype(np.uint16) * 201)
    image = Image.fromarray(pixels).convert("RGBA")
    image.putalpha(Image.fromarray(np.where(pixels[..., 1] > 40, 255, 90).astype(np.uint8)))
    return image.convert(mode)


def exif(orientation: int = 1) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x013B] = PLANTED.decode()
    block.get_ifd(0x8825)[1] = "N"
    block.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return block.tobytes()


def profile() -> bytes:
    """sRGB under a planted name."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    planted = PLANTED.decode().encode("utf-16-be")[: 2 * len("sRGB built-in")]
    return plain.replace("sRGB built-in".encode("utf-16-be"), planted)


def saved(image: Image.Image, form: Format, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, NAMES[form], **options)
    return out.getvalue()


def planted(form: Format, mode: str = "RGB", orientation: int = 1) -> bytes:
    """A picture of the format with metadata wherever the format has a place for them."""
    image = in_mode(mode)
    options: dict[str, Any] = {}
    if form in {Format.JPEG, Format.PNG, Format.WEBP, Format.TIFF}:
        options["exif"] = exif(orientation)
    if form in {Format.JPEG, Format.PNG, Format.WEBP} and mode in {"RGB", "RGBA"}:
        options["icc_profile"] = profile()
    if form is Format.PNG:
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Author", PLANTED.decode())
        texts.add_itxt("Comment", PLANTED.decode(), zip=True)
        options["pnginfo"] = texts
    if form in {Format.JPEG, Format.GIF}:
        options["comment"] = PLANTED
    if form in {Format.WEBP, Format.JPEG}:
        options["xmp"] = b"<x>" + PLANTED + b"</x>"
    if form is Format.WEBP:
        options |= {"lossless": True, "exact": True}
    data = saved(image, form, **options)
    return data + PLANTED if form in {Format.JPEG, Format.PNG, Format.GIF} else data


def film(form: Format, frames: int = 4) -> bytes:
    pictures = [Image.fromarray(colourful(seed=index)) for index in range(frames)]
    if form is Format.GIF:
        pictures = [picture.quantize(120) for picture in pictures]
    options: dict[str, Any] = {"lossless": True} if form is Format.WEBP else {}
    options |= {} if form is Format.TIFF else {"duration": 40}
    return saved(pictures[0], form, save_all=True, append_images=pictures[1:], **options)


def frames_of(data: bytes) -> list[NDArray[np.int64]]:
    """All frames as integers: RGBA, or the one deep channel."""
    with Image.open(BytesIO(data)) as image:
        frames = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            deep = image.mode.startswith("I")
            frames.append(np.asarray(image if deep else image.convert("RGBA")).astype(np.int64))
        return frames


def turned(pixels: NDArray[np.int64], orientation: int) -> NDArray[np.int64]:
    """What EXIF's orientation means (EXIF 3.0, 4.6.5.1.6)."""
    turns = {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, -1), 7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90,
    }  # fmt: skip
    return np.asarray(turns[orientation](pixels))
