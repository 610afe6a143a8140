"""The bytes of all uploads together are bounded."""

from gateway.limits import Limits
from gateway.proxy.in_flight import InFlight


def test_one_body_may_not_grow_beyond_its_limit() -> None:
    held = InFlight(Limits(body_bytes=100, in_flight_bytes=1000))
    assert held.hold(1, 100)
    assert not held.hold(1, 101)


def test_all_bodies_together_may_not_grow_beyond_theirs() -> None:
    held = InFlight(Limits(body_bytes=100, in_flight_bytes=150))
    assert held.hold(1, 100)
    assert not held.hold(2, 51)
    assert held.hold(2, 50)
    held.release(1)
    assert held.hold(2, 100)
    assert held.total == 100


def test_a_growing_body_is_counted_once() -> None:
    held = InFlight(Limits(body_bytes=100, in_flight_bytes=100))
    for size in range(0, 101, 10):
        assert held.hold(1, size)
    held.release(1)
    held.release(1)
    assert held.total == 0


def test_one_address_may_not_take_what_others_need() -> None:
    held = InFlight(Limits(body_bytes=100, in_flight_bytes=300, sender_bytes=150))
    assert held.hold(1, 100, "10.0.0.1")
    assert not held.hold(2, 51, "10.0.0.1")
    assert held.hold(2, 50, "10.0.0.1")
    assert held.hold(3, 100, "10.0.0.2")
    assert not held.hold(4, 51, "10.0.0.3")  # all together
    held.release(1)
    assert held.hold(2, 100, "10.0.0.1")
    for stream in (2, 3):
        held.release(stream)
    assert (held.total, held.held, held.by_sender) == (0, {}, {})


def test_one_body_of_the_permitted_size_is_always_held() -> None:
    held = InFlight(Limits(body_bytes=100, in_flight_bytes=300, sender_bytes=10))
    assert held.hold(1, 50, "10.0.0.1")
    assert held.hold(1, 100, "10.0.0.1")
    assert not held.hold(2, 1, "10.0.0.1")
