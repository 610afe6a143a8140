"""What was searched once is not searched again, and nothing that holds something is ever remembered."""

import base64
from dataclasses import replace
from unittest import mock

import pytest

from gateway import wire
from gateway.limits import Limits
from gateway.model import Headers, Transfer
from gateway.wire import text
from gateway.wire.innocent import LONGEST, Innocent
from tests.evasion.pictures import medical
from tests.fuzz.compositions import rules

KEY = b"Bearer sk-proj-" + base64.urlsafe_b64encode(bytes(range(7, 124)))
PICTURE = base64.b64encode(medical())[:4000]


def transfer(*headers: tuple[bytes, bytes]) -> Transfer:
    place = rules().catalogue.destination("api.openai.com", 443, "POST", "/v1/chat/completions")
    own: Headers = headers
    return Transfer(place, path="/v1/chat/completions", headers=own, body=b"{}")


def test_a_key_is_searched_once() -> None:
    asked = transfer((b"authorization", KEY))
    assert wire.fields(asked, Limits()) == ()
    with mock.patch.object(text, "find", side_effect=AssertionError("searched again")):
        assert wire.fields(asked, Limits()) == ()


@pytest.mark.parametrize("name", [b"authorization", b"x-anything"])
def test_a_picture_is_found_every_time(name: bytes) -> None:
    for _ in range(3):
        assert wire.fields(transfer((name, KEY)), Limits()) == ()
        found = wire.fields(transfer((name, KEY), (name, PICTURE), (b"z", KEY)), Limits())
        assert [part.data for part in found] == [base64.b64decode(PICTURE)]


def test_a_value_is_remembered_with_its_limits_and_its_place() -> None:
    memory = Innocent()
    limits = Limits()
    memory.learn(memory.mark(KEY, 100, limits))
    assert memory.knows(memory.mark(KEY, 100, Limits()))
    assert not memory.knows(memory.mark(KEY, 99, limits))
    assert not memory.knows(memory.mark(KEY + b"=", 100, limits))
    assert not memory.knows(memory.mark(KEY, 100, replace(limits, depth=2)))
    assert not Innocent().knows(memory.mark(KEY, 100, limits))


def test_the_memory_is_bounded_and_holds_no_value() -> None:
    memory = Innocent(most=10)
    for number in range(100):
        memory.learn(memory.mark(b"%d" % number, 1, Limits()))
        assert len(memory._known) <= 10
    assert memory.mark(bytes(LONGEST + 1), 1, Limits()) is None
    memory.learn(None)
    assert not memory.knows(None)
    memory.learn(memory.mark(KEY, 1, Limits()))
    assert KEY not in repr(memory._known).encode()
