import base64
import hashlib

import pytest

from gateway.errors import RedactionError
from gateway.model import Destination, Headers, Transfer
from gateway.wire import true_headers
from tests.property.strategies import HERE, chunked

OLD, NEW = b"old body", b"new, longer body"


def request(
    *headers: tuple[bytes, bytes], body: bytes = OLD, path: str = "/x", destination: Destination = HERE
) -> Transfer:
    return Transfer(destination, path=path, headers=headers, body=body)


def value(headers: Headers, name: bytes) -> bytes:
    return dict(headers)[name]


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


def test_an_unchanged_body_keeps_every_header() -> None:
    signed = request((b"Authorization", b"AWS4-HMAC-SHA256 x"), (b"Content-MD5", b"wrong"))
    assert true_headers(signed, OLD) is signed.headers


def test_the_length_is_true_and_added_where_it_is_missing() -> None:
    assert true_headers(request((b"Content-Length", b"8")), NEW) == ((b"Content-Length", b"16"),)
    assert true_headers(request(), NEW) == ((b"content-length", b"16"),)
    assert true_headers(request((b"Transfer-Encoding", b"chunked")), NEW) == (
        (b"Transfer-Encoding", b"chunked"),
    )


SHA = hashlib.sha256(NEW).digest()
MD5 = hashlib.md5(NEW).digest()  # noqa: S324 - the header under test is made of it


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (b"Content-MD5", b"AAAA", b64(MD5)),
        (b"x-ms-blob-content-md5", b"AAAA", b64(MD5)),
        (b"Digest", b"SHA-256=AAAA,md5=BBBB", b"SHA-256=" + b64(SHA) + b",md5=" + b64(MD5)),
        (b"Content-Digest", b"sha-256=:AAAA:", b"sha-256=:" + b64(SHA) + b":"),
        (b"x-goog-hash", b"md5=AAAA", b"md5=" + b64(MD5)),
        (b"x-amz-checksum-sha256", b"AAAA", b64(SHA)),
        (b"X-File-Size", b"8", b"16"),
        (b"x-entity-length", b"8", b"16"),
        (b"x-file-size", b"9", b"9"),
        (b"X-Other", b"8", b"8"),
    ],
)
def test_what_speaks_of_the_body_is_computed_again(name: bytes, before: bytes, after: bytes) -> None:
    assert value(true_headers(request((name, before)), NEW), name) == after


@pytest.mark.parametrize(
    "headers",
    [
        ((b"Authorization", b"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b"),),
        ((b"Authorization", b"AWS4-HMAC-SHA256 SignedHeaders=host"), (b"x-amz-content-sha256", b"0" * 64)),
        (
            (b"Authorization", b"AWS4-HMAC-SHA256 SignedHeaders=content-length;host"),
            (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"),
            (b"Content-Length", b"8"),
        ),
        ((b"Signature-Input", b'sig1=("content-digest")'), (b"Signature", b"sig1=:AAAA:")),
        ((b"x-goog-hash", b"crc32c=AAAA"),),
        ((b"x-amz-checksum-crc32c", b"AAAA"),),
        ((b"x-ms-content-crc64", b"AAAA"),),
        ((b"Content-Range", b"bytes 0-7/8"),),
    ],
)
def test_signed_or_uncomputable_is_refused(headers: Headers) -> None:
    with pytest.raises(RedactionError) as caught:
        true_headers(request(*headers), NEW)
    assert caught.value.reason in {"signed-body", "declared-size"}


def test_unsigned_payloads_and_signed_queries() -> None:
    unsigned = request(
        (b"Authorization", b"AWS4-HMAC-SHA256 SignedHeaders=host"),
        (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"),
    )
    assert true_headers(unsigned, NEW)
    presigned = request(
        (b"Content-MD5", b"AAAA"), path="/b/k?X-Amz-SignedHeaders=content-md5%3Bhost&X-Amz-Signature=0"
    )
    with pytest.raises(RedactionError):
        true_headers(presigned, NEW)


def test_a_destination_that_signs_is_never_rewritten() -> None:
    with pytest.raises(RedactionError):
        true_headers(request(destination=Destination("x", signed=True)), NEW)


def test_the_size_inside_chunks_is_true() -> None:
    sent = request(
        (b"Content-Encoding", b"aws-chunked"), (b"x-amz-decoded-content-length", b"8"), body=chunked(OLD)
    )
    assert value(true_headers(sent, chunked(NEW)), b"x-amz-decoded-content-length") == b"16"
