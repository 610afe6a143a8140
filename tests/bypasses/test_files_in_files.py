"""Pictures inside other files that once passed, where nobody had thought of looking."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from gateway.detect import DETECTORS, inspect
from gateway.formats.inside import files_in
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Look, Part
from gateway.unpack.counter import Counter
from gateway.unpack.zip_salvage import salvaged
from tests.evasion.family_h_beside import FORMATS, PLACES, SOUNDS, carrier
from tests.evasion.family_h_pictures import in_png
from tests.evasion.pictures import medical, ordinary

REFUSED = {Kind.MEDICAL_IMAGE, Kind.UNREADABLE}


def found(data: bytes) -> list[Finding]:
    return list(inspect(Part(("file",), data, sniff(data)), DETECTORS, Limits(), Look.MEDICAL))


def kinds(data: bytes) -> set[Kind]:
    return {finding.kind for finding in found(data)}


@pytest.mark.parametrize("place", [*PLACES, *SOUNDS])
def test_a_picture_is_found_wherever_a_file_has_room(place: str) -> None:
    make = {**PLACES, **SOUNDS}[place]
    assert Kind.MEDICAL_IMAGE in kinds(make(medical()))
    assert Kind.MEDICAL_IMAGE not in kinds(make(ordinary()))


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_is_found_in_whatever_format(form: str) -> None:
    assert Kind.MEDICAL_IMAGE in kinds(in_png(b"scAn")(FORMATS[form](medical())).body)


def test_decoys_do_not_hide_the_one_behind_them() -> None:
    many = b"".join(in_png(b"n%03d" % number)(b"").body for number in range(80))
    assert Kind.MEDICAL_IMAGE in kinds(
        carrier("film")
        + struct.pack(">I", 8 + len(many))
        + b"free"
        + many
        + PLACES["in a free box of film"](medical())[len(carrier("film")) :]
    )


def test_more_files_than_are_looked_at_are_refused() -> None:
    many = b"".join(in_png(b"n%03d" % number)(b"").body for number in range(300))
    assert Kind.OVER_LIMIT in kinds(carrier("film") + struct.pack(">I", 8 + len(many)) + b"free" + many)


def test_a_file_whose_every_byte_could_begin_another_is_searched_at_once() -> None:
    assert list(files_in(b"II" * (1 << 20))) == []
    (one,) = files_in(b"BM" * (1 << 19) + medical())
    assert (one.form, one.data) == (Format.PNG, medical())


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_packed_picture_is_looked_at_as_far_as_it_unfolds(pack: Callable[[bytes], bytes]) -> None:
    song = b"MThd\0\0\0\6\0\0\0\1\0\x60"
    assert REFUSED & kinds(song + damaged(pack(bitmap(medical()))))
    assert not REFUSED & kinds(song + pack(bitmap(ordinary())))


def test_a_packed_chunk_is_looked_at_as_far_as_it_unfolds() -> None:
    assert REFUSED & kinds(in_png(b"zTXt")(b"Comment\0\0" + damaged(zlib.compress(bitmap(medical())))).body)
    assert not REFUSED & kinds(in_png(b"zTXt")(b"Comment\0\0" + zlib.compress(bitmap(ordinary()))).body)


def test_a_damaged_member_of_a_salvaged_archive_is_looked_at_as_far_as_it_unfolds() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bitmap(medical()))
    packed = damaged(held.getvalue()[: held.getvalue().index(b"PK\1\2")])
    (one,) = salvaged(packed, Counter(Limits()))
    assert REFUSED & kinds(one.data)


def test_a_mark_whose_file_would_begin_before_the_first_byte_is_none() -> None:
    assert list(files_in(bytes(60) + b"n+1\0" + bytes(4_000), 0)) == []


def damaged(packed: bytes) -> bytes:
    """Without its last fiftieth, and something else in its place."""
    lost = len(packed) // 50 + 1
    return packed[:-lost] + b"\xff" * lost


def bitmap(picture: bytes) -> bytes:
    """The same picture without compression of its own, so that damage to the packing is damage to some rows only."""
    held = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").save(held, "BMP")
    return held.getvalue()


def test_pages_that_a_program_appended_to_a_tiff_are_its_own(tmp_path: Path) -> None:
    pages = [Image.new("L", (64, 64), shade) for shade in (40, 90, 200)]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:])
    assert Kind.UNREADABLE not in kinds((tmp_path / "a.tiff").read_bytes())


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("frames", [20, 130])
def test_one_frame_among_many_is_judged_wherever_it_stands(kind: str, frames: int) -> None:
    for at in (frames // 2, frames - 3):
        assert Kind.MEDICAL_IMAGE in kinds(_animation(kind, frames, medical(), at))
    assert kinds(_animation(kind, frames, ordinary(), 5)) == {Kind.ORDINARY_IMAGE}


def _animation(kind: str, frames: int, picture: bytes, at: int) -> bytes:
    with Image.open(io.BytesIO(ordinary())) as sea, Image.open(io.BytesIO(picture)) as other:
        shown = [sea.convert("RGB").rotate(3 * (number % 4)) for number in range(frames)]
        shown[at] = other.convert("RGB")
    out = io.BytesIO()
    more = {"lossless": True} if kind == "WEBP" else {}
    shown[0].save(out, kind, save_all=True, append_images=shown[1:], **more)
    return out.getvalue()


def test_one_frame_of_a_short_film_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (256, 256))  # type: ignore[attr-defined]  # stub gap
    for number in range(200):
        data = medical() if number == 107 else ordinary()
        grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        writer.write(cv2.resize(grey, (256, 256)))
    writer.release()
    assert Kind.MEDICAL_IMAGE in kinds(path.read_bytes())
