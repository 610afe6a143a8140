"""zip, and everything that is a zip in disguise: Office documents, e-books, signed applications."""

import lzma
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.errors import FormatError, GatewayError, LimitReached, RedactionError
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Format, Kind, Part
from gateway.unpack.carve import readable
from gateway.unpack.counter import Counter
from gateway.unpack.inflate import DICTIONARY, bunzip, inflate, raw_lzma, unfold, unxz, unzstd
from gateway.unpack.member import Member, Trouble
from gateway.unpack.zip_directory import (
    CENTRAL,
    ENCRYPTED,
    END,
    STREAMED,
    Directory,
    Entry,
    extra_fields,
    read_directory,
)
from gateway.unpack.zip_salvage import salvaged

_STREAMS = {8: inflate, 12: bunzip, 93: unzstd, 95: unxz}
_AES = 99
_KNOWN_EXTRA: Final = frozenset(
    {0x0001, 0x000A, 0x000D, 0x5455, 0x5855, 0x7875, 0x7855, 0x756E, 0x7075, 0x6375, 0x9901, 0xCAFE, 0x6542}
)
"""zip64, times, owners, Unicode names and the like (APPNOTE 4.6), each as short as it has to be."""
_PADDING: Final = frozenset({0xA220, 0xD935})
"""Room to grow in Office documents and alignment in Android packages: zeros after a few bytes."""
_SMALL = 64
_PRINTER = re.compile(rb"printerSettings/printerSettings\d+\.bin\Z")
_SETTINGS: Final = 1 << 14
"""A printer's settings are shown as the words in them, up to this length: every second spreadsheet carries them."""


class Zip:
    """Members with their packed bytes; unchanged ones are copied as they are."""

    writable = True

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """Members in the order of their bytes, then what stands in extra fields and comments."""
        data = part.data
        try:
            directory = read_directory(data, counter.limits.parts)
        except LimitReached:
            raise
        except FormatError as error:
            yield Trouble.of(error)
            yield from salvaged(data, counter)
            return
        aside = [directory.comment] if directory.comment else []
        for index, entry in enumerate(directory.entries):
            yield from _opened(data, entry, counter, f"entry {index}", office=part.format is Format.OFFICE)
            aside += [*_unexplained(entry), entry.comment]
        rest = b"\n".join(piece for piece in aside if piece)
        if rest:
            yield Member("(comments)", rest, rewritable=False, text=sniff(rest) is Format.TEXT, named=False)
        if part.format is Format.OFFICE and b"manifest:encryption-data" in _named(
            data, directory, b"META-INF/manifest.xml", counter
        ):
            yield Trouble(Kind.ENCRYPTED, "encrypted")

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """The archive again: other members' packed bytes, order, times and flags as they were."""
        data = part.data
        directory = read_directory(data, limits.parts)
        # Places in `members` are places among entries that have content.
        numbers = [index for index, entry in enumerate(directory.entries) if _counts(entry)]
        changes = {numbers[place]: content for place, content in new.items() if place < len(numbers)}
        if len(changes) != len(new):
            raise RedactionError("comments of an archive cannot be rewritten")
        body, centrals, at = [], dict[int, bytes](), 0
        for index, entry in enumerate(directory.entries):
            piece, central = _written(data, entry, at, changes.get(index))
            body.append(piece)
            centrals[index] = central
            at += len(piece)
        listing = b"".join(centrals[index] for index in directory.listed)
        count = len(directory.entries)
        end = struct.pack("<4s4H2LH", END, 0, 0, count, count, len(listing), at, len(directory.comment))
        return b"".join((*body, listing, end, directory.comment))


def _counts(entry: Entry) -> bool:
    """Folders and empty files hold nothing."""
    return entry.size > 0 or entry.folded > (2 if entry.method == 8 else 0)


def _opened(
    data: bytes, entry: Entry, counter: Counter, where: str, *, office: bool
) -> Iterator[Member | Trouble]:
    if not _counts(entry):
        counter.entry()
        return
    try:
        content = _content(data, entry, counter)
        if office and _PRINTER.search(entry.raw_name) and _is_printer(content):
            yield Member(
                entry.name, readable(content), rewritable=False, text=True, named=False, format=Format.TEXT
            )
        else:
            yield Member(entry.name, content, rewritable=entry.method in (0, 8))
    except GatewayError as error:
        if error.reason == "too-many-bytes":
            raise  # nothing after it will fit either
        yield Trouble.of(error, where)


def _is_printer(content: bytes) -> bool:
    """Whether these are a printer's settings: a Windows record whose sizes add up, or a Mac's list (MS-RPRN 2.2.2.1)."""
    if len(content) > _SETTINGS:
        return False
    if content[12:17] == b"<?xml" and b"plist" in content[:200]:
        return True
    if len(content) < 72:
        return False
    version, _, size, more = struct.unpack_from("<4H", content, 64)
    return (
        version in (0x0320, 0x0400, 0x0401, 0x0600)
        and 100 <= size <= 256
        and size + more <= len(content) <= size + more + 1024
    )


def _content(data: bytes, entry: Entry, counter: Counter) -> bytes:
    if entry.flags & ENCRYPTED or entry.method == _AES:
        raise FormatError("an encrypted member", reason="encrypted")
    packed = data[entry.data : entry.data + entry.folded]
    if entry.method == 0:
        if entry.folded != entry.size:
            raise FormatError("a stored member whose two sizes differ", reason="ambiguous")
        counter.check(entry.folded, entry.size)
        counter.book(entry.size)
        out, rest = packed, b""
    elif entry.method == 14:
        out, rest = unfold(raw_lzma([_lzma_filter(packed)]), packed[9:], counter, entry.size)
    elif entry.method in _STREAMS:
        out, rest = unfold(_STREAMS[entry.method], packed, counter, entry.size)
    else:
        raise FormatError("a member packed by an unknown method", reason="unknown-coding")
    if rest:
        raise FormatError("bytes after the end of a packed member", reason="ambiguous")
    if zlib.crc32(out) != entry.crc:
        raise FormatError("a member whose checksum is wrong")
    return out


def _lzma_filter(packed: bytes) -> dict[str, Any]:
    """The five bytes of LZMA settings behind version and length (APPNOTE 5.8.8)."""
    if len(packed) < 9 or packed[2:4] != b"\x05\x00":
        raise FormatError("a member packed by an unknown method", reason="unknown-coding")
    return lzma_filter(packed[4:9])


def lzma_filter(settings: bytes) -> dict[str, Any]:
    """LZMA's settings byte and dictionary size as Python's lzma takes them. LimitReached for a large dictionary."""
    packed, size = settings[0], int.from_bytes(settings[1:5], "little")
    if packed >= 225 or size > DICTIONARY:
        raise LimitReached("a compressed stream that needs too much memory", reason="memory")
    return {
        "id": lzma.FILTER_LZMA1,
        "lc": packed % 9,
        "lp": packed // 9 % 5,
        "pb": packed // 45,
        "dict_size": max(size, 4096),
    }


def _unexplained(entry: Entry) -> list[bytes]:
    """Contents of extra fields that nothing explains, and of known ones that are longer than they have to be."""
    found = []
    for tag, content in (*extra_fields(entry.extra), *extra_fields(entry.local_extra)):
        if not content[8 if tag in _PADDING else 0 :].strip(b"\x00"):
            continue
        if tag not in _KNOWN_EXTRA or len(content) > _SMALL + (
            len(entry.raw_name) if tag in (0x7075, 0x6375) else 0
        ):
            found.append(content)
    return found if sum(map(len, found)) >= 16 else []


def _named(data: bytes, directory: Directory, name: bytes, counter: Counter) -> bytes:
    for entry in directory.entries:
        if entry.raw_name == name:
            try:
                return _content(data, entry, counter)
            except FormatError:
                return b""
    return b""


def _written(data: bytes, entry: Entry, at: int, content: bytes | None) -> tuple[bytes, bytes]:
    """A member's bytes and its record in the directory, at their new offset."""
    if content is None:
        piece = data[entry.start : entry.end]
        return piece, record(entry, entry.flags, entry.crc, entry.folded, entry.size, at)
    if entry.method not in (0, 8) or entry.flags & ENCRYPTED:
        raise RedactionError("a member packed in a way that is not written")
    packed = content if entry.method == 0 else deflated(content)
    flags, crc = entry.flags & ~STREAMED, zlib.crc32(content)
    extra = _without_wide(entry.local_extra)
    head = bytearray(data[entry.start : entry.start + 30])
    struct.pack_into("<H", head, 6, flags)
    struct.pack_into("<3L2H", head, 14, crc, len(packed), len(content), len(entry.raw_name), len(extra))
    piece = b"".join((head, entry.raw_name, extra, packed))
    return piece, record(entry, flags, crc, len(packed), len(content), at)


def record(entry: Entry, flags: int, crc: int, folded: int, size: int, at: int) -> bytes:
    """The member's record in the central directory, without zip64 fields, at its new offset."""
    extra = _without_wide(entry.extra)
    head = bytearray(entry.central[:46])
    assert head[:4] == CENTRAL
    struct.pack_into("<H", head, 8, flags)
    struct.pack_into("<3L", head, 16, crc, folded, size)
    struct.pack_into("<H", head, 30, len(extra))
    struct.pack_into("<L", head, 42, at)
    return b"".join((head, entry.raw_name, extra, entry.comment))


def _without_wide(extra: bytes) -> bytes:
    """Extra fields without zip64, which files of this size do not need, and as they stand when they have none."""
    fields = extra_fields(extra)
    if all(tag != 1 for tag, _ in fields):
        return extra
    kept = (
        content if tag < 0 else struct.pack("<HH", tag, len(content)) + content
        for tag, content in fields
        if tag != 1
    )
    return b"".join(kept)


def deflated(content: bytes) -> bytes:
    """Raw deflate."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    return stream.compress(content) + stream.flush()
