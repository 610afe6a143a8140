"""Headers that speak about the body, made true again after it was rewritten.

Sources: RFC 9110 8.6 (Content-Length), RFC 1864 (Content-MD5), RFC 3230 (Digest), RFC 9530 (Content-Digest,
Repr-Digest), RFC 9421 (signatures), Google Cloud Storage `x-goog-hash`, Amazon S3 `x-amz-checksum-*`, Signature V4.
"""

import base64
import hashlib
import re
from collections.abc import Callable

from gateway.errors import RedactionError
from gateway.model import Headers, Transfer
from gateway.wire.aws_chunked import CHECKSUMS

_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
    "sha": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "sha-1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "sha-256": lambda data: hashlib.sha256(data).digest(),
    "sha-512": lambda data: hashlib.sha512(data).digest(),
}
_SIZES = (
    b"x-entity-length",
    b"x-file-size",
    b"x-goog-upload-header-content-length",
    b"x-upload-content-length",
    b"upload-length",
)
"""Sizes that services declare beside the body in the same request."""
_UNTOUCHABLE = (
    b"x-ms-content-crc64",
    b"x-amz-checksum-crc32c",
    b"x-amz-checksum-crc64nvme",
    b"x-amz-checksum-crc64-nvme",
)
_UNSIGNED = (b"UNSIGNED-PAYLOAD", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")
_SIGNED_NAMES = re.compile(rb"SignedHeaders=([^,\s]*)")
_SIGNED_QUERY = re.compile(r"[?&]X-Amz-SignedHeaders=([^&]*)", re.IGNORECASE)
_CHUNK_SIZES = b"x-amz-decoded-content-length"


def true_headers(transfer: Transfer, body: bytes, decoded_sizes: tuple[int, int] | None = None) -> Headers:
    """All headers of the transfer, true for another body. `decoded_sizes` are the payload's sizes inside aws-chunked.

    Raises RedactionError with reason `signed-body` where a signature covers the body, or a checksum is of a kind that
    cannot be computed; with reason `declared-size` where another request has already promised the size.
    """
    if body == transfer.body:
        return transfer.headers
    if transfer.destination.signed:
        raise RedactionError("a signature covers the body", reason="signed-body")
    signed = _signed_names(transfer)
    found = []
    for name, value in transfer.headers:
        new = _true(name.lower(), value, transfer, body, decoded_sizes)
        if new != value and name.lower() in signed:
            raise RedactionError("a signature covers a header that has to change", reason="signed-body")
        found.append((name, new))
    chunked = any(name.lower() == b"transfer-encoding" for name, _ in found)
    if not chunked and not any(name.lower() == b"content-length" for name, _ in found):
        found.append((b"content-length", b"%d" % len(body)))
    return tuple(found)


def _signed_names(transfer: Transfer) -> frozenset[bytes]:
    """Names of the headers under a signature. Raises RedactionError where the body itself is under it."""
    authorization = transfer.header(b"authorization") or b""
    if authorization.startswith(b"AWS4-"):
        # Without the header the signature still covers the hash of the body.
        if transfer.header(b"x-amz-content-sha256") not in _UNSIGNED:
            raise RedactionError("a signature covers the body", reason="signed-body")
        names = _SIGNED_NAMES.search(authorization)
        return frozenset(names[1].lower().split(b";")) if names else frozenset()
    if transfer.header(b"signature-input") is not None or transfer.header(b"signature") is not None:
        raise RedactionError("a signature may cover the body", reason="signed-body")
    query = _SIGNED_QUERY.search(transfer.path)
    if query is not None:
        return frozenset(query[1].lower().replace("%3b", ";").encode().split(b";"))
    return frozenset()


def _true(
    name: bytes, value: bytes, transfer: Transfer, body: bytes, decoded: tuple[int, int] | None
) -> bytes:
    old = transfer.body
    match name:
        case b"content-length":
            return b"%d" % len(body)
        case b"content-md5" | b"x-ms-blob-content-md5":
            return base64.b64encode(_DIGESTS["md5"](body))
        case b"digest" | b"content-digest" | b"repr-digest" | b"x-goog-hash":
            return b",".join(
                _digest(item.strip(), body, structured=name.endswith(b"-digest"))
                for item in value.split(b",")
            )
        case b"content-range" if len(body) != len(old):
            raise RedactionError("the size of the file was promised before", reason="declared-size")
        case b"x-amz-content-sha256" if re.fullmatch(rb"[0-9a-f]{64}", value):
            return hashlib.sha256(body).hexdigest().encode()
    if name in CHECKSUMS:
        return base64.b64encode(CHECKSUMS[name](body))
    if name in _UNTOUCHABLE:
        raise RedactionError("a checksum of the body cannot be computed again", reason="signed-body")
    if name in _SIZES and value.strip() == b"%d" % len(old):
        return b"%d" % len(body)
    if name == _CHUNK_SIZES and decoded is not None and value.strip() == b"%d" % decoded[0]:
        return b"%d" % decoded[1]
    return value


def _digest(item: bytes, body: bytes, *, structured: bool) -> bytes:
    """One `algorithm=value`, computed again. Raises RedactionError for an unknown algorithm (CRC32C of `x-goog-hash`)."""
    name, equals, _ = item.partition(b"=")
    compute = _DIGESTS.get(name.decode("latin-1").lower())
    if not equals or compute is None:
        raise RedactionError("a checksum of the body cannot be computed again", reason="signed-body")
    value = base64.b64encode(compute(body))
    return name + b"=" + (b":" + value + b":" if structured else value)
