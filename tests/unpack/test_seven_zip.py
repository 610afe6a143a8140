"""7z: read where the coders are known, reported where they are not."""

import pytest

from gateway.errors import RedactionError
from tests.unpack import made
from tests.unpack.made import FILES, PNG, seven_zip


@pytest.mark.parametrize("method", [b"\x21", b"\x00"], ids=["LZMA2", "copy"])
def test_files_are_cut_out_of_their_solid_stream(method: bytes) -> None:
    data = seven_zip(FILES, method)
    assert made.findings(data) == []
    assert made.contents(data) == {(name,): content for name, content in FILES.items()}
    assert all(not part.rewritable for part in made.parts(data)[1:])


DATA = seven_zip(FILES)


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (seven_zip(FILES, b"\x06\xf1\x07\x01"), ("encrypted", "encrypted")),
        (seven_zip(FILES, b"\x03\x04\x01"), ("unreadable", "unknown-coding")),
        (DATA[:-1], ("unreadable", "unreadable")),
        (DATA[:8] + b"\x00" + DATA[9:], ("unreadable", "unreadable")),
        (seven_zip(FILES, trailing=PNG), ("unreadable", "ambiguous")),
        (DATA[:40] + bytes((DATA[40] ^ 255,)) + DATA[41:], ("unreadable", "unreadable")),
        (seven_zip({"zeros": bytes(40 << 20)}), ("over-limit", "expansion")),
    ],
    ids=["AES", "PPMd", "cut short", "damaged head", "trailing picture", "damaged stream", "bomb"],
)
def test_crooked_archives_are_findings(data: bytes, finding: tuple[str, str]) -> None:
    assert finding in made.findings(data)


def test_it_is_read_only() -> None:
    with pytest.raises(RedactionError):
        made.replaced(DATA, {("IM/0001.png",): made.OTHER_PNG})
