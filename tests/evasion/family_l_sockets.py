"""L: pictures on an open WebSocket, frame by frame."""

import base64
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MASK = b"\x11\x22\x33\x44"


@dataclass(frozen=True, slots=True)
class Frames:
    """What is sent behind the handshake, by name."""

    name: str
    send: Callable[[bytes], bytes]
    form: bool = True
    """Whether nothing of it goes on whatever is in it (`tests.evasion.why`): its twin is the legal form of the same message."""


def frame(kind: int, data: bytes, *, final: bool = True, mask: bytes | None = MASK, bits: int = 0) -> bytes:
    """One frame (RFC 6455, 5.2)."""
    head = bytes(((128 if final else 0) | bits << 4 | kind,))
    flag = 128 if mask is not None else 0
    if len(data) < 126:
        head += bytes((flag | len(data),))
    elif len(data) < 65536:
        head += bytes((flag | 126,)) + len(data).to_bytes(2)
    else:
        head += bytes((flag | 127,)) + len(data).to_bytes(8)
    if mask is None:
        return head + data
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data)


def _item(data: bytes) -> bytes:
    url = "data:image/png;base64," + _b64(data).decode()
    return json.dumps(
        {"type": "conversation.item.create", "item": {"content": [{"type": "input_image", "image_url": url}]}}
    ).encode()


def _fragments(kind: int, data: bytes, size: int) -> bytes:
    cuts = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(frame(kind if n == 0 else 0, cut, final=n == len(cuts) - 1) for n, cut in enumerate(cuts))


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def _with_ping_between(data: bytes) -> bytes:
    text = _item(data)
    half = len(text) // 2
    return frame(TEXT, text[:half], final=False) + frame(PING, b"still there") + frame(0, text[half:])


CASES: tuple[Frames, ...] = (
    Frames("JSON with a data URI", lambda d: frame(TEXT, _item(d)), form=False),
    Frames("binary message", lambda d: frame(BINARY, d), form=False),
    Frames("base64 as text", lambda d: frame(TEXT, _b64(d)), form=False),
    Frames("base64 in a binary message", lambda d: frame(BINARY, _b64(d)), form=False),
    Frames("in fragments of a hundred bytes", lambda d: _fragments(TEXT, _item(d), 100), form=False),
    Frames("in fragments of ten bytes", lambda d: _fragments(BINARY, d, 10), form=False),
    Frames("with a ping between its fragments", _with_ping_between, form=False),
    Frames("masked with zeros", lambda d: frame(BINARY, d, mask=bytes(4)), form=False),
    Frames("halves in one message each", lambda d: frame(TEXT, _b64(d)[: len(_b64(d)) // 2]) + frame(TEXT, _b64(d)[len(_b64(d)) // 2 :])),
    Frames("in the payload of pings", lambda d: b"".join(frame(PING, d[at : at + 120]) for at in range(0, len(d), 120))),
    Frames("in the payload of pongs", lambda d: b"".join(frame(PONG, d[at : at + 120]) for at in range(0, len(d), 120))),
    Frames("in the reason of a close", lambda d: frame(CLOSE, b"\x03\xe8" + _b64(d)[:120])),
    Frames("ping longer than allowed", lambda d: frame(PING, d)),
    Frames("without a mask", lambda d: frame(BINARY, d, mask=None)),
    Frames("compressed without having agreed on it", lambda d: frame(BINARY, _deflated(d), bits=4)),
    Frames("reserved bits", lambda d: frame(BINARY, d, bits=3)),
    Frames("reserved kind of frame", lambda d: frame(3, d)),
    Frames("reserved kind of control frame", lambda d: frame(11, d[:120])),
    Frames("a continuation of nothing", lambda d: frame(0, d)),
    Frames("a message inside the fragments of another", lambda d: frame(TEXT, b"a", final=False) + frame(BINARY, d) + frame(0, b"b")),
    Frames("text that is not UTF-8", lambda d: frame(TEXT, d)),
    Frames("a fragmented close", lambda d: frame(CLOSE, _b64(d)[:100], final=False) + frame(0, _b64(d)[100:])),
    Frames("behind a close", lambda d: frame(CLOSE, b"\x03\xe8") + frame(BINARY, d)),
    Frames("no frame at all", lambda d: d),
    Frames("a length that never comes", lambda d: b"\x82\xff" + (1 << 40).to_bytes(8) + MASK + d),
)  # fmt: skip


def legal(case: Frames) -> Frames:
    """The benign twin: the frames themselves, or one sound message where they are refused by form."""
    return Frames(case.name, lambda d: frame(BINARY, d), form=False) if case.form else case
