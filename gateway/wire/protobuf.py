"""Protocol buffers walked without a schema: whatever has a length is text, a file, or a message of its own.

Source: protobuf.dev "Encoding". Which of the three a field is, its bytes decide: text when it is UTF-8, a file when
its first bytes say so, a message when its fields tile it exactly; otherwise it is opaque.
"""

import struct
from collections.abc import Callable

from gateway.errors import WireError
from gateway.formats.sniff import sniff
from gateway.model import Format, Part, PartPath
from gateway.wire import numbers, text
from gateway.wire.codec import Body, Nest, Piece, framing
from gateway.wire.opening import Opening
from gateway.wire.payload import TEXTUAL, hidden, readable

_DEEP = 24
_SMALL = 48  # bytes: below this nothing is a picture

type Field = tuple[int, int, int, int]
"""Number, where the tag begins, where the content begins, where it ends; number 0 for one without a length."""


def fields(data: bytes) -> list[Field] | None:
    """The fields of a message, or None when they do not tile it."""
    found: list[Field] = []
    at, size = 0, len(data)
    while at < size:
        start = at
        tag, at = varint(data, at)
        kind, number = tag & 7, tag >> 3
        if at < 0 or not 0 < number < 1 << 29:
            return None
        if kind == 2:
            length, at = varint(data, at)
            if at < 0 or at + length > size:
                return None
            found.append((number, start, at, at + length))
            at += length
            continue
        if kind == 0:
            _, at = varint(data, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            return None  # groups were given up before any AI service existed
        if at < 0 or at > size:
            return None
        found.append((0, start, start, at))
    return found


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A base-128 number and where it ends; -1 as the end when it is none."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            return 0, -1
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    return 0, -1


def as_varint(value: int) -> bytes:
    """A number in base 128."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def pieces(data: bytes, path: PartPath, opening: Opening, deep: int = 0) -> tuple[Piece, ...] | None:
    """The pieces of a message, or None when the bytes are no message."""
    parsed = fields(data)
    if parsed is None or deep > _DEEP:
        return None
    found: list[Piece] = []
    done = 0
    scalars = [start for number, start, _, _ in parsed if not number]
    if len(scalars) >= numbers.FEW:
        numbers.gather([_scalar(data, start) for start in scalars], (*path, "numbers"), opening)
    for number, start, begin, end in parsed:
        if not number or end == begin:
            continue
        inner = _content(data[begin:end], (*path, str(number)), opening, deep)
        if inner is None:
            continue
        tag = data[start : varint(data, start)[1]]
        found += (
            data[done:start],
            Nest(data[start:end], (data[start:begin], *inner), _field_closer(tag, begin - start)),
        )
        done = end
    found.append(data[done:])
    return tuple(found)


def _scalar(data: bytes, start: int) -> float:
    """The value of a field without a length: a whole number, or one of floating point."""
    tag, at = varint(data, start)
    if tag & 7 == 0:
        return varint(data, at)[0]
    value: float = struct.unpack_from("<d" if tag & 7 == 1 else "<f", data, at)[0]
    return value


def _field_closer(tag: bytes, lead: int) -> Callable[[bytes], bytes]:
    def close(new: bytes) -> bytes:
        content = new[lead:]
        return tag + as_varint(len(content)) + content

    return close


def _content(data: bytes, path: PartPath, opening: Opening, deep: int) -> tuple[Piece, ...] | None:
    form = sniff(data)
    if readable(data) and form in TEXTUAL:
        found = text.find(data, path, opening)
        # Text by chance may be a message too: whichever reading holds a payload counts.
        if found is None and len(data) >= _SMALL and data[0] < 32:
            nested = pieces(data, path, opening, deep + 1)
            found = nested if nested and any(not isinstance(piece, bytes) for piece in nested) else None
        if found is not None:
            found = opening.worded(found, path)
        elif (spoken := opening.spoken(data, data, path, lambda new: new.data)) is not None:
            return (spoken,)
        opening.text.append(data if found is None else framing(found))
        return found
    if form is Format.UNKNOWN:
        nested = pieces(data, path, opening, deep + 1)
        if nested is not None and not (len(nested) == 1 and hidden(data)):
            return nested
        if len(data) < _SMALL:
            return None
    return (opening.slot(data, Part(path, data, form), lambda new: new.data),)


class ProtobufCodec:
    """One bare message, by its label."""

    name = "protobuf"

    def claims(self, body: Body) -> bool:
        """By label: nearly any short bytes could be a message."""
        return body.media in (
            "application/x-protobuf",
            "application/protobuf",
            "application/proto",
            "application/vnd.google.protobuf",
        )

    def open(self, body: Body, opening: Opening) -> tuple[Piece, ...]:
        """Fields as framing, payloads as slots. Raises WireError where the fields do not tile the message."""
        form = sniff(body.data)
        found = pieces(body.data, body.path, opening) if form in (Format.UNKNOWN, *TEXTUAL) else None
        if found is not None:
            return found
        if form in (Format.UNKNOWN, *TEXTUAL):
            raise WireError("the protobuf message does not parse", reason="bad-protobuf")
        return (opening.slot(body.data, Part(body.path, body.data, form), lambda new: new.data),)


PROTOBUF = ProtobufCodec()
