"""What one request of a split upload asks for, whatever the service's protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gateway import wire
from gateway.errors import GatewayError, RedactionError
from gateway.model import Headers, Transfer

NOT_JOINED = "pieces-mismatch"
UNKNOWN = "unknown-upload"
CANNOT_JOIN = "split-upload"


class HeldError(GatewayError):
    """A piece that cannot be joined with the others, with the reason code that its sender is told."""

    reason = NOT_JOINED
    matter = ""
    """The audit id of the upload that the piece spoke of, where there is one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender of a piece is told in the service's place."""

    status: int
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


type Say = Callable[[int], Answer]
"""The answer when so many bytes are held, the piece itself included."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a file. In order (`at` is their offset), or under a `name` that the completion puts in order."""

    upload: str = field(repr=False)  # the service's name for the upload: an address or an id
    data: bytes = field(repr=False)
    answer: Say = field(repr=False)
    at: int | None = None
    name: str = field(default="", repr=False)
    total: int | None = None  # the size of the whole file, where the protocol says it with every piece


@dataclass(frozen=True, slots=True)
class Send:
    """How an upload is sent where the service takes it only in pieces: some requests before the last one."""

    path: str = field(repr=False)
    headers: Headers = field(repr=False)
    wrap: Callable[[bytes], bytes] = field(repr=False)
    """The body of the request that sends one piece."""
    sizes: tuple[int, ...]
    last: Callable[[tuple[str, ...], bytes], Transfer] = field(repr=False)
    """The last request, given the names by which the service knows the pieces, and the body that was sent."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The joined upload as one transfer: what is examined, and unless `send` says otherwise what goes on."""

    transfer: Transfer
    send: Send | None = None


@dataclass(frozen=True, slots=True)
class Final:
    """The upload is complete: these are its last bytes (perhaps none), or the order of its pieces."""

    upload: str = field(repr=False)
    build: Callable[[bytes, tuple[int, ...]], Whole] = field(
        repr=False
    )  # the joined bytes, sizes of the pieces
    data: bytes = field(default=b"", repr=False)
    at: int | None = None
    total: int | None = None
    order: tuple[str, ...] | None = field(default=None, repr=False)
    asks: bool = False  # without bytes: where nothing is held, it is a question to the service

    @property
    def stands_alone(self) -> bool:
        """Whether the request is an ordinary one when nothing was held before."""
        return self.asks or (self.order is None and self.at == 0)


@dataclass(frozen=True, slots=True)
class Query:
    """The sender asks how much has arrived."""

    upload: str = field(repr=False)
    answer: Say = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cancel:
    """The sender gives the upload up; the service hears of it too."""

    upload: str = field(repr=False)


type Step = Piece | Final | Query | Cancel


def only(transfer: Transfer, name: bytes) -> bytes | None:
    """The one value of a header, or None. Raises HeldError where it is given twice."""
    values = [value for key, value in transfer.headers if key.lower() == name]
    if len(values) > 1:
        raise HeldError("a header of a piece is given twice", reason="ambiguous-headers")
    return values[0].strip() if values else None


def check_bare(transfer: Transfer) -> None:
    """Raises HeldError for a piece that is packed by itself: what the joined pieces mean would be uncertain."""
    coding = only(transfer, b"content-encoding")
    if (coding or b"identity").lower() != b"identity" or transfer.trailers:
        raise HeldError("a piece is encoded by itself", reason=CANNOT_JOIN)


def joined(
    transfer: Transfer, body: bytes, changes: Mapping[bytes, bytes | None], path: str | None = None
) -> Transfer:
    """The request carrying the whole body. `changes` are headers to set (bytes) or drop (None), names in lower case.

    Raises HeldError where a header speaks of the body and cannot be made true: a signature, an unknown checksum.
    """
    changes = {b"content-length": b"%d" % len(body), b"transfer-encoding": None, **changes}
    kept = tuple((name, value) for name, value in transfer.headers if name.lower() not in changes)
    try:
        true = wire.true_headers(replace(transfer, headers=kept), body)
    except RedactionError:
        raise HeldError("a header of the last piece cannot be made true", reason=CANNOT_JOIN) from None
    headers = tuple((name, value) for name, value in true if name.lower() != b"content-length")
    added = tuple((name, value) for name, value in changes.items() if value is not None)
    return replace(transfer, headers=headers + added, body=body, path=transfer.path if path is None else path)
