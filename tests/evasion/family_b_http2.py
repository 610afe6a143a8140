"""B: HTTP/2 requests whose frames and pseudo-headers do not mean one thing to everybody."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, PriorityFrame, RstStreamFrame

from tests.evasion.case import HOST

type Fields = tuple[tuple[bytes, bytes], ...]
type Pack = Callable[[Fields], bytes]
"""HPACK, as the connection's encoder does it."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A frame that the library would not make."""

    kind: int
    stream_id: int
    body: bytes
    flags: int = 0

    def serialize(self) -> bytes:
        """The frame as it travels (RFC 9113, 4.1)."""
        return (
            len(self.body).to_bytes(3)
            + bytes((self.kind, self.flags))
            + self.stream_id.to_bytes(4)
            + self.body
        )


type Frames = Callable[[bytes, Pack], list[Any]]

PSEUDO: Fields = (
    (b":method", b"POST"),
    (b":scheme", b"https"),
    (b":authority", HOST),
    (b":path", b"/v1/files"),
)
TYPE: Fields = ((b"content-type", b"application/octet-stream"),)
LARGEST = 16_000


@dataclass(frozen=True, slots=True)
class Http2Case:
    """One stream, or a few, by name."""

    name: str
    frames: Frames = field(repr=False)
    form: bool = True
    """Whether it is refused whatever is in it (`tests.evasion.why`): its twin is the legal form of the same traffic."""
    drops: bool = False
    """Whether the picture stands where nothing is read from, so that the rest may go on."""


def head(pack: Pack, fields: Fields, *, ends: bool = False, stream: int = 1) -> Any:
    """All headers in one frame."""
    frame = HeadersFrame(stream, pack(fields))
    frame.flags.add("END_HEADERS")
    if ends:
        frame.flags.add("END_STREAM")
    return frame


def data(
    body: bytes, *, ends: bool = True, size: int = LARGEST, padding: int = 0, stream: int = 1
) -> list[Any]:
    """A body in frames."""
    frames: list[Any] = []
    for at in range(0, max(1, len(body)), size):
        frame = DataFrame(stream, body[at : at + size], pad_length=padding)
        if padding:
            frame.flags.add("PADDED")
        if ends and at + size >= len(body):
            frame.flags.add("END_STREAM")
        frames.append(frame)
    return frames


def _with(*more: tuple[bytes, bytes], pseudo: Fields = PSEUDO, before: Fields = ()) -> Frames:
    return lambda d, pack: [head(pack, (*before, *pseudo, *TYPE, *more)), *data(d)]


def _pseudo(name: bytes, value: bytes) -> Fields:
    return tuple((key, value if key == name else old) for key, old in PSEUDO)


def _without(name: bytes) -> Fields:
    return tuple(pair for pair in PSEUDO if pair[0] != name)


def _continued(d: bytes, pack: Pack, pieces: int, more: Fields = ()) -> list[Any]:
    block = pack((*PSEUDO, *TYPE, *more))
    size = max(1, len(block) // pieces)
    cuts = [block[at : at + size] for at in range(0, len(block), size)]
    frames: list[Any] = [HeadersFrame(1, cuts[0]), *(ContinuationFrame(1, cut) for cut in cuts[1:])]
    frames[-1].flags.add("END_HEADERS")
    return [*frames, *data(d)]


def _trailer(d: bytes, pack: Pack) -> list[Any]:
    return [
        head(pack, (*PSEUDO, *TYPE)),
        *data(b"{}", ends=False),
        head(pack, ((b"x-note", base64.b64encode(d)),), ends=True),
    ]


def _unknown(d: bytes, pack: Pack) -> list[Any]:
    strange = Raw(0xF0, 1, d)
    return [head(pack, (*PSEUDO, *TYPE)), strange, *data(b"{}")]


def _unknown_between(d: bytes, pack: Pack) -> list[Any]:
    frames = data(d, size=500)
    strange = Raw(0xF0, 1, b"between")
    return [head(pack, (*PSEUDO, *TYPE)), *(frame for one in frames for frame in (strange, one))]


def _reset(d: bytes, pack: Pack) -> list[Any]:
    return [head(pack, (*PSEUDO, *TYPE)), *data(d, ends=False), RstStreamFrame(1, error_code=8)]


def _after_the_end(d: bytes, pack: Pack) -> list[Any]:
    return [head(pack, (*PSEUDO, *TYPE)), *data(b"{}"), *data(d)]


def _slices(d: bytes, pack: Pack) -> list[Any]:
    """Ten streams at once, each with a tenth of the picture."""
    size = -(-len(d) // 10)
    frames: list[Any] = []
    for number in range(10):
        stream = 1 + 2 * number
        frames += [
            head(pack, (*PSEUDO, *TYPE), stream=stream),
            *data(d[number * size : (number + 1) * size], stream=stream),
        ]
    return frames


def legal(case: Http2Case) -> Http2Case:
    """The benign twin: the frames themselves, or one sound stream where they are refused by form."""
    return Http2Case(case.name, _with(), form=False) if case.form else case


CASES: tuple[Http2Case, ...] = (
    Http2Case("as every client sends it", _with(), form=False),
    Http2Case("a length that is true", lambda d, pack: [head(pack, (*PSEUDO, *TYPE, (b"content-length", b"%d" % len(d)))), *data(d)], form=False),
    Http2Case("another authority", _with(pseudo=_pseudo(b":authority", b"other.example"))),
    Http2Case("authority in capitals", _with(pseudo=_pseudo(b":authority", HOST.upper())), form=False),
    Http2Case("authority with a dot at its end", _with(pseudo=_pseudo(b":authority", HOST + b".")), form=False),
    Http2Case("authority with the port", _with(pseudo=_pseudo(b":authority", HOST + b":443")), form=False),
    Http2Case("authority with another port", _with(pseudo=_pseudo(b":authority", HOST + b":8443"))),
    Http2Case("authority with a user", _with(pseudo=_pseudo(b":authority", b"x@" + HOST))),
    Http2Case("no authority, a host", _with((b"host", HOST), pseudo=_without(b":authority")), form=False),
    Http2Case("neither authority nor host", _with(pseudo=_without(b":authority"))),
    Http2Case("authority and another host", _with((b"host", b"other.example"))),
    Http2Case("no path", _with(pseudo=_without(b":path"))),
    Http2Case("empty path", _with(pseudo=_pseudo(b":path", b""))),
    Http2Case("path that is a whole address", _with(pseudo=_pseudo(b":path", b"https://other.example/x"))),
    Http2Case("no method", _with(pseudo=_without(b":method"))),
    Http2Case("no scheme", _with(pseudo=_without(b":scheme"))),
    Http2Case("two paths", _with(pseudo=(*PSEUDO, (b":path", b"/v1/models")))),
    Http2Case("two authorities", _with(pseudo=(*PSEUDO, (b":authority", b"other.example")))),
    Http2Case("unknown pseudo-header", _with(pseudo=(*PSEUDO, (b":x", b"y")))),
    Http2Case("status in a request", _with(pseudo=(*PSEUDO, (b":status", b"200")))),
    Http2Case("header in front of the pseudo-headers", _with(before=((b"x-a", b"b"),))),
    Http2Case("extended CONNECT", _with(pseudo=(*_pseudo(b":method", b"CONNECT"), (b":protocol", b"websocket")))),
    Http2Case("WebTransport", _with(pseudo=(*_pseudo(b":method", b"CONNECT"), (b":protocol", b"webtransport")))),
    Http2Case("CONNECT", _with(pseudo=((b":method", b"CONNECT"), (b":authority", b"other.example:443")))),
    Http2Case("capitals in a header's name", _with((b"X-Note", b"a"))),
    Http2Case("blank in a header's name", _with((b"x note", b"a"))),
    Http2Case("empty header name", _with((b"", b"a"))),
    Http2Case("line end in a value", _with((b"x-note", b"a\r\ntransfer-encoding: chunked"))),
    Http2Case("NUL in a value", _with((b"x-note", b"a\0b"))),
    Http2Case("transfer coding", _with((b"transfer-encoding", b"chunked"))),
    Http2Case("connection header", _with((b"connection", b"keep-alive"))),
    Http2Case("upgrade header", _with((b"upgrade", b"h2c"))),
    Http2Case("te other than trailers", _with((b"te", b"gzip"))),
    Http2Case("length too small", _with((b"content-length", b"5"))),
    Http2Case("length too large", _with((b"content-length", b"99999"))),
    Http2Case("two lengths", _with((b"content-length", b"5"), (b"content-length", b"6"))),
    Http2Case("length that is no number", _with((b"content-length", b"x"))),
    Http2Case("type twice", _with((b"content-type", b"text/plain"))),
    Http2Case("frames of one byte", lambda d, pack: [head(pack, (*PSEUDO, *TYPE)), *data(d, size=1)], form=False),
    Http2Case("padded frames", lambda d, pack: [head(pack, (*PSEUDO, *TYPE)), *data(d, size=700, padding=200)], form=False),
    Http2Case("hundreds of empty frames", lambda d, pack: [head(pack, (*PSEUDO, *TYPE)), *(DataFrame(1, b"") for _ in range(300)), *data(d)], form=False),
    Http2Case("headers in many frames", lambda d, pack: _continued(d, pack, 20), form=False),
    Http2Case("headers of 80 KB in frames", lambda d, pack: _continued(d, pack, 8, tuple((b"x-%d" % n, b"a" * 1000) for n in range(80)))),
    Http2Case("picture in a trailer", _trailer),
    Http2Case("picture in an unknown frame", _unknown, form=False, drops=True),
    Http2Case("unknown frames between", _unknown_between, form=False),
    Http2Case("priority frames between", lambda d, pack: [head(pack, (*PSEUDO, *TYPE)), PriorityFrame(1, depends_on=0, stream_weight=5), *data(d)], form=False),
    Http2Case("reset behind the upload", _reset),
    Http2Case("data behind the end", _after_the_end, drops=True),
    Http2Case("data without headers", lambda d, _: data(d)),
    Http2Case("data on the connection itself", lambda d, pack: [head(pack, (*PSEUDO, *TYPE)), Raw(0, 0, d, 1)]),
    Http2Case("an even stream", lambda d, pack: [head(pack, (*PSEUDO, *TYPE), stream=2), *data(d, stream=2)]),
    Http2Case("ten streams with a slice each", _slices),
    Http2Case("body on GET", _with(pseudo=_pseudo(b":method", b"GET")), form=False),
    Http2Case("unknown method", _with(pseudo=_pseudo(b":method", b"SEND"))),
)  # fmt: skip
