"""Bytes on the wire to parts, and parts back to bytes.

`decode` opens a body, `fields` looks at everything beside it, `plain` is the fast lane for chat, `true_headers`
makes lengths and checksums true after a rewrite.
"""

from collections.abc import Callable

from gateway.errors import GatewayError, LimitReached, WireError
from gateway.limits import Limits
from gateway.model import Finding, Format, Headers, Part, PartPath, Transfer
from gateway.wire import beside, checksums, fast_lane, numbers, partial
from gateway.wire.aws_chunked import unchunk
from gateway.wire.codec import Body, Codec, Decoded, Nest, Piece, Slot, slots
from gateway.wire.content_encoding import Redo, codings, undo
from gateway.wire.form import FORM
from gateway.wire.grpc import GRPC
from gateway.wire.json_base64 import JSON, SLICES
from gateway.wire.multipart import MULTIPART
from gateway.wire.multipart_head import check_charset, media_type
from gateway.wire.opening import Opening
from gateway.wire.packed import PACKED
from gateway.wire.protobuf import PROTOBUF
from gateway.wire.raw import RAW
from gateway.wire.text import TEXT

__all__ = [
    "CODECS",
    "SLICES",
    "Decoded",
    "Slot",
    "beside_names",
    "decode",
    "decode_part",
    "fields",
    "plain",
    "plain_format",
    "true_headers",
]

type Catches = Callable[[bytes], bool]
"""Whether something in a text has to be replaced."""

CODECS: tuple[Codec, ...] = (GRPC, MULTIPART, PACKED, PROTOBUF, FORM, JSON, TEXT, RAW)
"""Asked in this order; the first that claims a body opens it. The last takes anything."""


def decode(transfer: Transfer, limits: Limits, catches: Catches | None = None) -> Decoded:
    """Open a body: framing, payloads, and what they mean.

    `decoded.encode({}) == transfer.body`, byte for byte. Texts of which `catches` says that something in them has to be
    replaced are parts with places of their own; all others are in one part together. Raises WireError where the body is not what its framing
    promises, LimitReached where reading on would cost too much; nothing else.
    """
    if not transfer.body:
        partial.check(transfer)
        return Decoded()
    return _guarded(lambda: _decode(transfer, limits, catches))


def decode_part(part: Part, limits: Limits, catches: Catches | None = None) -> Decoded:
    """Open a text found inside a container the way a body is opened; same errors as `decode`."""
    return _guarded(
        lambda: _finished(Opening(limits, _choose, catches=catches), Body(part.data, path=part.path))
    )


def beside_names(transfer: Transfer, catches: Catches) -> tuple[Finding, ...]:
    """A finding for each place beside the body, its path and its headers, that holds what has to be replaced."""
    return tuple(beside.caught(transfer, catches))


def fields(transfer: Transfer, limits: Limits) -> tuple[Part, ...]:
    """Payloads in path, query, headers and trailers; most requests have none. Same errors as `decode`."""
    return _guarded(lambda: beside.fields(transfer, limits, _choose))


def plain(transfer: Transfer, limits: Limits) -> bool:
    """Whether a request is short text in which no payload has room: see `gateway.wire.fast_lane` for why this is safe."""
    try:
        return _guarded(
            lambda: fast_lane.is_plain(transfer, limits) and not beside.fields(transfer, limits, _choose)
        )
    except GatewayError:
        return False


def plain_format(_: Transfer) -> Format:
    """The format of a body that `plain` let pass."""
    return Format.JSON


def true_headers(transfer: Transfer, body: bytes) -> Headers:
    """The headers to send with a rewritten body. Raises RedactionError where a signature or a promise forbids it."""
    sizes = None
    if _is_chunked(transfer) and body != transfer.body:
        sizes = (len(unchunk(transfer.body).data), len(unchunk(body).data))
    return checksums.true_headers(transfer, body, sizes)


def _guarded[T](work: Callable[[], T]) -> T:
    try:
        return work()
    except GatewayError:
        raise
    except RecursionError:
        raise LimitReached("the body is nested beyond the limit", reason="too-deep") from None
    except Exception as error:  # noqa: BLE001 - the border: a foreign parser's message can quote the body
        raise WireError(f"a codec failed ({type(error).__name__})", reason="codec-failed") from None


def _decode(transfer: Transfer, limits: Limits, catches: Catches | None) -> Decoded:
    if len(transfer.body) > limits.body_bytes:
        raise LimitReached("the body is larger than the limit", reason="too-large")
    partial.check(transfer)
    media, options = _labels(transfer)
    data = transfer.body
    wraps: list[tuple[bytes, Redo]] = []
    if _is_chunked(transfer):
        chunked = unchunk(data)
        wraps.append((data, chunked.redo))
        data = chunked.data
    names = [name for name in codings(transfer.headers) if name != "aws-chunked"]
    if len(names) > limits.layers:
        raise LimitReached("more content codings than the limit", reason="too-deep")
    for name in reversed(names):
        inner, redo = undo(name, data, limits)
        wraps.append((data, redo))
        data = inner
    opening = Opening(limits, _choose, transfer.destination.opaque, catches)
    decoded = _finished(opening, Body(data, media, options, encoding=_message_coding(transfer)))
    pieces = decoded.pieces
    for raw, redo in reversed(wraps):
        pieces = (Nest(raw, pieces, redo),)
    return Decoded(pieces, decoded.extras, decoded.findings)


def _finished(opening: Opening, body: Body) -> Decoded:
    pieces = _choose(body, opening) if body.data else ()
    numbers.look_together(opening.numbers, (*body.path, "numbers"), opening)
    extras = list(opening.extras)
    if any(opening.text) or not (extras or any(True for _ in slots(pieces))):
        path: PartPath = (*body.path, "text")
        extras.append(Part(path, b"\n".join(opening.text), Format.TEXT, rewritable=False, text=True))
    return Decoded(pieces, tuple(extras), tuple(opening.findings))


def _choose(body: Body, opening: Opening) -> tuple[Piece, ...]:
    codec = next(codec for codec in CODECS if codec.claims(body))
    return codec.open(body, opening)


def _labels(transfer: Transfer) -> tuple[str, tuple[tuple[str, str], ...]]:
    values = [value for name, value in transfer.headers if name.lower() == b"content-type"]
    if len(values) > 1:
        raise WireError("Content-Type is given twice", reason="ambiguous-headers")
    if not values or not values[0].strip():
        return "", ()
    media, options = media_type(values[0])
    if not media.startswith(("image/", "audio/", "video/", "application/octet-stream")):
        check_charset(options)
    return media, options


def _is_chunked(transfer: Transfer) -> bool:
    return "aws-chunked" in codings(transfer.headers) or (
        transfer.header(b"x-amz-content-sha256") or b""
    ).startswith(b"STREAMING-")


def _message_coding(transfer: Transfer) -> str:
    for name in (b"grpc-encoding", b"connect-content-encoding"):
        value = transfer.header(name)
        if value is not None:
            return value.decode("latin-1").lower()
    return ""
