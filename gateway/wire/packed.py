"""MessagePack and CBOR: trees in binary, read with their libraries; payloads are seen but not replaced in place."""

from collections.abc import Iterator

import cbor2
from msgpack import ExtType, unpackb  # type: ignore[attr-defined]  # the library ships no types

from gateway.errors import GatewayError, LimitReached, WireError
from gateway.formats.sniff import sniff
from gateway.model import Format
from gateway.wire import numbers, text
from gateway.wire.codec import Body, Piece, framing, slots
from gateway.wire.opening import Opening
from gateway.wire.payload import TEXTUAL

_MSGPACK = ("application/msgpack", "application/x-msgpack", "application/vnd.msgpack")
_SMALL = 48


class PackedCodec:
    """A tree of maps, lists, strings and byte strings."""

    name = "packed"

    def claims(self, body: Body) -> bool:
        """By label, unless the bytes are a file."""
        labelled = body.media in _MSGPACK or body.media == "application/cbor" or body.media.endswith("+cbor")
        return labelled and sniff(body.data) in (Format.UNKNOWN, *TEXTUAL)

    def open(self, body: Body, opening: Opening) -> tuple[Piece, ...]:
        """The body as framing; every payload in it as an extra part. Raises WireError, LimitReached."""
        try:
            tree = _unpack(body)
        except GatewayError:
            raise
        except Exception as error:  # noqa: BLE001 - the libraries raise many kinds, some of them with content in the message
            raise WireError(
                f"the packed body does not parse ({type(error).__name__})", reason="bad-packed"
            ) from None
        for leaf in _leaves(tree, opening.limits.json_depth):
            if isinstance(leaf, str):
                _text(leaf.encode(), body, opening)
            elif isinstance(leaf, list):
                numbers.gather(leaf, (*body.path, "numbers"), opening)
            elif len(leaf) >= _SMALL:
                opening.add((*body.path, "bytes"), leaf, sniff(leaf))
        return (body.data,)


def _text(leaf: bytes, body: Body, opening: Opening) -> None:
    found = text.find(leaf, body.path, opening)
    opening.text.append(leaf if found is None else framing(found))
    for slot in slots(found or ()):
        opening.add(slot.part.path, slot.part.data, slot.part.format)


def _unpack(body: Body) -> object:
    if body.media in _MSGPACK:
        # Pairs, not maps: of two equal keys both are looked at.
        pairs: object = unpackb(  # type: ignore[no-untyped-call]
            body.data, object_pairs_hook=list, strict_map_key=False, raw=False, timestamp=0
        )
        return pairs
    tree: object = cbor2.loads(body.data)
    if cbor2.dumps(tree) != body.data:
        # Trailing bytes, repeated keys, shared values: whatever the library drops is missing here.
        raise WireError("the CBOR body is not in its plain form", reason="bad-packed")
    return tree


def _leaves(node: object, room: int) -> Iterator[str | bytes | list[object]]:
    if room <= 0:
        raise LimitReached("the packed body is nested beyond the limit", reason="too-deep")
    if isinstance(node, str | bytes):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(key, room - 1)
            yield from _leaves(value, room - 1)
    elif isinstance(node, list | tuple | set | frozenset):
        if len(node) > 2 and all(type(value) in (int, float) for value in node):
            yield list(node)
            return
        for value in node:
            yield from _leaves(value, room - 1)
    elif isinstance(node, ExtType):
        yield node.data
    elif isinstance(node, cbor2.CBORTag):
        yield from _leaves(node.value, room - 1)
    elif not isinstance(node, int | float | bool | None):
        yield repr(type(node))


PACKED = PackedCodec()
