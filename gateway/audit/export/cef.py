"""ArcSight Common Event Format, version 0, one line a record."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from gateway import __version__
from gateway.audit.entry import EntryType
from gateway.audit.query import Record
from gateway.model import Action

SEVERITIES: Final = {"allow": 1, "log": 2, "coach": 4, "redact": 5, "block": 7}


def cef(records: Iterable[Record]) -> Iterator[str]:
    """CEF lines; the signature id is the action or the event."""
    return map(_line, records)


def _line(record: Record) -> str:
    entry = record.entry
    if entry.type is EntryType.EVENT:
        signature, name, severity = entry.event, f"Gateway: {entry.event}", 3
    else:
        signature, severity = entry.action, SEVERITIES[entry.action]
        name = f"Upload: {Action[entry.action.upper()].word}"
    head = "|".join(map(_head, ("Leadglass", "gateway", __version__, signature, name, str(severity))))
    return f"CEF:0|{head}|" + " ".join(
        f"{key}={_value(value)}" for key, value in _extension(record) if value != ""
    )


def _extension(record: Record) -> Iterator[tuple[str, str]]:
    entry = record.entry
    yield "rt", str(int(datetime.fromisoformat(entry.time).timestamp() * 1000))
    yield "externalId", entry.id
    yield "dvchost", record.origin
    yield "suser", entry.user
    yield "src" if _is_address(entry.client) else "shost", entry.client
    if entry.type is EntryType.EVENT:
        yield "cnt", str(entry.count)
        yield "reason", entry.detail
        return
    yield "dhost", entry.host
    yield "dpt", str(entry.port)
    yield "requestMethod", entry.method
    yield "request", entry.path
    yield "act", entry.action
    yield "outcome", record.end
    yield "reason", entry.reason_code
    yield "out", str(entry.bytes)
    yield "fileType", entry.format
    findings = " ".join(f"{kind}={count}" for kind, count in entry.findings)
    labelled = (
        ("rule", entry.rule), ("modality", entry.modality), ("findings", findings), ("score", entry.score),
        ("rulesDigest", entry.rules_digest), ("contentHmac", entry.content),
    )  # fmt: skip
    for number, (label, value) in enumerate(labelled, 1):
        if value:
            yield f"cs{number}Label", label
            yield f"cs{number}", value


def _is_address(client: str) -> bool:
    return client.count(".") == 3 and client.replace(".", "").isdigit()


def _head(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n").replace("\r", "\\r")
