"""The uploads whose pieces are held: in memory only, bounded in bytes, number and time, and each known by its sender.

An upload belongs to whoever sent its first piece: the same address, user and key, to the same destination. A piece from
anybody else begins an upload of its own or is refused, and never reaches the first one.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from gateway.audit import new_id
from gateway.held.step import UNKNOWN, Cancel, Final, HeldError, Piece, Query, Step
from gateway.held.upload import Dropped, Joined, Kept, Key, Upload, check_total, key_of, owner_of
from gateway.limits import Limits
from gateway.model import Transfer

TOO_MANY = "too-many-held"
SHARE = 2
"""One sender may take one part in so many of what may be held."""


class Budget(Protocol):
    """Who counts all bytes that the gateway holds: `gateway.proxy.in_flight.InFlight`."""

    def hold(self, stream: int, size: int) -> bool:
        """Account for `size` bytes under a number; False where they must not be held."""
        ...

    def release(self, stream: int) -> None:
        """The bytes are gone."""
        ...


@dataclass(slots=True)
class Table:
    """All uploads in pieces. Every method is one step of the event loop: two requests never meet in the middle of one."""

    limits: Limits
    budget: Budget
    on_end: Callable[[Dropped], None]
    clock: Callable[[], float] = time.monotonic
    _uploads: dict[Key, Upload] = field(default_factory=dict, repr=False)
    _numbers: Iterator[int] = field(
        default_factory=lambda: itertools.count(1), repr=False
    )  # an address would be given twice

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
        key = key_of(transfer, step.upload)
        upload = self._uploads.get(key)
        try:
            match step:
                case Piece():
                    return self._keep(key, upload, transfer, step)
                case Final():
                    return self._join(upload, step)
                case Query():
                    return Kept(upload.matter, step.answer(upload.size), 0, upload.number) if upload else None
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
            if upload.number == number:
                self._forget(upload)

    def again(self, number: int) -> None:
        """The joined upload could not be delivered: its sender may complete it once more, for a decision of its own."""
        self.budget.release(_whole(number))

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
        check_total(upload, piece.total, upload.size + len(piece.data))
        self._make_room(upload, len(piece.data))
        upload.pieces[name] = piece.data
        upload.size += len(piece.data)
        self._uploads[key] = upload
        return Kept(upload.matter, piece.answer(upload.size), len(piece.data), upload.number)

    def _begin(self, key: Key, transfer: Transfer, *, ordered: bool) -> Upload:
        of_owner = sum(upload.owner == owner_of(transfer) for upload in self._uploads.values())
        most = self.limits.held_uploads
        if len(self._uploads) >= most or of_owner >= max(1, most // SHARE):
            raise HeldError("too many uploads are held", reason=TOO_MANY)
        until = self.clock() + self.limits.held_seconds
        about = Transfer(transfer.destination, transfer.sender)
        return Upload(key, next(self._numbers), about, until, new_id(), ordered)

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
            or not self.budget.hold(_pieces(upload.number), size)
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
        check_total(upload, final.total, size, complete=True)
        if size > self.limits.body_bytes:
            raise HeldError("the pieces together are larger than the limit", reason="too-large")
        if not self.budget.hold(_whole(upload.number), size):
            raise HeldError("too many bytes are held", reason=TOO_MANY)
        whole = final.build(b"".join(pieces), tuple(map(len, pieces)))
        matter, upload.matter = upload.matter, new_id()  # whoever completes it twice is decided on twice
        return Joined(matter, whole, upload.number)

    def _end(self, upload: Upload | None, why: str) -> None:
        """An upload ends without a decision, and that is written down."""
        if upload is not None:
            self._forget(upload)
            self.on_end(Dropped(upload.matter, upload.about, upload.size, why))

    def _forget(self, upload: Upload) -> None:
        self._uploads.pop(upload.key, None)
        self.budget.release(_pieces(upload.number))
        self.budget.release(_whole(upload.number))


def _pieces(number: int) -> int:
    """The number in the budget for the pieces of an upload; below zero, where no stream of the proxy has its own."""
    return -2 * number


def _whole(number: int) -> int:
    return -2 * number - 1
