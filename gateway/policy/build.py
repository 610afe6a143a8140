"""From the words of a rule to the rule: whatever cannot be evaluated later is a mistake now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

from gateway.model import Action, RedactionOptions, Said
from gateway.policy import schema, words
from gateway.policy.build_found import build_found
from gateway.policy.build_where import build_where
from gateway.policy.build_who import build_who
from gateway.policy.catalogue import Catalogue
from gateway.policy.conditions import ANYBODY, Exemption, Span, When
from gateway.policy.mistakes import Mistakes, Place, Source
from gateway.policy.rules import Rule
from gateway.policy.verdict import GATEWAY_NAMES


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the rules of one file, writing down what is wrong with them."""

    source: Source
    catalogue: Catalogue
    mistakes: Mistakes

    def rule(self, spec: schema.RuleSpec, place: Place, default_name: str) -> Rule:
        """One rule; where something was wrong with it, its mistakes are written down and the rule is not to be used."""
        action = Action[spec.do.upper()]
        failing = spec.on_failure is not None
        if failing and action in (Action.COACH, Action.REDACT):
            self._wrong(
                (*place, "do"),
                f"what could not be examined cannot be answered with `{spec.do}`; choose allow, log or block",
            )
        if failing and spec.mode == "monitor":
            self._wrong(
                (*place, "mode"), "failures are not monitored: write `do: log` to let them through, visibly"
            )
        name = spec.name or default_name
        if name in GATEWAY_NAMES:
            self._wrong((*place, "name"), f"`{name}` is a name under which the gateway itself speaks")
        return Rule(
            name=name,
            because=" ".join(spec.because.split()),
            action=action,
            where=build_where(spec.to, (*place, "to"), self.source, self.catalogue, self.mistakes),
            who=build_who(spec.who, (*place, "from"), self.source, self.catalogue, self.mistakes),
            when=self._when(spec.when, (*place, "when")),
            size=self._size(spec.size, (*place, "size")),
            found=build_found(spec.found, (*place, "found"), self.source, self.mistakes),
            failures=self._failures(spec.on_failure, (*place, "on_failure")),
            unless=tuple(
                self._exemption(one, (*place, "unless"), at) for at, one in enumerate(spec.unless or ())
            ),
            monitored=spec.mode == "monitor",
            instead=" ".join((spec.instead or "").split()),
            translations=tuple(
                Said(language, " ".join(said.because.split()), " ".join(said.instead.split()))
                for language, said in (spec.translations or {}).items()
            ),
            redaction=self._redaction(spec.options, action, (*place, "with")),
            reasons=self._reasons(spec.options, action, (*place, "with")),
        )

    # -- conditions

    def _when(self, spec: schema.When | None, place: Place) -> When | None:
        if spec is None:
            return None
        chosen: set[int] = set()
        for at, word in enumerate(spec.days or ()):
            some = words.days(word)
            if some is None:
                self.mistakes.add_unknown(
                    self.source, (*place, "days", at), word, words.DAYS, "a day or a range of days"
                )
            chosen |= some or set()
        clock = words.hours(spec.hours) if spec.hours is not None else None
        if spec.hours is not None and clock is None:
            self._wrong((*place, "hours"), f"`{spec.hours}` is not a window like 07:00-19:00")
        if spec.since and spec.until and spec.since > spec.until:
            self._wrong((*place, "until"), "this window ends before it begins")
        try:
            zone = UTC if spec.timezone == "UTC" else ZoneInfo(spec.timezone)
        except (ValueError, OSError, KeyError):
            self._wrong(
                (*place, "timezone"),
                f"`{spec.timezone}` is not a time zone that this machine knows, e.g. Europe/Vienna",
            )
            zone = UTC
        start, end = clock or (None, None)
        return When(zone, frozenset(chosen), start, end, spec.since, spec.until)

    def _size(self, spec: schema.SizeRange | None, place: Place) -> Span | None:
        if spec is None:
            return None
        ends = {}
        for key, value in (("at_least", spec.at_least), ("below", spec.below)):
            number = None if value is None else words.size(value)
            if value is not None and number is None:
                self._wrong((*place, key), f"`{value}` is not a size, e.g. 10 MB")
            ends[key] = number
        least, below = ends["at_least"], ends["below"]
        if least is None and below is None:
            self._wrong(place, "this range has no end; say `at_least` or `below`")
        if least is not None and below is not None and least >= below:
            self._wrong(place, "nothing lies in this range")
        return Span(float(least or 0), float("inf") if below is None else float(below))

    def _failures(self, spec: Iterable[str] | None, place: Place) -> frozenset[str] | None:
        if spec is None:
            return None
        codes = list(spec)
        if codes == [words.ANY]:
            return frozenset()
        for at, code in enumerate(codes):
            if code not in words.FAILURES:
                self.mistakes.add_unknown(
                    self.source,
                    (*place, at),
                    code,
                    (*words.FAILURES, words.ANY),
                    "a reason code that a rule can answer",
                )
        return frozenset(codes)

    def _exemption(self, spec: schema.Unless, place: Place, at: int) -> Exemption:
        here = (*place, at)
        if not spec.model_fields_set:
            self._wrong(here, "this exception names nothing, so the rule would never speak")
            return Exemption()
        person = spec.model_fields_set - {"to", "when"}
        who = (
            build_who(
                schema.Who(**{key: getattr(spec, key) for key in person}),
                here,
                self.source,
                self.catalogue,
                self.mistakes,
            )
            if person
            else ANYBODY
        )
        return Exemption(
            who,
            build_where(spec.to, (*here, "to"), self.source, self.catalogue, self.mistakes),
            self._when(spec.when, (*here, "when")),
        )

    # -- how it is done

    def _redaction(self, spec: schema.With | None, action: Action, place: Place) -> RedactionOptions:
        if spec is None:
            return RedactionOptions()
        if action is not Action.REDACT and spec.model_fields_set - {"reasons"}:
            self._wrong(place, f"`with` says how to redact, but the rule does `{action.word}`")
        for at, word in enumerate(spec.profile or ()):
            if word not in words.RETAINED:
                self.mistakes.add_unknown(
                    self.source, (*place, "profile", at), word, words.RETAINED, "an option of the profile"
                )
        return RedactionOptions(
            tuple(sorted(set(spec.profile or ()))), spec.text or "all", spec.keep_length or False
        )

    def _reasons(self, spec: schema.With | None, action: Action, place: Place) -> tuple[str, ...]:
        if spec is None or spec.reasons is None:
            return ()
        if action is not Action.COACH:
            self._wrong((*place, "reasons"), "only `do: coach` asks for a reason")
        return tuple(spec.reasons)

    def _wrong(self, place: Place, sentence: str) -> None:
        self.mistakes.add(self.source, place, sentence)
