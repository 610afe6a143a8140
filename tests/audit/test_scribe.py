import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from gateway.audit import Entry, SqliteReader, keep_ledger, verify_ledger
from gateway.audit.opening import key_path, read_keys, record_path
from gateway.audit.scribing import ScribeLedger
from gateway.audit.signing import Inconsistent
from gateway.errors import AuditError
from tests.audit.made import ORIGIN, audit_id, decision


def written(state: Path) -> list[str]:
    with SqliteReader(record_path(state, ORIGIN)) as reader:
        made = [Entry.parse(row.body) for row in reader.rows()]
    return [entry.event or entry.outcome or entry.action for entry in made]


def end(ledger: ScribeLedger, *last_words: bytes) -> None:
    """As if the gateway had been killed at this moment."""
    ledger._loop.remove_reader(ledger._line)
    ledger._line.settimeout(10)
    ledger._line.sendall(b"".join(last_words))
    ledger._hang_up()


def test_a_decision_is_in_the_record_before_it_is_acknowledged(tmp_path: Path) -> None:
    async def dictate() -> None:
        with keep_ledger(tmp_path, ORIGIN, anchors=[tmp_path / "anchor"]) as ledger:
            for number in range(3):
                index = await ledger.append_async(decision(audit_id(number)))
                with ledger.reader() as reader:
                    (row,) = reader.rows(index)
                assert row.id == audit_id(number)
            outcome = ledger.append(Entry.outcome_of(audit_id(1), "delivered"))
            assert await asyncio.wrap_future(outcome) == 4

    asyncio.run(dictate())
    assert written(tmp_path) == ["start", "block", "block", "block", "delivered", "stop"]
    with SqliteReader(record_path(tmp_path, ORIGIN)) as reader:
        report = verify_ledger(reader, read_keys(key_path(tmp_path, ORIGIN)))
    assert report.good
    assert (tmp_path / "anchor").exists()


def test_many_at_once_from_the_loop_and_from_another_thread(tmp_path: Path) -> None:
    async def dictate() -> list[int]:
        with keep_ledger(tmp_path, ORIGIN) as ledger:
            there = asyncio.to_thread(
                lambda: [ledger.append(decision(audit_id(n))).result(30) for n in range(100, 150)]
            )
            here = asyncio.gather(*(ledger.append_async(decision(audit_id(n))) for n in range(100)))
            both = ledger.append_many([decision(audit_id(200)), decision(audit_id(201))])
            first, second = await asyncio.wrap_future(both)
            assert second == first + 1
            assert ledger.append_many([]).result() == ()
            return [*await there, *await here, first, second]

    assert sorted(asyncio.run(dictate())) == list(range(1, 153))


def test_what_waits_is_written_before_closing_and_nothing_after(tmp_path: Path) -> None:
    async def dictate() -> None:
        with keep_ledger(tmp_path, ORIGIN) as ledger:
            waiting = [ledger.append(decision(audit_id(number))) for number in range(20)]
        assert sorted(future.result() for future in waiting) == list(range(1, 21))
        with pytest.raises(AuditError):
            await ledger.append_async(decision(audit_id(99)))
        with pytest.raises(AuditError):
            ledger.append(decision(audit_id(99))).result()

    asyncio.run(dictate())


def test_without_its_keeper_the_record_refuses_everything(tmp_path: Path) -> None:
    async def dictate() -> None:
        with keep_ledger(tmp_path, ORIGIN) as ledger:
            os.kill(ledger._process.pid, signal.SIGKILL)
            for number in range(2):
                with pytest.raises(AuditError, match="ended"):
                    await ledger.append_async(decision(audit_id(number)))
            assert ledger.broken

    asyncio.run(dictate())


def test_a_killed_gateway_leaves_no_orderly_end_and_no_half_batch(tmp_path: Path) -> None:
    async def dictate() -> None:
        ledger = ScribeLedger(tmp_path, ORIGIN, ())
        await ledger.append_async(decision(audit_id(1)))
        whole = decision(audit_id(2)).canonical()
        end(ledger, b"7 2\ndecision %s %s\ndecision " % (audit_id(2).encode(), whole))

    asyncio.run(dictate())
    assert written(tmp_path) == ["start", "block"]

    async def again() -> None:
        with keep_ledger(tmp_path, ORIGIN):
            pass

    asyncio.run(again())
    assert written(tmp_path)[2:] == ["unknown-crash", "start", "stop"]


def test_a_record_that_was_put_back_is_refused_by_name(tmp_path: Path) -> None:
    async def dictate() -> None:
        with keep_ledger(tmp_path, ORIGIN) as ledger:
            await ledger.append_async(decision(audit_id(1)))

    asyncio.run(dictate())
    shutil.copy(record_path(tmp_path, ORIGIN), tmp_path / "older")
    asyncio.run(dictate())
    shutil.copy(tmp_path / "older", record_path(tmp_path, ORIGIN))
    with pytest.raises(Inconsistent, match="put back"):
        asyncio.run(dictate())


def test_a_state_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_bytes(b"")

    async def dictate() -> None:
        with keep_ledger(tmp_path, ORIGIN):
            pytest.fail("opened")

    with pytest.raises(AuditError, match="cannot be used"):
        asyncio.run(dictate())
