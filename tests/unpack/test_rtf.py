"""RTF: pictures and objects written as hexadecimal or raw bytes."""

import io

from PIL import Image

from gateway.model import Format
from tests.unpack import made
from tests.unpack.made import PNG, WORDS

HEX = PNG.hex().encode()
FOLDED = b"\r\n".join(HEX[at : at + 128] for at in range(0, len(HEX), 128))


def rtf(inside: bytes) -> bytes:
    return b"{\\rtf1\\ansi Hello " + inside + b"\\par }"


def test_a_hexadecimal_picture_is_found_and_replaced() -> None:
    data = rtf(b"{\\pict\\pngblip\\picw100\\pich100 " + FOLDED + b"}")
    assert made.findings(data) == []
    assert made.holds(data)
    new = made.replaced(data, {("object 1",): made.OTHER_PNG})
    assert made.holds(new, made.OTHER_PNG)
    assert new.startswith(data[: data.index(HEX[:20])])


def test_raw_bytes_are_found() -> None:
    data = rtf(b"{\\pict\\pngblip\\bin%d " % len(PNG) + PNG + b"}")
    assert made.holds(data)


def test_a_bitmap_without_a_head_gets_one() -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(PNG)).convert("RGB").save(out, "BMP")
    data = rtf(b"{\\pict\\dibitmap0 " + out.getvalue()[14:].hex().encode() + b"}")
    picture = made.parts(data)[1]
    assert picture.format is Format.BMP
    assert Image.open(io.BytesIO(picture.data)).size == Image.open(io.BytesIO(PNG)).size


def test_an_embedded_document_is_opened() -> None:
    document = made.compound({"Stuff": PNG.ljust(5000, b"\x00")})
    head = b"\x01\x05\x00\x00\x02\x00\x00\x00\x0b\x00\x00\x00Word.Docum\x00" + bytes(8)
    data = rtf(b"{\\object{\\*\\objdata " + (head + document).hex().encode() + b"}}")
    assert Format.OLE in made.formats(data)


def test_what_follows_the_last_brace_is_a_finding() -> None:
    assert made.findings(rtf(b"") + b" x") == [("unreadable", "ambiguous")]
    assert made.findings(rtf(WORDS)) == []
    assert len(made.parts(rtf(WORDS))) == 1
