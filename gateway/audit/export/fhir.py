"""FHIR R4 AuditEvent resources, one JSON object a line."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from gateway.audit.entry import EntryType
from gateway.audit.export.atna import (
    DESTINATION,
    EVENTS,
    EXPORT,
    LOG_NAME,
    LOG_USED,
    OUTCOMES,
    RESTRICTED,
    SECURITY_ALERT,
    SOFTWARE,
    URI_MEDIUM,
    Code,
    log_uri,
)
from gateway.audit.query import Record
from gateway.audit.words import STOPPED

DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
ROLES: Final = "http://terminology.hl7.org/CodeSystem/object-role"
TYPES: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
SOURCES: Final = "http://terminology.hl7.org/CodeSystem/security-source-type"


def fhir(records: Iterable[Record]) -> Iterator[str]:
    """AuditEvent resources."""
    return (json.dumps(resource(record), ensure_ascii=False) for record in records)


def resource(record: Record) -> dict[str, Any]:
    """One AuditEvent."""
    entry = record.entry
    subtype: Code | None
    if entry.type is EntryType.EVENT:
        kind, subtype = EVENTS.get(entry.event, (SECURITY_ALERT, SOFTWARE))
        outcome = "4" if entry.event.endswith("-failed") else "0"
    elif entry.action in STOPPED:
        kind, subtype, outcome = SECURITY_ALERT, RESTRICTED, "4"
    else:
        kind, subtype, outcome = EXPORT, None, OUTCOMES[record.end]
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": entry.id,
        "type": _coding(kind),
        "action": "R" if kind in (EXPORT, LOG_USED) else "E",
        "recorded": entry.time,
        "outcome": outcome,
        "outcomeDesc": " ".join(filter(None, (entry.action or entry.event, entry.reason_code, record.end))),
        "agent": list(_agents(record, kind)),
        "source": {
            "site": record.origin,
            "observer": {"display": f"leadglass {record.origin}"},
            "type": [{"system": SOURCES, "code": "6", "display": "Security Server"}],
        },
    }
    if subtype:
        event["subtype"] = [_coding(subtype)]
    if entry.type is EntryType.DECISION:
        event["entity"] = [_entity(record)]
    elif kind == LOG_USED:
        event["entity"] = [
            {
                "what": {"identifier": {"value": log_uri(record)}},
                "type": {"system": TYPES, "code": "2", "display": "System Object"},
                "role": {"system": ROLES, "code": "13", "display": "Security Resource"},
                "name": LOG_NAME,
            }
        ]
    return event


def _agents(record: Record, kind: Code) -> Iterator[dict[str, Any]]:
    entry = record.entry
    somebody = entry.user or entry.client
    if somebody:
        person: dict[str, Any] = {"who": {"display": somebody}, "requestor": True}
        if entry.client:
            person["network"] = {"address": entry.client, "type": "2"}
        yield person
    yield {"who": {"display": f"leadglass {record.origin}"}, "requestor": not somebody}
    if entry.host:
        host: dict[str, Any] = {
            "type": {"coding": [_coding(DESTINATION)]},
            "who": {"display": f"{entry.host}:{entry.port}"},
            "requestor": False,
            "network": {"address": entry.host, "type": "1"},
        }
        if kind == EXPORT:
            host["media"] = _coding(URI_MEDIUM)
        yield host


def _entity(record: Record) -> dict[str, Any]:
    entry = record.entry
    details = [
        ("rule", entry.rule), ("action", entry.action), ("modality", entry.modality), ("format", entry.format),
        ("bytes", str(entry.bytes)), ("content-hmac", entry.content), ("rules-digest", entry.rules_digest),
        *((f"finding {kind}", str(count)) for kind, count in entry.findings),
    ]  # fmt: skip
    return {
        "what": {"identifier": {"system": "urn:leadglass:audit-id", "value": entry.id}},
        "type": {"system": TYPES, "code": "2", "display": "System Object"},
        "role": {"system": ROLES, "code": "3", "display": "Report"},
        "detail": [{"type": kind, "valueString": value} for kind, value in details if value],
    }


def _coding(code: Code) -> dict[str, str]:
    return {"system": DCM, "code": code[0], "display": code[2]}
