"""OLE compound files: old Office documents, Outlook messages, objects embedded in new ones. Read only."""

import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Final

import olefile

from gateway.errors import FormatError, RedactionError
from gateway.formats.endings import end_of
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Format, Kind, Part
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble
from gateway.unpack.rtf import bitmap_file

_SEALED: Final = frozenset({"encryptedpackage", "encryptioninfo"})
_CONTROL: Final = {
    "\x01ole": 4096, "\x01compobj": 4096, "\x03objinfo": 64, "\x03eprint": 0, "\x03linkinfo": 4096, "\x06dataspaces": 4096,
    "\x03ocxname": 512, "__properties_version1.0": 16384, "\x01olepres000": 0,
}  # fmt: skip
"""Streams that hold a few numbers and a class name, and how long they may be."""
_SUMMARY: Final = frozenset({"\x05summaryinformation", "\x05documentsummaryinformation"})
_MARKS: Final = ((b"\xff\xd8\xff", Format.JPEG), (b"\x89PNG\r\n\x1a\n", Format.PNG), (b"GIF8", Format.GIF))
_MOST_PICTURES: Final = 256
_LARGEST: Final = 16 << 20
_TEXTUAL: Final = ("001f", "001e")


class Ole:
    """Streams by their paths; pictures inside streams of unknown structure are cut out."""

    writable = False

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """Every stream, in the order of the directory."""
        with olefile.OleFileIO(BytesIO(part.data), raise_defects=olefile.DEFECT_INCORRECT) as document:
            used = 0
            for path in document.listdir(streams=True, storages=False):
                name = path[-1]
                if name.lower() in _SEALED:
                    yield Trouble(Kind.ENCRYPTED, "encrypted")
                    continue
                size = document.get_size(path)
                counter.check(len(part.data), size)
                content = document.openstream(path).read()
                used += len(content)
                counter.book(len(content))
                yield from _stream(path, content, counter)
            if len(part.data) > 2 * used + (1 << 16):
                # Sectors that belong to no stream: what was deleted, or never meant to be listed.
                yield from _carved("unused sectors", part.data, counter)

    def write(self, part: Part, new: Mapping[int, bytes], limits: Limits) -> bytes:
        """RedactionError always."""
        del part, new, limits
        raise RedactionError("documents of this old kind are read only")


def _stream(path: list[str], content: bytes, counter: Counter) -> Iterator[Member | Trouble]:
    name = path[-1].lower()
    shown = "/".join(path).replace("\x01", "").replace("\x05", "").replace("\x03", "")
    if not content or len(content) <= _CONTROL.get(name, 0):
        return
    if name in _SUMMARY:
        yield Member(shown, _readable(content), rewritable=False, text=True, named=False, format=Format.TEXT)
        return
    if name == "\x01ole10native":
        yield _package(shown, content)
        return
    if name.startswith("__substg1.0_") and name[-4:] in _TEXTUAL:
        text = content.decode("utf-16-le" if name[-4:] == "001f" else "cp1252", errors="replace").encode()
        yield Member(shown, text, rewritable=False, text=True, named=False)
        return
    yield Member(shown, content, rewritable=False, named=False)
    if sniff(content) is Format.UNKNOWN:
        yield from _carved(shown, content, counter)


def _readable(content: bytes) -> bytes:
    """Runs of letters in a property set: titles, authors, programs."""
    return b"\n".join(
        run
        for run in content.translate(bytes(c if 32 <= c < 127 else 10 for c in range(256))).split(b"\n")
        if len(run) > 3
    )


def _package(name: str, content: bytes) -> Member:
    """A file dropped into a document: size, label, two paths, then the file itself (MS-OLEDS 2.3.6)."""
    at = 6
    for _ in range(2):
        at = content.index(b"\x00", at) + 1
    _, _, length = struct.unpack_from("<HHL", content, at)
    at += 8 + length
    (size,) = struct.unpack_from("<L", content, at)
    if at + 4 + size > len(content):
        raise FormatError("an embedded file that is cut short")
    return Member(name, content[at + 4 : at + 4 + size], rewritable=False, named=False)


def _carved(name: str, content: bytes, counter: Counter) -> Iterator[Member]:
    """Pictures that begin and end somewhere inside other bytes."""
    number = tries = 0
    for mark, form in _MARKS:
        at = content.find(mark)
        while at >= 0 and tries < _MOST_PICTURES:
            tries += 1
            window = content[at : at + _LARGEST]
            end = end_of(window, form)
            if end:
                number += 1
                counter.book(end)
                yield Member(f"{name} picture {number}", window[:end], rewritable=False, named=False)
            at = content.find(mark, at + (end or 1))
    at = content.find(b"\x28\x00\x00\x00")
    while at >= 0 and number < _MOST_PICTURES:
        if _is_bitmap(content, at):
            number += 1
            counter.book(len(content) - at)
            yield Member(f"{name} picture {number}", bitmap_file(content[at:]), rewritable=False, named=False)
        at = content.find(b"\x28\x00\x00\x00", at + 4)


def _is_bitmap(content: bytes, at: int) -> bool:
    """A bitmap head of 40 bytes whose sizes and depth make sense and whose pixels fit."""
    if at + 40 > len(content):
        return False
    _, width, height, planes, bits, packing = struct.unpack_from("<LllHHL", content, at)
    fits = (
        16 <= width <= 30_000
        and 16 <= abs(height) <= 30_000
        and planes == 1
        and bits in (1, 4, 8, 16, 24, 32)
    )
    return fits and packing == 0 and (width * bits + 31) // 32 * 4 * abs(height) <= len(content) - at - 40
