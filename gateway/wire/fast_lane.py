"""The fast lane: proves in microseconds that a request is short text without room for a payload.

Why it is safe. A request is plain only if every step below holds, each of which is at least as strict as the full
decoding, so that the full decoding could find nothing but text in it:

* strict JSON in UTF-8 by the same parser, no name twice, no deeper than the limit, no content coding, no trailers,
  one media type that says JSON or none at all, not a piece of a larger upload;
* no payload outside the body (`fields`);
* nowhere `RUN` (64) letters of an encoding in a row, counting escapes and percent signs as letters, and no stretch of
  128 letters, white space and letters beyond ASCII left out, with as many capitals and digits as cut-up base64, hex or base32 has;
* no `data:` in any case, nothing that begins like a file format written as text, no sealed string;
* fewer than 64 numbers' worth of digits outside strings;
* nothing shaped like a reference to bytes elsewhere.

Whoever fails is not refused: the request takes the full examination.
"""

import re

from gateway.errors import WireError
from gateway.limits import Limits
from gateway.model import Transfer
from gateway.wire import partial, references, shape
from gateway.wire.json_base64 import is_json
from gateway.wire.json_strings import Document, parse, unescape
from gateway.wire.json_tree import NUMBERS
from gateway.wire.multipart_head import media_type
from gateway.wire.text import as_file

LONGEST = 64 * 1024
"""Bytes of a body that the fast lane looks at; longer ones are worth a worker's time."""
_BARRED = frozenset(
    {b"content-encoding", b"content-range", b"upload-offset", b"x-goog-upload-offset", b"x-upload-offset", b"offset", b"transfer-encoding"}
)  # fmt: skip
_FILE_NAMES = frozenset((b"vr", b"nbformat"))
"""The names without which JSON is neither DICOM JSON nor a notebook."""
_ESCAPED_ASCII = re.compile(rb"\\u00[0-7]")
"""Letters that the tests on raw bytes below would not recognise. Some serialisers escape `<` and `&` this way."""
_TYPES = {
    b"application/json": True,
    b"application/json; charset=utf-8": True,
    b"application/json;charset=utf-8": True,
}
_FILE_HEAD = 64
"""Bytes of a string from which it could be a file written as text."""


def is_plain(transfer: Transfer, limits: Limits) -> bool:
    """Whether the body is short JSON text in which no payload has room; headers and path are the caller's question."""
    body = transfer.body
    if not 0 < len(body) <= LONGEST or transfer.trailers or not _labelled(transfer):
        return False
    if body[:1] not in b"{[" or shape.has_run(body) or _ESCAPED_ASCII.search(body) or shape.is_dense(body):
        return False
    try:
        partial.check(transfer)
        document = parse(body)
    except WireError:
        return False
    return (
        _few_numbers(document)
        and _unique(document.tree, document.keys, limits.json_depth)
        and not _points_elsewhere(document, body)
        and not _any_file(document)
    )


def _points_elsewhere(document: Document, body: bytes) -> bool:
    """Whether a data URI, a reference, or a name that makes JSON a medical file or a notebook is in the text."""
    colons = body.count(b":") - document.keys
    if colons and b"data:" in body.lower():
        return True
    return not _FILE_NAMES.isdisjoint(document.segments) or references.may_refer(
        body, document.segments, colons
    )


def _labelled(transfer: Transfer) -> bool:
    kinds = 0
    for name, value in transfer.headers:
        lower = name.lower()
        if lower in _BARRED:
            return False
        if lower == b"content-type":
            kinds += 1
            if value not in _TYPES and not _says_json(value):
                return False
    return kinds <= 1


def _says_json(value: bytes) -> bool:
    try:
        media, options = media_type(value)
    except WireError:
        return False
    return is_json(media) and all(pair in (("charset", "utf-8"), ("charset", "UTF-8")) for pair in options)


def _few_numbers(document: Document) -> bool:
    structure = document.structure
    return len(structure) - len(structure.translate(None, b"0123456789")) < NUMBERS


def _unique(tree: object, written: int, limit: int) -> bool:
    """Whether no name stands twice and nothing is nested beyond the limit."""
    keys = 0
    level = [tree]
    for _ in range(limit):
        inner: list[object] = []
        for node in level:
            if isinstance(node, dict):
                keys += len(node)
                inner += [value for value in node.values() if isinstance(value, dict | list)]
            elif isinstance(node, list):
                inner += [value for value in node if isinstance(value, dict | list)]
        level = inner
        if not level:
            return keys == written
    return False


def _any_file(document: Document) -> bool:
    """Whether one of the longer strings is a file written as text, or sealed."""
    for raw in document.segments[1::2]:
        if len(raw) >= _FILE_HEAD and (
            as_file(unescape(raw)) is not None or (not _has_words(raw) and shape.is_opaque(raw))
        ):
            return True
    return False


def _has_words(raw: bytes) -> bool:
    """Whether blanks stand all over a string of strict JSON, so that `shape.is_opaque` would say no.

    It would look for control characters besides; raw ones JSON does not allow, escaped ones were barred before.
    """
    return raw.isascii() and all(
        50 * raw.count(b" ", at, at + shape.OPAQUE) > shape.OPAQUE
        for at in range(0, len(raw) - shape.OPAQUE + 1, shape.OPAQUE // 2)
    )
