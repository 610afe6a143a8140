import pytest

from gateway.errors import LimitReached, RedactionError
from gateway.limits import Limits
from gateway.model import Part
from gateway.wire.codec import Body, Piece
from gateway.wire.opening import Opening


def nested(body: Body, opening: Opening) -> tuple[Piece, ...]:
    return opening.inside(body)


def test_depth_parts_and_bytes_are_limited() -> None:
    with pytest.raises(LimitReached) as caught:
        Opening(Limits(depth=4), nested).inside(Body(b"x"))
    assert caught.value.reason == "too-deep"
    opening = Opening(Limits(parts=2, decoded_bytes=10), nested)
    opening.count(4)
    opening.count(4)
    with pytest.raises(LimitReached):
        opening.count(0)
    with pytest.raises(LimitReached):
        Opening(Limits(decoded_bytes=10), nested).count(11)


def test_a_slot_without_a_writer_can_only_be_read() -> None:
    slot = Opening(Limits(), nested).slot(b"raw", Part(("a",), b"data"), None)
    assert not slot.part.rewritable
    with pytest.raises(RedactionError):
        slot.write(slot.part)
