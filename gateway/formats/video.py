"""Opens films from memory and hands out sampled frames; the only door to OpenCV's FFmpeg reader.

OpenCV's wheel bundles FFmpeg built under the LGPL; other Python packages bundle it with GPL encoders.
"""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from gateway.errors import FormatError, GatewayError, LimitReached
from gateway.formats.pictures import Pixels, array_views
from gateway.limits import Limits
from gateway.model import Format

FILMS = frozenset({Format.MP4, Format.AVI, Format.WEBM})
"""Formats that `film_views` takes."""

_NEAR = 48
"""Frames that are decoded and skipped rather than jumped over: a jump starts at a key frame and decodes as well."""


def film_views(
    data: bytes, limits: Limits, longest: int | None = 1024, short: int = 0
) -> Iterator[tuple[int, tuple[Pixels, ...]]]:
    """Frames spread over a film, first and last included: index and RGB views (`pictures.views_of`).

    Every frame of a film that has at most `short` pixels in all of them together.
    FormatError when a sampled frame cannot be decoded, LimitReached when frames are larger than may be decoded. A film
    that does not say how many frames it has is read from its beginning as far as `frames_examined` reaches and then
    answered with FormatError, since its rest was not seen.
    """
    import cv2  # noqa: PLC0415 - a rare format does not slow every worker's start

    # A nameless file in memory: OpenCV 5.0's reader of Python streams crashed the process on damaged films (within
    # seconds of mutating them), while 7,600 mutated films read from memory files crashed nothing.
    try:
        handle = os.memfd_create("film", os.MFD_CLOEXEC)
    except OSError as error:
        raise FormatError(f"no room for the film: {type(error).__name__}") from None
    try:
        with os.fdopen(os.dup(handle), "wb") as copy:
            copy.write(data)
        reader = cv2.VideoCapture(f"/proc/self/fd/{handle}", cv2.CAP_FFMPEG)
    except Exception as error:  # noqa: BLE001 - the border of a foreign decoder: its type, never its text
        raise FormatError(f"the film does not open: {type(error).__name__}") from None
    finally:
        os.close(handle)  # the reader has opened it anew
    try:
        if not reader.isOpened():
            raise FormatError("the film does not open")
        yield from _sampled(reader, cv2, limits, longest, short)
    finally:
        reader.release()


def _sampled(
    reader: Any, cv2: Any, limits: Limits, longest: int | None, short: int
) -> Iterator[tuple[int, tuple[Pixels, ...]]]:
    width, height = int(reader.get(cv2.CAP_PROP_FRAME_WIDTH)), int(reader.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if width <= 0 or height <= 0:
        raise FormatError("a film without pictures")
    # A decoder keeps up to sixteen reference frames of one and a half bytes a pixel, and we one of three.
    if width * height > limits.pixels or width * height * 27 > limits.picture_bytes:
        raise LimitReached("a film larger than may be decoded")
    count = int(reader.get(cv2.CAP_PROP_FRAME_COUNT))
    known = 0 < count < 1 << 31
    most = max(2, limits.frames_examined)
    every = known and width * height * count <= short
    indices = range(count) if every else _spread(count, most) if known else range(most)
    position = 0
    for wanted in indices:
        if wanted - position > _NEAR:
            reader.set(cv2.CAP_PROP_POS_FRAMES, wanted)
        elif not all(reader.grab() for _ in range(wanted - position)):
            break
        frame = _read(reader)
        if frame is None:
            break
        position = wanted + 1
        yield wanted, array_views(frame[:, :, ::-1], longest)
    # Announced counts are estimates in many files, so only the last sample may be missing.
    if position <= (indices[-2] if len(indices) > 1 else 0):
        raise FormatError("a frame of the film does not decode")
    if not known and _read(reader) is not None:
        raise FormatError("a film that does not say how long it is")


def _spread(count: int, most: int) -> tuple[int, ...]:
    if count <= most:
        return tuple(range(count))
    return tuple(round(index * (count - 1) / (most - 1)) for index in range(most))


def _read(reader: Any) -> Any:
    try:
        good, frame = reader.read()
    except GatewayError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise FormatError(f"a frame of the film does not decode: {type(error).__name__}") from None
    return np.ascontiguousarray(frame) if good and frame is not None and frame.ndim == 3 else None
