"""Archives that hold themselves, each other, or far more than they weigh."""

import io
import lzma
import struct
import tarfile
import zipfile
import zlib

from tests.bombs.bomb import MIB, OVER, Bomb, file
from tests.bombs.codings import BROKEN, WORDS
from tests.unpack import made

AMBIGUOUS = frozenset({"ambiguous", "polyglot", "hidden-file"})


def _folded(data: bytes) -> bytes:
    folder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return folder.compress(data) + folder.flush()


def _nested(levels: int, width: int) -> bytes:
    """Zips in zips, each `width` times the one below: as 42.zip is."""
    data = made.zipped({"0.txt": bytes(MIB)})
    for _ in range(levels):
        data = made.zipped({f"lib {n}.zip": data for n in range(width)})
    return data


def _overlapping(count: int) -> bytes:
    """One kernel, and local heads before it that quote all heads behind them (Fifield 2019)."""
    kernel = _folded(bytes(2 * MIB))
    size, crc = 2 * MIB, zlib.crc32(bytes(2 * MIB))
    name = b"%04d"
    last = _local(name % (count - 1), crc, kernel, size)
    locals_, listing = [last + kernel], [(crc, len(kernel), size)]
    for number in range(count - 2, -1, -1):
        quoted = locals_[0][: 30 + 4]
        data = b"\x00" + struct.pack("<HH", len(quoted), 0xFFFF ^ len(quoted)) + quoted
        crc = zlib.crc32(quoted + bytes(listing[0][2])) if number == count - 2 else 0
        _, below, unfolded = listing[0]
        listing.insert(0, (crc, below + len(data), unfolded + len(quoted)))
        locals_.insert(0, _local(name % number, crc, b"", unfolded + len(quoted), below + len(data)) + data)
    body, records = b"", b""
    for number, part in enumerate(locals_):
        crc, packed, unfolded = listing[number]
        records += (
            struct.pack(
                "<4s6H3L5H2L",
                b"PK\x01\x02",
                20,
                20,
                0,
                8,
                0,
                33,
                crc,
                packed,
                unfolded,
                4,
                0,
                0,
                0,
                0,
                0,
                len(body),
            )
            + name % number
        )
        body += part
    return (
        body
        + records
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(records), len(body), 0)
    )


def _local(name: bytes, crc: int, packed: bytes, size: int, length: int | None = None) -> bytes:
    length = len(packed) if length is None else length
    return struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 33, crc, length, size, len(name), 0) + name


def _one_for_all(count: int) -> bytes:
    """Directory entries that all name the same local entry."""
    first = made.entry(b"a.txt", WORDS)
    return made.by_hand([first, *((b"", first[1]) for _ in range(count - 1))], [0] * count)


def _holds_itself() -> bytes:
    """A stored member whose data are the rest of the archive, the member's own record included."""
    inner = made.zipped({"a.txt": WORDS}, zipfile.ZIP_STORED)
    for _ in range(12):
        inner = made.zipped({"r/r.zip": inner, "again.zip": inner}, zipfile.ZIP_STORED)
    return inner


def _lying() -> bytes:
    """A member that says it is ten bytes and unfolds to 64 MiB."""
    packed = _folded(bytes(64 * MIB))
    return made.by_hand([made.entry(b"a.txt", b"", method=8, size=10, crc=0, packed=packed)])


def _flat(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("zeros.txt", bytes(size))
    return out.getvalue()


def _sparse(size: int) -> bytes:
    """An old GNU sparse member (tar manual, D.1): 512 bytes on the tape, `size` when it is laid out."""
    info = tarfile.TarInfo("a.bin")
    info.size, info.type = 512, tarfile.GNUTYPE_SPARSE
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[386 : 386 + 24] = b"%011o\x00%011o\x00" % (0, 512)
    head[483 : 483 + 12] = b"\x80" + size.to_bytes(11, "big")
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\x00 " % sum(head)
    return bytes(head) + bytes(512) + bytes(1024)


def _endless_name() -> bytes:
    """A long-name member (GNU) of a gigabyte on a tape of one kilobyte."""
    info = tarfile.TarInfo("././@LongLink")
    info.size, info.type = 1 << 30, tarfile.GNUTYPE_LONGNAME
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def _seven_flat() -> bytes:
    return made.seven_zip({"zeros.txt": bytes(64 * MIB)})


def _seven_dictionary() -> bytes:
    """A 7z folder whose LZMA2 coder asks for a dictionary of 4 GiB."""
    data = bytearray(made.seven_zip({"a.txt": WORDS}))
    at = data.rindex(b"\x21\x21\x01\x10")
    data[at + 3] = 40
    crc = zlib.crc32(data[32 + struct.unpack_from("<Q", data, 12)[0] :])
    data[28:32] = struct.pack("<L", crc)
    data[8:12] = struct.pack("<L", zlib.crc32(data[12:32]))
    return bytes(data)


def _chain() -> bytes:
    """Ten kinds of wrapping around one text."""
    data = WORDS
    for number in range(10):
        data = (
            lzma.compress(data)
            if number % 3 == 0
            else made.taped({"a.txt": data})
            if number % 3 == 1
            else made.zipped({"a.bin": data})
        )
    return data


def _many(count: int) -> bytes:
    return made.zipped((f"{n}.txt", b"x") for n in range(count))


def _simple() -> bytes:
    return made.zipped({"a.txt": WORDS})


BOMBS: tuple[Bomb, ...] = (
    Bomb("zip: flat", file(lambda: _flat(64 * MIB)), file(_simple)),
    Bomb("zip: zips in zips, sixteen each, six deep", file(lambda: _nested(6, 16)), file(lambda: made.zipped({"a.zip": _simple()}))),
    Bomb("zip: forty deep", file(lambda: _nested(40, 1)), file(lambda: made.zipped({"a.zip": _simple()}))),
    Bomb("zip: every member twice the one below", file(_holds_itself), file(_simple)),
    Bomb("zip: members that overlap (Fifield)", file(lambda: _overlapping(400)), file(lambda: made.zipped({f"{n:04}": WORDS for n in range(40)})), OVER | AMBIGUOUS | BROKEN),
    Bomb("zip: 300 records of one member", file(lambda: _one_for_all(300)), file(_simple), OVER | AMBIGUOUS | BROKEN),
    Bomb("zip: 60,000 members", file(lambda: _many(60_000)), file(lambda: _many(600))),
    Bomb("zip: a member that is longer than it says", file(_lying), file(_simple), OVER | AMBIGUOUS | BROKEN),
    Bomb("tar: sparse, a terabyte", file(lambda: _sparse(1 << 40)), file(lambda: made.taped({"a.txt": WORDS})), OVER | BROKEN | AMBIGUOUS),
    Bomb("tar: a name of a gigabyte", file(_endless_name), file(lambda: made.taped({"a" * 200: WORDS})), OVER | BROKEN | AMBIGUOUS),
    Bomb("tar: 100,000 members", file(lambda: _tape(100_000)), file(lambda: _tape(100))),
    Bomb("7z: flat", file(_seven_flat), file(lambda: made.seven_zip({"a.txt": WORDS}))),
    Bomb("7z: a dictionary of four gigabytes", file(_seven_dictionary), file(lambda: made.seven_zip({"a.txt": WORDS})), OVER | BROKEN),
    Bomb("zip in tar in xz, ten deep", file(_chain), file(lambda: lzma.compress(made.taped({"a.txt": WORDS})))),
)  # fmt: skip


def _tape(count: int) -> bytes:
    """Empty files: 512 bytes each."""
    out = bytearray()
    for number in range(count):
        out += tarfile.TarInfo(f"{number}.txt").tobuf(tarfile.USTAR_FORMAT)
    return bytes(out) + made.taped({"a.txt": WORDS})
