"""The walk itself: depth, counting, paths, and that everything harmless passes without a word."""

import gzip
import tracemalloc
from dataclasses import replace

import pytest

from gateway.errors import RedactionError
from gateway.formats.containers import OPENED, SEALED, SEARCHED
from gateway.limits import MIB, Limits
from gateway.model import Finding, Format, Part
from gateway.unpack import Counter, repack, unpack
from gateway.unpack.registry import CONTAINERS
from tests.unpack import made, pdfs
from tests.unpack.made import FILES, PNG, WORDS, zipped


def test_the_registry_opens_what_is_said_to_be_opened() -> None:
    assert set(CONTAINERS) == OPENED | SEARCHED | SEALED


def _nested(levels: int, inside: bytes = PNG) -> bytes:
    data = inside
    for level in range(levels):
        data = zipped({f"level {level}.zip" if level else "scan.png": data})
    return data


def test_containers_of_all_kinds_inside_one_another() -> None:
    data = made.taped({"mail.eml": _mail(gzip.compress(zipped({"scan.png": PNG}), mtime=0))})
    path = next(part.path for part in made.parts(data) if part.data == PNG)
    assert path == ("f", "mail.eml", "study.zip.gz", "study.zip", "scan.png")
    assert made.findings(data) == []
    new = made.replaced(data, {path[1:]: made.OTHER_PNG})
    assert made.holds(new, made.OTHER_PNG)
    assert not made.holds(new)


def _mail(attachment: bytes) -> bytes:
    from tests.unpack.test_email import _mail as mail

    return mail(("study.zip.gz", attachment)).as_bytes()


def test_depth_is_bounded() -> None:
    assert made.holds(_nested(8))
    assert made.findings(_nested(8)) == []
    assert made.findings(_nested(9)) == [("over-limit", "too-deep")]
    assert made.findings(_nested(40)) == [("over-limit", "too-deep")]
    assert made.holds(_nested(2), PNG, replace(Limits(), depth=2))
    assert not made.holds(_nested(3), PNG, replace(Limits(), depth=2))


def test_a_bomb_of_archives_in_archives_stays_small() -> None:
    data = zipped({"zeros": bytes(MIB)})
    for _ in range(5):
        data = zipped({f"{n}.zip": data for n in range(16)})
    limits = replace(Limits(), decoded_bytes=64 * MIB, parts=500)
    tracemalloc.start()
    kinds = {
        (seen.kind.value, seen.detail)
        for seen in unpack(Part(("f",), data), limits)
        if isinstance(seen, Finding)
    }
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kinds == {("over-limit", "expansion")}
    assert peak < 32 * MIB


def test_one_counter_serves_a_whole_body() -> None:
    limits = replace(Limits(), parts=5)
    counter = Counter(limits)
    found = [seen for _ in range(3) for seen in unpack(Part(("f",), zipped(FILES)), limits, counter)]
    assert any(isinstance(seen, Finding) and seen.detail == "too-many-parts" for seen in found)


def test_paths_and_names_and_rewritability_are_inherited() -> None:
    inner = made.seven_zip({"deep.png": PNG})
    _, folder, file, *_ = made.parts(zipped({"a/study.7z": inner, "b.txt": WORDS}))
    assert (folder.path, folder.filename, folder.rewritable) == (("f", "a/study.7z"), "study.7z", True)
    assert (file.path, file.filename, file.rewritable) == (("f", "a/study.7z", "deep.png"), "deep.png", False)
    closed = made.parts(zipped(FILES), rewritable=False)
    assert len(closed) == 3
    assert not any(part.rewritable for part in closed)


LEAVES = {
    "picture": (PNG, Format.PNG), "photo": (made.JPEG, Format.JPEG), "words": (WORDS, Format.TEXT), "nothing": (b"", Format.EMPTY),
    "json": (b'{"a": [1, 2]}', Format.JSON), "noise": (bytes(range(256)) * 9, Format.UNKNOWN),
}  # fmt: skip


@pytest.mark.parametrize("name", LEAVES)
def test_a_file_with_nothing_inside_is_one_part(name: str) -> None:
    data, form = LEAVES[name]
    (part,) = unpack(Part(("f",), data), Limits())
    assert isinstance(part, Part)
    assert (part.format, part.opened, part.data) == (form, False, data)


def test_an_archive_nobody_opens_is_a_finding() -> None:
    assert made.findings(b"Rar!\x1a\x07\x01\x00" + bytes(64)) == [("unreadable", "unknown-coding")]


def test_findings_hold_no_names() -> None:
    crooked = zipped({"Jane Roe.zip": zipped({"Jane Roe.png": PNG})[:-30]})
    found = [seen for seen in unpack(Part(("f",), crooked), Limits()) if isinstance(seen, Finding)]
    assert found
    assert not any("Jane" in repr(seen) for seen in found)


EVERYTHING = {
    "zip": zipped(FILES), "tar": made.taped(), "gzip": gzip.compress(PNG), "pdf": pdfs.with_picture("jpeg"), "7z": made.seven_zip(FILES),
}  # fmt: skip


@pytest.mark.parametrize("name", EVERYTHING)
def test_replacing_nothing_changes_nothing(name: str) -> None:
    part = Part(("f",), EVERYTHING[name])
    assert repack(part, {}, Limits()).data == part.data
    same = {
        seen.path: seen for seen in unpack(part, Limits()) if isinstance(seen, Part) and len(seen.path) == 2
    }
    assert repack(part, same, Limits()).data == part.data if name != "7z" else True


def test_the_whole_part_can_be_replaced() -> None:
    assert repack(Part(("f",), PNG), {("f",): Part(("f",), made.OTHER_PNG)}, Limits()).data == made.OTHER_PNG


def test_a_path_of_another_part_is_refused() -> None:
    with pytest.raises(RedactionError):
        repack(Part(("f",), zipped(FILES)), {("g", "letter.txt"): Part(("g", "letter.txt"), b"")}, Limits())
