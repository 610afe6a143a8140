"""Undoes one compression within bounds: output is capped before it exists, and all input has to be used."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol

import zstandard

from gateway.errors import FormatError, LimitReached
from gateway.limits import MIB
from gateway.unpack.counter import Counter

DICTIONARY: Final = 64 * MIB
"""The most memory a decoder may take for looking back; `xz -9` and `7z -mx=9` use 64 MiB."""


class Inflater(Protocol):
    """What zlib, bz2 and lzma have in common, `eof` and `unused_data` included."""

    @property
    def eof(self) -> bool: ...  # noqa: D102 - named by the standard library
    @property
    def unused_data(self) -> bytes: ...  # noqa: D102 - named by the standard library
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...  # noqa: D102 - named by the standard library


def unfold(
    make: Callable[[], Inflater], data: bytes, counter: Counter, size: int | None = None
) -> tuple[bytes, bytes]:
    """The unfolded bytes of one stream at the front of `data`, and what follows the stream.

    `size` is what the container claims; more or less than that is a FormatError. Raises LimitReached before the
    output grows beyond what `counter` allows, FormatError when the stream is damaged or cut short.
    """
    if size is not None:
        counter.check(len(data), size)
    room = counter.room(len(data))
    cap = room if size is None else min(room, size)
    stream = make()
    try:
        out = stream.decompress(data, cap + 1)
    except MemoryError:
        raise LimitReached("a compressed stream that needs too much memory", reason="memory") from None
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError) as error:
        raise FormatError(f"a compressed stream is damaged: {type(error).__name__}") from None
    if len(out) > cap:
        if size is not None and cap == size:
            raise FormatError("a member is larger than its entry says", reason="ambiguous")
        raise LimitReached("a compressed stream unfolds beyond the limit", reason="expansion")
    if not stream.eof and not (size is not None and isinstance(stream, _Unmarked)):
        raise FormatError("a compressed stream is cut short")
    if size is not None and len(out) != size:
        raise FormatError("a member is smaller than its entry says", reason="ambiguous")
    counter.book(len(out))
    return out, stream.unused_data


def unfold_all(
    make: Callable[[], Inflater], magic: bytes, data: bytes, counter: Counter
) -> tuple[bytes, bytes]:
    """All streams of a file that may hold several in a row, joined, and what follows the last of them."""
    found: list[bytes] = []
    while True:
        out, rest = unfold(make, data, counter)
        found.append(out)
        if not rest.startswith(magic):
            return b"".join(found), rest
        counter.entry()
        data = rest


def inflate() -> Inflater:
    """Raw deflate (RFC 1951)."""
    return _Zlib(zlib.decompressobj(-15))


def gunzip() -> Inflater:
    """One gzip member (RFC 1952)."""
    return _Zlib(zlib.decompressobj(31))


def bunzip() -> Inflater:
    """One bzip2 stream."""
    return bz2.BZ2Decompressor()


def unxz() -> Inflater:
    """One xz stream."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=DICTIONARY + 16 * MIB)


def raw_lzma(chain: list[dict[str, Any]]) -> Callable[[], Inflater]:
    """LZMA without a head: the filters are known from elsewhere."""
    return lambda: _Unmarked(chain)


def unzstd() -> Inflater:
    """One zstd frame (RFC 8878)."""
    return _Zstd()


class _Unmarked:
    """LZMA streams need no end mark: what follows the last byte would show as more output, or as damage."""

    def __init__(self, chain: list[dict[str, Any]]) -> None:
        self._stream = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._stream.decompress(data, max_length)


class _Zlib:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    @property
    def eof(self) -> bool:
        return bool(self._stream.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._stream.unused_data)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return bytes(self._stream.decompress(data, max_length))


class _Zstd:
    """The library's streams have no cap, so input is fed in steps that stay below 33 MiB of output (32,584:1)."""

    _STEP = 1024

    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=DICTIONARY).decompressobj()
        self._rest = b""

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._rest

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        found, total, at = list[bytes](), 0, 0
        try:
            while at < len(data) and total <= max_length and not self._stream.eof:
                found.append(self._stream.decompress(data[at : at + self._STEP]))
                total += len(found[-1])
                at += self._STEP
        except zstandard.ZstdError:
            raise FormatError("a compressed stream is damaged: ZstdError") from None
        self._rest = self._stream.unused_data + data[at:]
        return b"".join(found)
