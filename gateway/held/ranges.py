"""Uploads by `Content-Range` (RFC 9110 14.4): Google's storage (308 answers), SharePoint and OneDrive (202 answers).

Sources: Cloud Storage, "Resumable uploads"; Microsoft Graph, "uploadSession". The shape that a destination's clients
understand says how a piece is answered; for other destinations nobody knows it, and pieces are refused.
"""

import datetime as dt
import json
import re

from gateway.held.step import (
    Answer,
    Final,
    HeldError,
    Piece,
    Query,
    Say,
    Step,
    Whole,
    check_bare,
    joined,
    only,
)
from gateway.model import Transfer

RANGE = b"content-range"
_BYTES = re.compile(rb"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")
_ASKED = re.compile(rb"bytes \*/(\d{1,15}|\*)")
PROMISED_MINUTES = 30
"""What a client is told of how long the next piece may take; `Limits.held_seconds` is what counts."""


def read(transfer: Transfer) -> Step | None:
    """What the request asks for, None for one that is not part of a split upload. Raises HeldError."""
    say = ANSWERS.get(transfer.destination.shape)
    given = only(transfer, RANGE)
    if given is None or say is None or transfer.method not in ("PUT", "POST"):
        return None
    check_bare(transfer)
    upload = transfer.path
    asked = _ASKED.fullmatch(given)
    if asked and not transfer.body:
        total = _total(asked[1])
        return (
            Query(upload, say)
            if total is None
            else Final(upload, lambda body, _: _whole(transfer, body), total=total, asks=True)
        )
    match = _BYTES.fullmatch(given)
    if match is None:
        raise HeldError("a range that cannot be read")
    first, last, total = int(match[1]), int(match[2]), _total(match[3])
    if last - first + 1 != len(transfer.body) or (total is not None and last >= total):
        raise HeldError("a piece is not as long as it says")
    if total == last + 1:
        return Final(upload, lambda body, _: _whole(transfer, body), transfer.body, first, total)
    return Piece(upload, transfer.body, say, at=first, total=total)


def _total(value: bytes) -> int | None:
    return None if value == b"*" else int(value)


def _whole(transfer: Transfer, body: bytes) -> Whole:
    size = len(body)
    return Whole(joined(transfer, body, {RANGE: b"bytes 0-%d/%d" % (size - 1, size)}))


def _resume(held: int) -> Answer:
    return Answer(308, ((b"Range", b"bytes=0-%d" % (held - 1)),) if held else ())


def _accepted(held: int) -> Answer:
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=PROMISED_MINUTES)
    told = {"expirationDateTime": until.isoformat(timespec="seconds"), "nextExpectedRanges": [f"{held}-"]}
    return Answer(202, ((b"Content-Type", b"application/json"),), json.dumps(told).encode())


ANSWERS: dict[str, Say] = {"google": _resume, "graph": _accepted}
"""How a piece is answered, by the shape of the destination."""
