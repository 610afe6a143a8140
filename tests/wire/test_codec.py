import pytest

from gateway.errors import RedactionError
from gateway.model import Part
from gateway.wire.codec import Decoded, Nest, Slot, framing, joined, slots, unwritable

ONE = Slot(b"1", Part(("a",), b"one"), lambda new: new.data)
TWO = Slot(b"2", Part(("b",), b"two"), lambda new: b"<" + new.data + b">", lead=b"=")
NEST = Nest(b"[x=2y]", (b"x", TWO, b"y"), lambda new: b"[%b]" % new)
DECODED = Decoded((b"head ", ONE, b" mid ", NEST, b" tail"), (Part(("t",), b"text", text=True),))


def test_nothing_new_is_the_body() -> None:
    assert DECODED.encode({}) == b"head 1 mid [x=2y] tail" == joined(DECODED.pieces)
    assert framing(DECODED.pieces) == b"head  mid  tail"
    assert [slot.part.data for slot in slots(DECODED.pieces)] == [b"one", b"two"]


def test_only_the_wrappings_around_a_change_are_written() -> None:
    assert DECODED.encode({0: Part((), b"uno")}) == b"head uno mid [x=2y] tail"
    assert DECODED.encode({1: Part((), b"dos")}) == b"head 1 mid [x<dos>y] tail"


@pytest.mark.parametrize("index", [2, 3, -1])
def test_what_has_no_place_cannot_be_replaced(index: int) -> None:
    with pytest.raises(RedactionError):
        DECODED.encode({index: Part((), b"x")})


def test_a_place_that_can_only_be_read() -> None:
    with pytest.raises(RedactionError):
        Decoded((Slot(b"1", Part((), b"one"), unwritable),)).encode({0: Part((), b"x")})


def test_nothing_of_the_content_is_in_a_repr() -> None:
    assert "one" not in repr(DECODED)
    assert "head" not in repr(DECODED)
