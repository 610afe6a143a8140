"""I, second half: what zip and tar can do beyond their plain forms."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from tests.evasion.case import Build, Case, Upload
from tests.evasion.family_h_beside import in_order
from tests.unpack import made


def _file(make: Callable[[bytes], bytes]) -> Build:
    return lambda data: Upload(make(data))


class _Stream(io.RawIOBase):
    """A file that cannot be wound back, so that sizes are written behind what they are of."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes are all that is written
        self.written += data
        return len(data)


def _zip(*, streamed: bool, large: bool) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        out = _Stream() if streamed else io.BytesIO()
        with (
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("a.png", "w", force_zip64=large) as member,
        ):  # type: ignore[arg-type]
            member.write(data)
        return bytes(out.written) if isinstance(out, _Stream) else out.getvalue()

    return make


def _extra(number: int, value: bytes) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        local, central = made.entry(b"a.txt", data)
        field = struct.pack("<HH", number, len(value)) + value
        local = local[:28] + struct.pack("<H", len(field)) + local[30:35] + field + local[35:]
        return made.by_hand([(local, central)])

    return make


def _link(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        member = zipfile.ZipInfo("a")
        member.create_system, member.external_attr = 3, 0o120777 << 16
        archive.writestr(member, data)
    return out.getvalue()


def _sparse(data: bytes) -> bytes:
    """A tar of GNU's with a member of one stretch and no hole."""
    member = tarfile.TarInfo("a.png")
    member.size, member.type = len(data), tarfile.GNUTYPE_SPARSE
    head = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    head[386:410] = b"%011o %011o " % (0, len(data))
    head[483:495] = b"%011o " % len(data)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head[:512])
    return bytes(head[:512]) + data + b"\0" * (-len(data) % 512) + bytes(1024)


def _sealed(data: bytes) -> bytes:
    """As AE-2 writes it: a method of its own, and bytes that nobody reads without the password."""
    key = bytes(range(1, 256))
    packed = bytes(byte ^ key[at % 255] ^ at // 7 & 255 for at, byte in enumerate(data))
    return made.by_hand([made.entry(b"a.png", data, flags=1, method=99, packed=packed)])


def _package(data: bytes) -> bytes:
    def member(name: bytes, content: bytes) -> bytes:
        head = name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"100644".ljust(8)
        return head + str(len(content)).encode().ljust(10) + b"`\n" + content + b"\n" * (len(content) & 1)

    inside = gzip.compress(made.taped({"a.png": data}), mtime=0)
    return b"!<arch>\n" + member(b"debian-binary", b"2.0\n") + member(b"data.tar.gz", inside)


def _first_volume(data: bytes) -> bytes:
    return b"PK\x07\x08" + _zip(streamed=False, large=False)(data)


READ: dict[str, Build] = {
    "zip of the 64-bit kind": _file(_zip(streamed=False, large=True)), "zip with sizes behind": _file(_zip(streamed=True, large=False)),
    "zip of the 64-bit kind with sizes behind": _file(_zip(streamed=True, large=True)), "zip with a second name": _file(_extra(0x7075, b"\x01" + struct.pack("<I", zlib.crc32(b"a.txt")) + "\u00e4.png".encode())),
    "zip in which the picture is a link": _file(_link), "sparse member of a tar": _file(_sparse),
}  # fmt: skip
REFUSED: dict[str, Build] = {
    "zip in halves, the first": _file(lambda d: (z := _zip(streamed=False, large=False)(d))[: len(z) // 2]),
    "zip in halves, the second": _file(lambda d: (z := _zip(streamed=False, large=False)(d))[len(z) // 2 :]),
    "first volume of a zip": _file(_first_volume), "encrypted with AES": _file(_sealed), "Debian package": _file(_package),
}  # fmt: skip

CASES: tuple[Case, ...] = (
    *in_order(READ),
    *(Case(name, build, form=True, twin=READ["zip of the 64-bit kind"], ways=("length",), sealed=name == "encrypted with AES") for name, build in REFUSED.items()),
)  # fmt: skip
