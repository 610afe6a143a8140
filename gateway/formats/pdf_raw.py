"""Looks at a PDF's bytes without its cross-reference table: earlier revisions, unlisted streams, bytes between objects."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.formats.salvage import ZLIB, inflated
from gateway.formats.sniff import sniff
from gateway.model import Format

_STREAM = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
_END = re.compile(rb"%%EOF[ \t]*(?:\r\n|\n|\r)?")
_BETWEEN = re.compile(
    rb"endobj((?:(?!\d+\s+\d+\s+obj|xref|trailer)[\s\S]){256,}?)(?=\d+\s+\d+\s+obj|xref|trailer|\Z)"
)
_WORDS: Final = frozenset({Format.TEXT, Format.EMPTY, Format.XML, Format.HTML})
_HEAD: Final = 64
_MOST_REVISIONS: Final = 32


@dataclass(slots=True)
class Known:
    """Packed streams that have been seen already, by their first bytes."""

    by_head: dict[bytes, list[bytes]] = field(default_factory=dict, repr=False)
    whole: set[bytes] = field(default_factory=set, repr=False)
    short: set[int] = field(default_factory=set)

    def add(self, raw: bytes) -> bool:
        """Remember one; False when it was there before."""
        if raw in self.whole:
            return False
        self.whole.add(raw)
        self.by_head.setdefault(raw[:_HEAD], []).append(raw)
        if len(raw) < _HEAD:
            self.short.add(len(raw))
        return True

    def at(self, data: bytes, start: int) -> int | None:
        """The end of the known stream that begins here, or None."""
        # A stream shorter than a head has a key of its own length.
        keys = (data[start : start + size] for size in (_HEAD, *self.short))
        found = (raw for key in keys for raw in self.by_head.get(key, ()) if data.startswith(raw, start))
        return max((start + len(raw) for raw in found), default=None)


def revisions(data: bytes) -> Iterator[bytes]:
    """The document as it was before each later save, newest first; nothing for a document saved once."""
    ends = [match.end() for match in _END.finditer(data)]
    if b"/Linearized" in data[:2048]:
        ends = ends[1:]  # the first mark belongs to the table of the first page
    for end in reversed(ends[:-1][-_MOST_REVISIONS:]):
        yield data[:end]


def trailing(data: bytes) -> bytes:
    """What follows the last end mark."""
    ends = [match.end() for match in _END.finditer(data, max(0, len(data) - (1 << 20)))]
    return data[ends[-1] :].strip(b"\x00\r\n\t \x1a") if ends else b""


def unlisted(data: bytes, known: Known, most: int) -> Iterator[bytes]:
    """Contents of streams that stand in the file and in no table, and of stretches between objects."""
    outside, done = list[bytes](), 0
    for match in _STREAM.finditer(data):
        start = match.end()
        if start < done:
            continue
        end = known.at(data, start)
        if end is None:
            stop = data.find(b"endstream", start)
            end = stop if stop >= 0 else len(data)
            end -= data[end - 1 : end] == b"\n"
            end -= data[end - 1 : end] == b"\r"
            head = data[max(done, start - 2048) : start]
            content = _content(head[max(0, head.rfind(b" obj")) :], data[start:end], most)
            if content:
                yield content
        outside.append(data[done:start])
        done = end
    outside.append(data[done:])
    for found in _BETWEEN.finditer(b"".join(outside)):
        if found[1].strip(b"\x00 \r\n\t") and not _comments(found[1]):
            yield found[1]


def stream_count(data: bytes) -> int:
    """How many streams the bytes seem to hold."""
    return sum(1 for _ in _STREAM.finditer(data))


def _content(head: bytes, raw: bytes, most: int) -> bytes:
    """What an unlisted stream holds, as far as it matters: nothing for tables, words and damaged remains."""
    content = raw
    if b"FlateDecode" in head or b"/Fl" in head or b"#" in head:
        content = inflated(raw, most, ZLIB) or raw
    if b"/ObjStm" in head or (b"/XRef" in head and len(content) < 1 << 20):
        return b""
    return b"" if sniff(content) in _WORDS else content


def _comments(text: bytes) -> bool:
    """Whether every line is a comment or blank."""
    lines: Iterable[bytes] = text.splitlines()
    return sniff(text.strip()) in _WORDS and all(line.strip()[:1] in (b"%", b"") for line in lines)
