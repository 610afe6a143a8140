"""zip: what every reader sees, what only some see, and writing with the rest untouched."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest
import zstandard

from gateway.errors import RedactionError
from gateway.limits import MIB, Limits
from gateway.model import Format
from tests.unpack import made
from tests.unpack.made import FILES, PNG, WORDS, by_hand, entry, zipped

ONE, TWO = entry(b"one.txt", WORDS), entry(b"scan.png", PNG)
PLAIN = by_hand([ONE, TWO])


def _deflated(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


def _lzma_method() -> bytes:
    return zipped(FILES, zipfile.ZIP_LZMA)


def _zstd_method() -> bytes:
    return by_hand([ONE, entry(b"scan.png", PNG, method=93, packed=zstandard.compress(PNG))])


def _seal(data: bytes) -> bytes:
    """Flag bit 0 in both lists."""
    out = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = out.find(mark)
        while start >= 0:
            out[start + at] |= 1
            start = out.find(mark, start + 4)
    return bytes(out)


HONEST = {
    "stored": zipped(FILES, zipfile.ZIP_STORED),
    "deflated": zipped(FILES),
    "bzip2": zipped(FILES, zipfile.ZIP_BZIP2),
    "lzma": _lzma_method(),
    "zstd": _zstd_method(),
    "data descriptors": made.streamed_zip(),
    "data descriptors and zip64": made.streamed_zip(wide=True),
    "made by hand": PLAIN,
    "with a folder": zipped({"IM/": b"", **FILES}),
    "unicode name": zipped({"R\u00f6ntgen \u2620.png": PNG}),
    "comment": zipped(FILES, comment=b"sent by the ward"),
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_archives_are_opened_without_a_word(name: str) -> None:
    assert made.findings(HONEST[name]) == []
    assert made.holds(HONEST[name])


def _two_ends() -> bytes:
    end = PLAIN[PLAIN.rindex(b"PK\x05\x06") :]
    return PLAIN[:-2] + struct.pack("<H", len(end)) + end


def _symlink() -> bytes:
    info = zipfile.ZipInfo("link")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b"../../etc/passwd")
    return out.getvalue()


HIDDEN = by_hand([TWO])[: len(TWO[0])]
CROOKED = {
    "hidden local entry in front": (HIDDEN + by_hand([ONE], [len(HIDDEN)])[0:], "ambiguous"),
    "hidden local entry behind": (by_hand([ONE], between=HIDDEN), "ambiguous"),
    "hidden entry between two": (by_hand([ONE, TWO, entry(b"z", WORDS)], [0, 0, len(ONE[0]) + len(TWO[0])]), "ambiguous"),
    "two ends of the directory": (_two_ends(), "ambiguous"),
    "prepended bytes": (b"PK\x03\x04" + b"x" * 96 + PLAIN, "ambiguous"),
    "appended bytes": (PLAIN + b"x" * 8, "unreadable"),
    "names differ": (PLAIN.replace(b"scan.png", b"note.txt", 1), "ambiguous"),
    "local size lies": (PLAIN[:22] + b"\x01\x00\x00\x00" + PLAIN[26:], "ambiguous"),
    "overlapping entries": (by_hand([ONE, (b"", ONE[1]), TWO], [0, 0, len(ONE[0])]), "ambiguous"),
    "size too small in both": (by_hand([entry(b"scan.png", PNG, method=8, packed=_deflated(PNG), size=9)]), "ambiguous"),
    "size too large in both": (by_hand([entry(b"scan.png", PNG, method=8, packed=_deflated(PNG), size=len(PNG) + 9)]), "ambiguous"),
    "bytes after the deflate stream": (by_hand([entry(b"a", WORDS, method=8, packed=_deflated(WORDS) + PNG)]), "ambiguous"),
    "wrong checksum": (by_hand([entry(b"scan.png", PNG, crc=1), ONE]), "unreadable"),
    "directory counts too few": (by_hand([ONE, TWO], count=1), "ambiguous"),
    "deflate64": (by_hand([entry(b"scan.png", PNG, method=9)]), "unknown-coding"),
    "unknown method": (by_hand([entry(b"scan.png", PNG, method=77)]), "unknown-coding"),
    "one of several volumes": (PLAIN[:-18] + b"\x01\x00" + PLAIN[-16:], "partial-upload"),
    "cut short": (PLAIN[:-30], "unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("name", CROOKED)
def test_crooked_archives_are_findings(name: str) -> None:
    data, reason = CROOKED[name]
    found = made.findings(data)
    assert ("unreadable", reason) in found


SEEN_ANYWAY = ("hidden local entry in front", "hidden local entry behind", "hidden entry between two", "two ends of the directory",
               "appended bytes", "cut short", "names differ", "prepended bytes", "overlapping entries")  # fmt: skip


@pytest.mark.parametrize("name", SEEN_ANYWAY)
def test_what_a_lenient_reader_would_find_is_looked_at(name: str) -> None:
    assert made.holds(CROOKED[name][0])


def test_python_does_not_list_the_hidden_entry() -> None:
    data = CROOKED["hidden local entry behind"][0]
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["one.txt"]
    assert made.holds(data)


@pytest.mark.parametrize(
    "data",
    [
        _seal(PLAIN),
        by_hand([entry(b"scan.png", PNG, method=99, flags=1)]),
        by_hand([entry(b"s", PNG, flags=1 << 13)]),
    ],
    ids=["traditional", "AES", "directory"],
)
def test_encrypted_archives_say_so(data: bytes) -> None:
    assert ("encrypted", "encrypted") in made.findings(data)


def test_members_of_the_same_name_have_paths_of_their_own() -> None:
    pair = by_hand([entry(b"a.png", PNG), entry(b"a.png", made.OTHER_PNG)])
    assert list(made.contents(pair)) == [("a.png",), ("a.png (2)",)]


def test_a_link_is_only_words() -> None:
    assert made.findings(_symlink()) == []
    assert made.contents(_symlink()) == {("link",): b"../../etc/passwd"}


def test_a_picture_in_an_extra_field_or_comment_is_a_part() -> None:
    local, central = entry(b"a.txt", WORDS)
    field = struct.pack("<HH", 0x7777, len(PNG)) + PNG
    central = central[:30] + struct.pack("<H", len(field)) + central[32:] + field
    assert made.holds(by_hand([(local, central)]))
    assert made.holds(zipped({"a.txt": WORDS}, comment=PNG))


def test_room_to_grow_in_an_office_document_is_nothing() -> None:
    local, central = entry(b"a.txt", WORDS)
    field = struct.pack("<HHHH", 0xA220, 404, 0xA028, 400) + bytes(400)
    central = central[:30] + struct.pack("<H", len(field)) + central[32:] + field
    assert len(made.parts(by_hand([(local, central)]))) == 2


BOMB = zipped({"zeros": bytes(40 * MIB)})


def test_a_flat_bomb_is_over_the_limit_and_its_twin_is_not() -> None:
    assert made.findings(BOMB) == [("over-limit", "expansion")]
    assert made.findings(zipped({"zeros": bytes(MIB)})) == []


def test_many_members_add_up() -> None:
    small = replace(Limits(), decoded_bytes=1000)
    assert ("over-limit", "too-many-bytes") in made.findings(
        zipped({f"{n}.txt": WORDS for n in range(9)}), small
    )
    few = replace(Limits(), parts=5)
    assert ("over-limit", "too-many-parts") in made.findings(
        zipped({f"{n}.txt": WORDS for n in range(9)}), few
    )
    assert made.findings(zipped({f"{n}.txt": WORDS for n in range(5)}), few) == []


def test_overlapping_bomb_ends_within_bounds() -> None:
    packed = _deflated(bytes(30 * MIB))
    kernel = entry(b"k", bytes(30 * MIB), method=8, packed=packed)
    data = by_hand([kernel, *((b"", kernel[1]) for _ in range(500))], [0] * 501)
    assert ("unreadable", "ambiguous") in made.findings(data)
    assert sum(len(part.data) for part in made.parts(data)) < 64 * MIB


@pytest.mark.parametrize("name", HONEST)
def test_one_member_is_replaced_and_all_others_keep_their_bytes(name: str) -> None:
    data = HONEST[name]
    path = next(path for path, content in made.contents(data).items() if content == PNG)
    if name in ("bzip2", "lzma", "zstd"):
        with pytest.raises(RedactionError):
            made.replaced(data, {path: made.OTHER_PNG})
        return
    new = made.replaced(data, {path: made.OTHER_PNG})
    assert made.findings(new) == []
    assert made.contents(new) == {**made.contents(data), path: made.OTHER_PNG}
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(io.BytesIO(new)) as after:
        assert after.testzip() is None
        assert before.namelist() == after.namelist()
        assert [i.date_time for i in before.infolist()] == [i.date_time for i in after.infolist()]
        assert before.comment == after.comment
    if name != "unicode name":
        first = data[: data.index(b"PK\x03\x04", 4)]
        assert new.startswith(first)


def test_the_order_of_the_directory_is_kept() -> None:
    data = by_hand([ONE, TWO])
    start = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", start + 4)
    end = data.rindex(b"PK\x05\x06")
    turned = data[:start] + data[second:end] + data[start:second] + data[end:]
    new = made.replaced(turned, {("scan.png",): made.OTHER_PNG})
    assert zipfile.ZipFile(io.BytesIO(new)).namelist() == ["scan.png", "one.txt"]


def _office() -> bytes:
    return zipped([("[Content_Types].xml", b"<?xml version='1.0'?><Types/>"), ("word/document.xml", b"<?xml version='1.0'?><w/>"), ("word/media/image1.png", PNG), ("word/embeddings/b.docx", zipped([("[Content_Types].xml", b"<?xml version='1.0'?><Types/>"), ("word/media/image1.jpeg", made.JPEG)]))])  # fmt: skip


def test_office_documents_are_opened_and_written_through_all_layers() -> None:
    data = _office()
    assert made.parts(data)[0].format is Format.OFFICE
    path = ("word/embeddings/b.docx", "word/media/image1.jpeg")
    assert made.contents(data)[path] == made.JPEG
    new = made.replaced(data, {path: made.OTHER_JPEG, ("word/media/image1.png",): made.OTHER_PNG})
    assert made.contents(new)[path] == made.OTHER_JPEG
    assert made.contents(new)[("word/media/image1.png",)] == made.OTHER_PNG
    assert made.contents(new)[("word/document.xml",)] == made.contents(data)[("word/document.xml",)]
    assert made.parts(new)[0].format is Format.OFFICE


def test_an_encrypted_open_document_says_so() -> None:
    manifest = b"<?xml version='1.0'?><manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    data = zipped(
        [("mimetype", b"application/vnd.oasis.opendocument.text"), ("META-INF/manifest.xml", manifest)],
        zipfile.ZIP_STORED,
    )
    assert ("encrypted", "encrypted") in made.findings(data)


def _printed(content: bytes) -> bytes:
    return zipped([("[Content_Types].xml", b"<?xml version='1.0'?><Types/>"), ("xl/workbook.xml", b"<?xml version='1.0'?><x/>"), ("xl/printerSettings/printerSettings1.bin", content)])  # fmt: skip


def test_printer_settings_are_shown_as_words_and_nothing_else_passes_as_them() -> None:
    device = "Ward 3 printer".encode("utf-16-le").ljust(64, b"\x00") + struct.pack("<4H", 0x401, 0, 220, 300)
    settings = device.ljust(520, b"\x01")
    assert Format.UNKNOWN not in made.formats(_printed(settings))
    for false in (bytes(range(256)) * 4, settings + bytes(4000), device):
        assert Format.UNKNOWN in made.formats(_printed(false))
    assert made.holds(_printed(PNG))
