"""The one place where ALLOW is spelled.

The strictest rule that speaks wins, so the order of rules changes nothing. What was found and no rule speaks of is
blocked; what could not be understood is blocked unless a rule about failures says otherwise. Only an upload in which
nothing was found, to a destination that no rule closes, passes without being named.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from gateway import reasons
from gateway.model import (
    NOT_UNDERSTOOD,
    Action,
    Decision,
    Destination,
    Examination,
    Exposure,
    Finding,
    Format,
    Kind,
    PartReport,
    Sender,
    Transfer,
)
from gateway.policy.excuse import Excuse
from gateway.policy.rules import Rule, RuleSet
from gateway.policy.verdict import NOT_EXAMINED, NOT_INSPECTED, UNFORESEEN, Answer, excused, verdict


def decide(
    rules: RuleSet,
    transfer: Transfer,
    examination: Examination,
    *,
    now: datetime | None = None,
    excuses: tuple[Excuse, ...] = (),
) -> Decision:
    """What the rules say about an examined upload. Pure but for the clock, which can be given (aware of its zone).

    With `excuses`, what the rules say about everything that is not excused.
    """
    given = answers(rules, transfer, examination, now=now)
    if transfer.destination.exposure in (Exposure.NONE, Exposure.UNLISTED):
        # Nobody looks into what goes there: only a rule that closes the destination itself can be kept.
        closing = transfer.destination.exposure is Exposure.UNLISTED
        given = [answer for answer in given if closing and answer.rule and answer.finding is None]
        if not given:
            return Decision(Action.ALLOW, (NOT_INSPECTED,), "This destination is not inspected.")
    return excused(given, excuses, transfer.destination) if excuses else verdict(given, transfer.destination)


def decide_failure(
    rules: RuleSet, transfer: Transfer, reason_code: str, *, now: datetime | None = None
) -> Decision:
    """What the rules say about an upload whose examination failed; refused unless a rule about failures excuses it.

    Reasons that are not about the upload itself (a ledger that cannot write, a host that does not agree) cannot be
    excused.
    """
    moment = now or datetime.now(UTC)
    code = reason_code if reason_code in reasons.REASONS else NOT_EXAMINED
    failing = rules.plans[transfer.destination.exposure].failures
    applying = [rule for rule in failing if rule.applies(transfer, moment)]
    given = [*_about_stranger(rules, transfer, moment), *_failure_answers(applying, code, None)]
    return verdict(given, transfer.destination)


def answers(
    rules: RuleSet, transfer: Transfer, examination: Examination, *, now: datetime | None = None
) -> list[Answer]:
    """Every answer of every rule that speaks, and the gateway's own where none does."""
    moment = now or datetime.now(UTC)
    plan = rules.plans[transfer.destination.exposure]
    formats = {part.path: part.format for part in examination.parts}
    given = [Answer(rule.action, rule) for rule in plan.whole if rule.applies(transfer, moment)]
    if transfer.sender.doubt:
        given += _about_stranger(rules, transfer, moment)
    speaking: dict[Kind, list[Rule]] = {}
    for finding in _distinct(examination.findings):
        kind = finding.kind
        failing = kind in NOT_UNDERSTOOD
        if kind not in speaking:
            asked = plan.failures if failing else plan.about[kind]
            speaking[kind] = [rule for rule in asked if rule.applies(transfer, moment)]
        if failing:
            given += _failure_answers(speaking[kind], _code(finding), finding)
            continue
        form = formats.get(finding.path, Format.UNKNOWN)
        spoken = [
            Answer(rule.action, rule, finding)
            for rule in speaking[kind]
            if rule.found[0].fits(finding, form) or any(found.fits(finding, form) for found in rule.found[1:])
        ]
        given += spoken or [Answer(Action.BLOCK, None, finding, UNFORESEEN)]
    if plan.parts:
        given += _about_parts(
            [rule for rule in plan.parts if rule.applies(transfer, moment)], examination.parts
        )
    return given


def stranger_action(
    rules: RuleSet,
    destination: Destination,
    sender: Sender,
    *,
    spoken: bool = False,
    now: datetime | None = None,
) -> Action:
    """What becomes of anything that this sender sends here, as far as it follows from who it is; asked before it is seen.

    Refused where nobody knows the sender and no rule speaks of strangers here. With `spoken`, what a rule refuses
    counts as open: the rule has words of its own for it. A known sender is open.
    """
    if not sender.doubt:
        return Action.ALLOW
    transfer, moment = Transfer(destination, sender), now or datetime.now(UTC)
    speaking = [
        Answer(rule.action, rule).effect
        for rule in rules.plans[destination.exposure].whole
        if rule.speaks_of_strangers and rule.applies(transfer, moment)
    ]
    if not speaking:
        return Action.BLOCK
    return Action.ALLOW if spoken else max(speaking)


def _about_stranger(rules: RuleSet, transfer: Transfer, moment: datetime) -> Iterator[Answer]:
    if stranger_action(rules, transfer.destination, transfer.sender, spoken=True, now=moment) is Action.BLOCK:
        yield Answer(Action.BLOCK, None, None, transfer.sender.doubt)


def _code(finding: Finding) -> str:
    """The reason code of a finding; what is not in the closed list is never passed on."""
    return finding.detail if finding.detail in reasons.REASONS else finding.kind.value


def _failure_answers(rules: Iterable[Rule], reason_code: str, finding: Finding | None) -> Iterator[Answer]:
    spoken = False
    for rule in rules if reason_code not in reasons.PATH else ():
        if rule.failures is not None and (
            reason_code in rule.failures or not (rule.failures or reason_code in reasons.NAMED_ONLY)
        ):
            spoken = True
            yield Answer(rule.action, rule, finding, reason_code)
    if not spoken:
        yield Answer(Action.BLOCK, None, finding, reason_code)


def _about_parts(rules: list[Rule], parts: tuple[PartReport, ...]) -> Iterator[Answer]:
    present = {part.format for part in parts}
    for rule in rules:
        if any(found.of_parts and not found.formats.isdisjoint(present) for found in rule.found):
            yield Answer(rule.action, rule)


def _distinct(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """Findings that differ in something a rule can speak of: a page of text in pixels is asked about once."""
    known = set[tuple[object, ...]]()
    for finding in findings:
        key = (finding.kind, finding.path, finding.detail, finding.confidence)
        if key not in known:
            known.add(key)
            yield finding
