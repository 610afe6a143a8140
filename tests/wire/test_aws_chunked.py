import base64
import zlib

import pytest

from gateway.errors import RedactionError, WireError
from gateway.wire.aws_chunked import unchunk

DATA = bytes(range(256)) * 10
CRC = base64.b64encode(zlib.crc32(DATA).to_bytes(4))
BODY = (
    b"400\r\n"
    + DATA[:1024]
    + b"\r\n400\r\n"
    + DATA[1024:2048]
    + b"\r\n200\r\n"
    + DATA[2048:]
    + b"\r\n0\r\nx-amz-checksum-crc32:"
    + CRC
    + b"\r\n\r\n"
)


def test_chunks_are_joined_and_written_back() -> None:
    chunked = unchunk(BODY)
    assert chunked.data == DATA
    assert chunked.redo(DATA) == BODY


def test_the_checksum_in_the_trailer_is_computed_again() -> None:
    new = unchunk(unchunk(BODY).redo(b"other"))
    assert new.data == b"other"
    assert new.trailers == ((b"x-amz-checksum-crc32", base64.b64encode(zlib.crc32(b"other").to_bytes(4))),)


def test_an_unknown_checksum_cannot_be_rewritten() -> None:
    with pytest.raises(RedactionError):
        unchunk(BODY.replace(b"crc32:", b"crc32c:")).redo(b"other")


def test_signed_chunks_are_read_but_not_rewritten() -> None:
    signature = b";chunk-signature=" + b"0" * 64
    chunked = unchunk(b"3" + signature + b"\r\nabc\r\n0" + signature + b"\r\n\r\n")
    assert chunked.data == b"abc"
    with pytest.raises(RedactionError) as caught:
        chunked.redo(b"x")
    assert caught.value.reason == "signed-body"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"zz\r\n",
        b"5\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabc0\r\n\r\n",
        BODY + b"more",
        BODY[:100],
        b"3\nabc\n0\n\n",
        b"0\r\nhidden bytes\r\n",
    ],
)
def test_what_does_not_tile_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        unchunk(body)
