"""The border around foreign picture decoders: their exceptions leave as ours, their warnings as errors."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from gateway.errors import FormatError, GatewayError, LimitReached

_HARMLESS = "Corrupt EXIF data|Metadata Warning|Possibly corrupt|Truncated File Read|Invalid APP|Image appears to be a malformed MPO"
"""Warnings about what surrounds the picture; `formats.picture_metadata` answers for that."""


@contextmanager
def guarded() -> Iterator[None]:
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
    except Exception as error:  # noqa: BLE001 - the border of foreign decoders: the type, never the text
        raise FormatError(f"the picture does not decode: {type(error).__name__}") from None
