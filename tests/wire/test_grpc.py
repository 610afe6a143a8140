import gzip
import json
import struct

import pytest

from gateway import wire
from gateway.errors import LimitReached, WireError
from gateway.limits import Limits
from gateway.model import Format
from gateway.wire.protobuf import as_varint
from tests.property.strategies import CANARY, b64, coded, png, transfer

LIMITS = Limits()
GRPC = b"application/grpc"


def field(number: int, data: bytes) -> bytes:
    return as_varint(number << 3 | 2) + as_varint(len(data)) + data


def frame(message: bytes, flag: int = 0) -> bytes:
    return struct.pack(">BI", flag, len(message)) + message


def test_a_picture_deep_in_a_message_is_replaced_with_true_lengths() -> None:
    message = field(1, b"grok-4") + field(2, field(1, b"user") + field(3, field(9, CANARY) + b"\x08\x01"))
    body = frame(message)
    decoded = wire.decode(transfer(body, GRPC), LIMITS)
    assert decoded.parts[0].data == CANARY
    new = png(30)
    written = decoded.encode({0: decoded.parts[0].with_data(new)})
    assert written == frame(
        field(1, b"grok-4") + field(2, field(1, b"user") + field(3, field(9, new) + b"\x08\x01"))
    )


def test_a_data_uri_in_a_text_field() -> None:
    body = frame(field(1, field(2, b"data:image/png;base64," + b64(CANARY).encode())))
    assert wire.decode(transfer(body, GRPC), LIMITS).parts[0].data == CANARY


def test_a_file_over_many_messages_is_one_part() -> None:
    start = frame(field(1, field(1, b"scan.png")))
    cuts = [CANARY[at : at + 50] for at in range(0, len(CANARY), 50)]
    body = start + b"".join(frame(field(2, cut)) for cut in cuts)
    decoded = wire.decode(transfer(body, GRPC), LIMITS)
    assert decoded.encode({}) == body
    assert decoded.parts[0].data == CANARY
    new = png(20)
    written = decoded.encode({0: decoded.parts[0].with_data(new)})
    assert wire.decode(transfer(written, GRPC), LIMITS).parts[0].data == new


def test_compressed_messages() -> None:
    request = transfer(frame(gzip.compress(field(2, CANARY)), 1), GRPC, (b"grpc-encoding", b"gzip"))
    decoded = wire.decode(request, LIMITS)
    assert decoded.parts[0].data == CANARY
    written = decoded.encode({0: decoded.parts[0].with_data(png(9))})
    assert written[0] == 1
    with pytest.raises(WireError):
        wire.decode(transfer(request.body, GRPC), LIMITS)
    with pytest.raises(WireError):
        wire.decode(transfer(request.body, GRPC, (b"grpc-encoding", b"snappy")), LIMITS)
    bomb = frame(gzip.compress(bytes(50_000_000)), 1)
    with pytest.raises(LimitReached):
        wire.decode(transfer(bomb, GRPC, (b"grpc-encoding", b"gzip")), LIMITS)


@pytest.mark.parametrize(
    "body", [b"\x00", b"\x00\x00\x00\x00\x05abc", frame(b"") + b"x", b"\x7f\x00\x00\x00\x00", CANARY]
)
def test_frames_that_do_not_tile_are_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode(transfer(body, GRPC), LIMITS)


def test_a_message_that_is_none_is_a_part_of_its_own() -> None:
    decoded = wire.decode(transfer(frame(CANARY), GRPC), LIMITS)
    assert decoded.parts[0].data == CANARY
    noise = bytes((n * 37 + 11) % 256 for n in range(200))
    assert wire.decode(transfer(frame(noise), GRPC), LIMITS).parts[0].format is Format.UNKNOWN


def test_connect_with_json_and_grpc_web_as_text() -> None:
    import base64

    inner = json.dumps({"image": b64(CANARY)}).encode()
    for body, label in (
        (frame(inner), b"application/connect+json"),
        (base64.b64encode(frame(field(2, CANARY))), b"application/grpc-web-text"),
    ):
        decoded = wire.decode(transfer(body, label), LIMITS)
        assert decoded.parts[0].data == CANARY
        assert wire.decode(
            transfer(decoded.encode({0: decoded.parts[0].with_data(png(5))}), label), LIMITS
        ).parts[0].data == png(5)


def test_bare_protobuf_by_its_label() -> None:
    label = b"application/x-protobuf"
    assert wire.decode(transfer(field(3, CANARY), label), LIMITS).parts[0].data == CANARY
    assert wire.decode(transfer(CANARY, label), LIMITS).parts[0].data == CANARY
    with pytest.raises(WireError):
        wire.decode(transfer(b"\x0b\x0b\xff\xff", label), LIMITS)


def test_a_coded_frame() -> None:
    decoded = wire.decode(coded(frame(field(2, CANARY)), GRPC, ("zstd",)), LIMITS)
    assert decoded.parts[0].data == CANARY
