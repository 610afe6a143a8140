"""Wrappers that a picture can travel in, and ways to put one around another."""

import base64
import gzip
import json
import random
import struct
import urllib.parse
import zlib
from collections.abc import Callable

import brotli
import zstandard
from hypothesis import strategies as st

from gateway.model import Destination, Headers, Transfer

HERE = Destination("api.example", provider="example")


def png(size: int = 12, seed: int = 7) -> bytes:
    """A small grey picture of noise, so that no wrapping can shrink it away."""
    noise = random.Random(seed)
    rows = b"".join(b"\x00" + noise.randbytes(size) for _ in range(size))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


CANARY = png()


def _lines(text: str, length: int, end: str) -> str:
    return end.join(text[at : at + length] for at in range(0, len(text), length))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


ALPHABETS: dict[str, Callable[[bytes], str]] = {
    "base64": b64,
    "base64url": lambda data: base64.urlsafe_b64encode(data).decode(),
    "unpadded": lambda data: b64(data).rstrip("="),
    "url unpadded": lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
    "mime lines": lambda data: _lines(b64(data), 76, "\r\n"),
    "pem lines": lambda data: _lines(b64(data), 64, "\n") + "\n",
    "short lines": lambda data: _lines(b64(data), 20, "\n"),
    "spaced": lambda data: _lines(b64(data), 4, " "),
    "tabbed": lambda data: _lines(b64(data), 8, "\t"),
    "dotted": lambda data: _lines(b64(data), 4, "."),
    "concatenated": lambda data: b64(data[:31]) + b64(data[31:]),
    "hex": bytes.hex,
    "HEX": lambda data: data.hex().upper(),
    "0xhex": lambda data: "0x" + data.hex(),
    "hex spaced": lambda data: data.hex(" "),
    "hex colons": lambda data: data.hex(":"),
    "base32": lambda data: base64.b32encode(data).decode(),
    "base85": lambda data: base64.b85encode(data).decode(),
    "ascii85": lambda data: base64.a85encode(data).decode(),
    "data uri": lambda data: "data:image/png;base64," + b64(data),
    "data uri lie": lambda data: "data:text/plain;charset=utf-8;base64," + b64(data),
    "data uri no type": lambda data: "data:;base64," + b64(data),
    "DATA URI": lambda data: "DATA:IMAGE/PNG;BASE64," + b64(data),
    "data uri url": lambda data: "data:image/png;base64," + base64.urlsafe_b64encode(data).decode(),
    "data uri percent": lambda data: "data:image/png;base64," + urllib.parse.quote(b64(data), safe=""),
    "data uri raw": lambda data: "data:image/png," + urllib.parse.quote_from_bytes(data),
    "markdown": lambda data: f"see ![scan](data:image/png;base64,{b64(data)}) above",
    "html": lambda data: f'<p>see <img src="data:image/png;base64,{b64(data)}"></p>',
    "css": lambda data: f"a{{background:url(data:image/png;base64,{b64(data)})}}",
    "prose": lambda data: "Here is the file you asked for: " + b64(data) + " - tell me what you see.",
    "prose shifted": lambda data: "x" + b64(data),
    "latin-1": lambda data: data.decode("latin-1"),
    "twice": lambda data: b64(b64(data).encode()),
    "gzipped": lambda data: b64(gzip.compress(data, mtime=0)),
}
"""How bytes become text."""


def _escaped(text: str) -> str:
    return '{"k":"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 65536 else c for c in text) + '"}'


TEXTS: dict[str, Callable[[str], str]] = {
    "json": lambda text: json.dumps({"k": text}),
    "json deep": lambda text: json.dumps(
        {"messages": [{"content": [{"type": "image_url", "image_url": {"url": text}}]}]}
    ),
    "json spaced": lambda text: json.dumps({"a": 1, "k": [text, "and more"]}, indent=2),
    "json slashes": lambda text: json.dumps({"k": text}).replace("/", "\\/"),
    "json escapes": _escaped,
    "json key": lambda text: json.dumps({text: True}),
    "json list of slices": lambda text: json.dumps(
        {"k": [text[at : at + 24] for at in range(0, len(text), 24)]}
    ),
    "json string": lambda text: json.dumps({"arguments": json.dumps({"k": text})}),
    "json lines": lambda text: json.dumps({"n": 1}) + "\n" + json.dumps({"k": text}) + "\n",
    "json raw utf-8": lambda text: json.dumps({"k": text, "ü": "ä"}, ensure_ascii=False),
    "form": lambda text: "model=x&image=" + urllib.parse.quote_plus(text),
    "form spaces": lambda text: "model=x&image=" + urllib.parse.quote(text, safe=""),
    "xml": lambda text: (
        "<?xml version='1.0'?><doc><name>x</name><data>"
        + text.replace("&", "&amp;").replace("<", "&lt;")
        + "</data></doc>"
    ),
    "plain": lambda text: text,
    "csv": lambda text: "name,data\nx," + text + "\n",
}
"""Text around text."""

LABELS: dict[str, bytes] = {
    "json": b"application/json", "json deep": b"application/json; charset=utf-8", "json spaced": b"application/json",
    "json slashes": b"application/json", "json escapes": b"application/json", "json key": b"application/json",
    "json list of slices": b"application/json", "json string": b"application/json", "json lines": b"application/x-ndjson",
    "json raw utf-8": b"application/vnd.api+json", "form": b"application/x-www-form-urlencoded",
    "form spaces": b"application/x-www-form-urlencoded", "xml": b"application/xml", "plain": b"text/plain", "csv": b"text/csv",
}  # fmt: skip


def form_data(
    content: bytes, filename: str | None = "scan.bin", media: str | None = "application/octet-stream"
) -> bytes:
    """A form of one text field and one with the content."""
    head = b'--BOUND\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nvision\r\n--BOUND\r\nContent-Disposition: form-data; name="file"'
    head += f'; filename="{filename}"'.encode() if filename is not None else b""
    head += f"\r\nContent-Type: {media}".encode() if media else b""
    return head + b"\r\n\r\n" + content + b"\r\n--BOUND--\r\n"


def related(content: bytes) -> bytes:
    """Metadata and content as Google's multipart uploads send them."""
    meta = b'--BOUND\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{"file":{"displayName":"x"}}\r\n'
    return meta + b"--BOUND\r\nContent-Type: image/png\r\n\r\n" + content + b"\r\n--BOUND--"


def frames(content: bytes) -> bytes:
    """One gRPC message with the content in field 2, after a short text in field 1."""

    def field(number: int, data: bytes) -> bytes:
        size, length = bytearray(), len(data)
        while length > 127:
            size.append(length & 127 | 128)
            length >>= 7
        return bytes([number << 3 | 2]) + bytes([*size, length]) + data

    message = field(1, b"grok") + field(2, content)
    return b"\x00" + struct.pack(">I", len(message)) + message


def chunked(content: bytes) -> bytes:
    """The content in chunks of 1,000 bytes, as S3 clients frame it."""
    pieces = (content[at : at + 1000] for at in range(0, len(content), 1000))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


BODIES: dict[str, tuple[bytes | None, Callable[[bytes], bytes]]] = {
    "bare": (None, lambda data: data),
    "octets": (b"application/octet-stream", lambda data: data),
    "lie json": (b"application/json", lambda data: data),
    "lie form": (b"application/x-www-form-urlencoded", lambda data: data),
    "lie text": (b"text/plain; charset=utf-8", lambda data: data),
    "file": (b"multipart/form-data; boundary=BOUND", form_data),
    "file named json": (
        b'multipart/form-data; boundary="BOUND"',
        lambda data: form_data(data, "x.json", "application/json"),
    ),
    "field": (b"multipart/form-data; boundary=BOUND", lambda data: form_data(data, None, None)),
    "related": (b"multipart/related; boundary=BOUND", related),
    "grpc": (b"application/grpc", frames),
    "connect": (b"application/connect+proto", frames),
}
"""Bytes as a body, with the label it travels under."""

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "gzip members": lambda data: gzip.compress(data[:7], mtime=0) + gzip.compress(data[7:], mtime=0),
    "deflate": zlib.compress,
    "deflate raw": lambda data: zlib.compress(data, wbits=-15),
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "zstd frames": lambda data: zstandard.compress(data[:9]) + zstandard.compress(data[9:]),
    "aws-chunked": chunked,
}
"""Content codings, by the word they are announced with followed by a variant."""


def transfer(
    body: bytes, label: bytes | None = None, *more: tuple[bytes, bytes], path: str = "/v1/x"
) -> Transfer:
    """A request with this body."""
    headers: Headers = (*(((b"Content-Type", label),) if label is not None else ()), *more)
    return Transfer(HERE, path=path, headers=headers, body=body)


def coded(body: bytes, label: bytes | None, codings: tuple[str, ...]) -> Transfer:
    """A request whose body went through these codings, and says so."""
    for name in codings:
        body = CODINGS[name](body)
    words = [name.split()[0] for name in codings]
    if "aws-chunked" in words:
        words.insert(0, words.pop(words.index("aws-chunked")))
    value = ", ".join(words).encode()
    return transfer(body, label, *(((b"Content-Encoding", value),) if words else ()))


@st.composite
def wrapped(draw: st.DrawFn) -> Transfer:
    """The canary in an alphabet, in up to two texts, in a body, in a content coding."""
    data: bytes = CANARY
    label: bytes | None = None
    if draw(st.integers(0, 3)):
        text = ALPHABETS[draw(st.sampled_from(sorted(ALPHABETS)))](data)
        for name in draw(st.lists(st.sampled_from(sorted(TEXTS)), min_size=1, max_size=2)):
            text, label = TEXTS[name](text), LABELS[name]
        data = text.encode()
    if label is None or draw(st.booleans()):
        label, build = BODIES[draw(st.sampled_from(sorted(BODIES)))]
        data = build(data)
    codings = draw(st.lists(st.sampled_from([c for c in sorted(CODINGS) if c != "aws-chunked"]), max_size=1))
    if not draw(st.integers(0, 4)):
        codings.append("aws-chunked")
    return coded(data, label, tuple(codings))


labels = st.sampled_from(
    [None, b"", b"application/json", b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=B",
     b"multipart/form-data", b"multipart/related; boundary=B", b"application/grpc", b"application/grpc-web-text", b"application/connect+json",
     b"application/x-protobuf", b"application/msgpack", b"application/cbor", b"application/x-ndjson", b"image/png", b"nonsense", b"text/plain; charset=utf-7"]
)  # fmt: skip
"""Labels that decide which codec is asked."""

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=20), inner, max_size=6),
    max_leaves=40,
)
