"""Several gateways on one record: a reason given at one of them counts at all."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from gateway.audit import SqliteLedger
from gateway.audit.opening import open_readers
from gateway.exemptions import Following, Office, ReasonStore, State
from gateway.model import Action
from tests.exemptions.test_history import IDS, NOW, decision


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Following, Following]]:
    folder = tmp_path / "ledger"
    folder.mkdir()
    everybody = partial(open_readers, tmp_path)
    with (
        SqliteLedger(folder / "a.sqlite", "a", reserve=0) as first,
        SqliteLedger(folder / "b.sqlite", "b", reserve=0) as second,
    ):
        first.append(decision(IDS[0], Action.BLOCK)).result()
        first.append(decision(IDS[1], Action.COACH)).result()
        offices = [
            Office(one, b"k", ReasonStore(tmp_path / one.origin), clock=lambda: NOW, everybody=everybody)
            for one in (first, second)
        ]
        both = Following(offices[0], everybody), Following(offices[1], everybody)
        for one in both:
            one.restore()
        yield both


def test_a_reason_given_where_it_was_decided_counts_at_the_other_gateway(
    two: tuple[Following, Following],
) -> None:
    here, there = two
    here.office.give_reason(IDS[1], "other")
    there.catch_up()
    known = there.office.of(IDS[1])
    assert known == here.office.of(IDS[1])
    assert known is not None
    assert known.counts(NOW)


def test_a_reason_can_be_given_at_a_gateway_that_did_not_decide(two: tuple[Following, Following]) -> None:
    here, there = two
    there.office.give_reason(IDS[1], "other")
    here.catch_up()
    known = here.office.of(IDS[1])
    assert known is not None
    assert known.counts(NOW)


def test_what_is_granted_elsewhere_and_taken_back_here_stays_taken_back(
    two: tuple[Following, Following],
) -> None:
    here, there = two
    here.office.give_reason(IDS[0], "other")
    there.catch_up()
    there.office.grant(IDS[0], by="jana")
    here.catch_up()
    here.office.decline(IDS[0], by="jana")
    there.catch_up()
    here.catch_up()
    known = [one.office.of(IDS[0]) for one in two]
    assert known[0] == known[1]
    assert known[0] is not None
    assert known[0].state is State.DECLINED
    assert not known[0].counts(NOW + timedelta(seconds=1))


def test_what_passed_elsewhere_is_counted_once(two: tuple[Following, Following]) -> None:
    here, there = two
    here.office.give_reason(IDS[1], "other")
    passed = decision("06h1" + IDS[1][4:], Action.ALLOW)._replace(exemption=IDS[1], subject=())
    here.office.ledger.append(passed).result()
    for _ in range(3):
        there.catch_up()
    known = there.office.of(IDS[1])
    assert known is not None
    assert (known.state, known.uses) == (State.USED, 1)
