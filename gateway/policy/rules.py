"""A rule as a type: who sends, where to, what was found, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from gateway.model import Action, Destination, Exposure, Kind, Look, RedactionOptions, Said, Transfer
from gateway.policy.catalogue import Catalogue
from gateway.policy.conditions import ANYBODY, EVERYWHERE, Exemption, Found, Span, When, Where, Who

READ_FROM_PIXELS = frozenset({Kind.TEXT_IN_PIXELS, Kind.CODE_IN_PIXELS})


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of the organisation.

    With `found` it speaks of what is seen; with `failures` of what could not be seen (reason codes, None for any);
    with neither, of the upload as a whole.
    """

    name: str
    because: str
    action: Action
    where: Where = EVERYWHERE
    who: Who = ANYBODY
    when: When | None = None
    size: Span | None = None
    found: tuple[Found, ...] = ()  # any of them
    failures: frozenset[str] | None = None
    unless: tuple[Exemption, ...] = ()
    monitored: bool = False
    instead: str = ""
    redaction: RedactionOptions = RedactionOptions()
    translations: tuple[Said, ...] = ()
    reasons: tuple[str, ...] = ()  # what a person may give as a reason, when asked for one

    def applies(self, transfer: Transfer, now: datetime) -> bool:
        """Whether the rule speaks of this upload at all."""
        return (
            (self.where is EVERYWHERE or self.where.fits(transfer.destination))
            and (self.who is ANYBODY or self.who.fits(transfer.sender))
            and (self.size is None or self.size.holds(len(transfer.body)))
            and (self.when is None or self.when.fits(now))
            and not (self.unless and any(exemption.fits(transfer, now) for exemption in self.unless))
        )

    @property
    def speaks_of_strangers(self) -> bool:
        """Whether the rule says what becomes of senders whom nobody knows, whatever they send."""
        return self.who.identified is False and not self.found and self.failures is None and self.size is None

    @property
    def reads_pixels(self) -> bool:
        """Whether the rule cannot be answered without looking for writing in pictures.

        A rule that only lets through or writes down changes nothing when the writing is not looked for.
        """
        if self.action is Action.REDACT:
            return True
        return self.action > Action.LOG and any(found.kinds & READ_FROM_PIXELS for found in self.found)


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules that can speak at one class of destinations, sorted by what they speak of: a decision asks no others."""

    whole: tuple[Rule, ...]
    failures: tuple[Rule, ...]
    about: Mapping[Kind, tuple[Rule, ...]]
    parts: tuple[Rule, ...]

    @classmethod
    def of(cls, rules: tuple[Rule, ...], exposure: Exposure) -> "Plan":
        """The plan for one class."""
        here = [rule for rule in rules if not rule.where.exposures or exposure in rule.where.exposures]
        return cls(
            tuple(rule for rule in here if not rule.found and rule.failures is None),
            tuple(rule for rule in here if rule.failures is not None),
            {
                kind: tuple(
                    rule
                    for rule in here
                    if any(not found.kinds or kind in found.kinds for found in rule.found)
                )
                for kind in Kind
            },
            tuple(rule for rule in here if any(found.of_parts for found in rule.found)),
        )


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of an organisation and its catalogue: loaded whole or not at all."""

    rules: tuple[Rule, ...]
    catalogue: Catalogue
    digest: str
    """SHA-256 in hex over the canonical form of rules and catalogue; it stands in every entry of the ledger."""
    files: tuple[tuple[str, int], ...] = ()
    """Names of the files that were read, and how many rules each of them holds."""
    text: str = field(default="", repr=False, compare=False)
    """The canonical form that the digest is made of."""
    plans: Mapping[Exposure, Plan] = field(init=False, repr=False, compare=False)
    reading: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    """The rules that cannot be answered without looking for writing in pictures."""

    def __post_init__(self) -> None:
        plans = {exposure: Plan.of(self.rules, exposure) for exposure in Exposure}
        object.__setattr__(self, "plans", MappingProxyType(plans))
        object.__setattr__(self, "reading", tuple(rule for rule in self.rules if rule.reads_pixels))

    def rule(self, name: str) -> Rule | None:
        """The rule of this name."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def forbids_unknown(self, host: str, port: int) -> bool:
        """Whether a rule closes a host that is called like an AI service and stands in no list.

        Asked before any content is seen and before the sender is known, so only rules that ask for neither count.
        """
        destination = self.catalogue.destination(host, port, "CONNECT", "")
        if destination.exposure is not Exposure.UNLISTED:
            return False
        now = datetime.now().astimezone()
        return any(
            rule.action is Action.BLOCK
            and not rule.monitored
            and not rule.found
            and rule.failures is None
            and rule.who == ANYBODY
            and rule.applies(Transfer(destination), now)
            for rule in self.rules
        )


def look_needed(rules: RuleSet, destination: Destination) -> Look:
    """The least look after which the decision about an upload to this destination is certain.

    Formats alone are never enough to know that a picture is not medical. Writing in pixels is looked for where a
    rule that could apply here speaks of it, or could ask for a redaction.
    """
    if any(rule.where.fits(destination) for rule in rules.reading):
        return Look.TEXT
    return Look.MEDICAL
