"""One walk over a JSON tree, in the order of the text: strings, addresses, numbers that are bytes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.errors import LimitReached

NUMBERS = 64
"""Numbers in a row from which they are looked at as the bytes of a file."""
SLICES = 2
"""Strings in one list from which they are also read as one."""

_NAME = 64  # letters of a key in an address; a key can be a whole payload


@dataclass(slots=True)
class Walk:
    """What one walk gathers."""

    strings: list[str] = field(default_factory=list)
    """Keys and values as they stand in the text, one after the other."""
    keys: int = 0
    numbers: list[list[object]] = field(default_factory=list)
    """Lists of numbers as they stand in the text, one after the other."""

    lists: list[list[object]] = field(default_factory=list)
    """Lists that begin with a string, of at least `SLICES` items."""

    def walk(self, node: object, room: int) -> None:
        """Visit one node. `room` is how many levels may follow. Raises LimitReached."""
        if room <= 0:
            raise LimitReached("the JSON body is nested beyond the limit", reason="too-deep")
        if isinstance(node, dict):
            self._members(node, room - 1)
        elif isinstance(node, list):
            self._items(node, room - 1)
        elif isinstance(node, str):
            self.strings.append(node)

    def _members(self, node: dict[str, object], room: int) -> None:
        self.keys += len(node)
        add = self.strings.append
        for key, value in node.items():
            add(key)
            if isinstance(value, str):
                add(value)
            elif isinstance(value, dict | list):
                self.walk(value, room)
        if len(node) >= NUMBERS and "0" in node:
            self._items([value for key, value in node.items() if key.isdigit()], room)

    def _items(self, node: list[object], room: int) -> None:
        add = self.strings.append
        for value in node:
            if isinstance(value, str):
                add(value)
            elif isinstance(value, dict | list):
                self.walk(value, room)
        if len(node) > SLICES and type(node[0]) in (int, float):
            self.numbers.append(node)
        if len(node) >= SLICES and isinstance(node[0], str):
            self.lists.append(node)


def places(node: object, place: str = "") -> Iterator[tuple[str, str, str]]:
    """For every string in the order of the text: its address, the key it belongs to, and `key` or `value`.

    Addresses read `messages[0].content[1].image_url.url`.
    """
    yield from _places(node, place, "")


def _places(node: object, place: str, key: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, str):
        yield place, key, "value"
    elif isinstance(node, dict):
        for name, value in node.items():
            short = name if len(name) <= _NAME else name[:_NAME] + "..."
            inner = f"{place}.{short}" if place else short
            yield inner, name, "key"
            yield from _places(value, inner, name)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, f"{place}[{index}]", key)
