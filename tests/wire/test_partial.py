import pytest

from gateway import wire
from gateway.errors import WireError
from gateway.limits import Limits
from gateway.model import Transfer
from tests.property.strategies import CANARY, HERE


def request(path: str = "/upload", **headers: str) -> Transfer:
    named = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return Transfer(HERE, method="PUT", path=path, headers=named, body=CANARY)


SIZE = len(CANARY)


@pytest.mark.parametrize(
    "piece",
    [
        request(Content_Range="bytes 100-200/5000"),
        request(Content_Range="bytes 0-100/5000"),
        request(Content_Range="bytes 0-100/*"),
        request(Content_Range="nonsense"),
        request(Upload_Offset="100"),
        request(X_Goog_Upload_Offset="8388608", X_Goog_Upload_Command="upload"),
        request(x_ms_blob_type="AppendBlob"),
        request("/k?partNumber=2&uploadId=x"),
        request("/k?uploadId=x&partNumber=17"),
        request("/c/b?comp=block&blockid=AAAA"),
        request("/c/b?comp=appendblock"),
        request(offset="3"),
    ],
)
def test_a_later_piece_is_refused_with_its_reason(piece: Transfer) -> None:
    with pytest.raises(WireError) as caught:
        wire.decode(piece, Limits())
    assert caught.value.reason == "partial-upload"


@pytest.mark.parametrize(
    "whole",
    [
        request(Content_Range=f"bytes 0-{SIZE - 1}/{SIZE}"),
        request(X_Goog_Upload_Offset="0", X_Goog_Upload_Command="upload, finalize"),
        request(Upload_Offset="0"),
        request(x_ms_blob_type="BlockBlob"),
        request("/k?partNumber=1&uploadId=x"),
        request("/k?comp=blocklist"),
        request("/v1/files"),
    ],
)
def test_a_whole_or_first_piece_is_judged(whole: Transfer) -> None:
    assert wire.decode(whole, Limits()).parts[0].data == CANARY
