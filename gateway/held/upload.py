"""One upload that comes in pieces: what is remembered of it, and whose it is."""

import hashlib
from dataclasses import dataclass, field

from gateway.held.step import NOT_JOINED, Answer, HeldError, Whole
from gateway.model import Transfer

_KEYS = frozenset({b"authorization", b"x-goog-api-key", b"x-api-key", b"api-key"})

type Key = tuple[object, ...]
type Owner = tuple[str, str]


@dataclass(slots=True)
class Upload:
    """One upload that is not complete yet."""

    key: Key = field(repr=False)
    number: int
    about: Transfer  # sender and destination alone
    until: float
    matter: str  # the audit id of its pieces and of the decision on it
    ordered: bool
    pieces: dict[str, bytes] = field(default_factory=dict, repr=False)
    total: int | None = None
    size: int = 0

    @property
    def owner(self) -> Owner:
        """Who sends it, for the share that one sender may take."""
        return owner_of(self.about)


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece was kept, or nothing was to be kept, and its sender gets this answer."""

    matter: str
    answer: Answer
    bytes: int
    number: int
    """For `Table.done`, where the piece cannot be written down."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The whole upload, and the number under which `Table.done` forgets its pieces."""

    matter: str
    whole: Whole
    number: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """An upload that ended without a decision."""

    matter: str
    about: Transfer  # sender and destination alone
    bytes: int
    why: str  # `cancelled`, `expired` or `stopped`


def owner_of(transfer: Transfer) -> Owner:
    """Who sends something, for the share that one sender may take."""
    return (transfer.sender.client, transfer.sender.user)


def check_total(upload: Upload, total: int | None, size: int, *, complete: bool = False) -> None:
    """Every piece must promise the same size, and the pieces must keep it."""
    if total is not None:
        if upload.total not in (None, total):
            raise HeldError("the promised size changes from piece to piece")
        upload.total = total
    if upload.total is not None and (size > upload.total or (complete and size != upload.total)):
        raise HeldError("the pieces are not as long as was promised", reason=NOT_JOINED)


def key_of(transfer: Transfer, upload: str) -> Key:
    """Who sends it, where to, which upload. Keys of accounts are kept as a digest."""
    secrets = b"\x00".join(value for name, value in transfer.headers if name.lower() in _KEYS)
    to, sender = transfer.destination, transfer.sender
    return (to.host, to.port, sender.client, sender.user, hashlib.sha256(secrets).digest(), upload)
