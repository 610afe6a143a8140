import cbor2
import msgpack
import pytest

from gateway import wire
from gateway.errors import LimitReached, WireError
from gateway.limits import Limits
from tests.property.strategies import CANARY, b64, transfer

LIMITS = Limits()

PACKED = [
    (b"application/msgpack", msgpack.packb({"a": [CANARY, "x"]})),
    (b"application/msgpack", msgpack.packb({"a": b64(CANARY)})),
    (b"application/x-msgpack", b"\x82\xa1a" + msgpack.packb(CANARY) + b"\xa1a\x01"),  # the same key twice
    (b"application/msgpack", msgpack.packb({"a": msgpack.ExtType(5, CANARY)})),
    (b"application/cbor", cbor2.dumps({"a": {"b": CANARY}})),
    (b"application/cbor", cbor2.dumps({"a": "data:image/png;base64," + b64(CANARY)})),
    (b"application/cbor", cbor2.dumps({CANARY: 1})),
]


@pytest.mark.parametrize(("label", "body"), PACKED)
def test_packed_trees_are_walked(label: bytes, body: bytes) -> None:
    decoded = wire.decode(transfer(body, label), LIMITS)
    assert decoded.encode({}) == body
    assert any(part.data == CANARY for part in decoded.parts)


@pytest.mark.parametrize(
    ("label", "body"),
    [
        (b"application/msgpack", b"\xc1"),
        (b"application/msgpack", b"\x01\x02"),
        (b"application/msgpack", b"\x91" * 5000 + b"\x01"),
        (b"application/cbor", cbor2.dumps({"a": 1}) + cbor2.dumps(CANARY)),
        (b"application/cbor", b"\xa2\x61a" + cbor2.dumps(CANARY) + b"\x61a\x01"),
        (b"application/cbor", b"\x81" * 5000 + b"\x01"),
    ],
)
def test_packed_nonsense_is_refused(label: bytes, body: bytes) -> None:
    with pytest.raises((WireError, LimitReached)) as caught:
        wire.decode(transfer(body, label), LIMITS)
    assert caught.value.reason != "codec-failed"
