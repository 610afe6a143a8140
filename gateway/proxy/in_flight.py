"""How many bytes of uploads are held, by all and by each, so that nobody takes the memory that others need."""

from dataclasses import dataclass, field

from gateway.limits import Limits


@dataclass(slots=True)
class InFlight:
    """The bytes of all request bodies that are held at this moment, of all senders and of each."""

    limits: Limits
    total: int = 0
    held: dict[int, tuple[str, int]] = field(default_factory=dict)
    by_sender: dict[str, int] = field(default_factory=dict)

    def hold(self, stream: int, size: int, sender: str = "") -> bool:
        """Account for a body that has grown to `size` bytes; False where it must not be held any longer.

        A sender without a name (pieces that wait, which have shares of their own) is bound by the whole alone.
        """
        before = self.held.get(stream, ("", 0))[1]
        limits = self.limits
        if size > limits.body_bytes or self.total - before + size > limits.in_flight_bytes:
            return False
        share = self.by_sender.get(sender, 0) - before + size
        if sender and share > size and share > limits.sender_bytes:
            return False
        self.held[stream] = (sender, size)
        self.total += size - before
        self.by_sender[sender] = share
        return True

    def release(self, stream: int) -> None:
        """The body is gone."""
        sender, size = self.held.pop(stream, ("", 0))
        self.total -= size
        left = self.by_sender.pop(sender, 0) - size
        if left > 0:
            self.by_sender[sender] = left
