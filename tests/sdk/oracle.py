"""Whether a picture is in what arrived, read as liberally as any server could."""

import base64
import re
import zlib
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote_to_bytes

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{32,}")
_CHUNK = re.compile(rb"([0-9a-fA-F]+)(?:;[^\r\n]*)?\r\n")
BLOCK = 24
"""Bytes of a picture that are recognised wherever they stand; any stretch of twice this length holds one."""


def readings(body: bytes) -> Iterator[bytes]:
    """The body, and everything that could be decoded out of it."""
    texts = (body, _dechunked(body), _inflated(body), body.replace(b"\\/", b"/"), unquote_to_bytes(body))
    for text in dict.fromkeys((*texts, re.sub(rb"\r?\n", b"", body))):
        yield text
        for run in _RUN.findall(text):
            plain = run.replace(b"-", b"+").replace(b"_", b"/")
            yield from (_decoded(plain[start:]) for start in range(4))


def arrived(picture: bytes, bodies: list[bytes]) -> bool:
    """Whether the whole picture is in one of the bodies, byte for byte."""
    return any(picture in reading for body in bodies for reading in readings(body))


def leaked(picture: bytes, bodies: list[bytes]) -> int:
    """Bytes of the picture that are in the bodies, in blocks; 0 is what must be."""
    found = {
        block
        for body in bodies
        for reading in readings(body)
        for block in _blocks(picture)
        if block in reading
    }
    return BLOCK * len(found)


@cache
def _blocks(picture: bytes) -> frozenset[bytes]:
    """The picture cut in blocks, without those of one or two values, which stand in any file."""
    cut = (picture[at : at + BLOCK] for at in range(0, len(picture) - BLOCK, BLOCK))
    return frozenset(block for block in cut if len(set(block)) > 2)


def _decoded(run: bytes) -> bytes:
    odd = len(run) % 4 == 1  # no length that base64 can have: the last letter belongs to something else
    return base64.b64decode(run[:-1] if odd else run + b"=" * (-len(run) % 4))


def _inflated(body: bytes) -> bytes:
    """Without gzip or deflate around it; as it is where there is none."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body)
    except zlib.error:
        return body


def _dechunked(body: bytes) -> bytes:
    """aws-chunked without its chunk heads; as it is where it is something else."""
    pieces, at = [], 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        pieces.append(body[head.end() : head.end() + size])
        at = head.end() + size + 2
        if not size:
            break
    return b"".join(pieces) or body
