"""The chunk framing that S3 clients put inside a body (`Content-Encoding: aws-chunked`).

Source: AWS "Signature calculations: transferring a payload in multiple chunks". Each chunk is a hex size, perhaps a
chunk signature, CRLF, the bytes, CRLF; a chunk of size 0 is followed by trailers with a checksum of the whole body.
"""

import base64
import hashlib
import re
import zlib
from dataclasses import dataclass, field

from gateway.errors import RedactionError, WireError

_HEAD = re.compile(rb"([0-9a-fA-F]{1,8})(;chunk-signature=[0-9a-f]{64})?\r\n")
_TRAILER = re.compile(rb"([a-z0-9-]{1,64}):([A-Za-z0-9+/=:.-]{0,256})\r?\n")

CHECKSUMS = {
    b"x-amz-checksum-crc32": lambda data: zlib.crc32(data).to_bytes(4),
    b"x-amz-checksum-sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    b"x-amz-checksum-sha256": lambda data: hashlib.sha256(data).digest(),
    b"x-amz-checksum-md5": lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
}
"""What can be computed again; CRC32C and CRC64-NVME have no maintained pure implementation among our libraries."""


@dataclass(frozen=True, slots=True)
class Chunked:
    """A body in chunks, taken apart."""

    data: bytes = field(repr=False)
    size: int
    signed: bool
    tail: bytes = field(repr=False)  # from the last chunk's head to the end
    trailers: tuple[tuple[bytes, bytes], ...] = field(repr=False)

    def redo(self, new: bytes) -> bytes:
        """Another body in chunks of the same size, its checksum computed again.

        Raises RedactionError where the chunks are signed or the checksum is of a kind that cannot be computed.
        """
        if self.signed:
            raise RedactionError("the chunks are signed by the sender", reason="signed-body")
        tail = self.tail
        for name, value in self.trailers:
            if name not in CHECKSUMS:
                raise RedactionError(
                    "a checksum in the trailer cannot be computed again", reason="signed-body"
                )
            tail = tail.replace(name + b":" + value, name + b":" + base64.b64encode(CHECKSUMS[name](new)))
        chunks = (new[at : at + self.size] for at in range(0, len(new), self.size))
        return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + tail


def unchunk(body: bytes) -> Chunked:
    """Take the chunks apart. Raises WireError unless they tile the body to its last byte."""
    found: list[bytes] = []
    signed, at = False, 0
    while True:
        head = _HEAD.match(body, at)
        if head is None:
            raise WireError("the chunks do not tile the body", reason="bad-chunks")
        signed = signed or head[2] is not None
        size = int(head[1], 16)
        if not size:
            break
        found.append(body[head.end() : head.end() + size])
        at = head.end() + size + 2
        if body[at - 2 : at] != b"\r\n":
            raise WireError("the chunks do not tile the body", reason="bad-chunks")
    end, trailers = head.end(), []
    while match := _TRAILER.match(body, end):
        trailers.append((match[1], match[2]))
        end = match.end()
    if body[end:] not in (b"", b"\r\n"):
        raise WireError("bytes after the last chunk", reason="bad-chunks")
    return Chunked(b"".join(found), len(found[0]) if found else 65536, signed, body[at:], tuple(trailers))
