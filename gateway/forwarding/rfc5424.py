"""The record as syslog messages (RFC 5424), counted in octets as TLS carries them (RFC 5425 section 4.3).

Structured data names the gateway and the index, which grows from message to message: by them a receiver tells repeats.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.audit.checkpoint import read_note
from gateway.audit.entry import EntryType
from gateway.audit.export import EXPORTS
from gateway.audit.ledger import Index
from gateway.forwarding.following import Ready
from gateway.forwarding.schema import ReceiverSpec

LOG_AUDIT: Final = 13
AUTHPRIV: Final = 10
WARNING, NOTICE, INFORMATIONAL = 4, 5, 6
SEVERITIES: Final = {
    "block": WARNING, "coach": WARNING, "redact": NOTICE, "log": INFORMATIONAL, "allow": INFORMATIONAL,
}  # fmt: skip
SD_ID: Final = "leadglass@32473"
"""32473 is the enterprise number that RFC 5612 keeps for whoever has none."""
ATNA_ID: Final = "DICOM+RFC3881"
"""The MSGID of DICOM audit messages: PS3.15 A.6.1."""
BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class _Head:
    severity: int
    time: str
    origin: str
    kind: str
    index: Index

    def message(self, spec: ReceiverSpec, text: str) -> str:
        facility = AUTHPRIV if spec.format == "atna" else LOG_AUDIT
        priority = (facility if spec.facility is None else spec.facility) * 8 + self.severity
        mark = "" if text.isascii() and self.kind != ATNA_ID else BOM
        return (
            f"<{priority}>1 {self.time} {self.origin} leadglass - {self.kind} "
            f'[{SD_ID} origin="{self.origin}" index="{self.index}"] {mark}{text}'
        )


def records(ready: Iterable[Ready], spec: ReceiverSpec) -> Iterator[str]:
    """One message for each record, in the receiver's format."""
    for item in ready:
        entry = item.record.entry
        severity = NOTICE if entry.type is EntryType.EVENT else SEVERITIES[entry.action]
        kind = ATNA_ID if spec.format == "atna" else entry.type.value
        head = _Head(severity, entry.time, item.record.origin, kind, item.index)
        (text,) = EXPORTS[spec.format]([item.record])
        yield head.message(spec, text)


def checkpoint(note: str, spec: ReceiverSpec) -> str:
    """A signed note as a message: one JSON string, as `FileAnchor` reads it back."""
    signed, _ = read_note(note)
    head = _Head(INFORMATIONAL, signed.time, signed.origin, "checkpoint", signed.size)
    return head.message(spec, json.dumps(note))


def framed(message: str) -> bytes:
    """The message with its length before it."""
    octets = message.encode()
    return b"%d %s" % (len(octets), octets)
