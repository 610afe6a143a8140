"""Counts everything that is unfolded from one body, and says when it is enough."""

from dataclasses import dataclass

from gateway.errors import LimitReached
from gateway.limits import MIB, Limits


@dataclass(slots=True)
class Counter:
    """One count for all containers inside one another: mutable, and gone when the walk is done."""

    limits: Limits
    whole: int = 0
    """Bytes of the file that is walked; 0 where they are not known."""
    entries: int = 0
    unfolded: int = 0

    def entry(self) -> None:
        """Book one more member. Raises LimitReached beyond `limits.parts`."""
        self.entries += 1
        if self.entries > self.limits.parts:
            raise LimitReached("more members than the limit", reason="too-many-parts")

    def room(self, folded: int) -> int:
        """How many bytes `folded` packed bytes may become now, so that no decoder is let loose beyond it.

        Raises LimitReached when nothing may be unfolded any more.
        """
        left = self.limits.decoded_bytes - self.unfolded
        if left <= 0:
            raise LimitReached("more unfolded bytes than the limit", reason="too-many-bytes")
        return min(left, self.limits.body_bytes, MIB + self.limits.expansion_ratio * folded)

    def check(self, folded: int, size: int) -> None:
        """LimitReached when `folded` packed bytes would become `size` bytes and that is too much; books nothing."""
        if size > MIB + self.limits.expansion_ratio * folded:
            raise LimitReached("unfolds to far more than it seems to be", reason="expansion")
        if size > min(self.limits.decoded_bytes - self.unfolded, self.limits.body_bytes):
            raise LimitReached("more unfolded bytes than the limit", reason="too-many-bytes")

    def book(self, size: int) -> None:
        """Bytes that were unfolded. Raises LimitReached beyond `limits.decoded_bytes`, or what the whole file may become."""
        self.unfolded += size
        # Each container may unfold so far, and none holds more than is inside it: bombs are wide as well as deep.
        if self.whole and self.unfolded > self.limits.depth * (
            MIB + self.limits.expansion_ratio * self.whole
        ):
            raise LimitReached("unfolds to far more than it seems to be", reason="expansion")
        if self.unfolded > self.limits.decoded_bytes:
            raise LimitReached("more unfolded bytes than the limit", reason="too-many-bytes")
