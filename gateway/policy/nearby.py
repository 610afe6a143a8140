"""What would have to be otherwise for another decision: the rules that almost spoke, and changes that were tried out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from gateway.model import (
    NOT_UNDERSTOOD,
    Action,
    Decision,
    Examination,
    Exposure,
    Finding,
    Format,
    Sender,
    Transfer,
)
from gateway.policy.conditions import PICTURES, Found, Where, Who
from gateway.policy.decide import decide
from gateway.policy.rules import Rule, RuleSet

SHOWN: Final = 5
"""Rules that are named as near."""
FAR: Final = 2
"""Conditions that may fail in a rule that is still near."""
PEOPLE: Final = 20
"""Groups and people that are tried out, of those that rules name."""
_CLASSES: Final = (Exposure.PUBLIC, Exposure.BAA, Exposure.STORAGE)
_HOURS: Final = 7 * 24


@dataclass(frozen=True, slots=True)
class Near:
    """A rule that did not speak, and the conditions that kept it from it, one sentence each."""

    rule: Rule
    missing: tuple[str, ...]


class Otherwise(NamedTuple):
    """One change, and what would have been decided with it."""

    change: str
    decision: Decision


def nearest(
    rules: RuleSet, transfer: Transfer, examination: Examination, decision: Decision, now: datetime
) -> tuple[Near, ...]:
    """The rules with another action that almost spoke, nearest first."""
    formats = {part.path: part.format for part in examination.parts}
    seen = [(finding, formats.get(finding.path, Format.UNKNOWN)) for finding in examination.findings]
    found = []
    for rule in rules.rules:
        if rule.action is decision.action or rule.name in decision.rules:
            continue
        missing = _missing(rule, transfer, seen, now)
        if 0 < len(missing) <= FAR:
            found.append(Near(rule, missing))
    return tuple(sorted(found, key=lambda near: (len(near.missing), near.rule.name))[:SHOWN])


def otherwise(
    rules: RuleSet, transfer: Transfer, examination: Examination, decision: Decision, now: datetime
) -> tuple[Otherwise, ...]:
    """Single changes that would have led to another action; each was decided by the whole rule set."""
    tried = [
        Otherwise(words, decide(rules, changed, examination, now=now))
        for words, changed in _changes(rules, transfer)
    ]
    tried += _later(rules, transfer, examination, decision.action, now)
    return tuple(one for one in tried if one.decision.action is not decision.action)


def without(
    rules: RuleSet, transfer: Transfer, examination: Examination, decision: Decision, now: datetime
) -> Decision:
    """What would be decided if none of the deciding rules spoke."""
    rest = replace(rules, rules=tuple(rule for rule in rules.rules if rule.name not in decision.rules))
    return decide(rest, transfer, examination, now=now)


def _changes(rules: RuleSet, transfer: Transfer) -> Iterator[tuple[str, Transfer]]:
    to, sender = transfer.destination, transfer.sender
    if to.exposure in _CLASSES:
        for exposure in _CLASSES:
            if exposure is not to.exposure:
                yield (
                    f"to a destination of class {exposure.value}",
                    replace(transfer, destination=replace(to, exposure=exposure)),
                )
    named = [who for rule in rules.rules for who in (rule.who, *(one.who for one in rule.unless))]
    groups = sorted(frozenset[str]().union(*(who.groups for who in named)) - set(sender.groups))
    for group in islice(groups, PEOPLE):
        yield (
            f"from a member of {group}",
            replace(transfer, sender=replace(sender, groups=(*sender.groups, group))),
        )
    users = sorted(frozenset[str]().union(*(who.users for who in named)) - {sender.user})
    for user in islice(users, PEOPLE):
        yield f"from {user}", replace(transfer, sender=Sender(user, sender.client, sender.groups))
    if not sender.user and any(who.identified is not None for who in named):
        yield (
            "from somebody who is known by name",
            replace(transfer, sender=Sender("?", sender.client, sender.groups)),
        )


def _later(
    rules: RuleSet, transfer: Transfer, examination: Examination, action: Action, now: datetime
) -> Iterator[Otherwise]:
    """The first hour of the next seven days at which the answer is another one."""
    if not any(rule.when or any(one.when for one in rule.unless) for rule in rules.rules):
        return
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    for step in range(1, _HOURS + 1):
        at = hour + timedelta(hours=step)
        decision = decide(rules, transfer, examination, now=at)
        if decision.action is not action:
            yield Otherwise(f"on {at:%A, %Y-%m-%d at %H:%M} UTC", decision)
            return


def _missing(
    rule: Rule, transfer: Transfer, seen: list[tuple[Finding, Format]], now: datetime
) -> tuple[str, ...]:
    """Why a rule does not speak, in sentences; nothing where it does."""
    why = [*_where(rule.where, transfer), *_who(rule.who, transfer.sender)]
    if rule.size is not None and not rule.size.holds(len(transfer.body)):
        why.append(f"the upload has {len(transfer.body)} bytes, which is outside its range")
    if rule.when is not None and not rule.when.fits(now):
        why.append("it speaks at other times")
    if any(exemption.fits(transfer, now) for exemption in rule.unless):
        why.append("one of its exceptions (`unless`) holds")
    if rule.failures is not None:
        codes = {finding.detail for finding, _ in seen if finding.kind in NOT_UNDERSTOOD}
        if not codes:
            why.append("it speaks of what could not be examined, and everything was")
        elif rule.failures and rule.failures.isdisjoint(codes):
            why.append(f"it answers {_some(rule.failures)}, not {_some(codes)}")
    elif rule.found:
        understood = [(finding, form) for finding, form in seen if finding.kind not in NOT_UNDERSTOOD]
        each = [[*_found(found, finding, form)] for found in rule.found for finding, form in understood]
        if not each:
            why.append("nothing that it speaks of was found")
        else:
            closest = min(each, key=len)
            why += closest
    return tuple(why)


def _where(where: Where, transfer: Transfer) -> Iterator[str]:
    to = transfer.destination
    if where.exposures and to.exposure not in where.exposures:
        yield f"the destination is of class {to.exposure.value}, not {_some(e.value for e in where.exposures)}"
    if where.providers is not None and to.provider not in where.providers:
        yield f"the service is {to.provider}, not {_some(where.providers)}"
    if where.operations and to.operation not in where.operations:
        yield f"the operation is {to.operation or 'not known'}, not {_some(where.operations)}"
    if where.hosts is not None and where.hosts.find(to.host) is None:
        yield f"the host {to.host} is not one of its hosts"


def _who(who: Who, sender: Sender) -> Iterator[str]:
    if who.identified is not None and who.identified is not bool(sender.user):
        yield f"the sender is {'known' if sender.user else 'not known'} by name"
    if who.users and sender.user not in who.users:
        yield f"the sender is not {_some(who.users)}"
    if who.groups and who.groups.isdisjoint(sender.groups):
        yield f"the sender is in none of the groups {_some(who.groups)}"
    if who.networks and not Who(networks=who.networks).fits(sender):
        yield "the sender's machine is in none of its networks"


def _found(found: Found, finding: Finding, form: Format) -> Iterator[str]:
    if found.kinds and finding.kind not in found.kinds:
        yield f"{finding.kind.value} was found, not {_some(kind.value for kind in found.kinds)}"
    if found.formats and form not in found.formats:
        yield f"the format is {form.value}, not {_some(form.value for form in found.formats)}"
    if found.modalities and finding.detail not in found.modalities:
        yield f"the modality is {finding.detail or 'not known'}, not {_some(found.modalities)}"
    if found.details and finding.detail not in found.details:
        yield f"the detail is {finding.detail or 'not given'}, not {_some(found.details)}"
    if found.score is not None and not (finding.kind in PICTURES and found.score.holds(finding.confidence)):
        low, high = max(found.score.least, 0.0), min(found.score.below, 1.0)
        yield f"the score is {finding.confidence:.2f}, not from {low:.2f} to {high:.2f}"


def _some(words: Iterable[str]) -> str:
    ordered = sorted(words)
    return " or ".join(ordered[:3]) + (f" (or {len(ordered) - 3} more)" if len(ordered) > 3 else "")
