"""OpenAI's uploads: `/uploads/{id}/parts` in any order, put in order by `/uploads/{id}/complete`.

Source: OpenAI API reference, "Uploads"; captures of the official client. The service takes the file in parts only, so
a released upload is sent by the gateway itself, cut where the client had cut it, and the completion then names the
parts as the service does. Nothing of the client's own part requests leaves but the bytes that were examined.
"""

import hashlib
import json
import re
import secrets
import time
from dataclasses import replace

import orjson

from gateway.errors import WireError
from gateway.held.step import Answer, Cancel, Final, HeldError, Piece, Send, Step, Whole, check_bare, only
from gateway.model import Headers, Transfer
from gateway.wire.multipart_head import boundary, media_type, read_head

_PATH = re.compile(r"(.*/uploads/([A-Za-z0-9_.-]{1,128}))/(parts|complete|cancel)(\?[^#]*)?")
_PREFIX = "part_leadglass_"
_MD5 = re.compile(r"[0-9a-fA-F]{32}|[A-Za-z0-9+/]{22}==")
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_NOT_REPEATED = (b"host", b"expect", b"connection", b"transfer-encoding", b"accept-encoding", b"te", b"trailer",
                 b"idempotency-key")  # fmt: skip


def read(transfer: Transfer) -> Step | None:
    """What the request asks for, None for one that is not part of a split upload. Raises HeldError."""
    match = _PATH.fullmatch(transfer.path)
    if match is None or transfer.method != "POST":
        return None
    upload, step = match[1], match[3]
    if step == "cancel":
        return Cancel(upload)
    check_bare(transfer)
    if step == "parts":
        data, name = _data(transfer), _PREFIX + secrets.token_hex(12)
        return Piece(upload, data, lambda _: _part(name, match[2]), name=name)
    names, digest = _completion(transfer.body)
    parts = f"{upload}/parts{match[4] or ''}"
    return Final(upload, lambda body, sizes: _whole(transfer, body, sizes, parts, digest), order=names)


def _data(transfer: Transfer) -> bytes:
    """The one part of the form. Raises HeldError for any other form than the one that the clients send."""
    try:
        media, options = media_type(only(transfer, b"content-type") or b"")
        mark = b"--" + boundary(options)
        if media != "multipart/form-data" or not transfer.body.startswith(mark + b"\r\n"):
            raise HeldError("a part that is no form", reason="bad-multipart")
        lines, gap, rest = transfer.body.removeprefix(mark + b"\r\n").partition(b"\r\n\r\n")
        tail = b"\r\n" + mark + b"--"
        content = rest.removesuffix(b"\r\n").removesuffix(tail)
        head = read_head(lines, form=True)
    except WireError as error:
        raise HeldError("a part whose form cannot be read", reason=error.reason) from None
    encoded = b"content-transfer-encoding" in lines.lower()
    if (
        not gap
        or rest.removesuffix(b"\r\n") != content + tail
        or mark in content
        or head.name != "data"
        or encoded
    ):
        raise HeldError("a part that is not one file", reason="bad-multipart")
    return content


def _completion(body: bytes) -> tuple[tuple[str, ...], str]:
    """The order of the parts, and the digest of the file or "". Raises HeldError for anything else in it."""
    try:
        given = orjson.loads(body)
    except ValueError:
        raise HeldError("a completion that is no JSON", reason="bad-json") from None
    if not isinstance(given, dict) or not given.keys() <= {"part_ids", "md5"}:
        raise HeldError("a completion that says more than which parts there are")
    names, digest = given.get("part_ids"), given.get("md5") or ""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise HeldError("a completion that does not say which parts there are")
    if not isinstance(digest, str) or (digest and not _MD5.fullmatch(digest)):
        raise HeldError("a digest that cannot be read")
    return tuple(names), digest


def _whole(transfer: Transfer, body: bytes, sizes: tuple[int, ...], parts: str, digest: str) -> Whole:
    # Said as a range, since its size was promised at the start: a redaction must keep it.
    plain = _without(transfer.headers, ())
    ranged = (*plain, (b"content-range", b"bytes 0-%d/%d" % (len(body) - 1, len(body))))
    examined = replace(transfer, headers=ranged, body=body)
    mark = b"leadglass-" + secrets.token_hex(24).encode()
    headers = (
        *_without(transfer.headers, _NOT_REPEATED),
        (b"content-type", b"multipart/form-data; boundary=" + mark),
    )

    def wrap(data: bytes) -> bytes:
        head = b'Content-Disposition: form-data; name="data"; filename="upload"'
        media = b"Content-Type: application/octet-stream"
        return b"\r\n".join((b"--" + mark, head, media, b"", data, b"--" + mark + b"--", b""))

    def last(names: tuple[str, ...], sent: bytes) -> Transfer:
        if not all(_NAME.fullmatch(name) for name in names):
            raise HeldError("the service names a part in an unknown way")
        true = digest if sent is body else hashlib.md5(sent, usedforsecurity=False).hexdigest()
        said = json.dumps({"part_ids": list(names)} | ({"md5": true} if digest else {})).encode()
        spoken = (
            *plain,
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(said)),
        )
        return replace(transfer, headers=spoken, body=said)

    return Whole(examined, Send(parts, headers, wrap, sizes, last))


def _without(headers: Headers, names: tuple[bytes, ...]) -> Headers:
    """Headers that do not speak of the body, and are none of these."""
    return tuple(
        (name, value)
        for name, value in headers
        if not name.lower().startswith((b"content-", b"transfer-")) and name.lower() not in names
    )


def _part(name: str, upload: str) -> Answer:
    told = {"id": name, "object": "upload.part", "created_at": int(time.time()), "upload_id": upload}
    return Answer(200, ((b"Content-Type", b"application/json"),), json.dumps(told).encode())
