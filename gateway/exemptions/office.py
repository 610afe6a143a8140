"""Where exemptions are asked for, granted, declined and looked up. A step counts once the record holds it."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from gateway.audit import Entry, EntryType, Ledger, Reader, pseudonym
from gateway.errors import ExemptionError
from gateway.exemptions.exemption import CATEGORIES, Exemption, State, moment, of_decision
from gateway.exemptions.history import after, decision_entry, is_newer, read_exemptions, used_once
from gateway.exemptions.reasons import ReasonStore
from gateway.exemptions.subject import excuse_of, note_digest, subject_of
from gateway.model import Action, Decision, Examination, Transfer
from gateway.policy import Excuse, RuleSet, decide

ASKED_WITHIN: Final = timedelta(days=1)
"""How old a decision may be when somebody gives a reason for it."""
LONGEST: Final = timedelta(days=7)
"""How long an exemption can be granted for."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Office:
    """All exemptions of a gateway. What people ask waits for the disk, so it is called from another thread than uploads."""

    ledger: Ledger
    key: bytes = field(repr=False)
    reasons: ReasonStore
    minutes: int = 60
    """How long something may pass after its sender has given a reason."""
    rules: Callable[[], RuleSet | None] = lambda: None
    """The rules in force, whose lists of reasons count."""
    people_key: bytes = field(default=b"", repr=False)
    """Keys the pseudonyms of people in the record; empty where they stand there by name."""
    everybody: Callable[[], AbstractContextManager[Sequence[Reader]]] | None = None
    """The records of all gateways, where a decision is looked for that this one has not made."""
    clock: Callable[[], datetime] = _now
    _known: Mapping[str, Exemption] = MappingProxyType({})  # never changed, only exchanged
    _steps: threading.Lock = field(default_factory=threading.Lock)  # held while a step is written down
    _exchange: threading.Lock = field(default_factory=threading.Lock)  # held for a moment only

    def restore(self, readers: Sequence[Reader]) -> None:
        """Learn from the record what was asked and granted before this start."""
        self._known = MappingProxyType(read_exemptions(readers, self.clock()))
        self.reasons.erase_old()

    # -- asked by the gatekeeper, for each upload that would be held or stopped

    def subject(self, transfer: Transfer, examination: Examination, decision: Decision) -> tuple[str, ...]:
        """The keyed digests of what is at issue."""
        return subject_of(self.key, transfer, examination, decision)

    def excuse(self, transfer: Transfer, decision: Decision, subject: tuple[str, ...]) -> tuple[Excuse, ...]:
        """What counts for this sender, content and destination now: excuses for all that is at issue, or none."""
        if not self._known or not subject:
            return ()
        sender, now = transfer.sender, self.clock()
        who = ("user", self.written(sender.user)) if sender.user else ("client", sender.client)
        mine = [
            one
            for one in self._known.values()
            if one.sender == who
            and one.host == transfer.destination.host
            and one.action >= decision.action
            and one.counts(now)
        ]
        chosen = {one.id: one for digest in subject for one in mine if digest in one.subject}
        covered = set[str]().union(*(one.subject for one in chosen.values()))
        return (
            tuple(excuse_of(one, decision) for one in sorted(chosen)) if covered.issuperset(subject) else ()
        )

    def used(self, decision_ids: Iterable[str]) -> None:
        """Remember that something has passed by these; the record holds it in the decision itself."""
        with self._exchange:
            used = {one: used_once(self._known[one]) for one in decision_ids if one in self._known}
            self._known = MappingProxyType({**self._known, **used})

    def hear(self, entry: Entry, reader: Reader) -> None:
        """Take in what another gateway wrote about an exemption. Raises AuditError."""
        if entry.type is EntryType.DECISION:
            self.used(entry.exemption.split())
            return
        found = None if entry.exemption in self._known else self._decided([reader], entry.exemption)
        with self._exchange:
            before = self._known.get(entry.exemption) or found
            if before is not None and is_newer(before, entry):
                self._known = MappingProxyType({**self._known, before.id: after(before, entry)})

    # -- asked by people

    def all(self) -> tuple[Exemption, ...]:
        """Every exemption of the last days, newest first."""
        return tuple(sorted(self._known.values(), key=lambda one: one.asked, reverse=True))

    def of(self, decision_id: str) -> Exemption | None:
        """The exemption that was asked for about a decision, if one was in the last days."""
        return self._known.get(decision_id)

    def choices(self, rules: Iterable[str]) -> tuple[str, ...]:
        """The reasons that can be given for a decision by these rules."""
        loaded = self.rules()
        own = [rule.reasons for name in rules if loaded and (rule := loaded.rule(name)) and rule.reasons]
        return tuple(dict.fromkeys(reason for some in own for reason in some)) or CATEGORIES

    def give_reason(self, decision_id: str, reason: str, *, text: str = "", by: str = "") -> Exemption:
        """The sender says why. What only needs a reason may then pass for a while; a stopped upload waits for a reviewer.

        Raises ExemptionError where this decision cannot be excused, AuditError where it cannot be written down.
        """
        with self._steps:
            before = self._known.get(decision_id)
            if before is not None and before.state is not State.ASKED:
                raise ExemptionError(f"this has been {before.state} already")
            asked = self.askable(decision_id)
            choices = self.choices(asked.rules)
            if reason not in choices:
                raise ExemptionError(f"choose one of these reasons: {', '.join(choices)}")
            text = " ".join(text.split())
            self.reasons.erase_old()
            if text:
                self.reasons.keep(decision_id, text)
            note = note_digest(self.key, text) if text else ""
            who = self.written(by) or asked.user
            steps = [Entry.exemption_of("exemption-asked", decision_id, user=who, reason=reason, note=note)]
            if asked.action is Action.COACH:
                steps.append(self._granting(decision_id, who, self.minutes))
            return self._take(asked, steps)

    def grant(self, decision_id: str, *, by: str, minutes: int = 0) -> Exemption:
        """A reviewer lets this content pass for a while. ExemptionError where nobody asked, or the sender is the reviewer."""
        with self._steps:
            asked, by = self._asked(decision_id), self.written(by)
            if asked.state is not State.ASKED:
                raise ExemptionError(f"this has been {asked.state} already")
            self._another(asked, by)
            return self._take(asked, [self._granting(decision_id, by, minutes or self.minutes)])

    def decline(self, decision_id: str, *, by: str) -> Exemption:
        """A reviewer says no, or takes back what was granted; from now on nothing passes by it."""
        with self._steps:
            asked, by = self._asked(decision_id), self.written(by)
            if asked.state is State.DECLINED:
                raise ExemptionError("this has been declined already")
            if not by:
                raise ExemptionError("say who declines it")
            until = moment(self.clock())
            return self._take(
                asked, [Entry.exemption_of("exemption-declined", decision_id, user=by, until=until)]
            )

    # -- the steps

    def askable(self, decision_id: str) -> Exemption:
        """What may be asked about this decision. ExemptionError with the reason why nothing may."""
        entry = self._entry(decision_id)
        if entry is None:
            raise ExemptionError("there is no decision with this id")
        if entry.action not in ("coach", "block"):
            raise ExemptionError("this upload was not stopped")
        if not entry.subject or "invalid" in (entry.user, entry.client, entry.host):
            raise ExemptionError("this cannot be excused: it could not be examined, or no rule stopped it")
        if entry.time < moment(self.clock() - ASKED_WITHIN):
            raise ExemptionError("this was too long ago; send it again and use the new id")
        return of_decision(entry)

    def written(self, name: str) -> str:
        """A person as they stand in the record."""
        return pseudonym(self.people_key, name) if self.people_key and name else name

    def _entry(self, decision_id: str) -> Entry | None:
        with self.ledger.reader() as reader:
            entry = decision_entry([reader], decision_id)
        if entry is None and self.everybody is not None:
            with self.everybody() as readers:
                entry = decision_entry(readers, decision_id)
        return entry

    def _decided(self, readers: Sequence[Reader], decision_id: str) -> Exemption | None:
        """What a step speaks of: decided at the gateway that wrote it, or elsewhere."""
        entry = decision_entry(readers, decision_id) or self._entry(decision_id)
        return None if entry is None or not entry.subject else of_decision(entry)

    def _asked(self, decision_id: str) -> Exemption:
        known = self._known.get(decision_id)
        if known is None:
            raise ExemptionError("nobody has asked for an exemption with this id")
        return known

    def _another(self, asked: Exemption, by: str) -> None:
        if not by or by.casefold() == asked.user.casefold():
            raise ExemptionError("somebody else than the sender has to grant this")

    def _granting(self, decision_id: str, by: str, minutes: int) -> Entry:
        span = timedelta(minutes=minutes)
        if not timedelta() < span <= LONGEST:
            raise ExemptionError("an exemption lasts from a minute to seven days")
        until = moment(self.clock() + span)
        return Entry.exemption_of("exemption-granted", decision_id, user=by, until=until)

    def _take(self, exemption: Exemption, steps: list[Entry]) -> Exemption:
        self.ledger.append_many(steps).result()
        with self._exchange:
            uses = self._known.get(exemption.id, exemption).uses
            for step in steps:
                exemption = after(exemption, step)
            exemption = replace(exemption, uses=uses)
            self._known = MappingProxyType({**self._known, exemption.id: exemption})
        return exemption


EXCUSES: Final = 4
"""Exemptions that one upload can need one after the other: a stopped file beside one that a reason was given for."""


def excused(
    office: Office, rules: RuleSet, transfer: Transfer, examination: Examination, decision: Decision
) -> tuple[Decision, tuple[str, ...]]:
    """The decision with every exemption that counts here; and what is still at issue, for somebody to ask about."""
    excuses: tuple[Excuse, ...] = ()
    subject = office.subject(transfer, examination, decision)
    for _ in range(EXCUSES):
        more = office.excuse(transfer, decision, subject)
        if not more:
            break
        excuses += more
        decision = decide(rules, transfer, examination, excuses=excuses)
        if decision.action not in (Action.COACH, Action.BLOCK):
            return decision, ()
        subject = office.subject(transfer, examination, decision)
    return replace(decision, exemption=""), subject
