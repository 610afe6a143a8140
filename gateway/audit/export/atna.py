"""DICOM audit messages (PS3.15 A.5.1), as an IHE ATNA audit repository takes them: one XML document a line.

An upload that went on is `Export` (110106); one that was stopped is `Security Alert` (110113), type `Use of
Restricted Function` (110132). Start and stop are `Application Activity` (110100), reading the record `Audit Log Used`
(110101), other events `Security Alert`, type `Software Configuration` (110131).
"""

import base64
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from gateway.audit.entry import EntryType
from gateway.audit.query import OPEN, Record
from gateway.audit.words import STOPPED

type Code = tuple[str, str, str]

EXPORT: Final[Code] = ("110106", "DCM", "Export")
SECURITY_ALERT: Final[Code] = ("110113", "DCM", "Security Alert")
RESTRICTED: Final[Code] = ("110132", "DCM", "Use of Restricted Function")
SOFTWARE: Final[Code] = ("110131", "DCM", "Software Configuration")
ACTIVITY: Final[Code] = ("110100", "DCM", "Application Activity")
LOG_USED: Final[Code] = ("110101", "DCM", "Audit Log Used")
EVENTS: Final[dict[str, tuple[Code, Code | None]]] = {
    "start": (ACTIVITY, ("110120", "DCM", "Application Start")),
    "stop": (ACTIVITY, ("110121", "DCM", "Application Stop")),
    "record-read": (LOG_USED, None),
    "record-exported": (LOG_USED, None),
    "sign-in": (("110114", "DCM", "User Authentication"), ("110122", "DCM", "Login")),
    "sign-in-failed": (("110114", "DCM", "User Authentication"), ("110122", "DCM", "Login")),
}
SOURCE: Final[Code] = ("110153", "DCM", "Source Role ID")
DESTINATION: Final[Code] = ("110152", "DCM", "Destination Role ID")
MEDIUM: Final[Code] = ("110154", "DCM", "Destination Media")
URI_MEDIUM: Final[Code] = ("110037", "DCM", "URI")
LOG_NAME: Final = "Security Audit Log"

SUCCESS, MINOR, SERIOUS = "0", "4", "8"
OUTCOMES: Final = {
    "delivered": SUCCESS, "refused": MINOR, "client-gone": MINOR, "upstream-failed": MINOR, "unknown-crash": SERIOUS,
    OPEN: MINOR,
}  # fmt: skip
"""EventOutcomeIndicator must be true: only what arrived is a success."""


def atna(records: Iterable[Record]) -> Iterator[str]:
    """AuditMessage documents, one a line, without an XML declaration."""
    return (tostring(message(record), encoding="unicode") for record in records)


def message(record: Record) -> Element:
    """One AuditMessage."""
    entry, root = record.entry, Element("AuditMessage")
    if entry.type is EntryType.EVENT:
        event_id, event_type = EVENTS.get(entry.event, (SECURITY_ALERT, SOFTWARE))
        indicator = MINOR if entry.event.endswith("-failed") else SUCCESS
    elif entry.action in STOPPED:
        event_id, event_type, indicator = SECURITY_ALERT, RESTRICTED, MINOR
    else:
        event_id, event_type, indicator = EXPORT, None, OUTCOMES[record.end]
    identification = SubElement(
        root, "EventIdentification",
        EventActionCode="R" if event_id in (EXPORT, LOG_USED) else "E",
        EventDateTime=entry.time, EventOutcomeIndicator=indicator,
    )  # fmt: skip
    _code(identification, "EventID", event_id)
    if event_type:
        _code(identification, "EventTypeCode", event_type)
    said = " ".join(filter(None, (entry.action or entry.event, entry.reason_code, record.end)))
    SubElement(identification, "EventOutcomeDescription").text = said
    _participants(root, record, event_id)
    source = SubElement(root, "AuditSourceIdentification", AuditSourceID=record.origin)
    SubElement(source, "AuditSourceTypeCode", {"csd-code": "6"})
    if entry.type is EntryType.DECISION:
        _object(root, record)
    elif event_id is LOG_USED:
        _log(root, record)
    return root


def _participants(root: Element, record: Record, event_id: Code) -> None:
    entry, roles = record.entry, event_id in (EXPORT, SECURITY_ALERT)
    somebody = entry.user or entry.client
    if somebody:
        person = SubElement(root, "ActiveParticipant", UserID=somebody, UserIsRequestor="true")
        if entry.client:
            person.set("NetworkAccessPointID", entry.client)
            person.set("NetworkAccessPointTypeCode", "2")
        if roles:
            _code(person, "RoleIDCode", SOURCE)
    gateway = SubElement(
        root, "ActiveParticipant",
        UserID=f"leadglass {record.origin}", UserIsRequestor="false" if somebody else "true",
    )  # fmt: skip
    if event_id is EXPORT:
        _code(gateway, "RoleIDCode", SOURCE)
    if roles or event_id is ACTIVITY:
        _code(gateway, "RoleIDCode", ("110150", "DCM", "Application"))
    if entry.host:
        host = SubElement(
            root, "ActiveParticipant", UserID=f"{entry.host}:{entry.port}", UserIsRequestor="false",
            NetworkAccessPointID=entry.host, NetworkAccessPointTypeCode="1",
        )  # fmt: skip
        _code(host, "RoleIDCode", DESTINATION)
        # The remote process is the medium as well (table A.5.3.4-1; example PS3.17 WW.3-1).
        if event_id is EXPORT:
            _code(host, "RoleIDCode", MEDIUM)
            _code(SubElement(host, "MediaIdentifier"), "MediaType", URI_MEDIUM)


def _object(root: Element, record: Record) -> None:
    entry = record.entry
    item = SubElement(
        root, "ParticipantObjectIdentification",
        ParticipantObjectID=entry.id, ParticipantObjectTypeCode="2",
        ParticipantObjectTypeCodeRole="3", ParticipantObjectDataLifeCycle="10",
    )  # fmt: skip
    _code(item, "ParticipantObjectIDTypeCode", ("leadglass-id", "Leadglass", "Leadglass audit id"))
    SubElement(item, "ParticipantObjectName").text = f"upload {entry.format or 'without body'}"
    details = [
        ("rule", entry.rule), ("action", entry.action), ("modality", entry.modality), ("bytes", str(entry.bytes)),
        ("content-hmac", entry.content), ("rules-digest", entry.rules_digest),
        *((f"finding {kind}", str(count)) for kind, count in entry.findings),
    ]  # fmt: skip
    for kind, value in details:
        if value:
            encoded = base64.b64encode(value.encode()).decode("ascii")
            SubElement(item, "ParticipantObjectDetail", type=kind, value=encoded)


def _log(root: Element, record: Record) -> None:
    """The record itself, as what was read (table A.5.3.2-1)."""
    item = SubElement(
        root, "ParticipantObjectIdentification",
        ParticipantObjectID=log_uri(record), ParticipantObjectTypeCode="2", ParticipantObjectTypeCodeRole="13",
    )  # fmt: skip
    _code(item, "ParticipantObjectIDTypeCode", ("12", "RFC-3881", "URI"))
    SubElement(item, "ParticipantObjectName").text = LOG_NAME


def log_uri(record: Record) -> str:
    """A name for one gateway's record; it is no address."""
    return f"urn:leadglass:record:{quote(record.origin, safe='')}"


def _code(parent: Element, name: str, code: Code) -> None:
    value, system, meaning = code
    SubElement(parent, name, {"csd-code": value, "codeSystemName": system, "originalText": meaning})
