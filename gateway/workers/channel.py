"""How the gateway and a worker speak: framed messages over a socket pair, bodies in sealed memory.

To the worker goes what the gateway made itself (pickled: the gateway is trusted by the worker). From the worker
comes only JSON, checked against the nouns of `gateway.model` field by field, and bytes in a memory file. A worker
has read hostile input, so nothing it says is taken on trust and nothing it sent is unpickled.
"""

import fcntl
import os
import socket
import struct
from dataclasses import dataclass

HEADER = struct.Struct("!IB")  # length of the message, number of memory files that come with it
MESSAGE_LIMIT = 8 * 1024 * 1024
INLINE_BYTES = 64 * 1024
"""Bodies up to this size travel inside the message: below it a copy is cheaper than a memory file."""

SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


@dataclass(frozen=True, slots=True)
class Frame:
    """One message and the memory file that came with it, if any."""

    message: bytes
    descriptor: int | None


def memory_file(data: bytes) -> int:
    """A sealed, anonymous, memory-backed file with these bytes; the caller closes it."""
    descriptor = os.memfd_create("leadglass", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
    return descriptor


def read_memory_file(descriptor: int, limit: int) -> bytes:
    """The bytes of a memory file, which is closed. ValueError when it is larger than `limit` or not sealed."""
    try:
        if fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & SEALS != SEALS:
            raise ValueError
        size = os.fstat(descriptor).st_size
        if size > limit:
            raise ValueError
        pieces = []
        offset = 0
        while offset < size:
            piece = os.pread(descriptor, size - offset, offset)
            if not piece:
                raise ValueError
            pieces.append(piece)
            offset += len(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def send(connection: socket.socket, message: bytes, descriptor: int | None = None) -> None:
    """Send one frame on a blocking socket."""
    head = HEADER.pack(len(message), 0 if descriptor is None else 1)
    if descriptor is None:
        connection.sendall(head + message)
        return
    socket.send_fds(connection, [head], [descriptor])
    connection.sendall(message)


def receive(connection: socket.socket) -> Frame:
    """The next frame from a blocking socket. EOFError when the other side is gone."""
    head = b""
    descriptors: list[int] = []
    while len(head) < HEADER.size:
        piece, found, _, _ = socket.recv_fds(connection, HEADER.size - len(head), 1)
        descriptors += found
        if not piece:
            raise EOFError
        head += piece
    length, files = HEADER.unpack(head)
    if length > MESSAGE_LIMIT or files != len(descriptors):
        raise EOFError
    message = bytearray()
    while len(message) < length:
        piece = connection.recv(min(1 << 20, length - len(message)))
        if not piece:
            raise EOFError
        message += piece
    return Frame(bytes(message), descriptors[0] if descriptors else None)
