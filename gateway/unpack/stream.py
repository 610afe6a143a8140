"""Files that are one compressed stream: gzip, bzip2, xz, zstd."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import zstandard

from gateway.errors import FormatError
from gateway.limits import Limits
from gateway.model import Format, Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.inflate import Inflater, bunzip, gunzip, unfold_all, unxz, unzstd
from gateway.unpack.member import Member, Trouble

_PADDING = b"\x00"
_SMALL = 64
_SUFFIXES = {
    ".gz": "",
    ".bz2": "",
    ".xz": "",
    ".zst": "",
    ".tgz": ".tar",
    ".txz": ".tar",
    ".tbz2": ".tar",
    ".svgz": ".svg",
}


@dataclass(frozen=True, slots=True)
class Stream:
    """One member, perhaps in several streams in a row, which readers join."""

    make: Callable[[], Inflater]
    magic: bytes
    fold: Callable[[bytes], bytes]
    writable: bool = True

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """What was packed; then what stands in the head or behind the end."""
        name, speech = _gzip_head(part.data) if part.format is Format.GZIP else ("", b"")
        data, skipped = _unskipped(part.data) if part.format is Format.ZSTD else (part.data, b"")
        out, rest = unfold_all(self.make, self.magic, data, counter)
        yield Member(name or _inner_name(part), out, named=bool(name))
        if len(speech) + len(skipped) >= _SMALL:
            yield Member("(header)", speech + skipped, rewritable=False, named=False)
        if rest.strip(_PADDING):
            yield Trouble(Kind.UNREADABLE, "ambiguous", "trailing data")
            yield Member("(trailing data)", rest, rewritable=False, named=False)

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """One stream with the new content; a gzip keeps its name and time."""
        del limits
        folded = self.fold(new[0])
        if part.format is not Format.GZIP:
            return folded
        flags, end = part.data[3], gzip_end(part.data)[0]
        # Everything but the header's own checksum stays; the sender's name for the file is not ours to drop.
        head = part.data[:3] + bytes((flags & ~2,)) + part.data[4 : end - (2 if flags & 2 else 0)]
        return head + folded[10:]


def _inner_name(part: Part) -> str:
    """`scan.dcm` for `scan.dcm.gz`; a word of ours when nothing is known."""
    name = part.filename or (part.path[-1] if part.path else "")
    for suffix, instead in _SUFFIXES.items():
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)] + instead
    return "content"


def _gzip_head(data: bytes) -> tuple[str, bytes]:
    """The original name, and extra field and comment of the first member (RFC 1952, 2.3)."""
    _, name, speech = gzip_end(data)
    return name.decode("latin-1"), speech


def gzip_end(data: bytes) -> tuple[int, bytes, bytes]:
    """Where the head of the first member ends, its file name, and what else stands in the head."""
    flags, at, name, speech = data[3] if len(data) > 3 else 0, 10, b"", b""
    if flags & 4:
        size = int.from_bytes(data[at : at + 2], "little")
        speech += data[at + 2 : at + 2 + size]
        at += 2 + size
    for bit in (8, 16):
        if flags & bit:
            end = data.find(b"\x00", at)
            if end < 0:
                raise FormatError("a gzip head that is cut short")
            name, speech = (data[at:end], speech) if bit == 8 else (name, speech + data[at:end])
            at = end + 1
    return at + (2 if flags & 2 else 0), name, speech


def _unskipped(data: bytes) -> tuple[bytes, bytes]:
    """A zstd file without the frames that decoders skip (RFC 8878, 3.1.2), and what was in those at its front."""
    skipped = b""
    while data[1:4] == b"\x2a\x4d\x18" and data[0] & 0xF0 == 0x50:
        size = int.from_bytes(data[4:8], "little")
        skipped += data[8 : 8 + size]
        data = data[8 + size :]
    return data, skipped


def _gzip(data: bytes) -> bytes:
    stream = zlib.compressobj(6, zlib.DEFLATED, 31)
    return stream.compress(data) + stream.flush()


GZIP = Stream(gunzip, b"\x1f\x8b", _gzip)
BZIP2 = Stream(bunzip, b"BZh", bz2.compress)
XZ = Stream(unxz, b"\xfd7zXZ", lzma.compress)
ZSTD = Stream(
    unzstd, b"\x28\xb5\x2f\xfd", lambda data: zstandard.ZstdCompressor(write_content_size=True).compress(data)
)
