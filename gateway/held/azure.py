"""Azure's block blobs: `comp=block` in any order, put in order by `comp=blocklist`.

Source: Azure Storage REST, "Put Block", "Put Block List", "Put Blob". The same blob can be put in one request, so what
goes on is one `Put Blob`. A shared key signs each request as it stands; such blocks cannot be joined and are refused.
"""

import base64
import hashlib
import re
from urllib.parse import parse_qsl

from gateway.held.step import (
    CANNOT_JOIN,
    UNKNOWN,
    Answer,
    Final,
    HeldError,
    Piece,
    Step,
    Whole,
    check_bare,
    joined,
    only,
)
from gateway.model import Transfer

_LIST = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]{0,80}\?>)?\s*<BlockList>((?:\s*<(?:Latest|Uncommitted|Committed)>[A-Za-z0-9+/=]{1,128}"
    rb"</(?:Latest|Uncommitted|Committed)>)*)\s*</BlockList>\s*"
)
_ENTRY = re.compile(
    rb"<(Latest|Uncommitted|Committed)>([A-Za-z0-9+/=]{1,128})</(Latest|Uncommitted|Committed)>"
)
_OF_THE_LIST = (b"content-type", b"content-md5", b"x-ms-content-crc64", b"content-range")


def read(transfer: Transfer) -> Step | None:
    """What the request asks for, None for one that is not part of a split upload. Raises HeldError."""
    path, mark, query = transfer.path.partition("?")
    if not mark or transfer.method != "PUT":
        return None
    options = parse_qsl(query, keep_blank_values=True)
    asked = [value for name, value in options if name == "comp"]
    if asked not in (["block"], ["blocklist"]):
        return None
    if (only(transfer, b"authorization") or b"").lower().startswith(b"sharedkey"):
        raise HeldError("blocks that are signed one by one", reason=CANNOT_JOIN)
    check_bare(transfer)
    if asked == ["block"]:
        names = [value for name, value in options if name == "blockid"]
        if len(names) != 1 or not names[0]:
            raise HeldError("a block without a name")
        return Piece(path, transfer.body, lambda _: _created(transfer), name=names[0])
    kept = "&".join(stretch for stretch in query.split("&") if not stretch.startswith("comp="))
    target = f"{path}?{kept}" if kept else path
    return Final(path, lambda body, _: _whole(transfer, body, target), order=_order(transfer.body))


def _order(body: bytes) -> tuple[str, ...]:
    match = _LIST.fullmatch(body)
    if match is None:
        raise HeldError("a list of blocks that cannot be read")
    entries = _ENTRY.findall(match[1])
    if any(kind != end for kind, _, end in entries):
        raise HeldError("a list of blocks that cannot be read")
    if any(kind == b"Committed" for kind, _, _ in entries):
        raise HeldError("a block that is already with the service", reason=UNKNOWN)
    return tuple(name.decode() for _, name, _ in entries)


def _whole(transfer: Transfer, body: bytes, target: str) -> Whole:
    changes: dict[bytes, bytes | None] = dict.fromkeys(_OF_THE_LIST)
    media = only(transfer, b"x-ms-blob-content-type")
    changes |= {b"x-ms-blob-type": b"BlockBlob", b"content-type": media or b"application/octet-stream"}
    return Whole(joined(transfer, body, changes, target))


def _created(transfer: Transfer) -> Answer:
    digest = base64.b64encode(hashlib.md5(transfer.body, usedforsecurity=False).digest())
    version = only(transfer, b"x-ms-version") or b"2021-12-02"
    return Answer(
        201,
        (
            (b"Content-MD5", digest),
            (b"x-ms-version", version),
            (b"x-ms-request-server-encrypted", b"true"),
        ),
    )
