"""OLE compound files: streams as parts, pictures cut out of streams of unknown structure."""

import struct

import pytest

from gateway.errors import RedactionError
from gateway.model import Format
from tests.unpack import made
from tests.unpack.made import JPEG, PNG

NOISE = bytes(range(1, 200)) * 3


def _package(content: bytes) -> bytes:
    head = b"\x02\x00scan.png\x00C:\\scan.png\x00" + struct.pack("<HHL", 0, 3, 12) + b"C:\\scan.png\x00"
    body = head + struct.pack("<L", len(content)) + content
    return struct.pack("<L", len(body)) + body


def test_pictures_inside_streams_are_cut_out() -> None:
    data = made.compound({"Pictures": NOISE + PNG + NOISE + JPEG + bytes(4000)})
    assert made.formats(data)[0] is Format.OLE
    assert made.holds(data, PNG)
    assert made.holds(data, JPEG)
    assert Format.UNKNOWN in made.formats(data)  # the stream itself is not understood, and says so


def test_an_embedded_file_is_taken_out_of_its_package() -> None:
    data = made.compound({"\x01Ole10Native": _package(PNG).ljust(4096, b"\x00")})
    assert made.holds(data)


def test_attachments_of_outlook_messages_are_parts() -> None:
    zipped = made.zipped(made.FILES)
    data = made.compound(
        {
            "__substg1.0_37010102": PNG.ljust(4096, b"\x00"),
            "__substg1.0_1000001F": "Frau Müller ".encode("utf-16-le") * 400,
        }
    )
    assert zipped
    assert Format.PNG in made.formats(data)
    assert any(part.text and "Frau Müller".encode() in part.data for part in made.parts(data))


def test_encrypted_documents_say_so() -> None:
    data = made.compound({"EncryptionInfo": b"x" * 4096, "EncryptedPackage": b"y" * 5000})
    assert ("encrypted", "encrypted") in made.findings(data)


def test_damage_is_a_finding() -> None:
    data = made.compound({"Pictures": PNG + bytes(5000)})
    for broken in (data[:600], data[:512] + b"\xff" * 512 + data[1024:]):
        assert made.findings(broken), "a broken document without a word"


def test_it_is_read_only() -> None:
    data = made.compound({"Pictures": NOISE + PNG + bytes(5000)})
    with pytest.raises(RedactionError):
        made.replaced(data, {("Pictures picture 1",): made.OTHER_PNG})
