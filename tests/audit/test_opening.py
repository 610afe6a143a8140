import json
import shutil
import threading
from pathlib import Path

import pytest

from gateway.audit import Entry, FileAnchor, SqliteLedger, open_ledger, verify_ledger
from gateway.audit.checkpointing import PATIENCE, Checkpointer
from gateway.audit.opening import key_path, read_keys, record_path
from gateway.audit.signing import Inconsistent, SignerClient
from gateway.audit.sqlite_reader import SqliteReader
from gateway.errors import AuditError
from tests.audit.made import ORIGIN, audit_id, decision


def report(state: Path, *anchors: FileAnchor):
    with SqliteReader(record_path(state, ORIGIN)) as reader:
        keys = read_keys(key_path(state, ORIGIN))
        return verify_ledger(reader, keys, {anchor.name: anchor.notes for anchor in anchors})


def events(state: Path) -> list[str]:
    with SqliteReader(record_path(state, ORIGIN)) as reader:
        made = [Entry.parse(row.body) for row in reader.rows()]
    return [entry.event or entry.outcome or entry.action for entry in made]


def test_a_record_begins_ends_and_is_signed_and_anchored_to_its_last_entry(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "elsewhere")
    for _ in range(2):
        with open_ledger(tmp_path, ORIGIN, anchors=[anchor]) as ledger:
            audit = ledger.new_id()
            ledger.append(decision(audit)).result()
            ledger.append(Entry.outcome_of(audit, "refused")).result()
    assert events(tmp_path) == ["start", "block", "refused", "stop"] * 2
    checked = report(tmp_path, anchor)
    assert checked.good
    assert (checked.size, checked.unsigned, checked.unanchored, checked.still_open) == (8, 0, 0, 0)


def test_what_a_crash_left_open_is_closed_at_the_next_start(tmp_path: Path) -> None:
    with open_ledger(tmp_path, ORIGIN) as ledger:
        for number in range(3):
            ledger.append(decision(audit_id(number))).result()
        ledger.append(Entry.outcome_of(audit_id(1), "delivered")).result()
    assert report(tmp_path).still_open == 2
    with open_ledger(tmp_path, ORIGIN):
        pass
    assert events(tmp_path)[6:] == ["unknown-crash", "unknown-crash", "start", "stop"]
    checked = report(tmp_path)
    assert checked.good
    assert checked.still_open == 0
    with open_ledger(tmp_path, ORIGIN):
        pass
    assert events(tmp_path)[10:] == ["start", "stop"]


def test_a_record_that_was_put_back_is_not_opened(tmp_path: Path) -> None:
    with open_ledger(tmp_path, ORIGIN) as ledger:
        ledger.append(decision(audit_id(1))).result()
    path = record_path(tmp_path, ORIGIN)
    shutil.copy(path, tmp_path / "older")
    with open_ledger(tmp_path, ORIGIN) as ledger:
        ledger.append(decision(audit_id(2))).result()
    shutil.copy(tmp_path / "older", path)
    with pytest.raises(Inconsistent, match="put back"), open_ledger(tmp_path, ORIGIN):
        pytest.fail("opened")
    path.unlink()
    with pytest.raises(Inconsistent, match="put back"), open_ledger(tmp_path, ORIGIN):
        pytest.fail("opened")


def test_a_record_that_was_put_back_and_grew_again_is_not_opened(tmp_path: Path) -> None:
    with open_ledger(tmp_path, ORIGIN) as ledger:
        ledger.append(decision(audit_id(1))).result()
    path = record_path(tmp_path, ORIGIN)
    path.unlink()
    with SqliteLedger(path, ORIGIN) as ledger:
        for number in range(10):
            ledger.append(decision(audit_id(number))).result()
    with pytest.raises(Inconsistent, match="changed"), open_ledger(tmp_path, ORIGIN):
        pytest.fail("opened")


def test_a_rotated_key_is_written_down_and_both_signatures_hold(tmp_path: Path) -> None:
    with open_ledger(tmp_path, ORIGIN):
        pass
    (tmp_path / "keys" / "signer").unlink()
    with open_ledger(tmp_path, ORIGIN):
        pass
    assert events(tmp_path) == ["start", "stop", "key-rotated", "start", "stop"]
    assert len(read_keys(key_path(tmp_path, ORIGIN))) == 2
    assert report(tmp_path).good


def test_an_idle_record_is_signed_again_and_a_grown_one_at_once(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "a.sqlite", ORIGIN) as ledger:
        signer = Checkpointer(ledger, lambda: SignerClient(tmp_path, ORIGIN), heartbeat=3600)
        signer._stop.set()
        signer._thread.join()
        notes = lambda: _notes(ledger)  # noqa: E731 - said three times below
        assert notes() == [0]
        signer._once()
        assert notes() == [0]
        ledger.append(decision(audit_id(1))).result()
        signer._once()
        assert notes() == [0, 1]
        signer._heartbeat = 0.0
        signer._once()
        assert notes() == [0, 1, 1]
        signer.close()


def _notes(ledger: SqliteLedger) -> list[int]:
    with ledger.reader() as reader:
        return [int(note.split("\n")[1]) for note in reader.checkpoints()]


def test_a_signer_that_died_is_replaced(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "a.sqlite", ORIGIN) as ledger:
        signer = Checkpointer(ledger, lambda: SignerClient(tmp_path, ORIGIN))
        signer._stop.set()
        signer._thread.join()
        assert signer._signer is not None
        assert signer._signer._process is not None
        signer._signer._process.kill()
        signer._signer._process.wait()
        ledger.append(decision(audit_id(1))).result()
        signer._once()
        assert "signer" in signer.faults
        assert ledger.append(decision(audit_id(2))).result() == 1
        signer._once()
        assert signer.faults == {}
        assert _notes(ledger)[-1] == 2
        signer.close()


def test_without_a_signature_for_long_no_decision_is_taken(tmp_path: Path) -> None:
    with SqliteLedger(tmp_path / "a.sqlite", ORIGIN) as ledger:
        signer = Checkpointer(ledger, lambda: SignerClient(tmp_path, ORIGIN))
        signer._stop.set()
        signer._thread.join()
        signer._unsigned_since = -PATIENCE - 1.0
        with pytest.raises(AuditError, match="not being signed"):
            ledger.append(decision(audit_id(1))).result()
        assert ledger.append(Entry.outcome_of(audit_id(0), "refused")).result() == 0
        signer.close()
        assert ledger.append(decision(audit_id(1))).result() == 1


def test_a_record_changed_while_open_stops_decisions(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with SqliteLedger(path, ORIGIN) as ledger:
        signer = Checkpointer(ledger, lambda: SignerClient(tmp_path, ORIGIN))
        signer._stop.set()
        signer._thread.join()
        ledger.append(decision(audit_id(1))).result()
        signer._once()
        ledger._store.frontier.peaks[0] = bytes(32)
        ledger.append(decision(audit_id(2))).result()
        signer._once()
        with pytest.raises(AuditError, match="changed or put back"):
            ledger.append(decision(audit_id(3))).result()
        signer.close()


def test_an_anchor_that_fails_is_tried_again_with_the_newest(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "mount" / "notes")
    with SqliteLedger(tmp_path / "a.sqlite", ORIGIN) as ledger:
        signer = Checkpointer(ledger, lambda: SignerClient(tmp_path, ORIGIN), anchors=[anchor])
        signer._stop.set()
        signer._thread.join()
        signer._once()
        assert "cannot be written" in signer.faults[anchor.name]
        (tmp_path / "mount").mkdir()
        ledger.append(decision(audit_id(1))).result()
        signer._once()
        assert signer.faults == {}
        assert [note.split("\n")[1] for note in anchor.notes()] == ["1"]
        signer.close()


def test_an_anchor_line_cut_off_by_a_crash_is_not_a_note(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "notes")
    anchor.publish("one\n")
    with anchor.path.open("a") as file:
        file.write(json.dumps("two\n")[:3])
    assert list(anchor.notes()) == ["one\n"]
    with pytest.raises(AuditError):
        list(FileAnchor(tmp_path / "missing").notes())


def test_a_record_in_use_gives_no_false_alarm(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "elsewhere")
    with open_ledger(tmp_path, ORIGIN, anchors=[anchor]) as ledger:
        writing = threading.Event()
        writing.set()

        def write() -> None:
            while writing.is_set():
                audit = ledger.new_id()
                ledger.append(decision(audit)).result()
                ledger.append(Entry.outcome_of(audit, "refused"))

        thread = threading.Thread(target=write)
        thread.start()
        try:
            sizes = [0]
            while len(sizes) < 12 or sizes[-1] < 20:
                anchor.path.touch()
                checked = report(tmp_path, anchor)
                assert checked.faults == ()
                sizes.append(checked.size)
        finally:
            writing.clear()
            thread.join()
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[1]


def test_the_newest_notes_of_a_long_anchor_are_the_last_of_all(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "elsewhere")
    note = f"gateway-1\n{{}}\nroot\ntime {'x' * 900}\n\n\u2014 gateway-1 signature\n"
    for number in range(200):
        anchor.publish(note.format(number))
    with anchor.path.open("a") as file:
        file.write('<110>1 a line of a log host "with words"\n"cut o')
    whole, newest = list(anchor.notes()), anchor.newest()
    assert len(whole) == 200
    assert 1 < len(newest) < 200
    assert list(newest) == whole[-len(newest) :]
