import json
import re

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import Entry, EntryType, Grounds, new_id
from gateway.audit.canonical import ALLOWED, read_record
from gateway.audit.entry import NAMES
from gateway.errors import AuditError
from gateway.model import Action, Decision, Destination, Examination, Format, PartReport, Sender, Transfer
from tests.audit.made import audit_id, decision

PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), max_size=40)
ASCII = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40)
COUNT = st.integers(0, 2**53 - 1)


@st.composite
def decisions(draw: st.DrawFn) -> Entry:
    return Entry(
        type=EntryType.DECISION,
        id=draw(ASCII.filter(bool)),
        time=draw(ASCII.filter(bool)),
        user=draw(PRINTABLE),
        client=draw(PRINTABLE),
        host=draw(ASCII),
        port=draw(COUNT),
        path=draw(ASCII),
        bytes=draw(COUNT),
        medical=draw(st.booleans()),
        score=draw(ASCII),
        findings=tuple(sorted(draw(st.dictionaries(ASCII, COUNT, max_size=5)).items())),
        action=draw(ASCII),
        rules=tuple(draw(st.lists(ASCII, max_size=3))),
    )


@given(decisions())
@settings(deadline=None, max_examples=300)
def test_canonical_bytes_are_rfc_8785(entry: Entry) -> None:
    body = entry.canonical()
    assert body == rfc8785.dumps(json.loads(body))


@given(decisions())
@settings(deadline=None, max_examples=100)
def test_parse_is_the_inverse(entry: Entry) -> None:
    assert Entry.parse(entry.canonical()) == entry


@given(st.text(max_size=300))
@settings(deadline=None, max_examples=200)
def test_any_text_in_a_string_is_written_as_rfc_8785_writes_it(text: str) -> None:
    # Control characters, quotes, surrogate pairs: beyond what an entry lets in, the form still holds.
    entry = Entry(type=EntryType.EVENT, id="x", time="y", event=text)
    assert entry.canonical() == rfc8785.dumps(json.loads(entry.canonical()))


def test_a_decision_holds_what_was_decided_and_nothing_of_the_upload() -> None:
    body = decision(audit_id(1)).canonical()
    shown = json.loads(body)
    assert shown["findings"] == {"medical-image": 2}
    assert shown["path"] == "/v1/chat/completions"
    assert (shown["action"], shown["rule"], shown["score"], shown["modality"]) == (
        "block",
        "medical-to-public",
        "0.9877",
        "ct",
    )
    assert (shown["mode"], shown["bytes"], shown["format"], shown["user"]) == (
        "enforce",
        800,
        "dicom",
        "müller",
    )
    assert b"Doe" not in body
    assert b"Jane" not in body


def test_a_monitored_rule_says_what_it_would_have_done() -> None:
    seen = Examination("", (PartReport((), Format.TEXT, 1),))
    ruled = Decision(Action.ALLOW, ("quiet",), "", would=Action.BLOCK)
    entry = Entry.decision_of(
        "i", Transfer(Destination("h")), ruled, Grounds(seen), content="", rules_digest=""
    )
    assert (entry.mode, entry.would, entry.action) == ("monitor", "block", "allow")


@pytest.mark.parametrize("host", ["Doe Jane.example", "a\nb", "x" * 254, "ü.example", "\u202eevil"])
def test_a_word_from_the_network_that_is_none_is_not_written(host: str) -> None:
    transfer = Transfer(Destination(host), Sender(client=host, user="jane doe"), method=host)
    ruled = Decision(Action.BLOCK, ("r",), "")
    entry = Entry.decision_of("i", transfer, ruled, Grounds(Examination("")), content="", rules_digest="")
    assert (entry.host, entry.client, entry.method, entry.user) == ("invalid",) * 4


def test_a_word_of_ours_that_is_none_is_an_error() -> None:
    transfer = Transfer(Destination("h", template="/v1/\n"))
    with pytest.raises(AuditError):
        Entry.decision_of(
            "i",
            transfer,
            Decision(Action.BLOCK, (), ""),
            Grounds(Examination("")),
            content="",
            rules_digest="",
        )


def test_outcomes_and_events_come_from_closed_lists() -> None:
    with pytest.raises(AuditError):
        Entry.outcome_of("i", "vanished")
    with pytest.raises(AuditError):
        Entry.event_of("party")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"id":"a","time":"b","type":"party","v":1}',
        b'{"id":"a","time":"b","type":"event", "v":1}',
        b'{"time":"b","id":"a","type":"event","v":1}',
        b'{"id":"a","id":"a","time":"b","type":"event","v":1}',
        b'{"action":"block","id":"a","time":"b","type":"event","v":1}',
        b'{"id":"a","prompt":"x","time":"b","type":"decision","v":1}',
        b'{"id":"a","time":"b","type":[],"v":1}',
        b'{"id":"a","time":"b","type":"event","v":1.0}',
        b'{"findings":{"x":1.0},"id":"a","time":"b","type":"decision","v":1}',
    ],
)
def test_what_is_no_canonical_entry_is_refused(body: bytes) -> None:
    with pytest.raises(AuditError):
        Entry.parse(body)


def test_the_fields_are_a_closed_list_and_each_is_allowed_somewhere() -> None:
    assert set().union(*ALLOWED.values()) == set(NAMES)
    assert read_record(Entry.event_of("stop").canonical())["event"] == "stop"


def test_ids_sort_by_time_and_can_be_read_out() -> None:
    ids = [new_id() for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{20}", i) for i in ids)
    stamps = [i[:9] for i in ids]
    assert stamps == sorted(stamps)
