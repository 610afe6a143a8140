"""OCSF 1.5 events (schema.ocsf.io), one JSON object a line.

An upload that went on as it was is `HTTP Activity` (4002); one that was redacted, held or stopped is a `Data Security
Finding` (2006). What people did with the record is `API Activity` (6003), signing in `Authentication` (3002), everything
else about the gateway `Application Lifecycle` (6002). Whatever OCSF has no place for stands in `unmapped` under our names.
"""

import ipaddress
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from gateway import __version__
from gateway.audit.entry import Entry, EntryType
from gateway.audit.export.ocsf_words import (
    AUTHENTICATION,
    CAPTIONS,
    CONTROLS,
    EVENTS,
    FAILED,
    FAILURE,
    FINDING,
    HTTP,
    INFORMATIONAL,
    LIFECYCLE,
    LOW,
    OTHER,
    PROFILE,
    SUCCESS,
    TITLES,
    UNKNOWN,
    VERSION,
    OcsfClass,
)
from gateway.audit.query import OPEN, Record, as_json
from gateway.audit.words import STOPPED

MAPPED: Final = (
    "type", "id", "time", "user", "groups", "client", "host", "method", "port", "path", "action", "event", "count",
    "requests", "index", "gateway_version",
)  # fmt: skip
"""Fields that have a place of their own in every class, where they are not empty."""


def ocsf(records: Iterable[Record]) -> Iterator[str]:
    """OCSF events."""
    return (json.dumps(event(record), ensure_ascii=False) for record in records)


def event(record: Record) -> dict[str, Any]:
    """One OCSF event."""
    entry = record.entry
    if entry.type is EntryType.EVENT:
        return _event(record)
    if entry.action in ("allow", "log"):
        return _activity(record)
    return _finding(record)


def _activity(record: Record) -> dict[str, Any]:
    entry = record.entry
    methods = {name.upper(): number for number, name in HTTP.activities.items()}
    number = methods.get(entry.method, OTHER if entry.method else UNKNOWN)
    request: dict[str, Any] = {"url": {"hostname": entry.host, "port": entry.port, "path": entry.path or "/"}}
    if entry.method in methods:
        request["http_method"] = entry.method
    status = {"delivered": SUCCESS, OPEN: UNKNOWN}.get(record.end, FAILURE)
    return (
        _head(record, HTTP, number, entry.method or "Unknown")
        | _control(entry)
        | {
            "http_request": request,
            "traffic": {"bytes_out": entry.bytes},
            "dst_endpoint": {"hostname": entry.host, "port": entry.port},
            "status_id": status,
            "status_detail": record.end,
        }
        | ({"src_endpoint": _endpoint(entry.client)} if entry.client else {})
        | _count(record.outcome.requests if record.outcome else 0)
        # This class has no place for a person.
        | _unmapped(record, keep=("user", "groups"))
    )


def _finding(record: Record) -> dict[str, Any]:
    entry = record.entry
    info: dict[str, Any] = {"uid": entry.id, "title": TITLES[entry.action]}
    if entry.findings:
        info["types"] = [kind for kind, _ in entry.findings]
    if entry.rule:
        info["analytic"] = {"type_id": 1, "type": "Rule", "name": entry.rule}
    security: dict[str, Any] = {
        "data_lifecycle_state_id": 2,
        "data_lifecycle_state": "Data in-Transit",
        "detection_system_id": 2,
        "detection_system": "DLP Gateway",
    }
    if entry.medical:
        security |= {"category_id": 1, "category": "Personal"}
    if entry.rule:
        security["policy"] = _policy(entry)
    return (
        _head(record, FINDING, 1, "")
        | _control(entry)
        | {
            "finding_info": info,
            "data_security": security,
            "is_alert": entry.action in STOPPED,
            "dst_endpoint": {"hostname": entry.host, "port": entry.port},
            "status_id": 1,
            "status": "New",
            "status_detail": record.end,
        }
        | ({"src_endpoint": _endpoint(entry.client)} if entry.client else {})
        | ({"actor": {"user": _user(entry)}} if entry.user else {})
        | _count(record.outcome.requests if record.outcome else 0)
        | _unmapped(record, keep=("method", "path"))
    )


def _event(record: Record) -> dict[str, Any]:
    entry = record.entry
    kind, number = EVENTS.get(entry.event, (LIFECYCLE, OTHER))
    failed = entry.event in FAILED
    shown = _head(record, kind, number, entry.event) | {
        "severity_id": LOW if failed else INFORMATIONAL,
        "severity": CAPTIONS[LOW if failed else INFORMATIONAL],
        "status_id": FAILURE if failed else SUCCESS,
    }
    source = _endpoint(entry.client) if entry.client else {"name": record.origin}
    keep: tuple[str, ...] = ("event", "host")
    if kind is LIFECYCLE:
        shown["app"] = _product(entry)
        keep += ("user", "client")
    elif kind is AUTHENTICATION:
        # A sign-in that failed may have no name worth keeping, but the class asks for a person.
        shown["user"] = _user(entry) if entry.user else {"uid": "unknown"}
        shown |= {"service": {"name": f"leadglass {record.origin}"}, "src_endpoint": source}
    else:
        shown["actor"] = {"user": _user(entry)} if entry.user else {"app_name": f"leadglass {record.origin}"}
        shown |= {"api": {"operation": entry.event}, "src_endpoint": source}
    return shown | _count(entry.count) | _unmapped(record, keep=keep)


def _head(record: Record, kind: OcsfClass, number: int, otherwise: str) -> dict[str, Any]:
    """What every class has; `otherwise` names an activity that OCSF does not know."""
    entry = record.entry
    activity = kind.activities.get(number, otherwise)
    decided = entry.type is EntryType.DECISION
    return {
        "class_uid": kind.uid,
        "class_name": kind.name,
        "category_uid": kind.category_uid,
        "category_name": kind.category_name,
        "activity_id": number,
        "activity_name": activity,
        "type_uid": kind.uid * 100 + number,
        "type_name": f"{kind.name}: {'Other' if number == OTHER else activity}",
        "time": int(datetime.fromisoformat(entry.time).timestamp() * 1000),
        "message": " ".join(filter(None, (entry.action or entry.event, entry.reason_code, record.end))),
        "metadata": {
            "version": VERSION,
            "product": _product(entry),
            "uid": entry.id,
            "sequence": record.index,
            "log_name": "audit",
            "log_provider": record.origin,
            "original_time": entry.time,
            **({"profiles": [PROFILE]} if decided else {}),
        },
    }


def _control(entry: Entry) -> dict[str, Any]:
    severity, action_id, action, disposition_id, disposition = CONTROLS[entry.action]
    shown: dict[str, Any] = {
        "severity_id": severity, "severity": CAPTIONS[severity], "action_id": action_id, "action": action,
        "disposition_id": disposition_id, "disposition": disposition,
    }  # fmt: skip
    return shown | ({"policy": _policy(entry)} if entry.rule else {})


def _policy(entry: Entry) -> dict[str, str]:
    return {"name": entry.rule} | ({"version": entry.rules_digest} if entry.rules_digest else {})


def _product(entry: Entry) -> dict[str, str]:
    return {"name": "Leadglass", "vendor_name": "Leadglass", "version": entry.gateway_version or __version__}


def _user(entry: Entry) -> dict[str, Any]:
    return {"name": entry.user} | (
        {"groups": [{"name": group} for group in entry.groups]} if entry.groups else {}
    )


def _endpoint(client: str) -> dict[str, str]:
    try:
        return {"ip": str(ipaddress.ip_address(client))}
    except ValueError:
        return {"hostname": client}


def _count(count: int) -> dict[str, int]:
    return {"count": count} if count else {}


def _unmapped(record: Record, keep: tuple[str, ...]) -> dict[str, Any]:
    rest = {
        name: value
        for name, value in as_json(record).items()
        if value not in (None, "", [], {}) and (name not in MAPPED or name in keep)
    }
    return {"unmapped": rest} if rest else {}
