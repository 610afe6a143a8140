"""OLE compound files: old Office documents, Outlook messages, objects embedded in new ones. Read only."""

import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Final

import olefile

from gateway.errors import FormatError, RedactionError
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Format, Kind, Part
from gateway.unpack.carve import carved, readable
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member, Trouble

_OPEN: Any = olefile.OleFileIO  # the library ships no types
_SEALED: Final = frozenset({"encryptedpackage", "encryptioninfo"})
_CONTROL: Final = {
    "\x01ole": 4096, "\x01compobj": 4096, "\x03objinfo": 64, "\x03eprint": 0, "\x03linkinfo": 4096, "\x06dataspaces": 4096,
    "\x03ocxname": 512, "__properties_version1.0": 16384, "\x01olepres000": 0,
}  # fmt: skip
"""Streams that hold a few numbers and a class name, and how long they may be."""
_SUMMARY: Final = frozenset({"\x05summaryinformation", "\x05documentsummaryinformation"})
_TEXTUAL: Final = ("001f", "001e")


class Ole:
    """Streams by their paths; pictures inside streams of unknown structure are cut out."""

    writable = False

    def members(self, part: Part, counter: Counter) -> Iterator[Member | Trouble]:
        """Every stream, in the order of the directory."""
        with _OPEN(BytesIO(part.data), raise_defects=olefile.DEFECT_INCORRECT) as document:
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
                yield from carved("unused sectors", part.data, counter)

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
        yield Member(shown, readable(content), rewritable=False, text=True, named=False, format=Format.TEXT)
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
        yield from carved(shown, content, counter)


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
