"""What tells that a file is a picture or a document, and nothing of what is in it: its signature."""

from gateway.formats.magic import HEADS


def signature(data: bytes) -> bytes:
    """The fixed first bytes of a file by its format; empty where the format has none that stand at the front."""
    return next((mark for mark, _ in HEADS if data.startswith(mark)), b"")


def without_content(data: bytes) -> bytes:
    """As many bytes as were given: the signature, and zeros."""
    return signature(data).ljust(len(data), b"\0")
