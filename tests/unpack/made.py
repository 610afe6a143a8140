"""Containers made here, byte by byte where libraries would not make them: nothing comes from a patient."""

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.limits import Limits
from gateway.model import Finding, Format, Part, PartPath
from gateway.unpack import repack, unpack
from tests.formats import made as files

PNG = files.saved("PNG")
OTHER_PNG = files.saved("PNG", files.Image.fromarray(files.ramp(50, 70)[::-1]))
JPEG = files.saved("JPEG")
OTHER_JPEG = files.saved("JPEG", files.Image.fromarray(files.ramp(50, 70)[::-1]))
WORDS = b"Dear colleague, nothing to see here.\n" * 8
FILES = {"letter.txt": WORDS, "IM/0001.png": PNG}
LIMITS = Limits()


def parts(data: bytes, limits: Limits = LIMITS, **more: Any) -> list[Part]:
    return [seen for seen in unpack(Part(("f",), data, **more), limits) if isinstance(seen, Part)]


def findings(data: bytes, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    return [
        (str(seen.kind), seen.detail)
        for seen in unpack(Part(("f",), data), limits)
        if isinstance(seen, Finding)
    ]


def contents(data: bytes, limits: Limits = LIMITS) -> dict[PartPath, bytes]:
    return {part.path[1:]: part.data for part in parts(data, limits)[1:]}


def replaced(data: bytes, new: Mapping[PartPath, bytes]) -> bytes:
    """A container with some members, named without the `f` in front, replaced."""
    given = {("f", *path): Part(("f", *path), content) for path, content in new.items()}
    return repack(Part(("f",), data), given, LIMITS).data


def holds(data: bytes, wanted: bytes = PNG, limits: Limits = LIMITS) -> bool:
    return any(part.data == wanted for part in parts(data, limits)[1:])


def zipped(
    members: Mapping[str, bytes] | Iterable[tuple[str, bytes]] = (),
    method: int = zipfile.ZIP_DEFLATED,
    comment: bytes = b"",
) -> bytes:
    out = io.BytesIO()
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in pairs:
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6)), content, method)
        archive.comment = comment
    return out.getvalue()


class Unseekable(io.RawIOBase):
    """Makes `zipfile` write data descriptors."""

    def __init__(self) -> None:
        self.out = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.out += data
        return len(data)


def streamed_zip(*, wide: bool = False) -> bytes:
    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FILES.items():
            with archive.open(name, "w", force_zip64=wide) as member:
                member.write(content)
    return bytes(out.out)


def entry(
    name: bytes,
    content: bytes,
    *,
    method: int = 0,
    flags: int = 0,
    size: int | None = None,
    crc: int | None = None,
    packed: bytes | None = None,
) -> tuple[bytes, bytes]:
    """A local entry and its directory record (with offset 0) by hand."""
    packed = content if packed is None else packed
    crc = zlib.crc32(content) if crc is None else crc
    size = len(content) if size is None else size
    local = (
        struct.pack(
            "<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 33, crc, len(packed), size, len(name), 0
        )
        + name
        + packed
    )
    central = (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            20,
            20,
            flags,
            method,
            0,
            33,
            crc,
            len(packed),
            size,
            len(name),
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + name
    )
    return local, central


def by_hand(
    entries: list[tuple[bytes, bytes]],
    offsets: list[int] | None = None,
    *,
    between: bytes = b"",
    count: int | None = None,
) -> bytes:
    body, listing = b"", b""
    for index, (local, central) in enumerate(entries):
        offset = len(body) if offsets is None else offsets[index]
        listing += central[:42] + struct.pack("<L", offset) + central[46:]
        body += local
    body += between
    count = len(entries) if count is None else count
    return (
        body
        + listing
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listing), len(body), 0)
    )


def taped(members: Mapping[str, bytes] = FILES, form: int = tarfile.GNU_FORMAT, **pax: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.pax_headers = pax
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def seven_zip(members: Mapping[str, bytes], method: bytes = b"\x21", *, trailing: bytes = b"") -> bytes:
    """One solid folder, LZMA2 unless another method is named."""

    def number(value: int) -> bytes:
        return bytes((value,)) if value < 0x80 else b"\xff" + struct.pack("<Q", value)

    whole = b"".join(members.values())
    packed = lzma.compress(whole, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}])
    if method == b"\x00":
        packed = whole
    settings = b"\x10" if method == b"\x21" else b""
    coder = (
        bytes((len(method) | (0x20 if settings else 0),))
        + method
        + (number(len(settings)) + settings if settings else b"")
    )
    head = b"\x01\x04" + b"\x06" + number(0) + number(1) + b"\x09" + number(len(packed)) + b"\x00"
    head += b"\x07\x0b" + number(1) + b"\x00" + number(1) + coder + b"\x0c" + number(len(whole)) + b"\x00"
    sizes = [len(content) for content in members.values()]
    head += (
        b"\x08\x0d"
        + number(len(sizes))
        + (b"\x09" + b"".join(map(number, sizes[:-1])) if len(sizes) > 1 else b"")
    )
    head += (
        b"\x0a\x01"
        + b"".join(struct.pack("<L", zlib.crc32(content)) for content in members.values())
        + b"\x00\x00"
    )
    names = b"\x00" + b"".join(name.encode("utf-16-le") + b"\x00\x00" for name in members)
    head += b"\x05" + number(len(sizes)) + b"\x11" + number(len(names)) + names + b"\x00\x00"
    start = struct.pack("<QQL", len(packed), len(head), zlib.crc32(head))
    return (
        b"7z\xbc\xaf\x27\x1c\x00\x04"
        + struct.pack("<L", zlib.crc32(start))
        + start
        + packed
        + head
        + trailing
    )


def compound(streams: Mapping[str, bytes]) -> bytes:
    """An OLE compound file of version 3 whose streams are all kept in whole sectors."""
    sectors, fat, entries = [b""], [0xFFFFFFFD], []
    for name, content in streams.items():
        size = max(4096, len(content))
        first = len(sectors)
        blocks = [content[at : at + 512].ljust(512, b"\x00") for at in range(0, size, 512)]
        sectors += blocks
        fat += [*range(first + 1, first + len(blocks)), 0xFFFFFFFE]
        entries.append((name, 2, first, size))
    directory = b""
    for index, (name, kind, first, size) in enumerate([("Root Entry", 5, 0xFFFFFFFE, 0), *entries]):
        text = name.encode("utf-16-le") + b"\x00\x00"
        right = index + 1 if 0 < index < len(entries) else 0xFFFFFFFF
        child = 1 if index == 0 else 0xFFFFFFFF
        directory += struct.pack(
            "<64sHBBLLL16sLQQLQ",
            text,
            len(text),
            kind,
            1,
            0xFFFFFFFF,
            right,
            child,
            b"",
            0,
            0,
            0,
            first,
            size,
        )
    first = len(sectors)
    blocks = [directory[at : at + 512].ljust(512, b"\x00") for at in range(0, len(directory), 512)]
    sectors += blocks
    fat += [*range(first + 1, first + len(blocks)), 0xFFFFFFFE]
    assert len(fat) <= 128
    sectors[0] = struct.pack("<128L", *fat, *[0xFFFFFFFF] * (128 - len(fat)))
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    head += (
        struct.pack("<LLLLLLLLL", 0, 1, first, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        + struct.pack("<L", 0)
        + b"\xff" * 432
    )
    return head + b"".join(sectors)


def formats(data: bytes) -> list[Format]:
    return [part.format for part in parts(data)]


def padded(picture: bytes) -> bytes:
    """A picture on a ground that is large enough for every place a test looks at."""
    ground = files.Image.new("RGB", (100, 100))
    with files.Image.open(io.BytesIO(picture)) as image:
        ground.paste(image.convert("RGB"))
    return files.saved("PNG", ground)
