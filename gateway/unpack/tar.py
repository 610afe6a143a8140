"""tar: ustar, GNU and pax archives, sparse members too, with every block accounted for."""

import re
import tarfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

from gateway.errors import FormatError, RedactionError
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Format, Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble

_BLOCK: Final = 512
_SPEECH: Final = 256
"""Extended header values longer than this are shown as a part: paths and times are shorter."""
_NAME_FIELDS = re.compile(
    r"(?:path|linkpath|size|[amc]time|[ug]id|[ug]name|charset|hdrcharset|GNU\.sparse\..*)\Z"
)


class Tar:
    """One header and its blocks after the other, then zeros to the end."""

    writable = True

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """Files in order; then long extended headers, and whatever stands behind the end."""
        archive, aside = opened(part.data), list[str]()
        at = 0
        for info in headers(archive, counter):
            if info.offset < at:
                raise FormatError("members on top of each other", reason="ambiguous")
            if info.offset > at:
                raise FormatError("bytes between the members", reason="ambiguous")
            stop = _stop(info)
            at = stop + -stop % _BLOCK
            aside += (
                value
                for key, value in info.pax_headers.items()
                if len(value) > _SPEECH or not _NAME_FIELDS.match(key)
            )
            if stop > len(part.data):
                raise FormatError("an archive that is cut short")
            if part.data[stop:at].strip(b"\x00"):
                yield Trouble(Kind.UNREADABLE, "ambiguous", "padding")
            yield from _content(archive, info, counter)
        if aside:
            speech = "\n".join(aside).encode(errors="surrogateescape")
            yield Member(
                "(headers)", speech, rewritable=False, text=sniff(speech) is Format.TEXT, named=False
            )
        rest = part.data[at:].strip(b"\x00")
        if rest:
            yield Trouble(Kind.UNREADABLE, "ambiguous", "trailing data")
            yield Member("(trailing data)", part.data[at:].lstrip(b"\x00"), rewritable=False, named=False)

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """The archive with other contents of some members: their size and checksum are put right."""
        pieces, done, place = list[bytes](), 0, 0
        counter = Counter(limits)
        for info in headers(opened(part.data), counter):
            if not _holds(info):
                continue
            content = new.get(place)
            place += 1
            if content is None:
                continue
            if not _plain(info):
                raise RedactionError("a member with an extended size cannot be rewritten")
            header = info.offset_data - _BLOCK
            stop = info.offset_data + info.size
            pieces += (
                part.data[done:header],
                _resized(part.data[header : info.offset_data], len(content)),
                content,
            )
            pieces.append(bytes(-len(content) % _BLOCK))
            done = stop + -stop % _BLOCK
        if any(index >= place for index in new):
            raise RedactionError("what stands beside the members cannot be rewritten")
        return b"".join((*pieces, part.data[done:]))


def opened(data: bytes) -> tarfile.TarFile:
    """The archive for reading. Raises FormatError."""
    try:
        return tarfile.open(fileobj=BytesIO(data), mode="r:", errorlevel=2)
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise FormatError(f"a tar that does not begin as one: {type(error).__name__}") from None


def headers(archive: tarfile.TarFile, counter: Counter) -> Iterator[tarfile.TarInfo]:
    """Heads of the members in order. Raises FormatError, LimitReached."""
    for _ in range(counter.limits.parts + 1):
        try:
            info = archive.next()
        except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
            raise FormatError(f"an archive that is cut short: {type(error).__name__}") from None
        if info is None:
            return
        yield info
    counter.entries += counter.limits.parts
    counter.entry()


def _stop(info: tarfile.TarInfo) -> int:
    """Where a member's stored bytes end: a sparse one is stored without its holes."""
    pieces: Any = info.sparse
    if pieces is not None:
        return info.offset_data + sum(int(size) for _, size in pieces)
    return info.offset_data + (info.size if _stores(info) else 0)


def _stores(info: tarfile.TarInfo) -> bool:
    return info.isreg() or info.type not in tarfile.SUPPORTED_TYPES


def _holds(info: tarfile.TarInfo) -> bool:
    """Folders, links and devices hold nothing; a type nobody knows is read as a file, as tar programs do."""
    return _stores(info) and info.size > 0


def _plain(info: tarfile.TarInfo) -> bool:
    return info.sparse is None and "size" not in info.pax_headers and _stores(info)


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo, counter: Counter) -> Iterator[Member | Trouble]:
    if not _holds(info):
        counter.entry()
        return
    counter.check(len(archive.fileobj.getbuffer()) if isinstance(archive.fileobj, BytesIO) else 0, info.size)
    reader = archive.extractfile(info) if info.isreg() else None
    if reader is None and isinstance(archive.fileobj, BytesIO):
        content = bytes(archive.fileobj.getbuffer()[info.offset_data : info.offset_data + info.size])
    else:
        content = b"" if reader is None else reader.read()
    if len(content) != info.size:
        raise FormatError("an archive that is cut short")
    counter.book(len(content))
    yield Member(info.name, content, rewritable=_plain(info))


def _resized(header: bytes, size: int) -> bytes:
    """A header block with another size (POSIX.1-2017, ustar interchange format)."""
    blank = header[:124] + b"%011o\x00" % size + header[136:148] + b" " * 8 + header[156:]
    return blank[:148] + b"%06o\x00 " % sum(blank) + blank[156:]
