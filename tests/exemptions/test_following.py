"""Several gateways on one record: a reason given at one of them counts at all."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from gateway.audit import Entry, Ledger, PostgresLedger, Reader, SqliteLedger
from gateway.audit.opening import open_readers, record_path
from gateway.errors import AuditError
from gateway.exemptions import Following, Office, ReasonStore, State, following
from gateway.model import Action
from tests.exemptions.test_history import IDS, NOW, decision
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as running:
        yield running


@pytest.fixture(params=["files", "database"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A state folder, and the database of its record if it has one."""
    if request.param == "files":
        return tmp_path, ""
    server: PostgresServer = request.getfixturevalue("server")
    server.empty()
    return tmp_path, server.record()


@contextmanager
def joined(state: tuple[Path, str], origin: str) -> Iterator[Following]:
    """One more gateway of this record, without anything but its record and its office."""
    folder, record = state
    everybody = partial(open_readers, folder, record)
    ledger: Ledger
    with (
        PostgresLedger(record, origin)
        if record
        else SqliteLedger(record_path(folder, origin), origin, reserve=0)
    ) as ledger:
        office = Office(ledger, b"k", ReasonStore(folder / origin), clock=lambda: NOW, everybody=everybody)
        following = Following(office, everybody)
        following.restore()
        yield following
        following.close()


@pytest.fixture
def two(state: tuple[Path, str]) -> Iterator[tuple[Following, Following]]:
    with joined(state, "a") as first, joined(state, "b") as second:
        first.office.ledger.append(decision(IDS[0], Action.BLOCK)).result()
        first.office.ledger.append(decision(IDS[1], Action.COACH)).result()
        yield first, second


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


def test_a_gateway_that_joins_later_is_heard(
    two: tuple[Following, Following], state: tuple[Path, str]
) -> None:
    here, _ = two
    here.catch_up()
    with joined(state, "c") as third:
        third.office.give_reason(IDS[1], "other")
        for _ in range(following.ROUNDS):
            here.catch_up()
        known = here.office.of(IDS[1])
        assert known is not None
        assert known.counts(NOW)


def test_a_row_is_heard_once_although_the_readers_are_opened_anew(
    two: tuple[Following, Following], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two
    heard: list[str] = []
    hear = Office.hear

    def listening(office: Office, entry: Entry, reader: Reader) -> None:
        heard.append(entry.event or entry.type)
        hear(office, entry, reader)

    monkeypatch.setattr(Office, "hear", listening)
    there.catch_up()
    here.office.give_reason(IDS[1], "other")
    for _ in range(3 * following.ROUNDS):
        there.catch_up()
    assert heard == ["exemption-asked", "exemption-granted"]


def test_the_loop_goes_on_after_records_that_cannot_be_read_and_says_so_once(
    two: tuple[Following, Following], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = two
    monkeypatch.setattr(following, "SECONDS", 0.001)
    monkeypatch.setattr(following, "ROUNDS", 1)
    broken, opened, threads = threading.Event(), [], set()
    whole = there.open_readers

    @contextmanager
    def watched() -> Iterator[list[Reader]]:
        threads.add(threading.get_ident())
        opened.append("failed" if broken.is_set() else "open")
        if broken.is_set():
            raise AuditError("no")
        with whole() as readers:
            yield [*readers]
        opened.append("closed")

    there.open_readers = watched

    async def until(moment: Callable[[], object]) -> None:
        while not moment():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.001)

    async def walk() -> None:
        loop = asyncio.ensure_future(there.follow())
        await until(lambda: "open" in opened)
        broken.set()
        await until(lambda: opened.count("failed") > 2)
        here.office.give_reason(IDS[1], "other")
        assert there.office.of(IDS[1]) is None
        broken.clear()
        await until(lambda: there.office.of(IDS[1]))
        assert not loop.done()
        loop.cancel()
        await asyncio.wait({loop})
        await until(lambda: opened.count("open") == opened.count("closed"))

    with caplog.at_level(logging.WARNING):
        asyncio.run(asyncio.wait_for(walk(), 60))
    assert [record.message for record in caplog.records] == [
        "exemptions of other gateways cannot be read; trying again"
    ]
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_is_asked_every_second_is_answered_from_an_index(
    two: tuple[Following, Following], state: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = [decision(f"06h2{number:016}", Action.BLOCK) for number in range(3000)]
    two[0].office.ledger.append_many(plain).result()
    if state[1]:
        with psycopg.connect(state[1].replace("gateway@", "owner@"), autocommit=True) as database:
            database.execute("ANALYZE leadglass.entries")
    asked: list[tuple[object, ...]] = []
    with two[0].office.ledger.reader() as reader:
        ask = type(reader)._ask  # type: ignore[attr-defined]

        def watched(self: Reader, *question: object) -> object:
            asked.append(question)
            return ask(self, *question)

        monkeypatch.setattr(type(reader), "_ask", watched)
        assert [*reader.exempting(0, 4000)] == []
        (question, *values), *_ = asked
        explain = "EXPLAIN" if state[1] else "EXPLAIN QUERY PLAN"
        assert "entries_exempting" in str([*ask(reader, f"{explain} {question}", *values)])
