"""Reads a zip's two lists of contents - local headers and central directory - and insists that they agree.

PKWARE APPNOTE 6.3.10. Every byte from the first local header to the end of the file has to belong to exactly one
entry, to the directory, or to the end records; anything else can be read in more than one way, and is refused.
"""

import struct
from dataclasses import dataclass, field, replace

from gateway.errors import FormatError, LimitReached

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR, DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
LOCAL_HEAD = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_ALL = 0xFFFFFFFF
ENCRYPTED, STREAMED, SEALED_DIRECTORY, UTF8 = 1, 1 << 3, 1 << 13, 1 << 11


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as the central directory tells it, with the place of its bytes."""

    raw_name: bytes = field(repr=False)
    flags: int
    method: int
    crc: int
    folded: int
    size: int
    start: int
    """Offset of the local header."""
    data: int = 0
    """Offset of the packed bytes."""
    end: int = 0
    """Offset behind the packed bytes and the descriptor."""
    central: bytes = field(default=b"", repr=False)
    """The record of the central directory as it stands."""
    extra: bytes = field(default=b"", repr=False)
    """Extra fields of the central directory."""
    local_extra: bytes = field(default=b"", repr=False)
    comment: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> str:
        """The name as text: UTF-8 where it can be, else the letters of the first PCs (APPNOTE D.1)."""
        try:
            return self.raw_name.decode()
        except UnicodeDecodeError:
            return self.raw_name.decode("cp437")


@dataclass(frozen=True, slots=True)
class Directory:
    """A zip whose two lists agree."""

    entries: tuple[Entry, ...]
    """In the order of their bytes."""
    listed: tuple[int, ...]
    """The same entries in the order of the directory."""
    start: int
    """Offset of the central directory."""
    comment: bytes = field(repr=False)


def read_directory(data: bytes, most: int) -> Directory:
    """The contents of a zip of at most `most` entries.

    FormatError (`ambiguous`, `encrypted` or `unreadable`) when the lists do not agree or do not cover the file,
    LimitReached when there are more entries.
    """
    end = _find_end(data)
    disk, first_disk, here, count, size, start, _ = struct.unpack_from("<4H2LH", data, end + 4)
    if disk or first_disk or here != count:
        raise FormatError("one of several volumes", reason="partial-upload")
    directory_end = end
    if data[end - 20 : end - 16] == LOCATOR:
        count, size, start, directory_end = _wide_end(data, end)
    elif _ALL in (size, start) or count == 0xFFFF:
        raise FormatError("the wide end record is missing", reason="ambiguous")
    if count > most:
        raise LimitReached("more members than the limit", reason="too-many-parts")
    if start + size != directory_end:
        raise FormatError("the directory does not stand where it should", reason="ambiguous")
    listed = _central(data, start, directory_end, count)
    order = sorted(range(count), key=lambda index: listed[index].start)
    entries = _tiled(data, [listed[index] for index in order], start)
    places = {index: place for place, index in enumerate(order)}
    return Directory(entries, tuple(places[index] for index in range(count)), start, data[end + 22 :])


def _find_end(data: bytes) -> int:
    """The one end record that reaches exactly to the end of the file."""
    found = [
        at
        for at in _all(data, END, max(0, len(data) - 65_557))
        if at + 22 <= len(data) and at + 22 + int.from_bytes(data[at + 20 : at + 22], "little") == len(data)
    ]
    if not found:
        raise FormatError("no end of the directory")
    if len(found) > 1:
        raise FormatError("two ends of the directory", reason="ambiguous")
    if data.find(END, found[0] + 4) >= 0:
        raise FormatError("a second end of the directory in the comment", reason="ambiguous")
    return found[0]


def _all(data: bytes, mark: bytes, start: int) -> list[int]:
    found = []
    at = data.find(mark, start)
    while at >= 0:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def _wide_end(data: bytes, end: int) -> tuple[int, int, int, int]:
    """Count, size and start from the zip64 end record, and where that record begins (APPNOTE 4.3.14)."""
    disk, at, disks = struct.unpack_from("<LQL", data, end - 16)
    if disk or disks > 1 or data[at : at + 4] != END64 or at + 56 > end:
        raise FormatError("the wide end record is missing", reason="ambiguous")
    length, _, _, disk, first_disk, here, count, size, start = struct.unpack_from("<Q2H2L4Q", data, at + 4)
    if disk or first_disk or here != count or at + 12 + length != end - 20:
        raise FormatError("the wide end record does not fit", reason="ambiguous")
    if length != 44:
        raise FormatError("an encrypted directory", reason="encrypted")
    return count, size, start, at


def _central(data: bytes, start: int, end: int, count: int) -> list[Entry]:
    found, at = list[Entry](), start
    for _ in range(count):
        if at + 46 > end or data[at : at + 4] != CENTRAL:
            raise FormatError("the directory is cut short", reason="ambiguous")
        fields = _CENTRAL.unpack_from(data, at)
        _, _, _, flags, method, _, _, crc, folded, size, names, extras, comments, disk, _, _, offset = fields
        stop = at + 46 + names + extras + comments
        if stop > end or disk not in (0, 0xFFFF):
            raise FormatError("the directory is cut short", reason="ambiguous")
        if flags & SEALED_DIRECTORY:
            raise FormatError("an encrypted directory", reason="encrypted")
        name = data[at + 46 : at + 46 + names]
        extra = data[at + 46 + names : stop - comments]
        size, folded, offset = widened(extra, (size, folded, offset))
        found.append(
            Entry(name, flags, method, crc, folded, size, offset, 0, 0, data[at:stop], extra, b"", data[stop - comments : stop])
        )  # fmt: skip
        at = stop
    if at != end:
        raise FormatError("bytes between the directory and its end", reason="ambiguous")
    return found


def widened(extra: bytes, values: tuple[int, ...]) -> tuple[int, ...]:
    """Values of 0xFFFFFFFF replaced by the next number of the zip64 field (APPNOTE 4.5.3)."""
    if _ALL not in values:
        return values
    wide = b"".join(content for tag, content in extra_fields(extra) if tag == 1)
    found, at = list[int](), 0
    for value in values:
        if value == _ALL and at + 8 <= len(wide):
            found.append(int.from_bytes(wide[at : at + 8], "little"))
            at += 8
        else:
            found.append(value)
    return tuple(found)


def extra_fields(extra: bytes) -> list[tuple[int, bytes]]:
    """Extra fields as tag and content; what is left over stands last under the tag -1."""
    found, at = list[tuple[int, bytes]](), 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<HH", extra, at)
        if at + 4 + size > len(extra):
            break
        found.append((tag, extra[at + 4 : at + 4 + size]))
        at += 4 + size
    if at < len(extra):
        found.append((-1, extra[at:]))
    return found


def _tiled(data: bytes, entries: list[Entry], stop: int) -> tuple[Entry, ...]:
    """Entries with the places of their bytes; each begins where the one before it ends, the first at zero."""
    at, found = 0, list[Entry]()
    for index, entry in enumerate(entries):
        if entry.start != at:
            raise FormatError(
                "bytes between the members, or members on top of each other", reason="ambiguous"
            )
        following = entries[index + 1].start if index + 1 < len(entries) else stop
        placed = _placed(data, entry, following)
        found.append(placed)
        at = placed.end
    if at != stop:
        if data[at : at + 4] == b"PK\x06\x08" or any(entry.flags & ENCRYPTED for entry in entries):
            raise FormatError("an encrypted directory", reason="encrypted")
        raise FormatError("bytes between the members and the directory", reason="ambiguous")
    return tuple(found)


def _placed(data: bytes, entry: Entry, following: int) -> Entry:
    at = entry.start
    if at + 30 > following or data[at : at + 4] != LOCAL:
        raise FormatError("a member without a header", reason="ambiguous")
    _, _, flags, method, _, _, crc, folded, size, names, extras = LOCAL_HEAD.unpack_from(data, at)
    start = at + 30 + names + extras
    extra = data[at + 30 + names : start]
    size, folded = widened(extra, (size, folded))
    same = (data[at + 30 : at + 30 + names], flags & ~6, method) == (
        entry.raw_name,
        entry.flags & ~6,
        entry.method,
    )
    plain = (crc, folded, size) == (entry.crc, entry.folded, entry.size)
    if not same or not (plain or (flags & STREAMED and _blank(entry, crc, folded, size))):
        raise FormatError("a member's two entries differ", reason="ambiguous")
    end = start + entry.folded
    if end > following:
        raise FormatError("members on top of each other", reason="ambiguous")
    if flags & STREAMED:
        end = _described(data, entry, end, following)
    return replace(entry, data=start, end=end, local_extra=extra)


def _blank(entry: Entry, crc: int, folded: int, size: int) -> bool:
    """Whether a header leaves its sums to the descriptor, wholly or in part (APPNOTE 4.4.4, bit 3)."""
    return crc in (0, entry.crc) and folded in (0, _ALL, entry.folded) and size in (0, _ALL, entry.size)


def _described(data: bytes, entry: Entry, at: int, following: int) -> int:
    """The end of the data descriptor, with or without its mark, narrow or wide (APPNOTE 4.3.9)."""
    for mark in (DESCRIPTOR, b""):
        for form in ("<LLL", "<LQQ"):
            told = mark + struct.pack(
                form,
                entry.crc,
                entry.folded & (_ALL if form == "<LLL" else -1),
                entry.size & (_ALL if form == "<LLL" else -1),
            )
            if at + len(told) == following and data.startswith(told, at):
                return following
    if at == following:
        return at  # bit 3 is set and no descriptor written: some writers do, and nothing is hidden by it
    raise FormatError("a member without its descriptor", reason="ambiguous")
