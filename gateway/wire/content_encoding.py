"""gzip, deflate, br and zstd undone within limits, to the last byte; an unknown coding is a WireError."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import zstandard

from gateway.errors import LimitReached, WireError
from gateway.limits import MIB, Limits
from gateway.model import Headers
from gateway.wire import shape
from gateway.wire.payload import hidden

type Redo = Callable[[bytes], bytes]

_STEP = 4 * MIB
_UNREAD, _NAMED, _NAME = (
    0xF4,
    0x08,
    255,
)  # gzip: extra field, comment and reserved bits; a name and its length
_BROTLI_STEP = 256
_TABLES = 1024
"""Input without output in small brotli bodies; measured: 128 bytes, and 1/170 of a body of megabytes."""
_ZSTD_STEP = 1024  # zstd unfolds up to 32,584:1 (measured), so 1 KiB of input stays below 33 MiB of output
_ZSTD_WINDOW = 128 * MIB  # the largest window of a common encoder (`zstd --long`)
_ZSTD_SKIPPABLE = range(0x184D2A50, 0x184D2A60)  # RFC 8878 3.1.2: bytes that no decoder hands out


_SAME = {b"x-gzip": b"gzip"}
"""Old names of a coding (RFC 9110, 8.4.1.3)."""


def codings(headers: Headers) -> tuple[str, ...]:
    """The content codings of a body in the order they were applied (RFC 9110 8.4), without identity.

    Raises WireError for a repeated header and for anything that is not a plain list of known names.
    """
    values = [value for name, value in headers if name.lower() == b"content-encoding"]
    if len(values) > 1:
        raise WireError("Content-Encoding is given twice", reason="ambiguous-headers")
    if not values:
        return ()
    names = [_SAME.get(name.strip(b" ").lower(), name.strip(b" ").lower()) for name in values[0].split(b",")]
    known = [
        name.decode()
        for name in names
        if name in (b"identity", b"aws-chunked") or name.decode("latin-1") in CODINGS
    ]
    if len(known) != len(names) or "aws-chunked" in known[1:]:
        raise WireError("the content coding is not one of those the gateway undoes", reason="unknown-coding")
    return tuple(name for name in known if name != "identity")


def undo(coding: str, data: bytes, limits: Limits) -> tuple[bytes, Redo]:
    """The body without one coding, and the function that puts it on again.

    Raises WireError unless the input is used to its last byte, LimitReached beyond `decoded_bytes` or
    `expansion_ratio` (counted after the first MiB).
    """
    cap = min(limits.decoded_bytes, max(MIB, limits.expansion_ratio * len(data)))
    try:
        return CODINGS[coding](data, cap)
    except (zlib.error, brotli.error, zstandard.ZstdError):
        raise WireError("the body does not unfold", reason="bad-coding") from None


def gunzip(data: bytes, cap: int) -> tuple[bytes, Redo]:
    """All members of a gzip file (RFC 1952 2.2): a decoder that stops after the first one would miss the rest.

    An extra field or a comment in a member's head is read by no decoder and could be anything: WireError.
    """
    out: list[bytes] = []
    size, rest = 0, data
    while rest or not out:
        if len(rest) > 3 and (rest[3] & _UNREAD or (rest[3] & _NAMED and b"\0" not in rest[10 : 11 + _NAME])):
            raise WireError("the head of the compressed body holds more than a name", reason="bad-coding")
        member = zlib.decompressobj(31)
        found, rest = _inflated(member, rest, cap - size)
        out.append(found)
        size += len(found)
    return b"".join(out), lambda new: gzip.compress(new, 6, mtime=0)


def _inflate(data: bytes, cap: int) -> tuple[bytes, Redo]:
    """Zlib-wrapped as RFC 9110 says, or bare as many clients send it."""
    bits = 15 if len(data) > 1 and data[0] & 0x0F == 8 and int.from_bytes(data[:2]) % 31 == 0 else -15
    try:
        found, rest = _inflated(zlib.decompressobj(bits), data, cap)
    except (zlib.error, WireError):
        if bits == -15:
            raise
        bits = -15
        found, rest = _inflated(zlib.decompressobj(bits), data, cap)
    if rest:
        raise WireError("bytes after the end of the compressed body", reason="bad-coding")

    def redo(new: bytes) -> bytes:
        packer = zlib.compressobj(6, wbits=bits)
        return packer.compress(new) + packer.flush()

    return found, redo


def _inflated(stream: "zlib._Decompress", data: bytes, room: int) -> tuple[bytes, bytes]:
    out: list[bytes] = []
    while data and not stream.eof:
        found = stream.decompress(data, min(_STEP, room + 1))
        out.append(found)
        room -= len(found)
        if room < 0:
            raise LimitReached("the body unfolds beyond the limit", reason="expansion")
        data = stream.unconsumed_tail
        if not found and not data:
            break
    if not stream.eof:
        raise WireError("the compressed body ends too early", reason="bad-coding")
    return b"".join(out), stream.unused_data


def _unbrotli(data: bytes, cap: int) -> tuple[bytes, Redo]:
    """RFC 7932. The library refuses bytes after the end by itself, but skips metadata (section 9.2) without a word.

    Input that yields nothing is metadata or tables; tables are short, and no file or letters show in them.
    """
    stream = brotli.Decompressor()
    out: list[bytes] = []
    size = at = 0
    silent = b""
    while not stream.is_finished():
        if stream.can_accept_more_data():
            if at >= len(data):
                raise WireError("the compressed body ends too early", reason="bad-coding")
            step, at = data[at : at + _BROTLI_STEP], at + _BROTLI_STEP
        else:
            step = b""
        found = stream.process(step, output_buffer_limit=min(_STEP, cap - size + 1))
        out.append(found)
        size += len(found)
        if size > cap:
            raise LimitReached("the body unfolds beyond the limit", reason="expansion")
        silent = b"" if found else silent + step
        if len(silent) > _TABLES + len(data) // 64 or hidden(silent) or shape.has_run(silent):
            raise WireError("the compressed body has bytes to be skipped", reason="bad-coding")
    if at < len(data):
        raise WireError("bytes after the end of the compressed body", reason="bad-coding")
    return b"".join(out), _brotlied


def _brotlied(data: bytes) -> bytes:
    return bytes(brotli.compress(data, quality=5))  # type: ignore[no-untyped-call]  # the library ships no types


def _unzstd(data: bytes, cap: int) -> tuple[bytes, Redo]:
    """All frames (RFC 8878 3.1); a skippable frame or a dictionary hides bytes, so it is refused."""
    out: list[bytes] = []
    size, rest = 0, data
    while rest or not out:
        if int.from_bytes(rest[:4], "little") in _ZSTD_SKIPPABLE:
            raise WireError("the compressed body has frames to be skipped", reason="bad-coding")
        if zstandard.get_frame_parameters(rest).dict_id:
            raise WireError("the compressed body needs a dictionary", reason="bad-coding")
        stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        at = 0
        while at < len(rest) and not stream.eof:
            out.append(stream.decompress(rest[at : at + _ZSTD_STEP]))
            size += len(out[-1])
            at += _ZSTD_STEP
            if size > cap:
                raise LimitReached("the body unfolds beyond the limit", reason="expansion")
        if not stream.eof:
            raise WireError("the compressed body ends too early", reason="bad-coding")
        rest = stream.unused_data + rest[at:]
    return b"".join(out), lambda new: zstandard.ZstdCompressor(level=3).compress(new)


CODINGS: dict[str, Callable[[bytes, int], tuple[bytes, Redo]]] = {
    "gzip": gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
"""Every coding the gateway undoes; `aws-chunked` is framing, not compression: `gateway.wire.aws_chunked`."""
