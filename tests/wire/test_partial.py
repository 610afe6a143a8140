import pytest

from gateway import wire
from gateway.errors import WireError
from gateway.limits import Limits
from gateway.model import Transfer
from tests.property.strategies import CANARY, HERE


def request(path: str = "/upload", body: bytes = CANARY, method: str = "PUT", **headers: str) -> Transfer:
    named = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return Transfer(HERE, method=method, path=path, headers=named, body=body)


SIZE = len(CANARY)


@pytest.mark.parametrize(
    "piece",
    [
        request(Content_Range="bytes 100-200/5000"),
        request(Content_Range="bytes 0-100/5000"),
        request(Content_Range="bytes 0-100/*"),
        request(Content_Range=f"bytes 0-{SIZE - 2}/{SIZE - 1}"),
        request(Content_Range="nonsense"),
        request(Upload_Offset="100"),
        request(Upload_Offset="0"),
        request(Upload_Length=str(SIZE + 1)),
        request(X_Goog_Upload_Offset="8388608", X_Goog_Upload_Command="upload, finalize"),
        request(X_Goog_Upload_Offset="0", X_Goog_Upload_Command="upload"),
        request(X_Goog_Upload_Command="start, upload"),
        request(x_ms_blob_type="AppendBlob"),
        request(offset="3"),
        request(offset="0", x_entity_length=str(SIZE * 2)),
        request("/k?partNumber=1&uploadId=x"),
        request("/k?partNumber=2&uploadId=x"),
        request("/k?uploadId=x&partNumber=17"),
        request("/k?uploadId=x&%70artNumber=17"),
        request("/c/b?comp=block&blockid=AAAA"),
        request("/c/b?Comp=Block&BlockId=AAAA"),
        request("/c/b?c%6Fmp=block&blockid=AAAA"),
        request("/c/b?comp=blocklist"),
        request("/c/b?comp=appendblock"),
        request("/v1//uploads//u//parts", method="POST"),
        request("/v1/Uploads/u/Parts/", method="POST"),
        request("/v1/%75ploads/u/parts?x=1", method="POST"),
        request("/k?uploads", b"", method="POST"),
        request("/k?uploads=", b"", method="POST"),
    ],
    ids=lambda piece: f"{piece.method} {piece.path} {b','.join(v for _, v in piece.headers).decode()}",
)
def test_a_piece_is_refused_with_its_reason(piece: Transfer) -> None:
    with pytest.raises(WireError) as caught:
        wire.decode(piece, Limits())
    assert caught.value.reason == "split-upload"


@pytest.mark.parametrize(
    "whole",
    [
        request(Content_Range=f"bytes 0-{SIZE - 1}/{SIZE}"),
        request(X_Goog_Upload_Offset="0", X_Goog_Upload_Command="upload, finalize"),
        request(x_ms_blob_type="BlockBlob"),
        request(offset="0", x_entity_length=str(SIZE)),
        request(X_Upload_Content_Length="90000000"),
        request("/v1/files"),
        request("/v1/uploads", method="POST"),
        request("/k?uploads=all"),
    ],
    ids=lambda whole: f"{whole.method} {whole.path} {b','.join(v for _, v in whole.headers).decode()}",
)
def test_a_whole_is_judged(whole: Transfer) -> None:
    assert wire.decode(whole, Limits()).parts[0].data == CANARY


@pytest.mark.parametrize("path", ["/k?uploads", "/c/b?comp=blocklist", "/k?partNumber=1&uploadId=x"])
def test_asking_about_pieces_is_not_sending_one(path: str) -> None:
    assert wire.decode(request(path, b"", method="GET"), Limits()).parts == ()
