"""Whoever brings two thousand images waits for them; everybody else does not. Measured by order, not by time."""

import asyncio
import itertools

import pytest

from gateway.limits import Limits
from gateway.model import Destination, Look, Sender, Transfer
from gateway.workers import Workers
from gateway.workers.turns import Turns


def served(*arrivals: str, places: int = 1) -> str:
    """Who is served in which order, where all arrive before the first place is given back."""

    async def go() -> str:
        turns: Turns[int] = Turns()
        order: list[str] = []

        async def one(whose: str) -> None:
            place = await turns.take(whose)
            order.append(whose)
            await asyncio.sleep(0)
            turns.give(place)

        waiting = [asyncio.ensure_future(one(whose)) for whose in arrivals]
        await asyncio.sleep(0)
        for place in range(places):
            turns.give(place)
        await asyncio.gather(*waiting)
        assert turns.free == places
        return "".join(order)

    return asyncio.run(go())


def test_people_take_turns() -> None:
    assert served(*"aaaaaabbc") == "abcabaaaa"


def test_one_of_two_thousand_is_ahead_of_another_persons_one_image() -> None:
    assert served(*"a" * 2000, "b").index("b") == 1


@pytest.mark.parametrize("places", [1, 2, 3])
def test_nobody_waits_longer_than_one_turn_of_everybody(places: int) -> None:
    order = served(*"a" * 40, *"b" * 30, *"c" * 3, "d", places=places)
    for first in range(len(order)):
        for whose in set(order[first:]):
            gap = order.index(whose, first) - first
            assert gap <= len(set(order[first:])) + places


def test_who_stops_waiting_takes_nobodys_place_and_no_turn() -> None:
    async def go() -> None:
        turns: Turns[str] = Turns()
        gone, patient, other = (asyncio.ensure_future(turns.take(whose)) for whose in "aab")
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        turns.give("place")
        assert await patient == "place"  # still this person's turn
        turns.give("place")
        await asyncio.sleep(0)
        turns.give("second")
        late = asyncio.ensure_future(turns.take("a"))
        await asyncio.sleep(0)
        assert await other == "place"
        assert await late == "second"

    asyncio.run(go())


def test_a_place_that_comes_as_the_waiting_ends_is_passed_on() -> None:
    async def go() -> None:
        turns: Turns[str] = Turns()
        gone, other = (asyncio.ensure_future(turns.take(whose)) for whose in "ab")
        await asyncio.sleep(0)
        turns.give("place")
        gone.cancel()  # it has been given the place, and does not know yet
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert await asyncio.wait_for(other, 30) == "place"

    asyncio.run(go())


def examined(*senders: Sender) -> list[Sender]:
    """In which order the uploads of these senders come out of a real worker."""
    order: list[Sender] = []

    async def one(workers: Workers, sender: Sender, number: int) -> None:
        body = b"good %d" % number
        await workers.examine(Transfer(Destination("api.example"), sender, body=body), Look.MEDICAL)
        order.append(sender)

    async def go() -> None:
        async with Workers(Limits(), 1, journey="tests.workers.faulty") as workers:
            count = itertools.count()
            await asyncio.gather(*(one(workers, sender, next(count)) for sender in senders))
            assert (workers.busy, workers.waiting) == (0, 0)

    asyncio.run(go())
    return order


def test_a_flood_does_not_starve_another_address_at_a_real_worker() -> None:
    flood, single = Sender(client="10.0.0.1"), Sender(client="10.0.0.2")
    assert examined(*[flood] * 200, single).index(single) <= 3


def test_people_behind_one_address_take_turns_where_they_are_known() -> None:
    flood, single = Sender(user="ann", client="10.0.0.1"), Sender(user="ben", client="10.0.0.1")
    assert examined(*[flood] * 200, single).index(single) <= 3


def test_one_person_has_one_line_from_all_addresses() -> None:
    desks = [Sender(user="ann", client=f"10.0.0.{number}") for number in range(1, 101)]
    single = Sender(user="ben", client="10.0.1.1")
    assert examined(*desks, single).index(single) <= 3
