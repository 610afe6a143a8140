"""A PDF's pictures as files that can be looked at, and back: JPEG and JPEG 2000 as they are, all others as PNG."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import pikepdf
from PIL import Image

from gateway.errors import FormatError, LimitReached, RedactionError
from gateway.formats.pdf import Pdf, guarded, stream_bytes
from gateway.formats.pdf_render import picture_alone
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Format

_READY: Final = frozenset({"/DCTDecode", "/DCT", "/JPXDecode"})
_DROPPED: Final = (
    "/Alternates",
    "/OPI",
    "/Metadata",
    "/PieceInfo",
    "/Measure",
    "/PtData",
    "/StructParent",
    "/ID",
    "/LastModified",
    "/Name",
)
_MODES: Final = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB"}


def picture_file(stream: Any, limits: Limits) -> tuple[bytes, bool]:
    """A picture's file, and whether another can be put in its place.

    FormatError when it is damaged, LimitReached when it is larger than may be decoded.
    """
    filters = _filters(stream)
    if filters and filters[-1] in _READY:
        return _without_simple(stream, filters), True
    width, height = _number(stream, "/Width"), _number(stream, "/Height")
    if width <= 0 or height <= 0:
        raise FormatError("a picture without a size")
    if width * height > limits.pixels or width * height * 4 > limits.picture_bytes:
        raise LimitReached("a picture larger than may be decoded", reason="too-many-pixels")
    if _plain(stream):
        try:
            with guarded():
                image: Any = pikepdf.PdfImage(stream).as_pil_image()
                if image.mode in _MODES:
                    return _png(image), _writable(stream)
        except FormatError:
            pass  # a colour space or a packing that the library leaves to renderers
    return picture_alone(_page_of(stream, width, height), limits), False


def packed_pixels(stream: Any) -> tuple[bytes, bytes, int]:
    """A picture's bytes as they stand in the file, unpacked, and how many of these its rows take: 0 where nobody can say.

    All empty for pictures that are files of their own.
    """
    filters = _filters(stream)
    if filters and filters[-1] in _READY:
        return b"", b"", 0
    with guarded():
        raw = bytes(stream.read_raw_bytes())
    try:
        pixels = stream_bytes(stream)
    except FormatError:
        return raw, b"", 0  # packed in a way that renderers alone undo
    space = stream.get("/ColorSpace")
    indexed = isinstance(space, pikepdf.Array) and len(space) > 0 and space[0] in ("/Indexed", "/I")
    mask = bool(stream.get("/ImageMask", False))
    bits = (1 if indexed or mask else _channels(stream)) * (
        1 if mask else _number(stream, "/BitsPerComponent")
    )
    return raw, pixels, (_number(stream, "/Width") * bits + 7) // 8 * _number(stream, "/Height")


def inline_pictures(pdf: Pdf, index: int) -> Iterator[bytes]:
    """Pictures written into the drawing of one page and of the forms it uses."""
    page = pdf.leaves[index]
    sources = [page, *(one for one in pdf.used_by(index).values() if one.get("/Subtype") != "/Image")]
    for source in sources:
        with guarded():
            for step in pikepdf.parse_content_stream(source, "BI ID EI INLINE"):
                if isinstance(step, pikepdf.ContentStreamInlineImage):
                    yield _inline(step.iimage, pdf.limits)


def put_picture(stream: Any, data: bytes) -> None:
    """Another picture in the place of one. RedactionError when its format is none that PDF shows."""
    form = sniff(data)
    for key in _DROPPED:
        if key in stream:
            del stream[key]
    if form in (Format.JPEG, Format.JPEG2000):
        _put_ready(stream, data, form)
        return
    if form is not Format.PNG:
        raise RedactionError("a picture of a kind that a document does not show")
    with guarded(), Image.open(BytesIO(data), formats=("PNG",)) as opened:
        image = opened if opened.mode in ("L", "RGB") else opened.convert(_MODES.get(opened.mode, "RGB"))
        same = _number(stream, "/BitsPerComponent") == 8 and _channels(stream) == len(image.getbands())
        stream.write(image.tobytes())
        _resize(stream, image.size)
        stream.BitsPerComponent = 8
        if not same:
            stream.ColorSpace = pikepdf.Name.DeviceGray if image.mode == "L" else pikepdf.Name.DeviceRGB
            for key in ("/Decode", "/Mask"):
                if isinstance(stream.get(key), pikepdf.Array):
                    del stream[key]


def _put_ready(stream: Any, data: bytes, form: Format) -> None:
    name = pikepdf.Name.DCTDecode if form is Format.JPEG else pikepdf.Name.JPXDecode
    with guarded(), Image.open(BytesIO(data), formats=("JPEG", "JPEG2000")) as image:
        channels = len(image.getbands())
        if form is Format.JPEG and channels != _channels(stream):
            stream.ColorSpace = {
                1: pikepdf.Name.DeviceGray,
                3: pikepdf.Name.DeviceRGB,
                4: pikepdf.Name.DeviceCMYK,
            }[channels]
            if "/Decode" in stream:
                del stream["/Decode"]
        _resize(stream, image.size)
    stream.write(data, filter=name)


def _resize(stream: Any, size: tuple[int, int]) -> None:
    stream.Width, stream.Height = size


def _filters(stream: Any) -> list[str]:
    value = stream.get("/Filter", stream.get("/F"))
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, pikepdf.Array) else [str(value)]


def _without_simple(stream: Any, filters: list[str]) -> bytes:
    """A JPEG that was packed once more."""
    with guarded():
        raw = bytes(stream.read_raw_bytes())
        if len(filters) == 1:
            return raw
        holder = pikepdf.Pdf.new()
        packed = pikepdf.Stream(holder, raw)
        packed.Filter = pikepdf.Array([pikepdf.Name(one) for one in filters[:-1]])
        return stream_bytes(packed)


def _number(stream: Any, key: str) -> int:
    value = stream.get(key, 0)
    return int(value) if isinstance(value, int) else 0


def _channels(stream: Any) -> int:
    space = stream.get("/ColorSpace")
    if isinstance(space, pikepdf.Array) and len(space) > 1:
        if space[0] == "/ICCBased":
            return int(space[1].get("/N", 0))
        return {"/CalGray": 1, "/CalRGB": 3, "/Lab": 3}.get(str(space[0]), 0)
    return {"/DeviceGray": 1, "/G": 1, "/DeviceRGB": 3, "/RGB": 3, "/DeviceCMYK": 4}.get(str(space), 0)


def _plain(stream: Any) -> bool:
    """Whether the library's own decoding shows what a reader would: no JBIG2, no deep or unusual colours."""
    return "/JBIG2Decode" not in _filters(stream) and _number(stream, "/BitsPerComponent") in (0, 1, 2, 4, 8)


def _writable(stream: Any) -> bool:
    if stream.get("/ImageMask", False) or (_number(stream, "/BitsPerComponent") != 8 and "/Decode" in stream):
        return False
    space = stream.get("/ColorSpace")
    return _channels(stream) in (1, 3) or (
        isinstance(space, pikepdf.Array) and space[0] in ("/Indexed", "/I")
    )


def _inline(image: Any, limits: Limits) -> bytes:
    if image.width * image.height > limits.pixels:
        raise LimitReached("a picture larger than may be decoded", reason="too-many-pixels")
    filters = [str(one) for one in image.filters]
    if filters and filters[-1] in _READY:
        return bytes(image.read_bytes())
    return _png(image.as_pil_image())


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    shown = image if image.mode in ("1", "L", "P", "RGB", "LA", "RGBA") else image.convert("RGB")
    shown.info.clear()
    shown.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _page_of(stream: Any, width: int, height: int) -> bytes:
    """A document of one page that shows nothing but one picture, for a renderer to decode."""
    with guarded(), pikepdf.Pdf.new() as holder:
        scale = min(1.0, 2000 / max(width, height))
        size = (max(1.0, width * scale), max(1.0, height * scale))
        page = holder.add_blank_page(page_size=size)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=holder.copy_foreign(stream)))
        page.Contents = holder.make_stream(b"q 0 g %f 0 0 %f 0 0 cm /P Do Q" % size)
        out = BytesIO()
        holder.save(out, static_id=True)
        return out.getvalue()
