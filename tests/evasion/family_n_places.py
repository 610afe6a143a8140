"""N: pictures at places where nobody expects one: path, query, headers, trailers, forms, binary trees."""

import base64
import binascii
import gzip
import json
import struct
import urllib.parse
from collections.abc import Callable

import cbor2
import msgpack

from tests.evasion.case import FORM, JSON, OCTETS, URLENCODED, Build, Case, Upload, cases
from tests.evasion.family_f_json import pixels


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


def url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _get(path: Callable[[bytes], bytes]) -> Build:
    return lambda data: Upload(path=path(data), method=b"GET", label=None)


def _header(name: bytes, value: Callable[[bytes], bytes], body: bytes = b'{"model": "m"}') -> Build:
    return lambda data: Upload(body, JSON, ((name, value(data)),))


def _many(data: bytes) -> Upload:
    text = url(data)
    pairs = tuple((b"x-part-%03d" % n, text[at : at + 60]) for n, at in enumerate(range(0, len(text), 60)))
    return Upload(b"{}", JSON, pairs)


def _form(value: Callable[[bytes], bytes]) -> Build:
    return lambda data: Upload(b"model=m&image=" + value(data), URLENCODED)


def _binary(make: Callable[[bytes], bytes], label: bytes) -> Build:
    return lambda data: Upload(make(data), label)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _message(data: bytes) -> bytes:
    return _field(1, b"grok") + _field(2, _field(3, data))


def _grpc(*messages: bytes, flag: int = 0) -> bytes:
    return b"".join(struct.pack(">BI", flag, len(one)) + one for one in messages)


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _compressed(data: bytes) -> Upload:
    return Upload(
        _grpc(gzip.compress(_message(data), mtime=0), flag=1),
        b"application/grpc",
        ((b"grpc-encoding", b"gzip"),),
    )


def _graphql(data: bytes) -> Upload:
    parts = (
        (b'name="operations"', b'{"query": "mutation($f: Upload!) { add(f: $f) }", "variables": {"f": null}}'),
        (b'name="map"', b'{"0": ["variables.f"]}'), (b'name="0"; filename="a.png"', data),
    )  # fmt: skip
    body = b"".join(
        b"--BOUND\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return Upload(body + b"--BOUND--\r\n", FORM)


def _mtom(data: bytes) -> Upload:
    soap = b'<?xml version="1.0"?><e><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:a"/></e>'
    body = b"--BOUND\r\nContent-Type: application/xop+xml; charset=UTF-8\r\n\r\n" + soap
    body += b"\r\n--BOUND\r\nContent-Type: image/png\r\nContent-ID: <a>\r\n\r\n" + data + b"\r\n--BOUND--\r\n"
    return Upload(body, b"multipart/related; boundary=BOUND")


def _file_name(data: bytes) -> Upload:
    name = url(data)
    body = (
        b'--BOUND\r\nContent-Disposition: form-data; name="f"; filename="'
        + name
        + b'"\r\n\r\nhello\r\n--BOUND--\r\n'
    )
    return Upload(body, FORM)


def _field_name(data: bytes) -> Upload:
    body = (
        b'--BOUND\r\nContent-Disposition: form-data; name="' + url(data) + b'"\r\n\r\nhello\r\n--BOUND--\r\n'
    )
    return Upload(body, FORM)


HEADS: dict[str, Build] = {
    "path": _get(lambda d: b"/v1/files/" + url(d)),
    "query": _get(lambda d: b"/v1/files?image=" + url(d)),
    "query, hexadecimal": _get(lambda d: b"/v1/files?image=" + d.hex().encode()),
    "query of a POST": lambda d: Upload(b"{}", JSON, path=b"/v1/files?image=" + url(d)),
    "header": _header(b"x-note", b64),
    "header of a request without a body": lambda d: Upload(label=None, headers=((b"x-note", b64(d)),), method=b"GET"),
    "header, hexadecimal": _header(b"x-note", lambda d: d.hex().encode()),
    "header, base64 in commas": _header(b"x-note", lambda d: b", ".join(_pieces(b64(d), 50))),
    "cookie": _header(b"cookie", lambda d: b"a=b; session=" + b64(d)),
    "authorization": _header(b"authorization", lambda d: b"Bearer " + b64(d)),
    "user agent": _header(b"user-agent", lambda d: b"x/1 (" + b64(d) + b")"),
    "many small headers": _many,
    "data URI in a header": _header(b"referer", lambda d: b"data:image/png;base64," + b64(d)),
}  # fmt: skip

READ: dict[str, Build] = {

    "braille for bytes": _binary(lambda d: "".join(chr(0x2800 + c) for c in d).encode(), b"text/plain"),
    "emoji for bytes": _binary(lambda d: "".join(chr(0x1F300 + c) for c in d).encode(), b"text/plain"),
    "hex dump with offsets": _binary(lambda d: b"\n".join(b"%08x  " % (16 * n) + one.hex(" ").encode() for n, one in enumerate(_pieces(d, 16))), b"text/plain"),
    "uuencode": _binary(lambda d: b"begin 644 a\n" + b"".join(binascii.b2a_uu(one) for one in _pieces(d, 45)) + b"`\nend\n", b"text/plain"),
    "octal digits": _binary(lambda d: "".join(f"\\{c:03o}" for c in d).encode(), b"text/plain"),
    "binary digits": _binary(lambda d: " ".join(f"{c:08b}" for c in d).encode(), b"text/plain"),
    "xxd": _binary(lambda d: b"\n".join(b"%08x: " % (16 * n) + one.hex(" ", 2).encode() + b"  ................" for n, one in enumerate(_pieces(d, 16))), b"text/plain"),
    "form field": _form(lambda d: urllib.parse.quote_from_bytes(b64(d)).encode()),
    "form field, plus not escaped": _form(b64),
    "form field, data URI": _form(lambda d: urllib.parse.quote_plus("data:image/png;base64," + b64(d).decode()).encode()),
    "form field, raw bytes": _form(lambda d: urllib.parse.quote_from_bytes(d, safe="").encode()),
    "form field, JSON": _form(lambda d: urllib.parse.quote_plus(json.dumps({"image": b64(d).decode()})).encode()),
    "form field, hexadecimal": _form(lambda d: d.hex().encode()),
    "form field, base32": _form(lambda d: urllib.parse.quote_from_bytes(base64.b32encode(d)).encode()),
    "form field name": lambda d: Upload(urllib.parse.quote_from_bytes(b64(d)).encode() + b"=1&a=b", URLENCODED),
    "form field in brackets": lambda d: Upload(b"messages[0][image]=" + urllib.parse.quote_from_bytes(b64(d)).encode(), URLENCODED),
    "MessagePack": _binary(lambda d: msgpack.packb({"model": "m", "image": d}), b"application/msgpack"),
    "MessagePack, base64": _binary(lambda d: msgpack.packb({"image": b64(d).decode()}), b"application/msgpack"),
    "MessagePack, list of bytes": _binary(lambda d: msgpack.packb({"image": list(d)}), b"application/msgpack"),
    "CBOR": _binary(lambda d: cbor2.dumps({"model": "m", "image": d}), b"application/cbor"),
    "CBOR, base64": _binary(lambda d: cbor2.dumps({"image": b64(d).decode()}), b"application/cbor"),
    "CBOR, list of bytes": _binary(lambda d: cbor2.dumps({"image": list(d)}), b"application/cbor"),
    "CBOR, tagged": _binary(lambda d: cbor2.dumps({"image": cbor2.CBORTag(64, d)}), b"application/cbor"),
    "protobuf": _binary(_message, b"application/x-protobuf"),
    "protobuf, base64": _binary(lambda d: _message(b64(d)), b"application/x-protobuf"),
    "gRPC": _binary(lambda d: _grpc(_message(d)), b"application/grpc"),
    "gRPC, many messages": _binary(lambda d: _grpc(*(_field(1, one) for one in _pieces(d, 500))), b"application/grpc"),
    "gRPC, compressed": _compressed,
    "gRPC-Web": _binary(lambda d: _grpc(_message(d)), b"application/grpc-web+proto"),
    "gRPC-Web in base64": _binary(lambda d: b64(_grpc(_message(d))), b"application/grpc-web-text"),
    "Connect with JSON": _binary(lambda d: _grpc(json.dumps({"image": b64(d).decode()}).encode()), b"application/connect+json"),
    "GraphQL upload": _graphql,
    "MTOM": _mtom,
    "server-sent events": _binary(lambda d: b"data: " + json.dumps({"image": b64(d).decode()}).encode() + b"\n\n", b"text/event-stream"),
    "CSV": _binary(lambda d: b"name,image\nx," + b64(d) + b"\n", b"text/csv"),
    "CSV of grey values": _binary(lambda d: _rows(d, ","), b"text/csv"),
    "table of grey values": _binary(lambda d: _rows(d, "\t"), b"text/plain"),
    "YAML": _binary(lambda d: b"image: !!binary |\n" + b"".join(b"  " + line + b"\n" for line in base64.encodebytes(d).splitlines()), b"application/yaml"),
    "TOML": _binary(lambda d: b'image = "' + b64(d) + b'"\n', b"application/toml"),
    "program text": _binary(lambda d: b"image = b'" + "".join(f"\\x{c:02x}" for c in d).encode() + b"'\n", b"text/x-python"),
    "C array": _binary(lambda d: b"char a[] = {" + ", ".join(f"0x{c:02x}" for c in d).encode() + b"};\n", b"text/x-c"),
    "hex dump": _binary(lambda d: b"\n".join(one.hex(" ").encode() for one in _pieces(d, 16)), b"text/plain"),
    "protobuf, one number each": _binary(lambda d: b"".join(b"\x18" + _varint(c) for c in d), b"application/x-protobuf"),
}  # fmt: skip

REFUSED: dict[str, Build] = {
    "trailer": lambda d: Upload(b"{}", JSON, trailers=((b"x-note", b64(d)),)),
    "many small queries": _get(lambda d: b"/v1/files?" + b"&".join(b"p%d=" % n + one for n, one in enumerate(_pieces(url(d), 60)))),
    "segments of a path": _get(lambda d: b"/v1/" + b"/".join(_pieces(url(d), 60))),
    "query, percent signs everywhere": _get(lambda d: b"/v1/files?image=" + "".join(f"%{c:02x}" for c in d).encode()),
    "file name": _file_name,
    "field name of a form": _field_name,
    "CBOR in two ways at once": _binary(lambda d: cbor2.dumps({"a": 1}) + cbor2.dumps({"image": d}), b"application/cbor"),
    "MessagePack with a tail": _binary(lambda d: msgpack.packb({"a": 1}) + d, b"application/msgpack"),
    "CBOR called MessagePack": _binary(lambda d: cbor2.dumps({"image": d}), b"application/msgpack"),
    "protobuf called octets": _binary(_message, OCTETS),
    "gRPC with a frame cut short": _binary(lambda d: _grpc(_message(d))[:-5], b"application/grpc"),
    "gRPC, compressed without saying how": _binary(lambda d: _grpc(gzip.compress(_message(d), mtime=0), flag=1), b"application/grpc"),
    "gRPC called JSON": _binary(lambda d: _grpc(_message(d)), JSON),
    "yEnc": _binary(lambda d: b"=ybegin line=128 size=%d name=a\n" % len(d) + bytes((c + 42) & 255 for c in d) + b"\n=yend\n", b"text/plain"),
}  # fmt: skip


def _rows(data: bytes, between: str) -> bytes:
    values = pixels(data)
    return "\n".join(
        between.join(map(str, values[at : at + 64])) for at in range(0, len(values), 64)
    ).encode()


LEGAL = {"CBOR": "CBOR", "MessagePack": "MessagePack", "protobuf": "protobuf", "gRPC, compressed": "gRPC, compressed", "gRPC": "gRPC", "query": "query", "queries": "query",
         "path": "path", "trailer": "header", "name": "GraphQL upload", "yEnc": "uuencode"}  # fmt: skip
"""What the twin of a refused place is, by a word in its name."""


def _legal(name: str) -> Build:
    return {**HEADS, **READ}[next(legal for word, legal in LEGAL.items() if word in name)]


CASES: tuple[Case, ...] = (
    *cases(HEADS),
    *cases(READ),
    *(Case(name, build, form=True, twin=_legal(name)) for name, build in REFUSED.items()),
)
