"""Uploads in pieces that nobody has put together: a piece that cannot be judged alone is refused, and says so.

The pieces of protocols that the gateway joins (`gateway.held`) do not come here: what comes is their whole. This is the
net below it: pieces of protocols that cannot be joined, and anything spelled so that it was not recognised as a piece.
"""

import re
from urllib.parse import unquote

from gateway.errors import WireError
from gateway.model import Transfer

_RANGE = re.compile(rb"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
_QUERY = re.compile(
    r"[?&](?:partNumber=|comp=(?:block|blocklist|appendblock|page)(?=&|$)|blockid=|uploads(?:=?&|=?$))",
    re.IGNORECASE,
)
_PARTS = re.compile(r"/uploads/+[^/?]*/+parts/*(?:\?|$)", re.IGNORECASE)
_SIZES = (b"x-entity-length", b"upload-length")
_SPEAKING = frozenset(
    {*_SIZES, b"content-range", b"upload-offset", b"x-goog-upload-offset", b"x-upload-offset", b"offset",
     b"x-goog-upload-command", b"x-ms-blob-type"}
)  # fmt: skip
_SENDING = ("PUT", "POST", "PATCH")


def check(transfer: Transfer) -> None:
    """Raises WireError with reason `split-upload` for a request that carries, or announces, less than a whole file.

    Content-Range (RFC 9110 14.4) other than of a whole, tus (`Upload-Offset`: a patch does not say how much there is),
    `X-Goog-Upload-Command` without `finalize`, `offset` and declared sizes that are not those of the body (Meta), S3's
    multipart uploads (each part is signed as it stands, and the client's signed completion holds the service's answer
    to each part, so they cannot be joined), append and page blobs, and the parts that `gateway.held` reads when they
    are spelled in a way that it does not.
    """
    if not transfer.body and transfer.method not in _SENDING:
        return
    path = transfer.path
    if "%" in path:
        path = unquote(path)
    # Every request passes here, so the path is searched only where it has one of these.
    if ("?" in path and _QUERY.search(path)) or ("uploads/" in path.lower() and _PARTS.search(path)):
        raise _piece()
    if transfer.body:
        for name, value in transfer.headers:
            lower = name.lower()
            if lower in _SPEAKING and _is_of_a_piece(lower, value.strip().lower(), len(transfer.body)):
                raise _piece()


def _is_of_a_piece(name: bytes, value: bytes, size: int) -> bool:
    """Whether a header says that the body is not the whole file."""
    match name:
        case b"content-range":
            given = _RANGE.fullmatch(value)
            return given is None or (int(given[1]), int(given[2]), int(given[3])) != (0, size - 1, size)
        case b"upload-offset":
            return True
        case b"x-goog-upload-offset" | b"x-upload-offset" | b"offset":
            return value not in (b"0", b"")
        case b"x-goog-upload-command":
            return b"upload" in value and b"finalize" not in value
        case b"x-ms-blob-type":
            return value in (b"appendblob", b"pageblob")
        case _:
            return value != b"%d" % size


def _piece() -> WireError:
    return WireError("a piece of a file that cannot be judged alone", reason="split-upload")
