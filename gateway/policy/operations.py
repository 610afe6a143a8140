"""What a request wants to do, named by its method and path.

A template is a path whose `{name}` segments stand for anything inside one segment (`{model}:generateContent` has a
fixed end), and whose final `**` stands for the rest. Only a template may be written down; the path itself can hold
names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a service can be asked to do."""

    name: str
    method: str  # `*` stands for every method
    template: str
    sealed: bool = (
        False  # an operational body (telemetry, proof of being a browser) that is let through unread
    )


@dataclass(frozen=True, slots=True)
class _Segment:
    start: str
    end: str
    wild: bool

    def fits(self, text: str) -> bool:
        if not self.wild:
            return text == self.start
        return (
            len(text) > len(self.start) + len(self.end)
            and text.startswith(self.start)
            and text.endswith(self.end)
        )

    @classmethod
    def of(cls, text: str) -> "_Segment":
        start, brace, rest = text.partition("{")
        return cls(start, rest.partition("}")[2], wild=True) if brace else cls(text, "", wild=False)


type _Shape = tuple[tuple[_Segment, ...], Operation]


@dataclass(frozen=True, slots=True)
class OperationIndex:
    """Operations by method and number of segments, literal paths first."""

    literal: Mapping[tuple[str, str], Operation]
    by_length: Mapping[int, tuple[_Shape, ...]]
    open_ended: tuple[_Shape, ...]
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, operations: Iterable[Operation]) -> "OperationIndex":
        """An index of operations; the more fixed segments a template has, the sooner it is asked."""
        literal: dict[tuple[str, str], Operation] = {}
        by_length: dict[int, list[_Shape]] = {}
        open_ended: list[_Shape] = []
        known = tuple(operations)
        for operation in known:
            if "{" not in operation.template and not operation.template.endswith("**"):
                literal.setdefault((operation.method, operation.template), operation)
                continue
            texts = operation.template.split("/")[1:]
            if texts[-1] == "**":
                open_ended.append((tuple(map(_Segment.of, texts[:-1])), operation))
            else:
                by_length.setdefault(len(texts), []).append((tuple(map(_Segment.of, texts)), operation))
        return cls(
            literal,
            {length: tuple(sorted(shapes, key=_wildness)) for length, shapes in by_length.items()},
            tuple(sorted(open_ended, key=lambda shape: -len(shape[0]))),
            frozenset(operation.name for operation in known),
        )

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of a request, or None where the catalogue has no name for it."""
        path = path.partition("?")[0].partition("#")[0]
        while "//" in path:
            path = path.replace("//", "/")
        found = self.literal.get((method, path)) or self.literal.get(("*", path))
        if found is not None:
            return found
        texts = path.split("/")[1:]
        for segments, operation in self.by_length.get(len(texts), ()):
            if operation.method in (method, "*") and all(map(_Segment.fits, segments, texts)):
                return operation
        for segments, operation in self.open_ended:
            if (
                len(texts) >= len(segments)
                and operation.method in (method, "*")
                and all(map(_Segment.fits, segments, texts))
            ):
                return operation
        return None


def _wildness(shape: _Shape) -> int:
    return sum(segment.wild for segment in shape[0])
