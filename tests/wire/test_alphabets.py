import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.alphabets import read, read_base32, read_base64, salvage

DATA = bytes(range(100))
STANDARD = base64.b64encode(DATA)
URL = base64.urlsafe_b64encode(b"\xfb\xff\xfe" * 20)


@given(st.binary(min_size=1, max_size=200))
def test_every_dress_is_read_and_worn_again(data: bytes) -> None:
    text = base64.b64encode(data)
    for written in (
        text,
        text.rstrip(b"="),
        base64.urlsafe_b64encode(data),
        base64.encodebytes(data),
        text[:8] + b"\r\n" + text[8:],
    ):
        reading = read_base64(written)
        assert reading is not None
        assert reading.data == data
        again = read_base64(reading.write(DATA))
        assert again is not None
        assert again.data == DATA


def test_alphabet_padding_and_lines_are_kept() -> None:
    url = read_base64(URL)
    assert url is not None
    assert url.write(b"\xff\xfe\xfd" * 9) == base64.urlsafe_b64encode(b"\xff\xfe\xfd" * 9)
    bare = read_base64(base64.b64encode(b"abcd").rstrip(b"="))
    assert bare is not None
    assert bare.write(b"x") == b"eA"
    lines = read_base64(base64.encodebytes(DATA * 3))
    assert lines is not None
    assert lines.write(DATA * 2) == base64.encodebytes(DATA * 2)


def test_padding_in_the_middle_is_read_to_the_end() -> None:
    reading = read_base64(base64.b64encode(b"a") + base64.b64encode(b"bc") + base64.b64encode(b"def"))
    assert reading is not None
    assert reading.data == b"abcdef"


@pytest.mark.parametrize("text", [b"", b"a", b"abc!", b"abcde", b"====", b"\xff\xff"])
def test_what_is_no_base64(text: bytes) -> None:
    assert read_base64(text) is None or not read_base64(text).data  # type: ignore[union-attr]


@pytest.mark.parametrize("text", [DATA.hex(), DATA.hex().upper(), "0x" + DATA.hex(), DATA.hex(" ")])
def test_hex(text: str) -> None:
    reading = read(text.encode())
    assert reading is not None
    assert reading.data == DATA
    assert reading.write(b"\xab").lower().endswith(b"ab")


def test_base32_and_salvage() -> None:
    assert read_base32(base64.b32encode(DATA)) == DATA
    assert read_base32(b"too short") is None
    assert DATA in salvage(b"!" + b".".join(STANDARD[at : at + 5] for at in range(0, len(STANDARD), 5)))
    assert any(DATA[3:] in found for found in salvage(b"x" + STANDARD))
