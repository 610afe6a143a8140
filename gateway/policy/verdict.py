"""From many answers to one decision: the strictest effect wins, and everybody who spoke for it is named."""

from dataclasses import replace
from typing import NamedTuple

from gateway import reasons
from gateway.model import Action, Decision, Destination, Finding, PartPath, RedactionOptions, Said
from gateway.policy.excuse import Excuse
from gateway.policy.rules import Rule

NOTHING_FOUND = "nothing-found"
NOT_INSPECTED = "not-inspected"
NOT_EXAMINED = "not-examined"
NOT_IDENTIFIED = "not-identified"
EXEMPTED = "exempted"
UNFORESEEN = reasons.UNFORESEEN
GATEWAY_NAMES = frozenset({NOTHING_FOUND, NOT_INSPECTED, NOT_EXAMINED, NOT_IDENTIFIED, EXEMPTED, UNFORESEEN})
"""Names under which the gateway itself speaks; no rule may be called so."""

MILD = Action.LOG
"""What a monitored rule does in place of its action."""


class Answer(NamedTuple):
    """What one rule says about one thing that was seen, or about the upload as a whole (`finding` is None).

    A tuple, because a decision makes thousands of them where there are many rules.
    """

    action: Action
    rule: Rule | None  # None: the gateway itself
    finding: Finding | None = None
    reason_code: str = reasons.RULE

    @property
    def name(self) -> str:
        """Who speaks."""
        if self.rule is not None:
            return self.rule.name
        if self.reason_code in reasons.ADVICE:
            return NOT_IDENTIFIED
        return UNFORESEEN if self.reason_code == UNFORESEEN else NOT_EXAMINED

    @property
    def effect(self) -> Action:
        """What comes of it: a monitored rule only writes down."""
        return min(self.action, MILD) if self.rule is not None and self.rule.monitored else self.action


def excused(given: list[Answer], excuses: tuple[Excuse, ...], destination: Destination) -> Decision:
    """What is left to say when exempted answers do not count; milder than coach, it is simply let through."""
    used = [excuse for excuse in excuses if any(excuse.covers(answer) for answer in given)]
    rest = [answer for answer in given if not any(excuse.covers(answer) for excuse in used)]
    names = " ".join(excuse.id for excuse in used)
    decision = verdict(rest, destination)
    if decision.action > MILD or not used:
        return replace(decision, exemption=names)
    silenced = {answer.name for answer in given if any(excuse.covers(answer) for excuse in used)}
    because = "A reason was given for this, and it may pass until that ends."
    return Decision(Action.ALLOW, (EXEMPTED, *sorted(silenced)), because, exemption=names)


def verdict(given: list[Answer], destination: Destination) -> Decision:
    """The decision that these answers come to."""
    if not given:
        return Decision(Action.ALLOW, (NOTHING_FOUND,), "Nothing was found in it.")
    action = max(answer.effect for answer in given)
    deciding = sorted(
        (answer for answer in given if answer.effect is action),
        key=lambda answer: (answer.name, answer.reason_code),
    )
    watched = [answer for answer in given if answer.rule is not None and answer.rule.monitored]
    would = max((answer.action for answer in watched), default=Action.ALLOW)
    names = {answer.name for answer in deciding}
    if would > action:
        names |= {answer.name for answer in watched if answer.action is would}
    first = next((answer for answer in deciding if answer.rule is not None), deciding[0])
    advising = next((answer.rule for answer in deciding if answer.rule and answer.rule.instead), None)
    held = action in (Action.COACH, Action.BLOCK)
    decision = Decision(
        action,
        tuple(sorted(names)),
        first.rule.because if first.rule else reasons.words_for(first.reason_code),
        reason_code=first.reason_code,
        instead=advising.instead if advising else "",
        would=would if would > action else None,
        redaction=_strictest([answer.rule.redaction for answer in deciding if answer.rule]),
        translations=_translations(first.rule, advising) if held else (),
        about=_about(deciding) if held else (),
    )
    if action is Action.REDACT and destination.signed:
        return replace(decision, action=Action.BLOCK, reason_code="signed-body")
    return decision


def _translations(speaking: Rule | None, advising: Rule | None) -> tuple[Said, ...]:
    """What is told in other languages: why by one rule, and what to do instead perhaps by another."""
    why = {said.language: said.because for said in speaking.translations} if speaking else {}
    instead = {said.language: said.instead for said in advising.translations} if advising else {}
    return tuple(
        Said(language, why.get(language, ""), instead.get(language, "")) for language in {**why, **instead}
    )


def _about(deciding: list[Answer]) -> tuple[PartPath, ...]:
    """The parts that are at issue; none where the upload as a whole is."""
    if any(answer.finding is None for answer in deciding):
        return ()
    return tuple(sorted({answer.finding.path for answer in deciding if answer.finding is not None}))


def _strictest(options: list[RedactionOptions]) -> RedactionOptions:
    """What satisfies every rule that asks for a redaction: only what all of them retain is retained."""
    if not options:
        return RedactionOptions()
    retained = frozenset.intersection(*(frozenset(option.profile) for option in options))
    return RedactionOptions(
        profile=tuple(sorted(retained)),
        text="identifiers" if all(option.text == "identifiers" for option in options) else "all",
        keep_length=any(option.keep_length for option in options),
    )
