"""What is gathered while one body is opened, and the budget that all its layers share."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gateway.errors import LimitReached
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Finding, Format, OpaqueField, Part, PartPath
from gateway.wire.codec import Body, Piece, Slot, Write, unwritable

_WRITTEN = frozenset({Format.TEXT, Format.JSON, Format.XML, Format.HTML})


@dataclass(slots=True)
class Opening:
    """The state of one decoding: mutable, and gone when it is done."""

    limits: Limits
    choose: "Callable[[Body, Opening], tuple[Piece, ...]]"
    """Opens bytes found inside other bytes; given from outside so that codecs need not know each other."""
    opaque: tuple[OpaqueField, ...] = ()
    catches: Callable[[bytes], bool] | None = None
    """Says of a text whether something in it has to be replaced; then it becomes a part with a place of its own."""
    headers: bool = False
    """True while header values are looked at: tokens and signatures are at home there."""
    extras: list[Part] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    text: list[bytes] = field(default_factory=list)
    numbers: list[list[object]] = field(default_factory=list)
    """Lists of numbers in the order of the text: rows of a picture perhaps."""
    depth: int = 0
    guesses: int = 0
    """How many guesses at an encoding the text stands in that is looked at now."""
    looked: dict[tuple[int, int], int] = field(default_factory=dict)
    """Lengths and hashes of texts that were looked at already, with the number of guesses they stood in."""
    parts: int = 0
    seen_bytes: int = 0
    runs: int = 0
    """How many texts with runs of letters were tried as encodings so far."""

    def count(self, size: int) -> None:
        """Book one more payload. Raises LimitReached beyond `limits.parts` or `limits.decoded_bytes`."""
        self.parts += 1
        self.seen_bytes += size
        if self.parts > self.limits.parts:
            raise LimitReached("more payloads in one body than the limit", reason="too-many-parts")
        if self.seen_bytes > self.limits.decoded_bytes:
            raise LimitReached("more decoded bytes than the limit", reason="too-many-bytes")

    def guess(self) -> None:
        """Book one more text that may be an encoding: all of them are tried on it, and that takes a millisecond.

        Raises LimitReached beyond ten for each piece that a body may hold.
        """
        self.runs += 1
        if self.runs > 10 * self.limits.parts:
            raise LimitReached("more texts that may be payloads than the limit", reason="too-many-parts")

    def slot(self, raw: bytes, part: Part, write: Write | None) -> Slot:
        """A slot, booked; without `write` it can be read only."""
        self.count(len(part.data))
        known = _told(part)
        return Slot(raw, known, write) if write else Slot(raw, replace(known, rewritable=False), unwritable)

    def begun(self, raw: bytes, data: bytes, path: PartPath) -> Slot:
        """The place of a file's first bytes, in base64."""
        part = Part(path, data, sniff(data), begun=True)
        return self.slot(raw, part, lambda new: b64encode(new.data))

    def add(self, path: PartPath, data: bytes, form: Format, *, text: bool = False) -> None:
        """A part that has no place of its own."""
        self.count(len(data))
        self.extras.append(_told(Part(path, data, form, rewritable=False, text=text)))

    def spoken(self, raw: bytes, plain: bytes, path: PartPath, write: Write) -> Slot | None:
        """The place of a text, booked, if something in it has to be replaced."""
        if self.catches is None or not plain or not self.catches(plain):
            return None
        return self.slot(raw, Part(path, plain, Format.TEXT, text=True), write)

    def worded(self, pieces: tuple[Piece, ...], path: PartPath) -> tuple[Piece, ...]:
        """The pieces of a text, what is written between its payloads as parts where something has to be replaced."""
        if self.catches is None:
            return pieces
        return tuple(
            (self.spoken(piece, piece, path, lambda new: new.data) or piece)
            if isinstance(piece, bytes)
            else piece
            for piece in pieces
        )

    def inside(self, body: Body) -> tuple[Piece, ...]:
        """Open bytes that were found inside other bytes, one level deeper.

        Raises LimitReached beyond `limits.depth`.
        """
        if self.depth >= self.limits.depth:
            raise LimitReached("wrappings inside wrappings beyond the limit", reason="too-deep")
        self.depth += 1
        try:
            return self.choose(body, self)
        finally:
            self.depth -= 1


def _told(part: Part) -> Part:
    """Text that is given out as unknown is sealed: who looks at it again must not take it for text."""
    if part.format is Format.UNKNOWN and sniff(part.data) in _WRITTEN:
        return replace(part, sealed=True)
    return part
