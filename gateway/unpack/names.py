"""Names in archives - of files, folders, links and owners - and the archive again with other names."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from gateway.errors import RedactionError
from gateway.limits import Limits
from gateway.model import Format, Part
from gateway.unpack import tar
from gateway.unpack.counter import Counter
from gateway.unpack.member import Trouble
from gateway.unpack.registry import CONTAINERS
from gateway.unpack.stream import gzip_end
from gateway.unpack.walk import listed
from gateway.unpack.zip import record
from gateway.unpack.zip_directory import UTF8, Entry, extra_fields, read_directory

type Rename = Callable[[str], str]
"""A name to the one that may stay; the same name where nothing is wrong with it."""

_UNICODE: Final = frozenset({0x7075, 0x6375})
"""Extra fields that say a name or comment once more in UTF-8 (APPNOTE 4.6.9, 4.6.8)."""
_BLOCK: Final = 512
_NAME, _LINK, _OWNER, _GROUP, _PREFIX = (0, 100), (157, 100), (265, 32), (297, 32), (345, 155)
"""Where names stand in a tar header, and how many bytes they have (POSIX.1-2017, ustar)."""


def names(part: Part, limits: Limits) -> tuple[str, ...] | None:
    """All names that an archive holds, also of empty files and folders; None for formats whose names are not listed."""
    if part.format in (Format.ZIP, Format.OFFICE):
        return tuple(entry.name for entry in read_directory(part.data, limits.parts).entries)
    if part.format is Format.TAR:
        heads = tar.headers(tar.opened(part.data), Counter(limits))
        return tuple(
            name for head in heads for name in (head.name, head.linkname, head.uname, head.gname) if name
        )
    if part.format is Format.GZIP:
        return (gzip_end(part.data)[1].decode("latin-1"),)
    return None


def renamable(form: Format) -> bool:
    """Whether names inside a container of this format can be replaced; Office documents call their pieces by name."""
    return form in _RENAMERS


def renamed(part: Part, rename: Rename, limits: Limits) -> Part:
    """The part with other names in every archive in it, at any depth. Raises RedactionError where one cannot be written."""
    return _renamed(part, rename, Counter(limits), limits.depth)


def _renamed(part: Part, rename: Rename, counter: Counter, room: int) -> Part:
    container = CONTAINERS.get(part.format)
    if container is None or room <= 0:
        return part
    changes: dict[int, bytes] = {}
    for index, seen in enumerate(listed(part, container, counter)):
        if not isinstance(seen, Trouble) and not seen[1].view:
            inner = _renamed(seen[1], rename, counter, room - 1)
            if inner.data != seen[1].data:
                changes[index] = inner.data
    if changes:
        part = part.with_data(container.write(part, changes, counter.limits))
    if part.format in _RENAMERS and any(rename(name) != name for name in names(part, counter.limits) or ()):
        part = part.with_data(_RENAMERS[part.format](part.data, rename, counter.limits))
    return part


def _zip(data: bytes, rename: Rename, limits: Limits) -> bytes:
    directory = read_directory(data, limits.parts)
    body, centrals, at, taken = list[bytes](), list[bytes](), 0, set[str]()
    for entry in directory.entries:
        name = _unique(rename(entry.name), taken)
        raw = entry.raw_name if name == entry.name else name.encode()
        flags = entry.flags if raw.isascii() or raw == entry.raw_name else entry.flags | UTF8
        extra = _without(entry.local_extra, _UNICODE)
        head = bytearray(data[entry.start : entry.start + 30])
        struct.pack_into("<H", head, 6, flags | int.from_bytes(head[6:8], "little"))
        struct.pack_into("<2H", head, 26, len(raw), len(extra))
        piece = b"".join((head, raw, extra, data[entry.data : entry.end]))
        centrals.append(_central(entry, raw, flags, at))
        body.append(piece)
        at += len(piece)
    listing = b"".join(centrals[index] for index in directory.listed)
    count = len(centrals)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listing), at, len(directory.comment))
    return b"".join((*body, listing, end, directory.comment))


def _central(entry: Entry, raw: bytes, flags: int, at: int) -> bytes:
    new = replace(entry, raw_name=raw, extra=_without(entry.extra, _UNICODE))
    central = bytearray(record(new, flags, entry.crc, entry.folded, entry.size, at))
    struct.pack_into("<H", central, 28, len(raw))
    return bytes(central)


def _without(extra: bytes, tags: frozenset[int]) -> bytes:
    fields = extra_fields(extra)
    if all(tag not in tags for tag, _ in fields):
        return extra
    kept = ((tag, content) for tag, content in fields if tag not in tags)
    return b"".join(
        content if tag < 0 else struct.pack("<HH", tag, len(content)) + content for tag, content in kept
    )


def _unique(name: str, taken: set[str]) -> str:
    plain, again = PurePosixPath(name), 1
    while name in taken:
        again += 1
        name = str(plain.with_name(f"{plain.stem}-{again}{plain.suffix}"))
    taken.add(name)
    return name


def _tar(data: bytes, rename: Rename, limits: Limits) -> bytes:
    pieces, done, taken = list[bytes](), 0, set[str]()
    for info in tar.headers(tar.opened(data), Counter(limits)):
        old = (info.name, info.linkname, info.uname, info.gname)
        new = (_unique(rename(info.name), taken), *(rename(name) for name in old[1:]))
        if new == old:
            continue
        if info.offset_data - info.offset != _BLOCK:
            raise RedactionError("a name in an extended header of an archive cannot be replaced")
        block = bytearray(data[info.offset : info.offset_data])
        for (at, room), name in zip((_NAME, _LINK, _OWNER, _GROUP), new, strict=True):
            raw = name.encode()
            if len(raw) > room:
                raise RedactionError("a name in an archive that is too long for its place")
            block[at : at + room] = raw.ljust(room, b"\0")
        block[_PREFIX[0] : sum(_PREFIX)] = bytes(_PREFIX[1])
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\x00 " % sum(block)
        pieces += (data[done : info.offset], bytes(block))
        done = info.offset_data
    return b"".join((*pieces, data[done:]))


def _gzip(data: bytes, rename: Rename, limits: Limits) -> bytes:
    """Without the optional fields of the head: the name is only a reminder (RFC 1952, 2.3.1)."""
    del rename, limits
    return b"".join((data[:3], b"\0", data[4:10], data[gzip_end(data)[0] :]))


_RENAMERS: Final[Mapping[Format, Callable[[bytes, Rename, Limits], bytes]]] = MappingProxyType(
    {Format.ZIP: _zip, Format.TAR: _tar, Format.GZIP: _gzip}
)
