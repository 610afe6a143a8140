"""gzip, bzip2, xz, zstd: one stream, several, cut, bombs, and what stands beside them."""

import bz2
import gzip
import io
import lzma

import pytest
import zstandard

from gateway.limits import MIB
from gateway.model import Format
from tests.unpack import made
from tests.unpack.made import PNG

FOLD = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
}


@pytest.mark.parametrize("name", FOLD)
def test_one_stream_and_several_in_a_row(name: str) -> None:
    fold = FOLD[name]
    assert made.findings(fold(PNG)) == []
    assert made.holds(fold(PNG))
    assert made.holds(fold(PNG[:50]) + fold(PNG[50:]))
    assert made.findings(fold(PNG[:50]) + fold(PNG[50:])) == []


@pytest.mark.parametrize("name", FOLD)
def test_damage_is_a_finding(name: str) -> None:
    data = FOLD[name](PNG * 4)
    assert made.findings(data[:-5]) == [("unreadable", "unreadable")]
    assert made.findings(data + PNG) == [("unreadable", "ambiguous")]
    assert made.holds(data + PNG)


@pytest.mark.parametrize("name", FOLD)
def test_a_bomb_is_over_the_limit(name: str) -> None:
    bomb = FOLD[name](bytes(40 * MIB))
    assert made.findings(bomb) == [("over-limit", "expansion")]
    assert made.findings(FOLD[name](bytes(MIB // 2))) == []


@pytest.mark.parametrize("name", FOLD)
def test_another_content_is_written(name: str) -> None:
    new = made.replaced(FOLD[name](PNG), {("content",): made.OTHER_PNG})
    # The path of the only part is `f`, so its content has no name to take.
    assert made.contents(new) == {("content",): made.OTHER_PNG}


def test_a_gzip_keeps_its_name_and_names_its_content() -> None:
    out = io.BytesIO()
    with gzip.GzipFile("scan.png", "wb", fileobj=out, mtime=7) as stream:
        stream.write(PNG)
    assert list(made.contents(out.getvalue())) == [("scan.png",)]
    new = made.replaced(out.getvalue(), {("scan.png",): made.OTHER_PNG})
    assert gzip.decompress(new) == made.OTHER_PNG
    assert new[:10] == out.getvalue()[:10]
    assert made.contents(new) == {("scan.png",): made.OTHER_PNG}


def test_a_picture_in_a_gzip_head_is_shown() -> None:
    plain = gzip.compress(b"words" * 20, mtime=0)
    data = plain[:3] + b"\x04" + plain[4:10] + len(PNG).to_bytes(2, "little") + PNG + plain[10:]
    assert gzip.decompress(data) == b"words" * 20
    assert made.holds(data)


def test_a_picture_in_a_skippable_zstd_frame_is_shown() -> None:
    frame = b"\x50\x2a\x4d\x18" + len(PNG).to_bytes(4, "little") + PNG
    assert (
        made.holds(frame + zstandard.compress(b"words" * 20), PNG) or made.formats(frame)[0] is Format.UNKNOWN
    )
    behind = zstandard.compress(b"words" * 20) + frame
    assert ("unreadable", "ambiguous") in made.findings(behind)


def test_tar_in_gzip_and_svg_in_gzip_are_opened_all_the_way() -> None:
    assert made.formats(gzip.compress(made.taped()))[:2] == [Format.GZIP, Format.TAR]
    assert made.holds(gzip.compress(made.taped()))
