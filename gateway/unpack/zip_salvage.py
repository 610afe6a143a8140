"""What can be taken out of a zip whose lists do not agree: looked at, never written, and never taken for the whole truth."""

from collections.abc import Iterator

from gateway.formats.salvage import RAW, inflated
from gateway.unpack.counter import Counter
from gateway.unpack.member import Member
from gateway.unpack.zip_directory import ENCRYPTED, LOCAL, LOCAL_HEAD, Entry, widened


def salvaged(data: bytes, counter: Counter) -> Iterator[Member]:
    """What can be unpacked from headers alone, wherever they stand; looked at, never written."""
    for entry in _local_entries(data, counter.limits.parts):
        out = _leniently(data, entry, counter)
        if out:
            yield Member(entry.name, out, rewritable=False)


def _leniently(data: bytes, entry: Entry, counter: Counter) -> bytes:
    if entry.flags & ENCRYPTED:
        return b""
    if entry.method == 0:
        stop = entry.data + entry.folded if entry.folded else data.find(b"PK", entry.data)
        out = data[entry.data : stop if stop >= 0 else len(data)]
        counter.book(len(out))
        return out
    if entry.method != 8:
        return b""
    packed = data[entry.data :]
    out = inflated(packed, min(counter.room(len(packed)), 64 << 20), RAW)
    counter.book(len(out))
    return out


def _local_entries(data: bytes, most: int) -> list[Entry]:
    """Every local header that can be found, for looking only: what a reader that ignores the directory would see."""
    found = list[Entry]()
    at = data.find(LOCAL)
    while at >= 0 and len(found) < most:
        if at + 30 <= len(data):
            _, _, flags, method, _, _, crc, folded, size, names, extras = LOCAL_HEAD.unpack_from(data, at)
            start = at + 30 + names + extras
            folded, size = widened(data[at + 30 + names : start], (folded, size))
            name = data[at + 30 : at + 30 + names]
            if start <= len(data) and name:
                found.append(
                    Entry(name, flags, method, crc, folded, size, at, start, min(start + folded, len(data)))
                )
        at = data.find(LOCAL, at + 4)
    return found
