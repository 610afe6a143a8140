"""The judge must be able to say guilty: it finds a picture, whole and in part, in every dress that a client uses."""

import base64
import gzip
import zlib
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest

from tests.sdk.oracle import arrived, leaked
from tests.support.scans import ct_png

DRESSES: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda data: b"--x\r\n\r\n" + data + b"\r\n--x--",
    "base64": lambda data: b'{"a":"data:image/png;base64,' + base64.b64encode(data) + b'"}',
    "base64 behind letters": lambda data: b"abc" + base64.b64encode(data) + b'"',
    "base64 for addresses": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    "base64 in lines": base64.encodebytes,
    "base64 with escaped slashes": lambda data: base64.b64encode(data).replace(b"/", b"\\/"),
    "urlencoded": lambda data: quote_plus(base64.b64encode(data)).encode(),
    "aws-chunked": lambda data: b"%x\r\n%b\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n" % (len(data), data),
    "aws-chunked in two": lambda data: (
        b"10\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (data[:16], len(data) - 16, data[16:])
    ),
    "deflate": zlib.compress,
    "gzip": gzip.compress,
}


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("size", [60, 511, 4001])
def test_a_picture_is_found_whole_and_in_part(dress: str, size: int) -> None:
    picture = ct_png()[:4096]
    assert arrived(picture, [b"first", DRESSES[dress](picture)])
    assert not arrived(picture, [DRESSES[dress](picture[:-1])])
    assert leaked(picture, [DRESSES[dress](picture[:size])]) >= size // 2


def test_nothing_is_found_in_ordinary_talk() -> None:
    assert leaked(ct_png(), [b'{"model": "m", "messages": []}', b"x" * 999, b"/v1/files", b""]) == 0
