"""Takes a DICOM file apart into its elements, every byte accounted for; nothing is decoded.

pydicom reads what it can and forgives the rest; here nothing is forgiven, since what a lenient reader skips would
leave with the file. A file that does not add up is a FormatError. Values are views of the input, so a large picture
costs nothing. Source: PS3.5 sections 7 and A, PS3.10 section 7.
"""

import zlib

from gateway.errors import FormatError, LimitReached
from gateway.formats.dicom_elements import (
    BIG_ENDIAN,
    DEFLATED,
    ENCAPSULATED,
    EXPLICIT,
    IMPLICIT,
    NATIVE,
    VRS,
    DataSet,
    DicomFile,
)
from gateway.formats.dicom_reader import Reader
from gateway.limits import MIB, Limits


def take_apart(data: bytes, limits: Limits) -> DicomFile:
    """A file, with or without preamble. Bytes after its last element are left out: they belong to nothing.

    Raises FormatError where lengths, tags or encodings do not add up, LimitReached beyond depth, count or expansion.
    """
    start = 132 if data[128:132] == b"DICM" else 0
    view = memoryview(data)
    reader = Reader(view, big=False, explicit=True)
    meta: DataSet = ()
    if start or data[:2] == b"\x02\x00":
        meta, start = reader.file_meta(start)
    syntax = _declared(meta) or _guessed(data[start : start + 6])
    if syntax == DEFLATED:
        view, start = memoryview(_inflated(data[start:], limits)), 0
    elif syntax == IMPLICIT and bytes(view[start + 4 : start + 6]) in VRS:
        # A writer that named the wrong syntax; a length of that value would be over 16 KiB in a first element.
        syntax = EXPLICIT
    if syntax not in NATIVE and not syntax.startswith(ENCAPSULATED):
        raise FormatError("a transfer syntax that is not of the standard", reason="unreadable")
    reader = Reader(view, big=syntax == BIG_ENDIAN, explicit=syntax != IMPLICIT)
    return DicomFile(meta, reader.whole(start), syntax)


def _declared(meta: DataSet) -> str:
    for element in meta:
        if element.tag == 0x00020010:
            return bytes(element.value).rstrip(b"\0 ").decode("ascii", "replace")
    return ""


def _guessed(head: bytes) -> str:
    if head[:1] == b"\0" and head[1:2] != b"\0":
        if head[4:6] in VRS:
            return BIG_ENDIAN
        raise FormatError("a data set in an encoding that the standard never had")
    return EXPLICIT if head[4:6] in VRS else IMPLICIT


def _inflated(body: bytes, limits: Limits) -> bytes:
    room = min(limits.decoded_bytes, max(MIB, limits.expansion_ratio * len(body)))
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = machine.decompress(body, room)
    except zlib.error:
        raise FormatError("a deflated data set that does not inflate") from None
    if machine.unconsumed_tail:
        raise LimitReached("a deflated data set unfolds beyond the limit", reason="expansion")
    if not machine.eof:
        raise FormatError("a deflated data set that is cut short")
    return plain
