"""What a codec promises: it opens a body, and can close it again.

A body is opened into pieces whose raw bytes, joined, are the body itself. A piece is framing that is kept as it
came, a `Slot` (one payload), or a `Nest` (a wrapping with pieces inside: a content coding, a frame with its length,
a string inside JSON). Nothing replaced means nothing touched, so an unchanged body is forwarded byte for byte by
construction; a replaced slot rewrites only the wrappings around it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from gateway.errors import RedactionError
from gateway.model import Finding, Part

if TYPE_CHECKING:
    from gateway.wire.opening import Opening

type Write = Callable[[Part], bytes]
"""The wire bytes of a slot that holds this part instead; raises RedactionError where the wire cannot say it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one payload: its bytes as they travelled, what they mean, and how to put another one there."""

    raw: bytes = field(repr=False)
    part: Part
    write: Write = field(repr=False)
    """Gives the bytes for `lead` and `raw` together."""
    lead: bytes = field(default=b"", repr=False)
    """Framing in front that may change with the part, such as its file name. Apart, so that no file is copied."""


@dataclass(frozen=True, slots=True)
class Nest:
    """Pieces inside a wrapping, and how the wrapping is put around their joined bytes when one of them changed."""

    raw: bytes = field(repr=False)
    pieces: "tuple[Piece, ...]" = field(repr=False)
    close: Callable[[bytes], bytes] = field(repr=False)


type Piece = bytes | Slot | Nest


@dataclass(frozen=True, slots=True)
class Decoded:
    """One opened body: pieces in order, parts that have no place of their own, and findings made on the way."""

    pieces: tuple[Piece, ...] = field(default=(), repr=False)
    extras: tuple[Part, ...] = ()
    """Parts that were seen but cannot be replaced one by one: the joined text, a payload cut over many fields."""
    findings: tuple[Finding, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part, slots first in wire order, then the extras; `encode` counts the same way."""
        return (*(slot.part for slot in slots(self.pieces)), *self.extras)

    def encode(self, new: Mapping[int, Part]) -> bytes:
        """The body with some parts replaced, by their index in `parts`.

        Raises RedactionError for a part that cannot be replaced where it stands, and for an index that is none.
        """
        count = sum(1 for _ in slots(self.pieces))
        if any(index not in range(count) for index in new):
            raise RedactionError("this part has no place of its own on the wire", reason="cannot-redact")
        return b"".join(_written(self.pieces, new, iter(range(count))))


def slots(pieces: tuple[Piece, ...]) -> Iterator[Slot]:
    """All slots in wire order, inner ones where their nest stands."""
    for piece in pieces:
        if isinstance(piece, Slot):
            yield piece
        elif isinstance(piece, Nest):
            yield from slots(piece.pieces)


def raw(piece: Piece) -> bytes:
    """A piece as it travelled."""
    if isinstance(piece, bytes):
        return piece
    return piece.lead + piece.raw if isinstance(piece, Slot) and piece.lead else piece.raw


def joined(pieces: tuple[Piece, ...]) -> bytes:
    """Pieces as they travelled."""
    return raw(pieces[0]) if len(pieces) == 1 else b"".join(map(raw, pieces))


def framing(pieces: tuple[Piece, ...]) -> bytes:
    """What is left when every payload is cut out."""
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def _written(pieces: tuple[Piece, ...], new: Mapping[int, Part], index: Iterator[int]) -> Iterator[bytes]:
    for piece in pieces:
        match piece:
            case Slot():
                at = next(index)
                yield piece.write(new[at]) if at in new else raw(piece)
            case Nest():
                inner = b"".join(_written(piece.pieces, new, index))
                yield piece.raw if inner == joined(piece.pieces) else piece.close(inner)
            case bytes():
                yield piece


def unwritable(_: Part) -> bytes:
    """The `write` of a place that can be read but not replaced."""
    raise RedactionError("this payload cannot be replaced where it stands", reason="cannot-redact")


INSIDE = "text/json-inside"
"""The media type of a string that may be JSON: nobody promised that it is."""


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes to be opened, and what the wire claims about them."""

    data: bytes = field(repr=False)
    media: str = ""  # the media type without parameters, lower case
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    path: tuple[str, ...] = field(default=(), repr=False)
    filename: str = field(default="", repr=False)
    encoding: str = ""  # per-message coding of gRPC and Connect

    def option(self, name: str) -> str | None:
        """One parameter of the media type."""
        return dict(self.options).get(name)


class Codec(Protocol):
    """Knows one way of writing payloads into a body."""

    name: str

    def claims(self, body: Body) -> bool:
        """Whether the body is this codec's, by content first; may raise WireError when label and content clash."""
        ...

    def open(self, body: Body, opening: "Opening") -> tuple[Piece, ...]:
        """The pieces of the body. Raises WireError or LimitReached."""
        ...
