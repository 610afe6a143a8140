"""The uploads whose pieces are held: in memory only, bounded in bytes, number and time, and each known by its sender.

An upload belongs to whoever sent its first piece: the same address, user and key, to the same destination. A piece from
anybody else begins an upload of its own or is refused, and never reaches the first one.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.audit import new_id
from gateway.held.step import NOT_JOINED, UNKNOWN, Answer, Cancel, Final, HeldError, Piece, Query, Step, Whole
from gateway.limits import Limits
from gateway.model import Transfer

TOO_MANY = "too-many-held"
_KEYS = frozenset({b"authorization", b"x-goog-api-key", b"x-api-key", b"api-key"})
SHARE = 2
"""One sender may take one part in so many of what may be held."""

type Key = tuple[object, ...]


class Budget(Protocol):
    """Who counts all bytes that the gateway holds: `gateway.proxy.layers.InFlight`."""

    def hold(self, stream: int, size: int) -> bool:
        """Account for `size` bytes under a number; False where they must not be held."""
        ...

    def release(self, stream: int) -> None:
        """The bytes are gone."""
        ...


@dataclass(slots=True)
class Upload:
    """One upload that is not complete yet."""

    key: Key = field(repr=False)
    about: Transfer  # sender and destination alone
    until: float
    matter: str  # the audit id of its pieces and of the decision on it
    ordered: bool
    pieces: dict[str, bytes] = field(default_factory=dict, repr=False)
    total: int | None = None
    size: int = 0

    @property
    def owner(self) -> tuple[str, str]:
        """Who sends it, for the share that one sender may take."""
        return _owner(self.about)


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


@dataclass(slots=True)
class Table:
    """All uploads in pieces. Every method is one step of the event loop: two requests never meet in the middle of one."""

    limits: Limits
    budget: Budget
    on_end: Callable[[Dropped], None]
    clock: Callable[[], float] = time.monotonic
    _uploads: dict[Key, Upload] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """How many uploads are held."""
        return len(self._uploads)

    @property
    def bytes(self) -> int:
        """How many bytes of pieces are held."""
        return sum(upload.size for upload in tuple(self._uploads.values()))  # also asked by another thread

    def take(self, transfer: Transfer, step: Step) -> Kept | Joined | None:
        """Keep a piece, or join what is complete; None where the request is an ordinary one.

        Raises HeldError, with the reason its sender is told; the upload that the request spoke of is then forgotten.
        """
        self.sweep()
        key = _key(transfer, step.upload)
        upload = self._uploads.get(key)
        try:
            match step:
                case Piece():
                    return self._keep(key, upload, transfer, step)
                case Final():
                    return self._join(upload, step)
                case Query():
                    return Kept(upload.matter, step.answer(upload.size), 0, id(upload)) if upload else None
                case Cancel():
                    self._end(upload, "cancelled")
                    return None
        except HeldError as error:
            if upload is not None:
                self._forget(upload)
                error.matter = upload.matter
            raise

    def done(self, number: int) -> None:
        """The upload has ended, and its sender has the answer: forget its pieces."""
        for upload in tuple(self._uploads.values()):
            if id(upload) == number:
                self._forget(upload)

    def again(self, number: int) -> None:
        """The joined upload could not be delivered: its sender may complete it once more, for a decision of its own."""
        self.budget.release(-number)
        for upload in self._uploads.values():
            if id(upload) == number:
                upload.matter = new_id()

    def sweep(self, *, everything: bool = False) -> None:
        """Forget the uploads whose time is over, or all of them when the gateway stops."""
        now = self.clock()
        for upload in tuple(self._uploads.values()):
            if everything or upload.until <= now:
                self._end(upload, "stopped" if everything else "expired")

    def _keep(self, key: Key, upload: Upload | None, transfer: Transfer, piece: Piece) -> Kept:
        ordered = piece.at is not None
        if upload is None:
            if ordered and piece.at != 0:
                raise HeldError("a piece whose beginning is not here", reason=UNKNOWN)
            upload = self._begin(key, transfer, ordered=ordered)
        name = str(piece.at) if ordered else piece.name
        fits = not ordered or piece.at == upload.size
        if not piece.data or name in upload.pieces or not fits or upload.ordered is not ordered:
            raise HeldError("a piece that does not follow the others")
        _check_total(upload, piece.total, upload.size + len(piece.data))
        self._make_room(upload, len(piece.data))
        upload.pieces[name] = piece.data
        upload.size += len(piece.data)
        self._uploads[key] = upload
        return Kept(upload.matter, piece.answer(upload.size), len(piece.data), id(upload))

    def _begin(self, key: Key, transfer: Transfer, *, ordered: bool) -> Upload:
        of_owner = sum(upload.owner == _owner(transfer) for upload in self._uploads.values())
        most = self.limits.held_uploads
        if len(self._uploads) >= most or of_owner >= max(1, most // SHARE):
            raise HeldError("too many uploads are held", reason=TOO_MANY)
        until = self.clock() + self.limits.held_seconds
        return Upload(key, Transfer(transfer.destination, transfer.sender), until, new_id(), ordered)

    def _make_room(self, upload: Upload, more: int) -> None:
        size = upload.size + more
        if size > self.limits.body_bytes:
            raise HeldError("the pieces together are larger than the limit", reason="too-large")
        if len(upload.pieces) >= self.limits.parts:
            raise HeldError("more pieces than the limit", reason="too-many-parts")
        of_owner = sum(other.size for other in self._uploads.values() if other.owner == upload.owner)
        most = self.limits.held_bytes
        if (
            self.bytes + more > most
            or of_owner + more > most // SHARE
            or not self.budget.hold(id(upload), size)
        ):
            raise HeldError("too many bytes are held", reason=TOO_MANY)

    def _join(self, upload: Upload | None, final: Final) -> Joined | None:
        if upload is None:
            if final.stands_alone:
                return None
            raise HeldError("the end of an upload whose beginning is not here", reason=UNKNOWN)
        if final.order is None:
            if not upload.ordered or final.at not in (None, upload.size):
                raise HeldError("a last piece that does not follow the others")
            pieces = [*upload.pieces.values(), *((final.data,) if final.data else ())]
        else:
            if not final.order or len(set(final.order)) != len(final.order) or upload.ordered:
                raise HeldError("an order of pieces that cannot be followed")
            if not upload.pieces.keys() >= set(final.order):
                raise HeldError("a piece is named that is not here", reason=UNKNOWN)
            pieces = [upload.pieces[name] for name in final.order]
        size = sum(map(len, pieces))
        _check_total(upload, final.total, size, complete=True)
        if size > self.limits.body_bytes:
            raise HeldError("the pieces together are larger than the limit", reason="too-large")
        if not self.budget.hold(-id(upload), size):
            raise HeldError("too many bytes are held", reason=TOO_MANY)
        whole = final.build(b"".join(pieces), tuple(map(len, pieces)))
        return Joined(upload.matter, whole, id(upload))

    def _end(self, upload: Upload | None, why: str) -> None:
        """An upload ends without a decision, and that is written down."""
        if upload is not None:
            self._forget(upload)
            self.on_end(Dropped(upload.matter, upload.about, upload.size, why))

    def _forget(self, upload: Upload) -> None:
        self._uploads.pop(upload.key, None)
        self.budget.release(id(upload))
        self.budget.release(-id(upload))


def _owner(transfer: Transfer) -> tuple[str, str]:
    return (transfer.sender.client, transfer.sender.user)


def _check_total(upload: Upload, total: int | None, size: int, *, complete: bool = False) -> None:
    """Every piece must promise the same size, and the pieces must keep it."""
    if total is not None:
        if upload.total not in (None, total):
            raise HeldError("the promised size changes from piece to piece")
        upload.total = total
    if upload.total is not None and (size > upload.total or (complete and size != upload.total)):
        raise HeldError("the pieces are not as long as was promised", reason=NOT_JOINED)


def _key(transfer: Transfer, upload: str) -> Key:
    """Who sends it, where to, which upload. Keys of accounts are kept as a digest."""
    secrets = b"\x00".join(value for name, value in transfer.headers if name.lower() in _KEYS)
    to, sender = transfer.destination, transfer.sender
    return (to.host, to.port, sender.client, sender.user, hashlib.sha256(secrets).digest(), upload)
