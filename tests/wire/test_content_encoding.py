import gzip
import zlib

import brotli
import pytest
import zstandard

from gateway.errors import LimitReached, WireError
from gateway.limits import MIB, Limits
from gateway.wire.content_encoding import CODINGS, codings, undo

LIMITS = Limits()
TEXT = b"a report in plain words. " * 40
PACK = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstandard.compress}


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_undo_and_redo(coding: str) -> None:
    data, redo = undo(coding, PACK[coding](TEXT), LIMITS)
    assert data == TEXT
    assert undo(coding, redo(b"other"), LIMITS)[0] == b"other"


@pytest.mark.parametrize("coding", sorted(CODINGS))
@pytest.mark.parametrize("damage", ["truncated", "trailing", "flipped", "empty", "plain"])
def test_every_damage_is_refused(coding: str, damage: str) -> None:
    packed = PACK[coding](TEXT)
    body = {
        "truncated": packed[:-3],
        "trailing": packed + b"\x00junk",
        "flipped": packed[: len(packed) // 2]
        + bytes([packed[len(packed) // 2] ^ 0xFF])
        + packed[len(packed) // 2 + 1 :],
        "empty": b"",
        "plain": b'{"not": "packed"}',
    }[damage]
    if coding == "br" and damage == "flipped":
        body = (
            packed[:2] + b"\xff\xff" + packed[4:]
        )  # brotli carries no checksum; a broken head is what it can see
    if coding == "zstd" and damage == "flipped":
        body = b"\x00" + packed[1:]
    with pytest.raises((WireError, LimitReached)):
        undo(coding, body, LIMITS)


def test_deflate_without_its_wrapper() -> None:
    data, redo = undo("deflate", zlib.compress(TEXT, wbits=-15), LIMITS)
    assert data == TEXT
    assert zlib.decompress(redo(b"new"), wbits=-15) == b"new"


def test_every_gzip_member_is_read() -> None:
    assert undo("gzip", gzip.compress(b"one ") + gzip.compress(b"two"), LIMITS)[0] == b"one two"


def test_every_zstd_frame_is_read_and_none_is_skipped() -> None:
    assert undo("zstd", zstandard.compress(b"one ") + zstandard.compress(b"two"), LIMITS)[0] == b"one two"
    hidden = b"\x50\x2a\x4d\x18" + len(TEXT).to_bytes(4, "little") + TEXT
    with pytest.raises(WireError):
        undo("zstd", zstandard.compress(b"one") + hidden, LIMITS)


def test_a_zstd_dictionary_is_refused() -> None:
    samples = [b"the quick brown fox %d jumps over %d dogs" % (n, n * 7) for n in range(2000)]
    words = zstandard.train_dictionary(1024, samples)
    with pytest.raises(WireError):
        undo("zstd", zstandard.ZstdCompressor(dict_data=words).compress(TEXT), LIMITS)


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_bombs_stop_at_the_ratio(coding: str) -> None:
    bomb = PACK[coding](bytes(40 * MIB))
    with pytest.raises(LimitReached) as caught:
        undo(coding, bomb, LIMITS)
    assert caught.value.reason == "expansion"


@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_the_absolute_cap_holds_too(coding: str) -> None:
    with pytest.raises(LimitReached):
        undo(
            coding,
            PACK[coding](bytes(range(256)) * 8000),
            Limits(decoded_bytes=2_000_000, expansion_ratio=10**9),
        )


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (b"gzip", ("gzip",)),
        (b"GZIP", ("gzip",)),
        (b"x-gzip", ("gzip",)),
        (b"identity", ()),
        (b" br , gzip", ("br", "gzip")),
        (b"aws-chunked,gzip", ("aws-chunked", "gzip")),
    ],
)
def test_names_of_codings(value: bytes, names: tuple[str, ...]) -> None:
    assert codings(((b"content-encoding", value),)) == names


@pytest.mark.parametrize(
    "value",
    [
        b"compress",
        b"bz2",
        b"hex",
        b"",
        b"gzip,",
        b"gzip;q=1",
        b"g zip",
        b"gzip\t,\xff",
        b"gzip, aws-chunked",
    ],
)
def test_other_names_are_refused(value: bytes) -> None:
    with pytest.raises(WireError):
        codings(((b"Content-Encoding", value),))


def test_two_headers_are_refused() -> None:
    with pytest.raises(WireError):
        codings(((b"Content-Encoding", b"gzip"), (b"content-encoding", b"gzip")))
