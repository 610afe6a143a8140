"""One thing that a client can upload, and what its user sees when the gateway says no."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a test puts into an operation."""

    SCAN = "scan"  # a CT slice as people export it
    DICOM = "dicom"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way into an SDK."""

    path: str
    name: str
    media: str
    data: bytes

    @property
    def base64(self) -> str:
        return base64.b64encode(self.data).decode()

    @property
    def uri(self) -> str:
        return f"data:{self.media};base64,{self.base64}"


@dataclass(frozen=True, slots=True)
class Operation:
    """`run` uploads through whatever the environment says; None where another process than Python does it (Node)."""

    client: str
    name: str
    host: str
    raises: str
    """The class that the client raises, among its bases too, as `module.Name`."""
    run: Callable[[Upload], object] | None = None
    carries: str = "image"
    """What the operation takes: `image`, or `sound` or `text`, where the ordinary upload is a recording or a page."""
    wrapped: bool = False
    """Whether the client can raise a RuntimeError from it, which a traceback shows with its cause."""
    note: str = ""
    """What people should know about it beside the rest."""

    @property
    def key(self) -> str:
        return f"{self.client} {self.name}"


class HttpRefusedError(Exception):
    """What a plain HTTP client's user sees: a status and a text."""


class ErrorEventError(Exception):
    """What a program reads from a socket when its message was held back."""


def told(status: int, text: str) -> str:
    """The text of an answer, or HttpRefusedError with it where the status is an error."""
    if status >= 400:
        raise HttpRefusedError(f"{status} {text}")
    return text
