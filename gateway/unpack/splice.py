"""Members that stand in text as spans of it, so that one can be replaced and everything around it stays."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.errors import RedactionError
from gateway.limits import Limits
from gateway.model import Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble


@dataclass(frozen=True, slots=True)
class Span:
    """A member, where its encoded form stands, and how to encode another one in its place."""

    start: int
    end: int
    member: Member
    write: Callable[[bytes], bytes] = field(repr=False)


type Seen = Span | Member | Trouble
"""A member that can be replaced, one that cannot, or neither."""


@dataclass(frozen=True, slots=True)
class Spliced:
    """A container whose members are spans of its bytes."""

    spans: Callable[[Part, Counter], Iterator[Seen]]
    rest: bool = True
    """Whether what stands around the spans is content too."""
    writable: bool = True

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """Members in the order of their places; then, where a text held any, the text without them."""
        places = list[tuple[int, int]]()
        for seen in self.spans(part, counter):
            if isinstance(seen, Span):
                places.append((seen.start, seen.end))
            yield seen.member if isinstance(seen, Span) else seen
        if places and self.rest:
            yield Member(
                "(text)",
                _without(part.data, places),
                rewritable=False,
                text=part.text,
                named=False,
                format=part.format,
            )

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """The text with other members in their places. RedactionError for those that have no place."""
        pieces, done, left = list[bytes](), 0, set(new)
        for index, seen in enumerate(self.spans(part, Counter(limits))):
            if index not in new:
                continue
            if not isinstance(seen, Span) or seen.start < done:
                raise RedactionError("a member that has no place of its own")
            left.discard(index)
            pieces += (part.data[done : seen.start], seen.write(new[index]))
            done = seen.end
        if left:
            raise RedactionError("a member that is not there")
        return b"".join((*pieces, part.data[done:]))


def _without(data: bytes, places: list[tuple[int, int]]) -> bytes:
    pieces, done = list[bytes](), 0
    for start, end in places:
        pieces.append(data[done:start])
        done = max(done, end)
    return b"".join((*pieces, data[done:]))
