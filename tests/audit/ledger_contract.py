"""What every store of the record must do; run against each by subclassing."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from gateway.audit import Entry, Ledger, Row
from gateway.audit.tree import Frontier, leaf_hash, prove_inclusion, verify_inclusion
from gateway.errors import AuditError
from tests.audit.made import audit_id, decision, entries

type Opened = Callable[[], Ledger]


def stored(ledger: Ledger) -> list[Row]:
    with ledger.reader() as reader:
        return list(reader.rows())


class LedgerContract:
    """A store's test class gives a fixture `opened`: each call opens the same record, the earlier one closed."""

    def test_an_acknowledged_entry_is_there(self, opened: Opened) -> None:
        ledger = opened()
        entry = decision(ledger.new_id())
        assert ledger.append(entry).result() == 0
        with ledger.reader() as reader:
            assert reader.size() == 1
            (row,) = reader.rows()
        assert Entry.parse(row.body) == entry
        assert (row.idx, row.id, row.leaf) == (0, entry.id, leaf_hash(entry.canonical()))

    def test_it_is_there_after_reopening_and_the_count_goes_on(self, opened: Opened) -> None:
        made = entries(300)
        ledger = opened()
        assert ledger.append_many(made[:290]).result() == tuple(range(290))
        ledger.close()
        ledger = opened()
        assert ledger.append_many(made[290:]).result() == tuple(range(290, 300))
        assert [row.body for row in stored(ledger)] == [entry.canonical() for entry in made]

    def test_outcomes_are_acknowledged_without_anybody_pushing(self, opened: Opened) -> None:
        assert opened().append(Entry.outcome_of(audit_id(1), "delivered")).result(timeout=10) == 0

    def test_a_decision_takes_waiting_outcomes_along_in_order(self, opened: Opened) -> None:
        ledger = opened()
        futures = [ledger.append(entry) for entry in entries(50)]
        indexes = [future.result(timeout=10) for future in futures]
        assert sorted(indexes) == list(range(50))
        decided = [
            index for index, entry in zip(indexes, entries(50), strict=True) if entry.type == "decision"
        ]
        assert decided == sorted(decided)

    def test_threads_can_write_side_by_side(self, opened: Opened) -> None:
        ledger = opened()
        given: dict[int, str] = {}
        lock = threading.Lock()

        def write(number: int) -> None:
            for step in range(40):
                entry = decision(audit_id(number * 100 + step))
                index = ledger.append(entry).result(timeout=30)
                with lock:
                    given[index] = entry.id

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {row.idx: row.id for row in stored(ledger)} == given
        assert sorted(given) == list(range(320))

    def test_an_event_loop_can_wait_for_many(self, opened: Opened) -> None:
        ledger = opened()

        async def write() -> list[int]:
            return await asyncio.gather(*(ledger.append_async(decision(audit_id(n))) for n in range(100)))

        assert sorted(asyncio.run(write())) == list(range(100))

    def test_a_waiter_that_went_away_disturbs_nobody(self, opened: Opened) -> None:
        ledger = opened()

        async def write() -> int:
            gone = asyncio.ensure_future(ledger.append_async(decision(audit_id(1))))
            gone.cancel()
            return await ledger.append_async(decision(audit_id(2)))

        assert asyncio.run(write()) == 1
        assert len(stored(ledger)) == 2

    def test_an_empty_batch_is_no_entry(self, opened: Opened) -> None:
        ledger = opened()
        assert ledger.append_many([]).result() == ()
        assert stored(ledger) == []

    def test_what_waits_is_written_before_closing_and_nothing_after(self, opened: Opened) -> None:
        ledger = opened()
        futures = [ledger.append(entry) for entry in entries(20)]
        ledger.close()
        assert sorted(future.result() for future in futures) == list(range(20))
        with pytest.raises(AuditError):
            ledger.append(decision(audit_id(1))).result()
        ledger.close()

    def test_matters_are_found_by_id(self, opened: Opened) -> None:
        ledger = opened()
        ledger.append_many(entries(30)).result()
        with ledger.reader() as reader:
            kinds = [Entry.parse(row.body).type.value for row in reader.find(audit_id(7))]
            assert kinds == ["decision", "outcome"]
            assert reader.find("nothing") == ()

    def test_reading_forwards_and_back_agree(self, opened: Opened) -> None:
        ledger = opened()
        ledger.append_many(entries(30)).result()
        with ledger.reader() as reader:
            assert list(reader.newest()) == list(reader.rows())[::-1]
            assert [row.idx for row in reader.rows(5, 8)] == [5, 6, 7]
            assert [row.idx for row in reader.newest(3)] == [2, 1, 0]

    def test_entries_about_exemptions_are_found_among_others(self, opened: Opened) -> None:
        ledger = opened()
        about = Entry.exemption_of("exemption-asked", audit_id(3), user="mara", reason="other", note="")
        used = decision(audit_id(9000))._replace(exemption=audit_id(3))
        quoted = decision(audit_id(9001))._replace(host='"exemption":')
        ledger.append_many([*entries(40), about, quoted, *entries(600), used, *entries(5)]).result()
        with ledger.reader() as reader:
            end = reader.size()
            found = [*reader.exempting()]
            assert [Entry.parse(row.body) for row in found] == [used, about]
            assert found == [row for row in reader.newest() if Entry.parse(row.body).exemption]
            newer, older = (row.idx for row in found)
            assert [row.idx for row in reader.exempting(older + 1)] == [newer]
            assert [row.idx for row in reader.exempting(older, newer)] == [older]
            assert [*reader.exempting(newer + 1, end)] == []

    def test_many_entries_about_exemptions_are_read_to_the_oldest(self, opened: Opened) -> None:
        ledger = opened()
        about = Entry.exemption_of("exemption-asked", audit_id(3), user="mara", reason="other", note="")
        ledger.append_many([about] * 1300).result()
        with ledger.reader() as reader:
            assert [row.idx for row in reader.exempting()] == [*range(1300)][::-1]

    def test_the_stored_tree_is_the_tree_of_the_entries(self, opened: Opened) -> None:
        ledger = opened()
        made = entries(600)
        ledger.append_many(made).result()
        grown = Frontier()
        for entry in made:
            grown.append(leaf_hash(entry.canonical()))
        with ledger.reader() as reader:
            for index in (0, 1, 255, 256, 511, 512, 599):
                proof = prove_inclusion(index, 600, reader.subtree)
                assert verify_inclusion(leaf_hash(made[index].canonical()), index, 600, proof, grown.root())
            assert [(level, number) for level, number, _ in reader.nodes()] == [(8, 0), (8, 1)]

    def test_a_pinned_reader_stays_where_it_is(self, opened: Opened) -> None:
        ledger = opened()
        ledger.append_many(entries(5)).result()
        with ledger.reader() as reader:
            reader.pin()
            ledger.append_many(entries(5)).result()
            assert reader.size() == 5
        assert len(stored(ledger)) == 10
