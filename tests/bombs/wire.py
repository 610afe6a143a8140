"""Bodies that are deep, wide or long by their own grammar."""

import base64
import gzip
import json
import struct

from tests.bombs.bomb import MIB, OVER, Bomb
from tests.bombs.codings import BROKEN, WORDS
from tests.evasion.case import FORM, JSON, URLENCODED, Upload
from tests.evasion.family_o_bombs import deep_message

BAD = BROKEN | {
    "bad-json",
    "bad-multipart",
    "bad-packed",
    "bad-protobuf",
    "bad-frames",
    "bad-chunks",
    "unclaimed",
    "opaque-text",
    "not-text",
    "label-lies",
}


def _levels(count: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * count + b"1" + closing * count


def _parts(count: int) -> Upload:
    one = b'--BOUND\r\nContent-Disposition: form-data; name="p"\r\n\r\nx\r\n'
    return Upload(one * count + b"--BOUND--\r\n", FORM)


def _part_heads(count: int) -> Upload:
    heads = b"".join(b"X-%d: a\r\n" % number for number in range(count))
    return Upload(
        b'--BOUND\r\nContent-Disposition: form-data; name="p"\r\n' + heads + b"\r\nx\r\n--BOUND--\r\n", FORM
    )


def _mixed(depth: int) -> Upload:
    """Multiparts inside the parts of a form."""
    head, foot = b'--BOUND\r\nContent-Disposition: form-data; name="p"\r\n', b"\r\n--BOUND--\r\n"
    for number in range(depth):
        head += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number)
        foot = b"\r\n--b%d--\r\n" % number + foot
    return Upload(head + b"Content-Type: text/plain\r\n\r\nx" + foot, FORM)


def _often(times: int) -> bytes:
    data = WORDS
    for _ in range(times):
        data = base64.b64encode(data)
    return json.dumps({"a": data.decode()}).encode()


def _grpc(size: int) -> Upload:
    packed = gzip.compress(bytes(size), 9, mtime=0)
    return Upload(
        b"\x01" + struct.pack(">I", len(packed)) + packed, b"application/grpc", ((b"grpc-encoding", b"gzip"),)
    )


def _aws(count: int) -> Upload:
    body = b"1;chunk-signature=" + b"0" * 64 + b"\r\nx\r\n"
    headers = (
        (b"content-encoding", b"aws-chunked"),
        (b"x-amz-decoded-content-length", b"%d" % count),
        (b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    )
    return Upload(
        body * count + b"0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n",
        b"text/plain",
        headers,
        path=b"/bucket/key",
        method=b"PUT",
    )


def _json(data: bytes) -> Upload:
    return Upload(data, JSON)


BOMBS: tuple[Bomb, ...] = (
    Bomb("JSON: 100,000 levels of lists", lambda: _json(_levels(100_000)), lambda: _json(_levels(20)), OVER | BAD),
    Bomb("JSON: 100,000 levels of objects", lambda: _json(_levels(100_000, b'{"a":', b"}")), lambda: _json(_levels(20, b'{"a":', b"}")), OVER | BAD),
    Bomb("JSON: a number of a million digits", lambda: _json(b'{"a": ' + b"9" * MIB + b"}"), lambda: _json(b'{"a": ' + b"9" * 20 + b"}"), frozenset()),
    Bomb("JSON: a million empty objects", lambda: _json(b"[" + b"{}," * 1_000_000 + b"{}]"), lambda: _json(b"[{},{}]"), frozenset()),
    Bomb("JSON: 100,000 payloads", lambda: _json(json.dumps([base64.b64encode(bytes(60) + n.to_bytes(4)).decode() for n in range(100_000)]).encode()), lambda: _json(json.dumps(["some words"] * 100).encode()), OVER | BAD),
    Bomb("JSON: base64 twelve times over", lambda: _json(_often(12)), lambda: _json(_often(1)), OVER | BAD),
    Bomb("JSON: JSON in a string, twelve times over", lambda: _json(_strings(12)), lambda: _json(_strings(2)), frozenset()),
    Bomb("form: 100,000 parts", lambda: _parts(100_000), lambda: _parts(20)),
    Bomb("form: a part with 100,000 headers", lambda: _part_heads(100_000), lambda: _part_heads(0), OVER | BAD),
    Bomb("form: 200 multiparts inside one another", lambda: _mixed(200), lambda: _parts(2), OVER | BAD),
    Bomb("form: a million fields", lambda: Upload(b"a=1&" * 1_000_000 + b"b=1", URLENCODED), lambda: Upload(b"a=1&b=2", URLENCODED)),
    Bomb("CBOR: an array of 2^63 items", lambda: Upload(b"\x9b\x7f" + b"\xff" * 7 + b"\x01", b"application/cbor"), lambda: Upload(b"\x82\x01\x02", b"application/cbor"), OVER | BAD),
    Bomb("CBOR: 100,000 levels", lambda: Upload(b"\x81" * 100_000 + b"\x01", b"application/cbor"), lambda: Upload(b"\x81\x81\x01", b"application/cbor"), OVER | BAD),
    Bomb("MessagePack: an array of four billion items", lambda: Upload(b"\xdd\xff\xff\xff\xff\x01", b"application/msgpack"), lambda: Upload(b"\x92\x01\x02", b"application/msgpack"), OVER | BAD),
    Bomb("MessagePack: bytes of four gigabytes", lambda: Upload(b"\xc6\xff\xff\xff\xff\x01", b"application/msgpack"), lambda: Upload(b"\x92\x01\x02", b"application/msgpack"), OVER | BAD),
    Bomb("protobuf: 5,000 levels", lambda: Upload(deep_message(b"\x08\x01", 5_000), b"application/x-protobuf"), lambda: Upload(deep_message(b"\x08\x01", 3), b"application/x-protobuf"), OVER | BAD),
    Bomb("gRPC: a folded message of 64 MiB", lambda: _grpc(64 * MIB), lambda: Upload(b"\x00\x00\x00\x00\x02\x08\x01", b"application/grpc"), OVER | BAD),
    Bomb("gRPC: 100,000 messages", lambda: Upload(b"\x00\x00\x00\x00\x02\x08\x01" * 100_000, b"application/grpc"), lambda: Upload(b"\x00\x00\x00\x00\x02\x08\x01" * 3, b"application/grpc"), OVER | BAD),
    Bomb("S3: 200,000 chunks of one byte", lambda: _aws(200_000), lambda: _aws(2), frozenset()),
)  # fmt: skip


def _strings(times: int) -> bytes:
    data = '{"a": 1}'
    for _ in range(times):
        data = json.dumps({"a": data})
    return data.encode()
