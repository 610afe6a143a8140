"""Google's resumable uploads: `X-Goog-Upload-Command` (Gemini Files, the Gemini app, NotebookLM).

Source: Gemini API, "Files"; Google Photos API, "Resumable uploads"; captures of google-genai. `start` is an ordinary
request without bytes of the file and names the address that everything else is sent to.
"""

import re

from gateway.held.step import (
    Answer,
    Cancel,
    Final,
    HeldError,
    Piece,
    Query,
    Step,
    Whole,
    check_bare,
    joined,
    only,
)
from gateway.model import Transfer

COMMAND = b"x-goog-upload-command"
OFFSET = b"x-goog-upload-offset"
_PROMISED = b"x-goog-upload-header-content-length"
_NUMBER = re.compile(rb"\d{1,15}")
_ORDINARY = (frozenset({b"start"}), frozenset({b"start", b"upload", b"finalize"}))


def read(transfer: Transfer) -> Step | None:
    """What the request asks for, None for one that is not part of a split upload. Raises HeldError."""
    given = only(transfer, COMMAND)
    if given is None:
        return None
    commands = frozenset(word.strip().lower() for word in given.split(b","))
    upload = transfer.path
    if commands in _ORDINARY:
        return None
    if commands == {b"query"}:
        return Query(upload, _active)
    if commands == {b"cancel"}:
        return Cancel(upload)
    check_bare(transfer)
    at = _number(only(transfer, OFFSET))
    if commands == {b"upload"} and at is not None:
        return Piece(upload, transfer.body, _active, at=at)
    if commands == {b"upload", b"finalize"} and at is not None:
        return Final(upload, lambda body, _: _whole(transfer, body), transfer.body, at)
    if commands == {b"finalize"} and not transfer.body:
        return Final(upload, lambda body, _: _whole(transfer, body), at=at)
    raise HeldError("a command of a resumable upload that is not known")


def _number(value: bytes | None) -> int | None:
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise HeldError("an offset that is no number")
    return int(value)


def _whole(transfer: Transfer, body: bytes) -> Whole:
    promised = _number(only(transfer, _PROMISED))
    if promised not in (None, len(body)):
        raise HeldError("the pieces are not as long as was promised")
    return Whole(joined(transfer, body, {COMMAND: b"upload, finalize", OFFSET: b"0"}))


def _active(held: int) -> Answer:
    return Answer(
        200,
        ((b"X-Goog-Upload-Status", b"active"), (b"X-Goog-Upload-Size-Received", b"%d" % held)),
    )
