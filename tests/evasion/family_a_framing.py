"""A: HTTP/1 requests that two parsers frame differently. Written out byte by byte."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from tests.evasion.case import HOST

type Raw = Callable[[bytes], bytes]
LINE = b"POST /v1/files HTTP/1.1\r\n"
AT = b"Host: " + HOST + b"\r\n"
TYPE = b"Content-Type: application/octet-stream\r\n"
GET = b"GET /v1/models HTTP/1.1\r\n" + AT + b"\r\n"


@dataclass(frozen=True, slots=True)
class Framing:
    """One way of framing, by its name."""

    name: str
    raw: Raw
    """The request, or requests, around a picture."""
    form: bool = True
    """Whether it is refused whatever is in it (`tests.evasion.why`): its twin is the legal form of the same traffic."""
    drops: bool = False
    """Whether the place of the picture does not survive the gateway, so that the rest may go on."""
    answers: int = 1
    """How many answers are waited for."""
    status: int = 200
    """What the destination answers to the benign twin."""
    cut: bool = False
    """Whether the sender stops in the middle."""


def length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n" % len(body)


def chunk(body: bytes, extension: bytes = b"") -> bytes:
    return b"%x%b\r\n%b\r\n" % (len(body), extension, body)


def _head(*lines: bytes, line: bytes = LINE, at: bytes = AT) -> Raw:
    """The given lines, then a true length."""
    return lambda d: line + at + TYPE + b"".join(lines) + length(d) + b"\r\n" + d


def _both(first: bytes, second: Callable[[bytes], bytes]) -> Raw:
    return lambda d: LINE + AT + TYPE + first + second(d) + b"\r\n" + chunk(d) + b"0\r\n\r\n"


def _coding(*lines: bytes) -> Raw:
    return lambda d: LINE + AT + TYPE + b"".join(lines) + b"\r\n" + chunk(d) + b"0\r\n\r\n"


def _size(text: Callable[[bytes], bytes]) -> Raw:
    return lambda d: LINE + AT + TYPE + b"Content-Length: " + text(d) + b"\r\n\r\n" + d


def _chunked(body: Callable[[bytes], bytes]) -> Raw:
    return lambda d: LINE + AT + TYPE + b"Transfer-Encoding: chunked\r\n\r\n" + body(d)


def _hex(data: bytes) -> bytes:
    return b"%x" % len(data)


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data)


CHUNKED = b"Transfer-Encoding: chunked\r\n"


def legal(case: Framing) -> Framing:
    """The benign twin: the framing itself, or the nearest one that is not refused by form."""
    if not case.form:
        return case
    chunks = "chunk" in case.name or "coding" in case.name or "trailer" in case.name
    two = case.name in ("a second request in the body of the first", "a body longer than it says")
    raw = (lambda d: GET + _head()(d)) if two else _coding(CHUNKED) if chunks else _head()
    return Framing(case.name, raw, form=False, answers=2 if two else 1)


CASES: tuple[Framing, ...] = (
    Framing("length and chunks", _both(CHUNKED, length)),
    Framing("chunks and a length of zero", _both(b"Content-Length: 0\r\n", lambda _: CHUNKED)),
    Framing("two lengths", lambda d: LINE + AT + TYPE + b"Content-Length: 0\r\n" + length(d) + b"\r\n" + d),
    Framing("two equal lengths", _head(b"Content-Length: 5\r\n")),
    Framing("the same length twice", lambda d: LINE + AT + length(d) + length(d) + b"\r\n" + d),
    Framing("a list of lengths", _size(lambda d: b"%d, %d" % (len(d), len(d)))),
    Framing("length with a sign", _size(lambda d: b"+%d" % len(d))),
    Framing("negative length", _size(lambda _: b"-1")),
    Framing("length in hexadecimal", _size(lambda d: b"0x" + _hex(d))),
    Framing("length with a blank inside", _size(lambda d: b"%d %d" % (len(d) // 10, len(d) % 10))),
    Framing("empty length", _size(lambda _: b"")),
    Framing("length with a fraction", _size(lambda d: b"%d.0" % len(d))),
    Framing("length in full-width digits", _size(lambda d: "".join(chr(0xFF10 + int(c)) for c in str(len(d))).encode())),
    Framing("gzip, chunked", _coding(b"Transfer-Encoding: gzip, chunked\r\n")),
    Framing("xchunked", _coding(b"Transfer-Encoding: xchunked\r\n")),
    Framing("chunked, chunked", _coding(b"Transfer-Encoding: chunked, chunked\r\n")),
    Framing("identity with a length", _head(b"Transfer-Encoding: identity\r\n")),
    Framing("chunked then identity", _coding(b"Transfer-Encoding: chunked, identity\r\n")),
    Framing("transfer coding twice", _coding(CHUNKED, CHUNKED)),
    Framing("transfer coding with a tab before the colon", _both(b"Transfer-Encoding\t: chunked\r\n", length)),
    Framing("transfer coding behind a vertical tab", _both(b"Transfer-Encoding: \x0bchunked\r\n", length)),
    Framing("transfer coding in quotes", _both(b'Transfer-Encoding: "chunked"\r\n', length)),
    Framing("transfer coding folded", _both(b"Transfer-Encoding:\r\n chunked\r\n", length)),
    Framing("transfer coding behind a NUL", _both(b"Transfer-Encoding: \x00chunked\r\n", length)),
    Framing("transfer coding in capitals", _coding(b"TRANSFER-ENCODING: CHUNKED\r\n"), form=False),
    Framing("picture in the extension of a chunk", _chunked(lambda d: chunk(b"{}", b";x=" + _b64(d)) + b"0\r\n\r\n"), form=False, drops=True),
    Framing("picture in many extensions", _chunked(lambda d: b"".join(chunk(b" ", b";x=" + _b64(d)[at : at + 100]) for at in range(0, len(d), 75)) + b"0\r\n\r\n"), form=False, drops=True),
    Framing("chunk size with zeros in front", _chunked(lambda d: b"0000" + chunk(d) + b"0\r\n\r\n"), form=False),
    Framing("chunk size with 0x", _chunked(lambda d: b"0x" + chunk(d) + b"0\r\n\r\n")),
    Framing("negative chunk size", _chunked(lambda d: b"-" + chunk(d) + b"0\r\n\r\n")),
    Framing("chunk size beyond 64 bits", _chunked(lambda d: b"1" + b"0" * 20 + chunk(d) + b"0\r\n\r\n"), cut=True),
    Framing("chunk size with a blank in front", _chunked(lambda d: b" " + chunk(d) + b"0\r\n\r\n")),
    Framing("chunk ended by a line feed", _chunked(lambda d: _hex(d) + b"\n" + d + b"\n0\n\n")),
    Framing("chunk longer than it says", _chunked(lambda d: b"5\r\n" + d + b"\r\n0\r\n\r\n")),
    Framing("bytes behind the last chunk", _chunked(lambda d: chunk(b"{}") + b"0\r\n\r\n" + d), drops=True),
    Framing("picture in a trailer", _chunked(lambda d: chunk(b"{}") + b"0\r\nX-Note: " + _b64(d) + b"\r\n\r\n")),
    Framing("a trailer that is a length", _chunked(lambda d: chunk(d) + b"0\r\nContent-Length: 5\r\n\r\n")),
    Framing("header folded", _head(b"X-A: b\r\n c\r\n")),
    Framing("picture in a folded header", lambda d: LINE + AT + b"X-A: b\r\n " + _b64(d) + b"\r\nContent-Length: 2\r\n\r\n{}"),
    Framing("bare line feeds", lambda d: (LINE + AT + length(d)).replace(b"\r\n", b"\n") + b"\n" + d, form=False),
    Framing("bare carriage return in a header", _head(b"X-A: b\rTransfer-Encoding: chunked\r\n")),
    Framing("NUL in a header", _head(b"X-A: b\x00c\r\n")),
    Framing("blank before the colon", _head(b"X-A : b\r\n")),
    Framing("header that begins with a blank", lambda d: LINE + b" X: y\r\n" + AT + length(d) + b"\r\n" + d),
    Framing("header without a colon", _head(b"nonsense\r\n")),
    Framing("header without a name", _head(b": b\r\n")),
    Framing("header name beyond ASCII", _head(b"X-\xc3\xa9: b\r\n")),
    Framing("header name in brackets", _head(b"X[A]: b\r\n")),
    Framing("two hosts", _head(AT)),
    Framing("another host first", _head(AT, at=b"Host: other.example\r\n")),
    Framing("no host", _head(at=b""), form=False, status=400),
    Framing("two hosts in one", _head(at=b"Host: " + HOST + b", other.example\r\n")),
    Framing("host with a user", _head(at=b"Host: other.example@" + HOST + b"\r\n")),
    Framing("host with another port", _head(at=b"Host: " + HOST + b":8443\r\n")),
    Framing("type twice", _head(TYPE)),
    Framing("content coding twice", _head(b"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n")),
    Framing("HTTP/0.9", lambda d: b"POST /v1/files\r\n" + d, cut=True),
    Framing("HTTP/1.0", _head(line=b"POST /v1/files HTTP/1.0\r\n"), form=False),
    Framing("HTTP/1.9", _head(line=b"POST /v1/files HTTP/1.9\r\n"), form=False),
    Framing("HTTP/2.0 in a request line", _head(line=b"POST /v1/files HTTP/2.0\r\n"), form=False),
    Framing("HTTP/3 in a request line", _head(line=b"POST /v1/files HTTP/3\r\n")),
    Framing("http in small letters", _head(line=b"POST /v1/files http/1.1\r\n")),
    Framing("whole address of this host", _head(line=b"POST https://" + HOST + b"/v1/files HTTP/1.1\r\n"), form=False),
    Framing("whole address of another host", _head(line=b"POST https://other.example/v1/files HTTP/1.1\r\n")),
    Framing("whole address without TLS", _head(line=b"POST http://" + HOST + b"/v1/files HTTP/1.1\r\n"), form=False),
    Framing("a host for a target", _head(line=b"POST " + HOST + b":443 HTTP/1.1\r\n")),
    Framing("a star for a target", _head(line=b"POST * HTTP/1.1\r\n"), form=False),
    Framing("a tunnel in the tunnel", lambda d: b"CONNECT other.example:443 HTTP/1.1\r\n" + AT + length(d) + b"\r\n" + d),
    Framing("a fragment in the target", _head(line=b"POST /v1/files#x HTTP/1.1\r\n"), form=False),
    Framing("two blanks in the request line", _head(line=b"POST  /v1/files  HTTP/1.1\r\n"), form=False),
    Framing("tabs in the request line", _head(line=b"POST\t/v1/files\tHTTP/1.1\r\n"), form=False),
    Framing("four words in the request line", _head(line=b"POST /v1/ files HTTP/1.1\r\n")),
    Framing("blank lines in front", lambda d: b"\r\n\r\n" + _head()(d), cut=True),
    Framing("picture as the target", lambda d: b"GET /" + base64.urlsafe_b64encode(d) + b" HTTP/1.1\r\n" + AT + b"\r\n", form=False),
    Framing("picture as the method", lambda d: _b64(d) + b" / HTTP/1.1\r\n" + AT + b"\r\n"),
    Framing("picture as the version", lambda d: b"GET / HTTP/1.1" + _b64(d) + b"\r\n" + AT + b"\r\n"),
    Framing("picture as the host", lambda d: b"GET / HTTP/1.1\r\nHost: " + _b64(d) + b"\r\n\r\n"),
    Framing("picture as a header's name", lambda d: GET[:-2] + base64.b32encode(d).rstrip(b"=") + b": x\r\n\r\n", form=False),
    Framing("unknown method", _head(line=b"SEND /v1/files HTTP/1.1\r\n")),
    Framing("method in small letters", _head(line=b"post /v1/files HTTP/1.1\r\n"), form=False),
    Framing("TRACE", _head(line=b"TRACE /v1/files HTTP/1.1\r\n")),
    Framing("a body on GET", _head(line=b"GET /v1/files HTTP/1.1\r\n"), form=False),
    Framing("a body on HEAD", _head(line=b"HEAD /v1/files HTTP/1.1\r\n"), form=False),
    Framing("a body on DELETE", _head(line=b"DELETE /v1/files/x HTTP/1.1\r\n"), form=False),
    Framing("a body on OPTIONS", _head(line=b"OPTIONS /v1/files HTTP/1.1\r\n"), form=False),
    Framing("Expect: 100-continue", _head(b"Expect: 100-continue\r\n"), form=False),
    Framing("Expect with something else", _head(b"Expect: 200-ok\r\n"), form=False),
    Framing("a second request behind the first", lambda d: GET + _head()(d), form=False, answers=2),
    Framing("a second request in the body of the first", lambda d: LINE + AT + TYPE + length(_head()(d)) + b"\r\n" + _head()(d)),
    Framing("a body longer than it says", lambda d: LINE + AT + TYPE + b"Content-Length: 2\r\n\r\n{}" + d, drops=True),
    Framing("a body shorter than it says", lambda d: LINE + AT + TYPE + b"Content-Length: %d\r\n\r\n" % (len(d) + 9) + d, cut=True),
    Framing("a body without a length", lambda d: LINE + AT + TYPE + b"\r\n" + d, drops=True),
    Framing("h2c", _head(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")),
    Framing("upgrade to something unknown", _head(b"Connection: Upgrade\r\nUpgrade: foo\r\n")),
    Framing("upgrade to WebTransport", _head(b"Connection: Upgrade\r\nUpgrade: webtransport\r\n")),
    Framing("a head of 4 MB", _head(b"".join(b"X-%d: %s\r\n" % (n, b"a" * 4000) for n in range(1000)))),
    Framing("HTTP/2 without having agreed on it", lambda d: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + d, cut=True),
    Framing("a head of 70 KB", _head(b"X-A: " + b"a" * 70_000 + b"\r\n")),
    Framing("a thousand headers", _head(b"".join(b"X-%d: %s\r\n" % (n, b"a" * 64) for n in range(1000)))),
    Framing("a header of the proxy", _head(b"Proxy-Connection: keep-alive\r\n"), form=False),
    Framing("what is no HTTP at all", lambda d: b"\x16\x03\x01" + d, cut=True),
    Framing("SSH", lambda d: b"SSH-2.0-x\r\n" + d, cut=True),
)  # fmt: skip
