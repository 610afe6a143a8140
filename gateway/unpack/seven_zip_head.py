"""Reads the head of a 7z archive: which streams there are, how each was packed, and what the files are called.

7zFormat.txt of the LZMA SDK (public domain). Only straight chains of coders are read.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from gateway.errors import FormatError, LimitReached

MOST: Final = 100_000
"""Numbers in a head beyond this are nonsense, and would only cost memory."""


class Id(IntEnum):
    """Property ids."""

    END = 0
    HEADER = 1
    ARCHIVE_PROPERTIES = 2
    ADDITIONAL_STREAMS = 3
    MAIN_STREAMS = 4
    FILES = 5
    PACK_INFO = 6
    UNPACK_INFO = 7
    SUBSTREAMS = 8
    SIZE = 9
    CRC = 10
    FOLDER = 11
    UNPACK_SIZE = 12
    COUNT = 13
    EMPTY_STREAM = 14
    NAMES = 17
    ENCODED_HEADER = 23


@dataclass(frozen=True, slots=True)
class Coder:
    """One step of unpacking."""

    method: bytes
    settings: bytes = b""


@dataclass(frozen=True, slots=True)
class Folder:
    """One packed stream, its chain of coders in the order of packing, and what each of them gives when unpacking."""

    coders: tuple[Coder, ...]
    sizes: tuple[int, ...] = ()
    crc: int | None = None


@dataclass(frozen=True, slots=True)
class Streams:
    """Where the packed streams lie, and how each folder divides into files."""

    at: int = 0
    packed: tuple[int, ...] = ()
    folders: tuple[Folder, ...] = ()
    parts: tuple[tuple[tuple[int, int | None], ...], ...] = ()
    """For each folder: size and checksum of each file in it."""


@dataclass(slots=True)
class Reader:
    """A place in the head's bytes."""

    data: bytes = field(repr=False)
    at: int = 0

    def byte(self) -> int:
        """The next byte. FormatError at the end."""
        if self.at >= len(self.data):
            raise FormatError("a 7z head that is cut short")
        self.at += 1
        return self.data[self.at - 1]

    def take(self, size: int) -> bytes:
        """The next `size` bytes. FormatError at the end."""
        if size < 0 or self.at + size > len(self.data):
            raise FormatError("a 7z head that is cut short")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        """A number of one to nine bytes; the first tells how many follow."""
        first, mask, value = self.byte(), 0x80, 0
        for index in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << 8 * index
            value |= self.byte() << 8 * index
            mask >>= 1
        return value

    def count(self) -> int:
        """A number of things."""
        value = self.number()
        if value > MOST:
            raise LimitReached("a 7z head with more members than the limit", reason="too-many-parts")
        return value

    def bits(self, count: int) -> list[bool]:
        """One bit for each of `count` things, highest first."""
        raw = self.take((count + 7) // 8)
        return [bool(raw[index // 8] & 0x80 >> index % 8) for index in range(count)]

    def sums(self, count: int) -> list[int | None]:
        """Checksums, where they are given."""
        given = [True] * count if self.byte() else self.bits(count)
        return [int.from_bytes(self.take(4), "little") if one else None for one in given]

    def expect(self, wanted: Id) -> None:
        """FormatError when the next id is another."""
        if self.byte() != wanted:
            raise FormatError("a 7z head in an order that is not known")


def read_streams(head: Reader) -> Streams:
    """Pack info, folders and their division into files; the id before them has been read."""
    at, packed, folders, parts = 0, list[int](), list[Folder](), None
    while (kind := head.byte()) != Id.END:
        if kind == Id.PACK_INFO:
            at, packed = _pack_info(head)
        elif kind == Id.UNPACK_INFO:
            folders = _folders(head)
        elif kind == Id.SUBSTREAMS:
            parts = _substreams(head, folders)
        else:
            raise FormatError("a 7z head with an id that is not known")
    if parts is None:
        parts = [((folder.sizes[0], folder.crc),) for folder in folders]
    if len(packed) != len(folders):
        raise FormatError("a 7z archive whose streams are mixed together", reason="unknown-coding")
    return Streams(at, tuple(packed), tuple(folders), tuple(parts))


def _pack_info(head: Reader) -> tuple[int, list[int]]:
    at, count, sizes = head.number(), head.count(), list[int]()
    while (kind := head.byte()) != Id.END:
        if kind == Id.SIZE:
            sizes = [head.number() for _ in range(count)]
        elif kind == Id.CRC:
            head.sums(count)
        else:
            raise FormatError("a 7z head with an id that is not known")
    return at, sizes


def _folders(head: Reader) -> list[Folder]:
    head.expect(Id.FOLDER)
    count = head.count()
    if head.byte():
        raise FormatError("a 7z head that continues elsewhere", reason="unknown-coding")
    chains = [_chain(head) for _ in range(count)]
    head.expect(Id.UNPACK_SIZE)
    sizes = [tuple(head.number() for _ in chain) for chain, _ in chains]
    sums: list[int | None] = [None] * count
    while (kind := head.byte()) != Id.END:
        if kind != Id.CRC:
            raise FormatError("a 7z head with an id that is not known")
        sums = head.sums(count)
    folders = zip(chains, sizes, sums, strict=True)
    return [Folder(chain[::step], size[::step], crc) for (chain, step), size, crc in folders]


def _chain(head: Reader) -> tuple[tuple[Coder, ...], int]:
    """A folder's coders as they are listed, and 1 or -1: whether the first or the last of them gives the files."""
    coders = list[Coder]()
    count = head.count()
    if not 1 <= count <= 4:
        raise FormatError("a 7z chain of a length that is not known", reason="unknown-coding")
    for _ in range(count):
        flags = head.byte()
        method = head.take(flags & 15)
        if flags & 0x90:  # several streams in or out (BCJ2), or a reserved bit
            raise FormatError("a 7z coder that is not known", reason="unknown-coding")
        coders.append(Coder(method, head.take(head.number()) if flags & 0x20 else b""))
    pairs = [(head.number(), head.number()) for _ in range(count - 1)]
    for step in (1, -1):
        if pairs == [(index, index + 1)[::step] for index in range(count - 1)]:
            return tuple(coders), step
    raise FormatError("a 7z chain in an order that is not known", reason="unknown-coding")


def _substreams(head: Reader, folders: list[Folder]) -> list[tuple[tuple[int, int | None], ...]]:
    counts = [1] * len(folders)
    kind = head.byte()
    if kind == Id.COUNT:
        counts = [head.count() for _ in folders]
        kind = head.byte()
    sizes = list[list[int]]()
    for folder, count in zip(folders, counts, strict=True):
        known = [head.number() for _ in range(count - 1)] if kind == Id.SIZE else []
        last = folder.sizes[0] - sum(known)
        if last < 0 or (count > 1 and kind != Id.SIZE):
            raise FormatError("a 7z folder whose sizes do not add up", reason="ambiguous")
        sizes.append([*known, last] if count else [])
    if kind == Id.SIZE:
        kind = head.byte()
    missing = [
        (f, n) for f, count in enumerate(counts) for n in range(count) if count != 1 or folders[f].crc is None
    ]
    sums = {(f, 0): folders[f].crc for f, count in enumerate(counts) if count == 1}
    if kind == Id.CRC:
        sums.update(zip(missing, head.sums(len(missing)), strict=True))
        kind = head.byte()
    if kind != Id.END:
        raise FormatError("a 7z head with an id that is not known")
    return [tuple((size, sums.get((f, n))) for n, size in enumerate(one)) for f, one in enumerate(sizes)]


def read_names(head: Reader) -> tuple[list[str], list[bool]]:
    """Names of all files, and which of them hold nothing; the id before them has been read."""
    count = head.count()
    names, empty = [""] * count, [False] * count
    while (kind := head.number()) != Id.END:
        inner = Reader(head.take(head.number()))
        if kind == Id.EMPTY_STREAM:
            empty = inner.bits(count)
        elif kind == Id.NAMES and not inner.byte():
            found = inner.data[1:].decode("utf-16-le", errors="replace").split("\x00")
            names = (found + [""] * count)[:count]
    return names, empty
