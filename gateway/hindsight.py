"""Asks rules about uploads that were decided long ago, from what the record holds about them.

The record keeps what rules can tell apart, never the upload itself; where that is not enough to be certain, the answer
is that this decision cannot be replayed, and why.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gateway import reasons
from gateway.audit import Entry, EntryType, pseudonym
from gateway.audit.seen import seen_again
from gateway.model import (
    Action,
    Decision,
    Destination,
    Examination,
    Exposure,
    Format,
    Look,
    Sender,
    Transfer,
)
from gateway.policy import RuleSet, decide, decide_failure, look_needed, stranger_action
from gateway.policy.words import RASTER_FORMATS

TOO_OLD: Final = "it was written before the record held what is needed to decide again"
TOO_MUCH: Final = "more was seen in it than the record holds"
NOT_LOOKED: Final = "its pictures were not searched for writing, and these rules need that"
HIDDEN: Final = (
    "its sender stands in the record under a pseudonym whose key is not here, and these rules name people"
)
NOBODY: Final = "the record does not hold the name of the sender as it was given"
EXEMPT: Final = (
    "it passed by an exemption, and whether that would cover the answer of these rules is not known"
)
TURNED_AWAY: Final = "its sender was turned away before it was looked at, and these rules would let them in"
NO_DECISION: Final = "it is not a decision about an upload"

_ALIAS: Final = re.compile(r"p-[0-9a-f]{24}")
SHOWN: Final = RASTER_FORMATS | {Format.DICOM}
"""Formats in which a deeper look finds more."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A past upload as rules see it."""

    entry: Entry
    transfer: Transfer
    examination: Examination
    time: datetime


def people(rules: RuleSet, key: bytes) -> Mapping[str, str]:
    """The pseudonyms of everybody whom these rules name, and who that is."""
    named = [who for rule in rules.rules for who in (rule.who, *(one.who for one in rule.unless))]
    return {pseudonym(key, user): user for who in named for user in who.users}


def recall(rules: RuleSet, entry: Entry, known: Mapping[str, str] | None = None) -> Recalled | str:
    """The upload of an entry, its destination as the catalogue of these rules knows it; or why it cannot be told.

    `known` is what `people` says; without it, a pseudonym stays unknown.
    """
    if entry.type is not EntryType.DECISION:
        return NO_DECISION
    if not entry.basis:
        return TOO_OLD
    if "invalid" in (entry.user, *entry.groups):
        return NOBODY
    if _ALIAS.fullmatch(entry.user) and known is None and people(rules, b""):
        return HIDDEN
    examination = seen_again(entry.seen)
    if examination is None:
        return TOO_MUCH
    time = datetime.fromisoformat(entry.time)
    user = (known or {}).get(entry.user, entry.user)
    sender = Sender(user, entry.client, entry.groups, entry.doubt)
    # Rules ask for the size alone; zeros that nobody reads cost no memory.
    transfer = Transfer(
        _destination(rules, entry, time),
        sender,
        method=entry.method,
        body=bytes(entry.bytes),
        direction=entry.direction,
    )
    return Recalled(entry, transfer, examination, time)


def decide_again(rules: RuleSet, past: Recalled) -> Decision | str:
    """What these rules would have decided; or why that is not certain."""
    entry = past.entry
    if entry.basis == "refused" and entry.reason_code in reasons.ADVICE:
        sender, to = past.transfer.sender, past.transfer.destination
        if stranger_action(rules, to, sender, now=past.time) < Action.BLOCK:
            return TURNED_AWAY
    if entry.basis == "refused" and entry.reason_code != reasons.RULE:
        # No rule was asked: the request itself was not sound, or the gateway could not serve.
        return Decision(Action.BLOCK, entry.rules or (entry.rule,), "", reason_code=entry.reason_code)
    if entry.basis == "failed":
        return decide_failure(rules, past.transfer, entry.reason_code, now=past.time)
    decision = decide(rules, past.transfer, past.examination, now=past.time)
    deeper = look_needed(rules, past.transfer.destination) > Look[entry.look.upper() or "TEXT"]
    pictures = any(part.format in SHOWN for part in past.examination.parts)
    if decision.action < Action.BLOCK and deeper and pictures:
        return NOT_LOOKED
    if entry.exemption and decision.action > Action.LOG:
        return EXEMPT
    if decision.action is Action.REDACT and entry.basis == "not-redacted":
        return replace(decision, action=Action.BLOCK, reason_code=entry.reason_code)
    return decision


def _destination(rules: RuleSet, entry: Entry, time: datetime) -> Destination:
    """Where it went, as this catalogue sees it.

    The path is known as the template that the catalogue had then. Whether an account is covered is known only for the
    agreement under which the upload was made: it counts as long as this catalogue still has it.
    """
    known = rules.catalogue.destination(entry.host, entry.port, entry.method, entry.path)
    if known.exposure in (Exposure.NONE, Exposure.UNLISTED):
        return known
    covered = any(
        agreement.id == entry.agreement
        and agreement.provider == known.provider
        and time.date() <= agreement.until
        for agreement in rules.catalogue.agreements
    )
    return replace(
        known,
        operation=known.operation or entry.operation,
        exposure=Exposure.BAA if covered else known.exposure,
        agreement=entry.agreement if covered else "",
        signed=entry.signed,
    )
