"""Notebooks and other JSON files: pictures that stand in strings as base64, in one string or a list of lines."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Final

from gateway.formats.sniff import sniff
from gateway.model import Format, Part
from gateway.unpack.counter import Counter
from gateway.unpack.markup import data_uris, unwrapped
from gateway.unpack.member import Member
from gateway.unpack.splice import Seen, Span, Spliced

_STRING = rb'"(?:[^"\\]|\\.)*+"'
_RUN = re.compile(_STRING + rb"(?:\s*+,\s*+" + _STRING + rb")*+", re.DOTALL)
"""One string, or several with nothing but commas between them: the lines of a list, or a value and the next key."""
_ONE = re.compile(_STRING, re.DOTALL)
_KEY = re.compile(rb"\s*+:")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]+={0,2}\s*\Z")
_SMALLEST: Final = 64
_WORDS = frozenset({Format.TEXT, Format.UNKNOWN, Format.EMPTY})


def _strings(part: Part, counter: Counter) -> Iterator[Seen]:
    """Files in strings, then data URIs; both in the order of their places."""
    found: list[Seen] = [*_files(part, counter)]
    places = [(span.start, span.end) for span in found if isinstance(span, Span)]
    # A string that holds nothing but a file cannot hold a data URI as well; one of Markdown or HTML can.
    found += (
        seen
        for seen in data_uris(part, counter)
        if not (isinstance(seen, Span) and any(start <= seen.start < end for start, end in places))
    )
    yield from sorted(found, key=lambda seen: seen.start if isinstance(seen, Span) else len(part.data))


def _files(part: Part, counter: Counter) -> Iterator[Span]:
    data, number = part.data, 0
    for run in _RUN.finditer(data):
        if run.end() - run.start() < _SMALLEST:
            continue
        strings = [(m.start(), m.end()) for m in _ONE.finditer(data, run.start(), run.end())]
        if _KEY.match(data, run.end()):
            strings.pop()  # the last one is the next key
        groups = [strings] if _joined(data, run.start()) else [[one] for one in strings]
        for group in groups:
            content = _decoded(data, group)
            if content is not None:
                number += 1
                counter.book(len(content))
                yield _span(group, content, number)


def _joined(data: bytes, start: int) -> bool:
    return data[max(0, start - 64) : start].rstrip()[-1:] == b"["


def _decoded(data: bytes, group: list[tuple[int, int]]) -> bytes | None:
    """The file that strings hold together, or None."""
    if not group or group[-1][1] - group[0][0] < _SMALLEST:
        return None
    try:
        text = "".join(str(json.loads(data[start:end], strict=False)) for start, end in group)
    except ValueError:
        return None
    if not _BASE64.match(text):
        return None
    content, clean = unwrapped(text.encode())
    return content if clean and sniff(content) not in _WORDS else None


def _span(group: list[tuple[int, int]], content: bytes, number: int) -> Span:
    member = Member(f"string {number}", content, named=False)
    return Span(group[0][0], group[-1][1], member, lambda new: b'"' + base64.b64encode(new) + b'"')


NOTEBOOK = Spliced(_strings)
