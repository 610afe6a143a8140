"""One line of the record: kinds, counts, rules and keyed digests, never content; and its canonical bytes."""

import operator
from collections import Counter
from enum import StrEnum
from typing import Any, Final, NamedTuple

from gateway import __version__
from gateway.audit.canonical import ALLOWED, Body, dump, read_record
from gateway.audit.seen import Grounds
from gateway.audit.words import EVENTS, OUTCOMES, VERDICTS, choice, foreign, new_id, now, own
from gateway.errors import AuditError
from gateway.model import MODALITIES, Action, Decision, Examination, Transfer

SCHEMA: Final = 2
"""Version of the entry's fields; stands in each entry as `v`, so that old entries can be read for six years."""


class EntryType(StrEnum):
    """What a line of the record speaks of."""

    DECISION = "decision"
    OUTCOME = "outcome"
    EVENT = "event"


class Entry(NamedTuple):
    """One line of the record. A field that does not apply is empty, and an empty field is not written.

    A tuple, because two are made for every request.
    """

    type: EntryType
    id: str
    """The matter: a decision and its outcome carry the same id."""
    time: str
    """RFC 3339, UTC, milliseconds."""
    v: int = SCHEMA
    gateway_version: str = ""

    # -- who, where to
    user: str = ""
    groups: tuple[str, ...] = ()
    doubt: str = ""
    """Why nobody was known although the gateway asks: a reason code."""
    client: str = ""
    method: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    """The catalogue's path template; never the path as it travelled."""
    provider: str = ""
    exposure: str = ""
    agreement: str = ""
    operation: str = ""
    direction: str = ""
    signed: bool = False
    """Whether a signature covers the body, so that nothing could have been removed from it."""

    # -- what was seen
    format: str = ""
    bytes: int = 0
    medical: bool = False
    score: str = ""
    """Four decimals as text: canonical JSON then needs no floating point."""
    modality: str = ""
    findings: tuple[tuple[str, int], ...] = ()
    look: str = ""
    """How far was looked: `format`, `medical` or `text`."""
    seen: tuple[str, ...] = ()
    """What rules can tell apart in it; see `gateway.audit.seen`."""
    places: tuple[str, ...] = ()
    """Where something was found in pictures, as numbers, of uploads that did not go through unchanged."""
    content: str = ""
    """Keyed HMAC-SHA256 of the body, in hex."""

    # -- what was decided
    basis: str = ""
    """One of `gateway.audit.seen.BASES`; empty in entries of version 1."""
    action: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()
    """All rules that spoke, where they are more than one."""
    reason_code: str = ""
    mode: str = ""
    would: str = ""
    subject: tuple[str, ...] = ()
    """Keyed digests of what an upload was held or stopped for: what an exemption is bound to."""
    exemption: str = ""
    """Of a decision: the decisions whose exemptions let it through. Of an event: the decision it speaks of."""
    rules_digest: str = ""

    # -- outcomes and events
    outcome: str = ""
    requests: int = 0
    event: str = ""
    count: int = 0  # type: ignore[assignment]  # a field called as a tuple's method; nobody counts fields
    detail: str = ""
    """A word from a closed list."""
    reason: str = ""
    """The reason that was chosen from the list of the rule, or of the gateway."""
    note: str = ""
    """Keyed digest of a reason in free words, which are kept elsewhere and can be erased."""
    until: str = ""
    """When an exemption ends; of a pruning, the day before which entries went."""
    below: int = 0
    """Of a pruning: all that was emptied stands before this entry."""
    days: int = 0
    """Of a pruning: how many days entries have to be kept, as it was set then."""

    @property
    def spoke(self) -> tuple[str, ...]:
        """The rules that a decision rests on, the deciding one first; none where no rule was asked."""
        return self.rules or ((self.rule,) if self.rule else ())

    @staticmethod
    def decision_of(
        audit_id: str,
        transfer: Transfer,
        decision: Decision,
        grounds: Grounds,
        *,
        content: str,
        rules_digest: str,
    ) -> "Entry":
        """The record of one decision. AuditError where a word does not fit the record."""
        to, sender, examination = transfer.destination, transfer.sender, grounds.examination
        worst = examination.worst
        score = None if worst is None else worst.score
        modality = (worst.modality if worst else None) or ""
        return Entry(
            type=EntryType.DECISION,
            id=audit_id,
            time=now(),
            gateway_version=__version__,
            user=foreign(sender.user, ascii_only=False),
            groups=tuple(foreign(group, ascii_only=False) for group in sender.groups),
            doubt=own(sender.doubt),
            client=foreign(sender.client),
            method=foreign(transfer.method, 16),
            host=foreign(to.host),
            port=to.port,
            path=own(to.template),
            provider=own(to.provider),
            exposure=to.exposure.value,
            agreement=own(to.agreement),
            operation=own(to.operation),
            direction=own(transfer.direction),
            signed=to.signed,
            format=worst.format.value if worst else "",
            bytes=len(transfer.body),
            medical=examination.medical,
            score="" if score is None else f"{score:.4f}",
            modality=modality if modality in MODALITIES else ("other" if modality else ""),
            findings=_counted(examination) if examination.findings else (),
            look=grounds.look_word,
            seen=grounds.seen,
            places=grounds.places if decision.action >= Action.COACH else (),
            content=own(content),
            basis=grounds.basis,
            action=decision.action.word,
            rule=own(decision.rules[0]) if decision.rules else "",
            rules=tuple(map(own, decision.rules)) if len(decision.rules) > 1 else (),
            reason_code=own(decision.reason_code),
            mode="enforce" if decision.would is None else "monitor",
            would="" if decision.would is None else decision.would.word,
            subject=grounds.subject,
            exemption=own(decision.exemption),
            rules_digest=own(rules_digest),
        )

    @staticmethod
    def outcome_of(audit_id: str, outcome: str, *, requests: int = 1) -> "Entry":
        """The record of what became of a decided upload; `outcome` is one of OUTCOMES."""
        if outcome not in OUTCOMES:
            raise AuditError("this outcome is not in the closed list")
        return Entry(type=EntryType.OUTCOME, id=audit_id, time=now(), outcome=outcome, requests=requests)

    @staticmethod
    def event_of(
        event: str,
        *,
        count: int = 0,
        detail: str = "",
        user: str = "",
        rules_digest: str = "",
        about: tuple[str, Transfer] | None = None,
    ) -> "Entry":
        """The record of something other than an upload; `event` is one of EVENTS, `detail` a closed word.

        `about` is the id of a matter with its sender and destination, where the event belongs to one.
        """
        if event not in EVENTS:
            raise AuditError("this event is not in the closed list")
        audit_id, transfer = about or (new_id(), None)
        return Entry(
            type=EntryType.EVENT,
            id=audit_id,
            time=now(),
            gateway_version=__version__,
            event=event,
            count=count,
            detail=own(detail),
            user=foreign(transfer.sender.user if transfer else user, ascii_only=False),
            client=foreign(transfer.sender.client) if transfer else "",
            host=foreign(transfer.destination.host) if transfer else "",
            rules_digest=own(rules_digest),
        )

    @staticmethod
    def exemption_of(
        event: str, decision_id: str, *, user: str, reason: str = "", note: str = "", until: str = ""
    ) -> "Entry":
        """The record of a step of an exemption; `user` is who took it, `reason` one that could be chosen."""
        made = Entry.event_of(event, user=user)
        return made._replace(
            exemption=own(decision_id), reason=choice(reason), note=own(note), until=own(until)
        )

    @staticmethod
    def verdict_of(decision_id: str, verdict: str, *, user: str) -> "Entry":
        """The record of what a reviewer said of a decision; `verdict` is one of VERDICTS."""
        if verdict not in VERDICTS:
            raise AuditError("this verdict is not in the closed list")
        return Entry.event_of("review-decision", user=user, detail=verdict)._replace(
            exemption=own(decision_id)
        )

    def canonical(self) -> Body:
        """The entry as RFC 8785 canonical JSON; over text and whole numbers orjson's sorted form is that form."""
        names, values = _SHAPES[self.type]
        record = {name: value for name, value in zip(names, values(self), strict=True) if value}
        if self.findings:
            record["findings"] = dict(self.findings)
        return dump(record)

    @staticmethod
    def parse(body: Body) -> "Entry":
        """The entry that these canonical bytes are. AuditError where they are not an entry, or not canonical."""
        record = read_record(body)
        try:
            values: dict[str, Any] = dict(record)
            values["type"] = EntryType(values["type"])
            values["findings"] = tuple(values.get("findings", {}).items())
            for name in _LISTS:
                values[name] = tuple(values.get(name, ()))
            return Entry(**values)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise AuditError("a record is not an entry") from None


_LISTS: Final = ("rules", "groups", "seen", "places", "subject")
NAMES: Final = Entry._fields
_SHAPES: Final = {
    kind: (tuple(sorted(names)), operator.attrgetter(*sorted(names))) for kind, names in ALLOWED.items()
}


def _counted(examination: Examination) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(finding.kind.value for finding in examination.findings).items()))
