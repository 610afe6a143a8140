"""Which pictures inside a file are its own: tiles of what it shows, and what follows because the file announces it."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final, Literal

from PIL import Image

from gateway.formats.border import guarded
from gateway.formats.endings import film_after, further_pictures
from gateway.model import Format

_COMPRESSION, _STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 259, 273, 279, 324, 325
_FILES: Final = {
    6: Format.JPEG, 7: Format.JPEG, 34892: Format.JPEG, 33003: Format.JPEG2000, 33005: Format.JPEG2000, 34712: Format.JPEG2000, 34925: Format.XZ,
    50001: Format.WEBP,
}  # fmt: skip
"""TIFF compressions whose strips and tiles are files (TIFF 6.0, Technical Note 2; DNG; Aperio; libtiff)."""
_FIRST: Final = 8
"""Bytes of the head of a TIFF."""
_PAGES: Final = 1000


def own_stretches(data: bytes, form: Format) -> tuple[tuple[int, int, Format], ...]:
    """Offsets, first and behind the last, at which a file of this format is the picture's own. FormatError for a damaged TIFF."""
    match form:
        case Format.JPEG:
            film = film_after(data, form)
            begin = len(data) - len(film)
            further = tuple((at, at + 1, Format.JPEG) for at in further_pictures(data))
            return (*further, (begin, begin + 1, Format.MP4)) if film else further
        case Format.JPEG2000:
            at = data.find(b"\xff\x4f\xff\x51")
            return ((at, at + 1, Format.JPEG2000),)
        case Format.TIFF:
            with guarded():
                return _tiles(data)
        case _:
            return ()


def _tiles(data: bytes) -> tuple[tuple[int, int, Format], ...]:
    found = [(at, at + 1, Format.TIFF) for at in _heads(data)]
    image: Any
    with Image.open(BytesIO(data), formats=("TIFF",)) as image:
        for page in range(min(_PAGES, getattr(image, "n_frames", 1))):
            image.seek(page)
            tags = image.tag_v2
            form = _FILES.get(tags.get(_COMPRESSION))
            if form is None:
                continue
            for starts, sizes in ((_STRIPS, _STRIP_SIZES), (_TILES, _TILE_SIZES)):
                pairs = zip(tags.get(starts, ()), tags.get(sizes, ()), strict=False)
                found += [(int(at), int(at) + int(size), form) for at, size in pairs]
    return tuple(found)


def _heads(data: bytes) -> Iterator[int]:
    """Heads further on in a TIFF that lead to a page of its own: programs that append pages write one in front of each."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    pages = set(_directories(data, order))
    for match in re.finditer(re.escape(data[:4]), data[1:]):
        at = match.start() + 1
        directory = int.from_bytes(data[at + 4 : at + 8], order)
        if not pages.isdisjoint((directory, at + directory)):
            yield at


def _directories(data: bytes, order: Literal["little", "big"]) -> Iterator[int]:
    """Where the directories of a TIFF stand (TIFF 6.0, section 2); none of BigTIFF, whose head is another."""
    at = int.from_bytes(data[4:8], order) if b"*" in data[2:4] else 0
    for _ in range(_PAGES):
        if not _FIRST <= at < len(data):
            return
        yield at
        behind = at + 2 + 12 * int.from_bytes(data[at : at + 2], order)
        at = int.from_bytes(data[behind : behind + 4], order)
