"""7z: copy, LZMA, LZMA2, deflate, bzip2, with the filters that Python's own lzma knows. Read only."""

import lzma
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.errors import FormatError, LimitReached, RedactionError
from gateway.limits import Limits
from gateway.model import Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.inflate import DICTIONARY, bunzip, inflate, raw_lzma, unfold, unzstd
from gateway.unpack.member import Member, Trouble
from gateway.unpack.seven_zip_head import Coder, Folder, Id, Reader, Streams, read_names, read_streams
from gateway.unpack.zip import lzma_filter

_HEAD: Final = 32
_AES: Final = b"\x06\xf1\x07\x01"
_COPY: Final = b"\x00"
_STREAMS: Final = {b"\x04\x01\x08": inflate, b"\x04\x02\x02": bunzip, b"\x04\xf7\x11\x01": unzstd}
_FILTERS: Final = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86, b"\x03\x03\x02\x05": lzma.FILTER_POWERPC, b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM, b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB, b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
    b"\x04": lzma.FILTER_X86, b"\x05": lzma.FILTER_POWERPC, b"\x06": lzma.FILTER_IA64, b"\x07": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB, b"\x09": lzma.FILTER_SPARC,
}  # fmt: skip
"""Filters for machine code, by method id."""


class SevenZip:
    """Solid streams are unfolded once and cut into their files."""

    writable = False

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """Files in the archive's order."""
        data = part.data
        if len(data) < _HEAD or zlib.crc32(data[12:32]) != int.from_bytes(data[8:12], "little"):
            raise FormatError("a 7z archive with a damaged head")
        at, size = int.from_bytes(data[12:20], "little") + _HEAD, int.from_bytes(data[20:28], "little")
        if not size:
            return
        if at + size > len(data):
            raise FormatError("a 7z archive that is cut short")
        if at + size < len(data):
            yield Trouble(Kind.UNREADABLE, "ambiguous", "trailing data")
            yield Member("(trailing data)", data[at + size :], rewritable=False, named=False)
        head = data[at : at + size]
        if zlib.crc32(head) != int.from_bytes(data[28:32], "little"):
            raise FormatError("a 7z archive with a damaged head")
        gaps = _HEAD
        reader = Reader(head)
        kind = reader.byte()
        if kind == Id.ENCODED_HEADER:
            streams = read_streams(reader)
            (packed,) = _folders(data, streams)
            reader = Reader(_unfolded(streams.folders[0], packed, counter))
            gaps += len(packed)
            kind = reader.byte()
        if kind != Id.HEADER:
            raise FormatError("a 7z head that is not known")
        streams, names, empty = _head(reader)
        yield from _files(data, streams, (names, empty), counter)
        if gaps + sum(streams.packed) != at:
            yield Trouble(Kind.UNREADABLE, "ambiguous", "bytes between the streams")

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """RedactionError always."""
        del part, new, limits
        raise RedactionError("7z archives are read only")


def _head(reader: Reader) -> tuple[Streams, list[str], list[bool]]:
    streams, names, empty = Streams(), list[str](), list[bool]()
    while (kind := reader.byte()) != Id.END:
        if kind == Id.MAIN_STREAMS:
            streams = read_streams(reader)
        elif kind == Id.FILES:
            names, empty = read_names(reader)
        else:
            raise FormatError("a 7z head with an id that is not known", reason="unknown-coding")
    return streams, names, empty


def _files(
    data: bytes, streams: Streams, told: tuple[list[str], list[bool]], counter: Counter
) -> Iterator[Member | Trouble]:
    names = iter([name for name, nothing in zip(*told, strict=True) if not nothing])
    for index, (folder, packed) in enumerate(zip(streams.folders, _folders(data, streams), strict=True)):
        parts = streams.parts[index]
        try:
            whole = _unfolded(folder, packed, counter)
        except (FormatError, LimitReached) as error:
            yield Trouble.of(error, f"folder {index}")
            for _ in parts:
                next(names, "")
            continue
        at = 0
        for size, crc in parts:
            piece = whole[at : at + size]
            at += size
            if crc is not None and zlib.crc32(piece) != crc:
                yield Trouble(Kind.UNREADABLE, "unreadable", f"folder {index}")
            name = next(names, "file")
            if piece:
                yield Member(name, piece, rewritable=False)


def _folders(data: bytes, streams: Streams) -> list[bytes]:
    found, at = [], _HEAD + streams.at
    for size in streams.packed:
        if at + size > len(data):
            raise FormatError("a 7z archive that is cut short")
        found.append(data[at : at + size])
        at += size
    return found


def _unfolded(folder: Folder, packed: bytes, counter: Counter) -> bytes:
    """One folder's bytes. The chain is listed in the order of packing's last step first."""
    if any(coder.method == _AES for coder in folder.coders):
        raise FormatError("an encrypted archive", reason="encrypted")
    coders, sizes = list(folder.coders), list(folder.sizes)
    # Machine-code filters cannot run alone in Python's lzma: they join the LZMA step that feeds them.
    chain = [_filter(coder) for coder in coders]
    if all(one is not None for one in chain):
        steps = [one for one in chain if one is not None]
        if steps[-1]["id"] in (lzma.FILTER_LZMA1, lzma.FILTER_LZMA2):
            return unfold(raw_lzma(steps), packed, counter, sizes[0])[0]
    out = packed
    for coder, size in zip(reversed(coders), reversed(sizes), strict=True):
        out = _step(coder, out, size, counter)
    return out


def _step(coder: Coder, data: bytes, size: int, counter: Counter) -> bytes:
    if coder.method == _COPY:
        counter.book(len(data))
        return data
    if coder.method in _STREAMS:
        return unfold(_STREAMS[coder.method], data, counter, size)[0]
    settings = _filter(coder)
    if settings is None or settings["id"] not in (lzma.FILTER_LZMA1, lzma.FILTER_LZMA2):
        raise FormatError("a 7z coder that is not known", reason="unknown-coding")
    return unfold(raw_lzma([settings]), data, counter, size)[0]


def _filter(coder: Coder) -> dict[str, Any] | None:
    """A coder as Python's lzma takes it; None when it is none of lzma's."""
    if coder.method == b"\x03\x01\x01" and len(coder.settings) == 5:
        return lzma_filter(coder.settings)
    if coder.method == b"\x21" and len(coder.settings) == 1:
        bits = coder.settings[0]
        size = 0xFFFFFFFF if bits >= 40 else (2 | bits & 1) << bits // 2 + 11
        if size > DICTIONARY:
            raise LimitReached("a compressed stream that needs too much memory", reason="memory")
        return {"id": lzma.FILTER_LZMA2, "dict_size": size}
    if coder.method == b"\x03" and len(coder.settings) == 1:
        return {"id": lzma.FILTER_DELTA, "dist": coder.settings[0] + 1}
    if coder.method in _FILTERS:
        return {"id": _FILTERS[coder.method]}
    return None
