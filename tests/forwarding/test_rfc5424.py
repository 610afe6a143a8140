"""Messages as RFC 5424 and RFC 5425 have them, read by another hand."""

import json
import re
from pathlib import Path

import pytest
from lxml import etree

from gateway.audit import Entry
from gateway.audit.query import Record
from gateway.forwarding.following import Ready
from gateway.forwarding.rfc5424 import framed, records
from gateway.forwarding.schema import ReceiverSpec
from gateway.model import Action
from tests.audit.made import ORIGIN, audit_id, decision

HEADER = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z) (?P<host>[!-~]{1,255}) "
    r"(?P<app>[!-~]{1,48}) (?P<process>[!-~]{1,128}) (?P<kind>[!-~]{1,32}) "
    r'\[leadglass@32473 origin="(?P<origin>[^"\\\]]+)" index="(?P<index>\d+)"\] (?P<text>.*)',
    re.ASCII,
)
RECORDS = [
    Ready(
        1, Record(ORIGIN, 0, decision(audit_id(1), Action.ALLOW), Entry.outcome_of(audit_id(1), "delivered"))
    ),
    Ready(3, Record(ORIGIN, 2, decision(audit_id(2)), Entry.outcome_of(audit_id(2), "refused"))),
    Ready(4, Record(ORIGIN, 4, Entry.event_of("record-exported", user="jane"))),
]


def parsed(form: str) -> list[re.Match[str]]:
    spec = ReceiverSpec.model_validate({"name": "a", "syslog": "b:1", "format": form})
    found = [HEADER.fullmatch(message) for message in records(RECORDS, spec)]
    assert all(found)
    return [match for match in found if match]


@pytest.mark.parametrize("form", ["ndjson", "cef", "ocsf", "fhir"])
def test_messages_name_gateway_index_and_urgency(form: str) -> None:
    found = parsed(form)
    assert [divmod(int(match["priority"]), 8) for match in found] == [(13, 6), (13, 4), (13, 5)]
    assert [(match["origin"], int(match["index"])) for match in found] == [
        (ORIGIN, 1),
        (ORIGIN, 3),
        (ORIGIN, 4),
    ]
    assert [match["kind"] for match in found] == ["decision", "decision", "event"]
    for match, item in zip(found, RECORDS, strict=True):
        text = match["text"].removeprefix("\ufeff")
        assert match["text"].startswith("\ufeff") != text.isascii()
        assert item.record.entry.id in (text if form == "cef" else json.dumps(json.loads(text)))


def test_dicom_audit_messages_travel_as_ps3_15_a_6_1_asks() -> None:
    schema = etree.RelaxNG(etree.parse(Path(__file__).parents[1] / "audit" / "dicom_audit_message.rng"))
    events = []
    for match in parsed("atna"):
        assert (int(match["priority"]) // 8, match["kind"]) == (10, "DICOM+RFC3881")
        assert match["text"].startswith("\ufeff<AuditMessage")
        message = etree.fromstring(match["text"].removeprefix("\ufeff"))
        schema.assertValid(message)
        events.append(message.find("EventIdentification/EventID").get("originalText"))
    assert events == ["Export", "Security Alert", "Audit Log Used"]


def test_the_length_before_a_message_counts_octets() -> None:
    spec = ReceiverSpec.model_validate({"name": "a", "syslog": "b:1"})
    for message in records(RECORDS, spec):
        length, _, octets = framed(message).partition(b" ")
        assert int(length) == len(octets) == len(message.encode())
    assert any(len(message) != len(message.encode()) for message in records(RECORDS, spec))
