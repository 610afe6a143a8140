"""The record is the only memory of exemptions: whatever an office knows, it knows again after a restart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import Entry, EntryType, Grounds, SqliteLedger, pseudonym
from gateway.errors import ExemptionError
from gateway.exemptions import Office, ReasonStore, State, read_exemptions
from gateway.exemptions.exemption import moment
from gateway.model import Action, Decision, Destination, Examination, Sender, Transfer

NOW = datetime.now(UTC)
IDS = tuple(f"06h0000000000000000{at}" for at in range(4))
STEP = st.tuples(st.sampled_from(["ask", "grant", "decline", "use"]), st.sampled_from(IDS))


def decision(audit_id: str, action: Action, *, user: str = "mara") -> Entry:
    transfer = Transfer(Destination("claude.ai"), Sender(user, "10.0.0.1"))
    ruled = Decision(action, ("rule-1",), "")
    grounds = Grounds(Examination(""), subject=(f"{audit_id}d",))
    entry = Entry.decision_of(audit_id, transfer, ruled, grounds, content="", rules_digest="")
    return entry._replace(time=moment(NOW))


def office(ledger: SqliteLedger, folder: Path) -> Office:
    return Office(ledger, b"k", ReasonStore(folder / "reasons"), clock=lambda: NOW)


@given(st.lists(STEP, max_size=12))
@settings(max_examples=40)
def test_after_any_steps_the_record_tells_the_same(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    with SqliteLedger(folder / "a.sqlite", "a", reserve=0) as ledger:
        for number, audit_id in enumerate(IDS):
            ledger.append(decision(audit_id, Action.COACH if number % 2 else Action.BLOCK)).result()
        desk = office(ledger, folder)
        for step, audit_id in steps:
            try:
                if step == "ask":
                    desk.give_reason(audit_id, "other")
                elif step == "grant":
                    desk.grant(audit_id, by="jana")
                elif step == "decline":
                    desk.decline(audit_id, by="jana")
                elif audit_id in {one.id for one in desk.all() if one.counts(NOW)}:
                    passed = decision("06h1" + audit_id[4:], Action.ALLOW)._replace(
                        exemption=audit_id, subject=()
                    )
                    ledger.append(
                        passed._replace(id=ledger.new_id(), time=moment(datetime.now(UTC)))
                    ).result()
                    desk.used([audit_id])
            except ExemptionError:
                pass
        with ledger.reader() as reader:
            told = read_exemptions([reader], NOW)
    assert told == {one.id: one for one in desk.all()}
    assert all(one.state in State for one in told.values())


@pytest.fixture
def desk(tmp_path: Path) -> object:
    with SqliteLedger(tmp_path / "a.sqlite", "a", reserve=0) as ledger:
        ledger.append(decision(IDS[0], Action.BLOCK)).result()
        ledger.append(
            decision(IDS[1], Action.COACH)._replace(time=moment(NOW - timedelta(hours=25)))
        ).result()
        ledger.append(decision(IDS[2], Action.COACH, user="jane doe")).result()
        yield office(ledger, tmp_path)


def test_the_sender_does_not_grant_their_own(desk: Office) -> None:
    desk.give_reason(IDS[0], "other")
    for by in ("", "mara"):
        with pytest.raises(ExemptionError, match="somebody else"):
            desk.grant(IDS[0], by=by)
    assert desk.grant(IDS[0], by="jana").state is State.GRANTED
    with pytest.raises(ExemptionError, match="granted already"):
        desk.grant(IDS[0], by="jana")


@pytest.mark.parametrize("minutes", [-1, 7 * 24 * 60 + 1])
def test_an_exemption_ends_within_a_week(desk: Office, minutes: int) -> None:
    desk.give_reason(IDS[0], "other")
    with pytest.raises(ExemptionError, match="seven days"):
        desk.grant(IDS[0], by="jana", minutes=minutes)


def test_a_decision_of_yesterday_or_of_nobody_is_not_asked_about(desk: Office) -> None:
    with pytest.raises(ExemptionError, match="too long ago"):
        desk.give_reason(IDS[1], "other")
    with pytest.raises(ExemptionError, match="cannot be excused"):
        desk.give_reason(IDS[2], "other")


def test_free_words_are_kept_apart_and_erased(desk: Office, tmp_path: Path) -> None:
    asked = desk.give_reason(IDS[0], "other", text="Jane\n Doe")
    kept = tmp_path / "reasons" / IDS[0]
    assert kept.read_text() == "Jane Doe"
    assert kept.stat().st_mode & 0o077 == 0
    assert len(asked.note) == 32
    with desk.ledger.reader() as reader:
        bodies = b"".join(row.body for row in reader.rows())
    assert b"Jane" not in bodies
    assert asked.note.encode() in bodies
    replace(desk.reasons, days=-1).erase_old()
    assert desk.reasons.read(IDS[0]) == ""
    for path in ("../keys", "a/b", ""):
        with pytest.raises(ExemptionError):
            desk.reasons.keep(path, "x")


def test_what_is_older_than_the_horizon_is_forgotten(desk: Office) -> None:
    desk.give_reason(IDS[0], "other")
    with desk.ledger.reader() as reader:
        assert read_exemptions([reader], NOW + timedelta(days=9)) == {}
        assert next(iter(reader.rows())).id == IDS[0]
        assert Entry.parse(next(iter(reader.rows())).body).type is EntryType.DECISION


def test_people_stand_in_the_record_as_it_is_set(tmp_path: Path) -> None:
    key = b"people"
    alias = pseudonym(key, "mara")
    with SqliteLedger(tmp_path / "a.sqlite", "a", reserve=0) as ledger:
        ledger.append(decision(IDS[0], Action.BLOCK, user=alias)).result()
        desk = Office(ledger, b"k", ReasonStore(tmp_path / "reasons"), clock=lambda: NOW, people_key=key)
        desk.give_reason(IDS[0], "other", by="mara")
        for by in ("mara", "MARA"):
            with pytest.raises(ExemptionError, match="somebody else"):
                desk.grant(IDS[0], by=by)
        assert desk.grant(IDS[0], by="jana").by == pseudonym(key, "jana")
        transfer = Transfer(Destination("claude.ai"), Sender("mara", "10.0.0.2"))
        held = Decision(Action.BLOCK, ("rule-1",), "")
        assert [one.id for one in desk.excuse(transfer, held, (f"{IDS[0]}d",))] == [IDS[0]]
        assert desk.excuse(replace(transfer, sender=Sender("jana")), held, (f"{IDS[0]}d",)) == ()
        with ledger.reader() as reader:
            assert b"mara" not in b"".join(row.body for row in reader.rows())
