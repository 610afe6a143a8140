"""What a case is: a wrapper around a picture, and what should become of it with a medical one and with an ordinary one."""

from collections.abc import Callable
from dataclasses import dataclass, field

HOST = b"api.openai.com"
OCTETS = b"application/octet-stream"
JSON = b"application/json"
FORM = b"multipart/form-data; boundary=BOUND"
URLENCODED = b"application/x-www-form-urlencoded"

WAYS = ("length", "chunked", "h2")
"""How a request travels: HTTP/1 with a length, HTTP/1 in chunks, HTTP/2."""

type Pairs = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """One request, before it is put on the wire."""

    body: bytes = field(default=b"", repr=False)
    label: bytes | None = OCTETS
    headers: Pairs = field(default=(), repr=False)
    path: bytes = b"/v1/files"
    method: bytes = b"POST"
    trailers: Pairs = field(default=(), repr=False)

    @property
    def bare(self) -> bytes:
        """Everything in the request that could carry a picture, one after the other: for the oracle."""
        pairs = (*self.headers, *self.trailers)
        return b"\n".join((self.path, *(name + b": " + value for name, value in pairs), b"", self.body))

    @property
    def fields(self) -> Pairs:
        """The headers as they are sent, without the host and the framing."""
        return (*(((b"content-type", self.label),) if self.label is not None else ()), *self.headers)


type Build = Callable[[bytes], Upload]


@dataclass(frozen=True, slots=True)
class Case:
    """One way around the gateway, by its name."""

    name: str
    build: Build
    """The wrapper around a picture."""
    form: bool = False
    """Whether the wrapper is refused whatever is in it (`tests.evasion.why`): its twin is the legal form of the same traffic."""
    kind: str = "png"
    """The format of the picture in it."""
    twin: Build | None = None
    """The benign twin, where it is not the same wrapper around an ordinary picture; needed where that is refused."""
    ways: tuple[str, ...] = WAYS
    sealed: bool = False
    """Whether more than the bytes is needed to see the picture (a password, a second request)."""


def cases(table: dict[str, Build], **more: object) -> tuple[Case, ...]:
    """A table of wrappers as cases that share everything else."""
    return tuple(Case(name, build, **more) for name, build in table.items())  # type: ignore[arg-type]
