"""Containers to the parts inside them, to a bounded depth, and back."""

from gateway.unpack.counter import Counter
from gateway.unpack.names import names, renamable, renamed
from gateway.unpack.pdf_spots import on_pictures
from gateway.unpack.walk import repack, unpack

__all__ = ["Counter", "names", "on_pictures", "renamable", "renamed", "repack", "unpack"]
