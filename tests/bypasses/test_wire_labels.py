"""Content codings and media types that lie, each refused or seen through; and what an honest sender writes."""

import base64
import gzip
import json
import zlib

import brotli
import pytest
import zstandard

from gateway import wire
from gateway.errors import GatewayError
from gateway.limits import Limits
from tests.property.strategies import CANARY, b64, transfer

LIMITS = Limits()
JSON = b"application/json"
BODY = json.dumps({"image": b64(CANARY)}).encode()
CE = b"Content-Encoding"


def with_coding(value: bytes, body: bytes) -> object:
    return transfer(body, JSON, (CE, value))


REFUSED = {
    "trailing bytes": (b"gzip", gzip.compress(b"{}") + BODY),
    "trailing zeros": (b"gzip", gzip.compress(BODY) + bytes(9)),
    "second member cut": (b"gzip", gzip.compress(b"{}") + gzip.compress(BODY)[:-4]),
    "bad checksum": (b"gzip", gzip.compress(BODY)[:-8] + bytes(8)),
    "truncated": (b"gzip", gzip.compress(BODY)[:-1]),
    "plain under gzip": (b"gzip", BODY),
    "picture under gzip": (b"gzip", CANARY),
    "zlib under gzip": (b"gzip", zlib.compress(BODY)),
    "gzip under deflate": (b"deflate", gzip.compress(BODY)),
    "deflate with a tail": (b"deflate", zlib.compress(BODY) + CANARY),
    "brotli with a tail": (b"br", brotli.compress(BODY) + CANARY),
    "zstd with a tail": (b"zstd", zstandard.compress(BODY) + CANARY),
    "zstd with a frame to skip": (
        b"zstd",
        zstandard.compress(b"{}") + b"\x50\x2a\x4d\x18" + len(CANARY).to_bytes(4, "little") + CANARY,
    ),
    "three layers": (b"gzip, br, deflate", zlib.compress(brotli.compress(gzip.compress(BODY)))),
    "order reversed": (b"gzip, br", gzip.compress(brotli.compress(BODY))),
    "unknown": (b"snappy", BODY),
    "x-gzip with a tail": (b"x-gzip", gzip.compress(BODY) + CANARY),
    "compress": (b"compress", BODY),
    "base64": (b"base64", base64.b64encode(BODY)),
    "hex": (b"hex", BODY.hex().encode()),
    "empty": (b"", BODY),
    "tab": (b"gz\tip", gzip.compress(BODY)),
    "quality": (b"gzip;q=1", gzip.compress(BODY)),
    "aws-chunked, not chunked": (b"aws-chunked", BODY),
    "aws-chunked inside": (b"gzip, aws-chunked", gzip.compress(BODY)),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_a_lying_coding_is_refused(case: str) -> None:
    with pytest.raises(GatewayError) as caught:
        wire.decode(transfer(REFUSED[case][1], JSON, (CE, REFUSED[case][0])), LIMITS)
    assert caught.value.reason != "codec-failed"


def test_a_coding_given_twice_is_refused() -> None:
    with pytest.raises(GatewayError):
        wire.decode(
            transfer(gzip.compress(BODY), JSON, (CE, b"gzip"), (b"content-encoding", b"identity")), LIMITS
        )


SEEN = {
    "gzip": (b"gzip", gzip.compress(BODY)),
    "GZIP": (b"GZIP", gzip.compress(BODY)),
    "members": (b"gzip", gzip.compress(BODY[:20]) + gzip.compress(BODY[20:])),
    "two layers": (b"gzip, br", brotli.compress(gzip.compress(BODY))),
    "twice gzip": (b"gzip,gzip", gzip.compress(gzip.compress(BODY))),
    "identity": (b"identity", BODY),
    "zstd frames": (b"zstd", zstandard.compress(BODY[:20]) + zstandard.compress(BODY[20:])),
    "brotli, large window": (b"br", brotli.compress(BODY, lgwin=24)),
}


@pytest.mark.parametrize("case", sorted(SEEN))
def test_an_honest_coding_is_seen_through(case: str) -> None:
    decoded = wire.decode(transfer(SEEN[case][1], JSON, (CE, SEEN[case][0])), LIMITS)
    assert decoded.parts[0].data == CANARY


LABELS = [
    None, b"application/json", b"text/plain", b"text/html", b"application/x-www-form-urlencoded", b"application/octet-stream", b"image/jpeg",
    b"video/mp4", b"application/xml", b"application/graphql", b"application/x-ndjson", b"application/vnd.x+json", b"font/woff2", b"application/zip",
    b"application/msgpack", b"application/cbor", b"application/protobuf", b"text/event-stream",
]  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_a_raw_picture_under_any_label_is_a_picture(label: bytes | None) -> None:
    decoded = wire.decode(transfer(CANARY, label), LIMITS)
    assert decoded.parts[0].data == CANARY


@pytest.mark.parametrize(
    "label",
    [
        label
        for label in LABELS
        if label not in {b"application/msgpack", b"application/cbor", b"application/protobuf"}
    ],
)
def test_json_under_any_label_is_searched(label: bytes | None) -> None:
    assert any(part.data == CANARY for part in wire.decode(transfer(BODY, label), LIMITS).parts)


@pytest.mark.parametrize(
    "label",
    [
        b"application/json; charset=utf-7", b"application/json; charset=utf-16", b"text/plain; charset=ibm037", b"application/json; charset=utf-8; charset=utf-7",
        b"application/json, text/plain", b"application/json;;", b"json", b"/", b"application/json; charset*=utf-8''utf-7", b"application/json\x00",
    ],
)  # fmt: skip
def test_an_ambiguous_label_is_refused(label: bytes) -> None:
    with pytest.raises(GatewayError):
        wire.decode(transfer(BODY, label), LIMITS)


def test_two_labels_are_refused() -> None:
    with pytest.raises(GatewayError):
        wire.decode(transfer(BODY, JSON, (b"content-type", b"text/plain")), LIMITS)


def test_bodies_over_the_limit_are_refused() -> None:
    with pytest.raises(GatewayError) as caught:
        wire.decode(transfer(BODY, JSON), Limits(body_bytes=10))
    assert caught.value.reason == "too-large"
