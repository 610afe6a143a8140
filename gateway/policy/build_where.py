"""From the words under `to` to the destinations that are meant."""

from dataclasses import dataclass
from typing import Final

from gateway.model import Exposure
from gateway.policy import schema, words
from gateway.policy.catalogue import Catalogue
from gateway.policy.conditions import EVERYWHERE, Where
from gateway.policy.hosts import HostIndex, is_pattern, normal_name
from gateway.policy.mistakes import Mistakes, Place, Source
from gateway.terms import Known, Terms


def build_where(
    to: schema.To | None, place: Place, source: Source, catalogue: Catalogue, mistakes: Mistakes
) -> Where:
    """The destinations under `to`; everywhere when it is not given. Names that mean nothing are mistakes."""
    return _Builder(source, catalogue, mistakes).where(to, place)


_ANSWERED: Final = ("trains_on_uploads", "opt_out", "baa_available", "shared_with_affiliates")
"""What is known of a service's terms as yes, no, depends or unknown."""


def _keeps(terms: Terms, asked: schema.Retention) -> bool:
    days = terms.retention_days
    if days is None:
        return asked.unknown
    if asked.at_least is None and asked.below is None:
        return False
    return (asked.at_least or 0) <= days < (asked.below or float("inf"))


@dataclass(frozen=True, slots=True)
class _Builder:
    source: Source
    catalogue: Catalogue
    mistakes: Mistakes

    def where(self, to: schema.To | None, place: Place) -> Where:
        if to is None:
            return EVERYWHERE
        exposures = {self._exposure(word, (*place, "class", at)) for at, word in enumerate(to.exposure or ())}
        providers = {
            self._provider(word, (*place, "provider", at)) for at, word in enumerate(to.provider or ())
        }
        hosts = {self._host(word, (*place, "host", at)) for at, word in enumerate(to.host or ())}
        for at, word in enumerate(to.operation or ()):
            self._operation(word, (*place, "operation", at))
        named = providers or None
        terms = self._by_terms(to, place)
        if terms is not None:
            named = terms if named is None else named & terms
        if to.any is not None and not (exposures or providers or hosts):
            return self._any_of(to, place, named)
        if to.any is not None:
            self._wrong((*place, "any"), "say `any` alone, or `class`, `provider` and `host`")
        return Where(
            frozenset(exposures - {None}),  # type: ignore[arg-type]  # None only beside a mistake
            None if named is None else frozenset(named),
            frozenset(to.operation or ()),
            HostIndex.of((host, True) for host in sorted(hosts)) if hosts else None,
        )

    def _any_of(self, to: schema.To, place: Place, named: set[str] | None) -> Where:
        """Hosts, classes and providers mixed: turned into one list of hosts, or kept as what they are."""
        exposures: set[Exposure] = set()
        providers: set[str] = set()
        hosts: set[str] = set()
        for at, word in enumerate(to.any or ()):
            if word in words.CLASSES:
                exposures.add(words.CLASSES[word])
            elif word in self.catalogue.providers:
                providers.add(word)
            elif "." in word:
                hosts.add(self._host(word, (*place, "any", at)))
            else:
                known = (*words.CLASSES, *self.catalogue.providers)
                self.mistakes.add_unknown(
                    self.source, (*place, "any", at), word, known, "a class, a provider or a host"
                )
        if bool(exposures) + bool(providers) + bool(hosts) > 1:
            if exposures:
                self._wrong(
                    (*place, "any"),
                    "a class beside hosts or providers cannot be one sentence; write two rules",
                )
            hosts |= {host for name in providers for host in self.catalogue.providers[name].hosts}
            providers = set()
        if providers:
            named = providers if named is None else named & providers
        return Where(
            frozenset(exposures),
            None if named is None else frozenset(named),
            frozenset(to.operation or ()),
            HostIndex.of((host, True) for host in sorted(hosts)) if hosts else None,
        )

    def _exposure(self, word: str, place: Place) -> Exposure | None:
        if word not in words.CLASSES:
            self.mistakes.add_unknown(self.source, place, word, words.CLASSES, "a class of destinations")
        return words.CLASSES.get(word)

    def _provider(self, word: str, place: Place) -> str:
        if word not in self.catalogue.providers:
            self.mistakes.add_unknown(
                self.source, place, word, self.catalogue.providers, "a provider in the catalogue"
            )
        return word

    def _operation(self, word: str, place: Place) -> None:
        known = {name for provider in self.catalogue.providers.values() for name in provider.operations.names}
        if word not in known:
            self.mistakes.add_unknown(self.source, place, word, known, "an operation in the catalogue")

    def _host(self, word: str, place: Place) -> str:
        name = normal_name(word)
        if not is_pattern(word):
            self._wrong(place, f"`{word}` is not a host name or `*.suffix`")
        elif not self._is_inspected(name):
            listed = [host for provider in self.catalogue.providers.values() for host in provider.hosts]
            self.mistakes.add_unknown(
                self.source, place, word, listed,
                "a destination in the catalogue, so nothing that goes there is looked at (add it to organisation.yaml)",
            )  # fmt: skip
        return name

    def _is_inspected(self, pattern: str) -> bool:
        listed = {host for provider in self.catalogue.providers.values() for host in provider.hosts}
        if pattern in listed or self.catalogue.index.find(pattern) is not None:
            return True
        return pattern.startswith("*.") and any(host.endswith(pattern[1:]) for host in listed)

    def _by_terms(self, to: schema.To, place: Place) -> set[str] | None:
        """The providers whose terms are meant; None where no condition speaks of terms."""
        asked = [(name, getattr(to, name)) for name in _ANSWERED if getattr(to, name) is not None]
        if to.retention_days is not None:
            self._check_retention(to.retention_days, (*place, "retention_days"))
        elif not asked:
            return None
        return {
            name
            for name, provider in self.catalogue.providers.items()
            if all(getattr(provider.terms, one) in map(Known, answers) for one, answers in asked)
            and (to.retention_days is None or _keeps(provider.terms, to.retention_days))
        }

    def _check_retention(self, spec: schema.Retention, place: Place) -> None:
        if spec.at_least is None and spec.below is None and not spec.unknown:
            self._wrong(place, "this range has no end; say `at_least`, `below` or `unknown`")
        if spec.at_least is not None and spec.below is not None and spec.at_least >= spec.below:
            self._wrong(place, "nothing lies in this range")

    def _wrong(self, place: Place, sentence: str) -> None:
        self.mistakes.add(self.source, place, sentence)
