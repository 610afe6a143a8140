"""Payloads outside the body: in path, query, headers and trailers."""

import re
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Final

from gateway.limits import Limits
from gateway.model import Finding, Format, Headers, Kind, Part, Transfer
from gateway.wire import shape, text
from gateway.wire.codec import Body, Piece, slots
from gateway.wire.innocent import Innocent
from gateway.wire.opening import Opening
from gateway.wire.payload import readable

_SEALED = 16 * 1024
"""Letters of a header nobody can read. Sessions, tokens and proofs of browsers stay below; a picture does not."""
_SEALED_QUERY = 4096
_MACHINES = frozenset(
    b"""accept accept-encoding accept-language authorization cache-control connection content-encoding content-length
    content-md5 content-type cookie date digest content-digest host if-match if-none-match origin proxy-authorization
    sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user
    te traceparent tracestate transfer-encoding user-agent x-amz-content-sha256 x-amz-date x-amz-security-token
    x-api-key api-key x-goog-api-key idempotency-key openai-organization openai-project anthropic-version
    anthropic-beta""".split()
)
"""Headers that machines write to machines: tokens, sums, names of programs."""
_INNOCENT: Final = Innocent()
_SPLIT = re.compile(rb"[/?&=;]")


def fields(
    transfer: Transfer, limits: Limits, choose: "Callable[[Body, Opening], tuple[Piece, ...]]"
) -> tuple[Part, ...]:
    """The parts that travel outside the body; most requests have none. Raises LimitReached.

    Looked at: the path and query as a whole and piece by piece, percent signs undone; every header and trailer value,
    alone, and all short ones together.
    """
    suspects = tuple(_suspects(transfer))
    if not suspects:
        return ()
    opening = Opening(limits, choose, headers=True)
    found: list[Part] = []
    for path, value, cap in suspects:
        mark = _INNOCENT.mark(value, cap, limits)
        if _INNOCENT.knows(mark):
            continue
        before = len(found), len(opening.extras)
        pieces = (
            text.find(value, path, opening) if readable(value) else opening.inside(Body(value, path=path))
        )
        found += [slot.part for slot in slots(pieces or ())]
        if pieces is None and len(value) >= cap and (shape.has_run(value) or shape.is_opaque(value)):
            opening.add(path, value, Format.UNKNOWN)
        if before == (len(found), len(opening.extras)):
            _INNOCENT.learn(mark)
    return (*found, *opening.extras)


def caught(transfer: Transfer, catches: Callable[[bytes], bool]) -> Iterator[Finding]:
    """Path, query, headers and trailers that hold what has to be replaced; none of them can be rewritten."""
    target = transfer.path.encode("utf-8", "surrogateescape")
    if catches(urllib.parse.unquote_to_bytes(target.replace(b"+", b" "))):
        yield Finding(Kind.IDENTIFIER_IN_NAME, ("path",), "path", "person", by="wire", redactable=False)
    for name, value in (*transfer.headers, *transfer.trailers):
        if name.lower() not in _MACHINES and catches(urllib.parse.unquote_to_bytes(value)):
            yield Finding(
                Kind.IDENTIFIER_IN_NAME, ("header",), "header", "person", by="wire", redactable=False
            )


def _suspects(transfer: Transfer) -> Iterator[tuple[tuple[str, ...], bytes, int]]:
    target = transfer.path.encode("utf-8", "surrogateescape")
    if len(target) >= shape.RUN:
        plain = urllib.parse.unquote_to_bytes(target)
        if _suspect(plain):
            yield ("path",), plain, _SEALED_QUERY
            for piece in _SPLIT.split(target):
                value = urllib.parse.unquote_to_bytes(piece)
                if len(value) >= shape.RUN and _suspect(value):
                    yield ("path", "piece"), value, _SEALED_QUERY
    yield from _of_headers(transfer.headers, "header")
    yield from _of_headers(transfer.trailers, "trailer")


def _of_headers(headers: Headers, kind: str) -> Iterator[tuple[tuple[str, ...], bytes, int]]:
    short: list[bytes] = []
    for name, value in headers:
        if len(name) >= shape.RUN:
            yield (kind, "name"), name.upper() if name.islower() else name, _SEALED_QUERY
        if len(value) < shape.RUN:
            if len(value) >= 16 and shape.is_letters(value):
                short.append(value)
        elif _suspect(value):
            yield (kind, name.lower().decode("latin-1")), value, _SEALED
    together = b"".join(short)
    if len(together) >= shape.RUN and _suspect(together):
        yield (kind,), together, _SEALED


def _suspect(value: bytes) -> bool:
    """Whether a value needs a closer look."""
    return shape.has_run(value) or shape.is_dense(value) or b"data:" in value.lower() or not value.isascii()
