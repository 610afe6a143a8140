import csv
import io
import json
import re
from pathlib import Path

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from jsonschema import Draft202012Validator
from lxml import etree
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from gateway.audit import EVENTS, OUTCOMES, Entry
from gateway.audit.export import EXPORTS, atna, cef, csv_table, fhir, ndjson, ocsf
from gateway.audit.export.ocsf_words import PROFILE, VERSION
from gateway.audit.export.plain import COLUMNS
from gateway.audit.query import Filter, Record, oldest
from gateway.model import Action
from tests.audit.made import ORIGIN, Grown, audit_id, decision

WHOLE = list(oldest([Grown(101).copy], Filter(events=True)))
EVERY = [
    *(Record(ORIGIN, n, Entry.event_of(event, count=3, user="jane")) for n, event in enumerate(EVENTS)),
    *(Record(ORIGIN, 90, Entry.event_of("start")),),
    *(
        Record(ORIGIN, 100, decision(audit_id(1), action), outcome and Entry.outcome_of(audit_id(1), outcome))
        for action in Action
        for outcome in (*OUTCOMES, None)
    ),
]
HOSTILE = Record(ORIGIN, 5, decision(audit_id(5), user='=cmd|"\\a=b&<>]]>,;é'))


def test_every_form_holds_every_record() -> None:
    for name, export in EXPORTS.items():
        lines = list(export(WHOLE))
        assert len(lines) == len(WHOLE) + (name == "csv")
        assert all("\n" not in line for line in lines)


def test_no_form_holds_content() -> None:
    for export in EXPORTS.values():
        text = "".join(export([*WHOLE, *EVERY]))
        assert "Doe" not in text
        assert "Jane" not in text


def test_ndjson() -> None:
    assert [json.loads(line)["id"] for line in ndjson(WHOLE)] == [record.entry.id for record in WHOLE]


def test_csv_reads_back_and_holds_no_formula() -> None:
    found = list(csv.DictReader(io.StringIO("\r\n".join(csv_table([*WHOLE, HOSTILE])))))
    assert tuple(found[0]) == COLUMNS
    blocked = next(row for row in found if row["action"] == "block")
    assert (blocked["findings"], blocked["medical"], blocked["rules"]) == (
        "medical-image=2",
        "true",
        "medical-to-public second",
    )
    assert found[-1]["user"] == "'" + HOSTILE.entry.user


def test_cef_reads_back() -> None:
    for line, record in zip(cef([*EVERY, HOSTILE]), [*EVERY, HOSTILE], strict=True):
        head = re.split(r"(?<!\\)\|", line, maxsplit=7)
        assert head[:3] == ["CEF:0", "Leadglass", "gateway"]
        assert 0 <= int(head[6]) <= 10
        pairs = re.findall(r"(\w+)=((?:\\.|[^\\=])*?)(?= \w+=|$)", head[7])
        fields = {key: re.sub(r"\\(.)", r"\1", value) for key, value in pairs}
        assert fields["externalId"] == record.entry.id
        assert fields.get("suser", "") == record.entry.user
        assert int(fields["rt"]) > 1_600_000_000_000


def test_dicom_audit_messages_follow_the_schema() -> None:
    schema = etree.RelaxNG(etree.parse(Path(__file__).with_name("dicom_audit_message.rng")))
    for line in atna([*WHOLE, *EVERY, HOSTILE]):
        schema.assertValid(etree.fromstring(line))
    wrong = etree.fromstring(next(atna(EVERY)).replace("EventID", "EventIdentity"))
    assert not schema.validate(wrong)


@pytest.mark.parametrize(
    ("action", "outcome", "event", "indicator"),
    [
        (Action.ALLOW, "delivered", "110106", "0"),
        (Action.REDACT, "delivered", "110106", "0"),
        (Action.ALLOW, "upstream-failed", "110106", "4"),
        (Action.ALLOW, "unknown-crash", "110106", "8"),
        (Action.BLOCK, "refused", "110113", "4"),
        (Action.COACH, "refused", "110113", "4"),
    ],
)
def test_only_what_arrived_is_a_successful_export(
    action: Action, outcome: str, event: str, indicator: str
) -> None:
    record = Record(ORIGIN, 1, decision(audit_id(1), action), Entry.outcome_of(audit_id(1), outcome))
    message = etree.fromstring(next(atna([record])))
    assert message.find("EventIdentification/EventID").get("csd-code") == event
    assert message.find("EventIdentification").get("EventOutcomeIndicator") == indicator
    resource = json.loads(next(fhir([record])))
    assert (resource["type"]["code"], resource["outcome"]) == (event, indicator)


def test_an_export_names_its_medium_as_ps3_15_table_a_5_3_4_1_asks() -> None:
    record = Record(ORIGIN, 1, decision(audit_id(1), Action.ALLOW))
    message = etree.fromstring(next(atna([record])))
    roles = [
        [code.get("csd-code") for code in participant.findall("RoleIDCode")]
        for participant in message.findall("ActiveParticipant")
    ]
    assert roles == [["110153"], ["110153", "110150"], ["110152", "110154"]]
    assert message.find("ActiveParticipant/MediaIdentifier/MediaType").get("csd-code") == "110037"
    assert AuditEvent.model_validate_json(next(fhir([record]))).agent[-1].media.code == "110037"


@pytest.mark.parametrize("event", ["record-read", "record-exported"])
def test_reading_the_record_names_the_record_as_ps3_15_table_a_5_3_2_1_asks(event: str) -> None:
    record = Record(ORIGIN, 1, Entry.event_of(event, user="jane"))
    message = etree.fromstring(next(atna([record])))
    assert message.find("EventIdentification/EventID").get("csd-code") == "110101"
    assert message.find("EventIdentification").get("EventActionCode") == "R"
    item = message.find("ParticipantObjectIdentification")
    assert (item.get("ParticipantObjectTypeCode"), item.get("ParticipantObjectTypeCodeRole")) == ("2", "13")
    assert item.find("ParticipantObjectIDTypeCode").get("csd-code") == "12"
    assert item.findtext("ParticipantObjectName") == "Security Audit Log"
    resource = AuditEvent.model_validate_json(next(fhir([record])))
    assert (resource.action, resource.entity[0].role.code) == ("R", "13")
    assert resource.entity[0].what.identifier.value == item.get("ParticipantObjectID")


def test_fhir_resources_are_audit_events() -> None:
    for line in fhir([*WHOLE, *EVERY, HOSTILE]):
        event = AuditEvent.model_validate_json(line)
        assert event.source.site == ORIGIN
        assert sum(agent.requestor for agent in event.agent) == 1
    with pytest.raises(ValueError, match="noted"):
        AuditEvent.model_validate_json(next(fhir(EVERY)).replace('"recorded"', '"noted"'))


@pytest.fixture(scope="module")
def ocsf_schema() -> OcsfJsonSchemaEmbedded:
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))


STRANGE = [
    Record(ORIGIN, n, decision(audit_id(1), action)._replace(**changed))
    for action in Action
    for n, changed in enumerate(
        (
            {"method": "PROPFIND", "client": "invalid", "host": "invalid"},
            {"method": "GET", "client": "2001:db8::1", "rule": "", "rules": (), "findings": ()},
            {"user": "", "client": "", "path": "", "groups": ("a", "b")},
        )
    )
]


def test_ocsf_events_follow_the_schema(ocsf_schema: OcsfJsonSchemaEmbedded) -> None:
    validators: dict[int, Draft202012Validator] = {}
    everything = [*WHOLE, *EVERY, HOSTILE, *STRANGE]
    for line, record in zip(ocsf(everything), everything, strict=True):
        event = json.loads(line)
        uid = event["class_uid"]
        if uid not in validators:
            name = ocsf_schema.lookup_class_name_from_uid(uid)
            validators[uid] = Draft202012Validator(ocsf_schema.get_class_schema(name, [PROFILE]))
        validators[uid].validate(event)
        assert event["type_uid"] == uid * 100 + event["activity_id"]
        assert (event["metadata"]["uid"], event["metadata"]["sequence"]) == (record.entry.id, record.index)
    assert set(validators) == {2006, 3002, 4002, 6002, 6003}
    wrong = json.loads(next(ocsf([HOSTILE])))
    for change in ({"action_id": 7}, {"severity_id": None}, {"invented": 1}):
        assert not validators[2006].is_valid(wrong | change)


def test_every_word_beside_an_ocsf_number_is_its_caption() -> None:
    classes = {each["uid"]: each for each in get_ocsf_schema(version=VERSION)["classes"].values()}
    words = ("category_name", "class_name", "type_name", "severity", "action", "disposition", "status")
    for line in ocsf([*WHOLE, *EVERY, *STRANGE]):
        event = json.loads(line)
        attributes = classes[event["class_uid"]]["attributes"]
        for word in words:
            number = word.replace("_name", "_uid") if "_name" in word else f"{word}_id"
            if word not in event or event[number] == 99:
                continue
            assert event[word] == attributes[number]["enum"][str(event[number])]["caption"]
        if event["activity_id"] not in (0, 99):
            caption = attributes["activity_id"]["enum"][str(event["activity_id"])]["caption"]
            assert event["activity_name"] == caption


@pytest.mark.parametrize(
    ("action", "kind", "action_id", "alert"),
    [
        (Action.ALLOW, 4002, 1, None),
        (Action.LOG, 4002, 1, None),
        (Action.REDACT, 2006, 4, False),
        (Action.COACH, 2006, 2, True),
        (Action.BLOCK, 2006, 2, True),
    ],
)
def test_what_was_held_back_is_a_finding(
    action: Action, kind: int, action_id: int, alert: bool | None
) -> None:
    event = json.loads(next(ocsf([Record(ORIGIN, 1, decision(audit_id(1), action))])))
    assert (event["class_uid"], event["action_id"], event.get("is_alert")) == (kind, action_id, alert)


def test_ocsf_leaves_no_field_out() -> None:
    for record in [*WHOLE, *EVERY, *STRANGE]:
        text = next(ocsf([record]))
        for value in record.entry:
            for word in value if isinstance(value, tuple) else (value,):
                if isinstance(word, str) and word not in ("event", "decision"):
                    shown = str(float(word)) if re.fullmatch(r"0\.\d{4}", word) else word
                    assert json.dumps(shown, ensure_ascii=False)[1:-1] in text, (word, text)
