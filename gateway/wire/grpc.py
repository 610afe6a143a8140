"""gRPC, gRPC-Web and Connect: frames of five bytes and a message, protobuf or JSON inside.

Sources: grpc/doc/PROTOCOL-HTTP2.md and PROTOCOL-WEB.md; connectrpc.com/docs/protocol. A frame is one flag byte, four
bytes of length, the message. Flag 1 says the message is compressed; 2 (Connect) and 128 (gRPC-Web) end the stream.
"""

import base64
import binascii
import struct
from itertools import groupby

from gateway.errors import LimitReached, WireError
from gateway.formats.sniff import sniff
from gateway.model import Format, Part
from gateway.wire import protobuf
from gateway.wire.codec import Body, Nest, Piece, joined
from gateway.wire.content_encoding import CODINGS, Redo, undo
from gateway.wire.opening import Opening

_JSON = ("application/connect+json", "application/grpc+json", "application/grpc-web+json")
_TEXT = ("application/grpc-web-text", "application/grpc-web-text+proto")


class GrpcCodec:
    """Messages in frames."""

    name = "grpc"

    def claims(self, body: Body) -> bool:
        """By label."""
        return body.media.startswith(("application/grpc", "application/connect+"))

    def open(self, body: Body, opening: Opening) -> tuple[Piece, ...]:
        """Frames as framing, what their messages carry as slots. Raises WireError unless frames tile the body.

        A file sent in many messages, each holding one field with the next slice, is one slot over all of them.
        """
        if body.media in _TEXT:
            return _from_text(body, opening)
        frames = _frames(body.data, body.encoding, opening)
        found: list[Piece] = []
        for number, group in groupby(
            frames, key=lambda frame: _only_field(frame.message) if body.media not in _JSON else 0
        ):
            run = list(group)
            if number and len(run) > 1:
                found.append(_spread(run, number, body, opening))
            else:
                found += [_message(frame, body, opening) for frame in run]
        return tuple(found)


class Frame:
    """One frame: as it travelled, its flag, its message with compression undone, and how to write another."""

    __slots__ = ("_redo", "flag", "message", "raw")

    def __init__(self, raw: bytes, flag: int, message: bytes, redo: Redo | None) -> None:
        self.raw, self.flag, self.message, self._redo = raw, flag, message, redo

    def close(self, message: bytes) -> bytes:
        """The frame around another message."""
        packed = self._redo(message) if self._redo else message
        return struct.pack(">BI", self.flag, len(packed)) + packed


def _frames(data: bytes, encoding: str, opening: Opening) -> list[Frame]:
    found: list[Frame] = []
    at = 0
    while at < len(data):
        if at + 5 > len(data) or len(found) >= 10 * opening.limits.parts:
            raise WireError("the frames do not tile the body", reason="bad-frames")
        flag, size = struct.unpack_from(">BI", data, at)
        raw = data[at : at + 5 + size]
        if len(raw) != 5 + size or flag & 0x7C:
            raise WireError("the frames do not tile the body", reason="bad-frames")
        message, redo = raw[5:], None
        if flag & 1:
            if encoding not in CODINGS:
                raise WireError("a message is compressed in an unknown way", reason="unknown-coding")
            message, redo = undo(encoding, message, opening.limits)
            opening.count(len(message))
        found.append(Frame(raw, flag, message, redo))
        at += len(raw)
    return found


def _only_field(message: bytes) -> int:
    """The number of the only field of a message that holds bytes, or 0. A slice has its length and nothing else."""
    tag, at = protobuf.varint(message, 0)
    if at < 0 or tag & 7 != 2:
        return 0
    size, at = protobuf.varint(message, at)
    return tag >> 3 if at > 0 and at + size == len(message) else 0


def _slice(message: bytes) -> bytes:
    return message[protobuf.varint(message, protobuf.varint(message, 0)[1])[1] :]


def _message(frame: Frame, body: Body, opening: Opening) -> Piece:
    if not frame.message:
        return frame.raw
    if body.media in _JSON or frame.flag & 0x82:
        inner = opening.inside(Body(frame.message, path=body.path))
    else:
        found = protobuf.pieces(frame.message, body.path, opening)
        if found is None:
            part = Part(body.path, frame.message, sniff(frame.message))
            found = (opening.slot(frame.message, part, lambda new: new.data),)
        inner = found
    if all(isinstance(piece, bytes) for piece in inner):
        return frame.raw
    return Nest(frame.raw, inner, frame.close)


def _spread(run: list[Frame], number: int, body: Body, opening: Opening) -> Piece:
    """A file over many messages, unless the messages are files or sentences of their own."""
    slices = [_slice(frame.message) for frame in run]
    whole = b"".join(slices)
    form = sniff(whole)
    own = [sniff(piece) for piece in slices]
    if (form is Format.UNKNOWN and (protobuf.fields(slices[0]) is not None or Format.UNKNOWN not in own)) or (
        own[1:] and all(o is form for o in own)
    ):
        inner = tuple(_message(frame, body, opening) for frame in run)
        return Nest(b"".join(frame.raw for frame in run), inner, lambda new: new)
    size = max(1, len(slices[0]))
    tag = protobuf.as_varint(number << 3 | 2)

    def write(new: Part) -> bytes:
        cuts = [new.data[at : at + size] for at in range(0, len(new.data), size)]
        return b"".join(run[0].close(tag + protobuf.as_varint(len(cut)) + cut) for cut in cuts)

    return opening.slot(
        b"".join(frame.raw for frame in run), Part((*body.path, str(number)), whole, form), write
    )


def _from_text(body: Body, opening: Opening) -> tuple[Piece, ...]:
    """gRPC-Web in base64: the frames, encoded as a whole."""
    try:
        data = base64.b64decode(body.data, validate=True)
    except binascii.Error:
        raise WireError("the body is not base64", reason="bad-frames") from None
    inner = GRPC.open(
        Body(data, "application/grpc-web+proto", path=body.path, encoding=body.encoding), opening
    )
    if joined(inner) != data:
        raise LimitReached("the frames do not add up")
    return (Nest(body.data, inner, base64.b64encode),)


GRPC = GrpcCodec()
