"""An entry's bytes: which fields it may have, in RFC 8785 canonical JSON."""

from typing import Any, Final

import orjson

from gateway.errors import AuditError

type Body = bytes
"""An entry as RFC 8785 canonical JSON."""

_ALWAYS: Final = frozenset({"type", "id", "time", "v"})
_OUTCOME: Final = _ALWAYS | {"outcome", "requests"}
_EVENT: Final = _ALWAYS | {
    "event", "count", "detail", "user", "client", "host", "gateway_version", "rules_digest", "exemption", "reason",
    "note", "until", "below", "days",
}  # fmt: skip
_DECISION: Final = _ALWAYS | {
    "gateway_version", "user", "groups", "doubt", "client", "method", "host", "port", "path", "provider", "exposure",
    "agreement", "operation", "direction", "signed", "format", "bytes", "medical", "score", "modality", "findings", "look",
    "places", "seen", "content", "basis", "action", "rule", "rules", "reason_code", "mode", "would", "subject", "exemption",
    "rules_digest",
}  # fmt: skip
ALLOWED: Final = {"decision": _DECISION, "outcome": _OUTCOME, "event": _EVENT}
"""Which fields each type of entry may have: closed lists."""


def read_record(body: Body) -> dict[str, Any]:
    """The fields of an entry as they stand in its canonical bytes. AuditError where they are not canonical."""
    try:
        record: dict[str, Any] = orjson.loads(body)
        sound = (
            record.keys() <= ALLOWED[record["type"]]
            and record.keys() >= _ALWAYS
            and float not in map(type, record.values())  # canonical JSON writes 1.0 as 1
            and float not in map(type, record.get("findings", {}).values())
            and dump(record) == body
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise AuditError("a record is not a canonical entry")
    return record


def dump(record: dict[str, Any]) -> Body:
    """Plain values as canonical JSON; over text and whole numbers orjson's sorted form is that form."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
