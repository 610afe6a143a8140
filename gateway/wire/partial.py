"""Uploads in pieces: a piece that cannot be judged alone is refused, and says so."""

import re

from gateway.errors import WireError
from gateway.model import Transfer

_RANGE = re.compile(rb"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
_QUERY = re.compile(
    r"[?&](?:partNumber=(\d{1,6})|comp=(?:block|appendblock|page)(?=&|$)|blockid=)", re.IGNORECASE
)


def check(transfer: Transfer) -> None:
    """Raises WireError with reason `partial-upload` for a piece that is not the first of its file.

    Content-Range (RFC 9110 14.4, SharePoint, Drive), `Upload-Offset` (tus), `X-Goog-Upload-Offset`, S3's
    `partNumber`, Azure's blocks. The first piece carries the head of the file and is judged by it. Pieces of protocols that say nothing
    here are judged alone: without a head they are unknown, which rules refuse.
    """
    if not transfer.body:
        return
    for name, value in transfer.headers:
        match name.lower():
            case b"content-range":
                given = _RANGE.fullmatch(value.strip())
                if given is None or int(given[1]) != 0 or int(given[2]) + 1 != int(given[3]):
                    raise _partial()
            case b"upload-offset" | b"x-goog-upload-offset" | b"x-upload-offset" | b"offset":
                if value.strip() not in (b"0", b""):
                    raise _partial()
            case b"x-ms-blob-type" if value.strip().lower() in (b"appendblob", b"pageblob"):
                raise _partial()
    query = _QUERY.search(transfer.path)
    if query is not None and query[1] != "1":
        raise _partial()


def _partial() -> WireError:
    return WireError("a piece of a file that cannot be judged alone", reason="partial-upload")
