"""What can be said about a past upload, and when nothing can."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway import hindsight
from gateway.audit import Entry, Grounds, pseudonym
from gateway.audit.seen import MORE, MOST, seen_again, seen_words
from gateway.formats.raster import PICTURES
from gateway.hindsight import Recalled, decide_again, recall
from gateway.model import (
    Action,
    Decision,
    Examination,
    Finding,
    Format,
    Kind,
    Look,
    PartReport,
    Sender,
    Transfer,
)
from gateway.policy import RuleSet, decide, load_rules
from tests.policy.made import LOG, MEDICAL, ORDINARY, upload, write

SEEN = Examination(
    "", (PartReport(("Doe.png",), Format.PNG, 9, 0.1),), (replace(ORDINARY, path=("Doe.png",)),)
)
REDACT = "because: Names go.\nto: public\nfound: text-in-pixels\ndo: redact\n"


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    return load_rules(write(tmp_path / "rules", log=LOG))


def entry(rules: RuleSet, seen: Examination = SEEN, **more: object) -> Entry:
    transfer = more.pop("transfer", None) or upload(rules)
    assert isinstance(transfer, Transfer)
    decision = decide(rules, transfer, seen)
    return Entry.decision_of("i", transfer, decision, Grounds(seen, **more), content="", rules_digest="")  # type: ignore[arg-type]


def again(rules: RuleSet, past: Entry) -> Decision | str:
    recalled = recall(rules, past)
    return recalled if isinstance(recalled, str) else decide_again(rules, recalled)


def answer(rules: RuleSet, past: Entry) -> Decision:
    decision = again(rules, past)
    assert isinstance(decision, Decision)
    return decision


def test_the_words_hold_no_place_and_no_name() -> None:
    finding = Finding(Kind.IDENTIFIER_IN_METADATA, ("Doe.png",), "(0010,0010)", "person", 0.7)
    odd = Finding(Kind.REFERENCE, ("Doe.png",), detail="Jane Doe")
    words = seen_words(replace(SEEN, findings=(*SEEN.findings, finding, finding, odd)))
    assert words == ("png", "png/identifier-in-metadata:person", "png/ordinary-image/0.1", "png/reference")
    assert seen_again(words) is not None


def test_more_than_fits_is_said_and_not_replayed(rules: RuleSet) -> None:
    many = tuple(replace(ORDINARY, confidence=number / 1000) for number in range(MOST + 1))
    past = entry(rules, replace(SEEN, findings=many))
    assert past.seen[-1] == MORE
    assert again(rules, past) == hindsight.TOO_MUCH


def test_an_old_entry_cannot_be_replayed(rules: RuleSet) -> None:
    assert again(rules, entry(rules)._replace(basis="", seen=(), look="", v=1)) == hindsight.TOO_OLD
    assert again(rules, Entry.event_of("start")) == hindsight.NO_DECISION


def test_a_sender_whose_name_was_not_written_down(rules: RuleSet) -> None:
    past = entry(rules, transfer=replace(upload(rules), sender=Sender("jane doe")))
    assert again(rules, past) == hindsight.NOBODY


def test_rules_that_need_a_deeper_look(rules: RuleSet, tmp_path: Path) -> None:
    deeper = load_rules(write(tmp_path / "deeper", log=LOG, redact=REDACT))
    assert again(deeper, entry(rules)) == hindsight.NOT_LOOKED
    assert answer(deeper, entry(rules, look=Look.TEXT)).action is Action.LOG
    text = Examination("", (PartReport((), Format.JSON, 9),))
    assert answer(deeper, entry(rules, text)).action is Action.ALLOW
    blocked = load_rules(write(tmp_path / "blocked", redact=REDACT))
    assert answer(blocked, entry(rules)).action is Action.BLOCK  # unforeseen; more findings change nothing


def test_every_format_in_which_writing_is_looked_for_is_known_here() -> None:
    assert PICTURES <= hindsight.SHOWN


def test_a_redaction_that_could_not_be_done_is_a_refusal_again(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, redact=REDACT.replace("text-in-pixels", "medical-image")))
    seen = replace(SEEN, findings=(replace(MEDICAL, path=("Doe.png",)),))
    past = entry(rules, seen, look=Look.TEXT, basis="not-redacted")._replace(
        action="block", reason_code="cannot-redact"
    )
    assert (answer(rules, past).action, answer(rules, past).reason_code) == (Action.BLOCK, "cannot-redact")


def test_a_refused_request_stays_refused_and_a_closed_destination_can_open(tmp_path: Path) -> None:
    closed = load_rules()
    transfer = upload(closed, "www.midjourney.com")
    ruled = Decision(Action.BLOCK, ("not-examined",), "", reason_code="rule")
    past = Entry.decision_of(
        "i", transfer, ruled, Grounds(Examination(""), "refused"), content="", rules_digest=""
    )
    assert answer(closed, past).action is Action.BLOCK
    assert answer(load_rules(write(tmp_path, log=LOG)), past).action is Action.ALLOW
    unsound = past._replace(reason_code="host-mismatch")
    assert answer(load_rules(tmp_path), unsound).action is Action.BLOCK


def test_an_agreement_counts_while_the_new_rules_have_it(tmp_path: Path) -> None:
    organisation = (
        "agreements: [{provider: openai, id: B-1, until: 2099-01-01, accounts: ['header:org-x']}]\n"
    )
    block = "because: No.\nto: public\nfound: anything\ndo: block\n"
    rules = load_rules(write(tmp_path / "a", log=LOG, block=block, organisation=organisation))
    transfer = upload(rules, headers=((b"openai-organization", b"org-x"),))
    past = entry(rules, transfer=transfer)
    assert (past.exposure, past.action) == ("baa", "log")
    assert answer(rules, past).action is Action.LOG
    without = load_rules(write(tmp_path / "b", log=LOG, block=block))
    assert answer(without, past).action is Action.BLOCK
    recalled = recall(without, past)
    assert isinstance(recalled, Recalled)
    assert len(recalled.transfer.body) == past.bytes


def test_a_pseudonym_is_known_again_where_its_key_is(tmp_path: Path) -> None:
    mara = "because: x\nfrom: {user: mara}\nfound: ordinary-image\ndo: block\n"
    rules = load_rules(write(tmp_path, log=LOG, mara=mara))
    past = entry(rules, transfer=replace(upload(rules), sender=Sender("mara")))
    hidden = past._replace(user=pseudonym(b"key", "Mara"))
    assert again(rules, hidden) == hindsight.HIDDEN
    recalled = recall(rules, hidden, hindsight.people(rules, b"key"))
    assert isinstance(recalled, Recalled)
    assert recalled.transfer.sender.user == "mara"
    assert decide_again(rules, recalled) == decide(rules, recalled.transfer, recalled.examination)
    other = recall(rules, past._replace(user=pseudonym(b"key", "jana")), hindsight.people(rules, b"key"))
    assert isinstance(other, Recalled)
    nobody = load_rules(write(tmp_path / "nobody", log=LOG))
    assert answer(nobody, hidden).action is Action.LOG  # no rule names anybody, so it does not matter


def test_a_stranger_is_a_stranger_again(rules: RuleSet, tmp_path: Path) -> None:
    stranger = replace(upload(rules), sender=Sender(client="10.0.0.9", doubt="not-identified"))
    past = entry(rules, transfer=stranger)
    assert (past.action, past.doubt) == ("block", "not-identified")
    assert answer(rules, past).reason_code == "not-identified"
    welcome = "because: x\nfrom: {identified: no}\ndo: log\n"
    open_to_all = load_rules(write(tmp_path / "open", log=LOG, welcome=welcome))
    assert answer(open_to_all, past).action is Action.LOG
    turned_away = past._replace(basis="refused", reason_code="not-identified", seen=(), look="")
    assert answer(rules, turned_away).action is Action.BLOCK
    assert again(open_to_all, turned_away) == hindsight.TURNED_AWAY
