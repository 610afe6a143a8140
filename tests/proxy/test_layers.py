"""The bytes of all uploads together are bounded."""

from gateway.limits import Limits
from gateway.proxy.layers import InFlight


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
