"""From the words of destinations.yaml and organisation.yaml to the catalogue."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.model import Exposure, OpaqueField
from gateway.policy import words
from gateway.policy.accounts import AccountSource
from gateway.policy.build_who import read_network
from gateway.policy.catalogue import Agreement, Catalogue, Provider
from gateway.policy.catalogue_schema import AccountSpec, CatalogueSpec, OpaqueSpec, ProviderSpec, TermsSpec
from gateway.policy.conditions import Networks
from gateway.policy.hosts import is_pattern, normal_name
from gateway.policy.mistakes import Mistakes, Place, Source
from gateway.policy.operations import Operation, OperationIndex
from gateway.terms import Known, Terms

SHAPES: Final = (
    "generic", "openai", "anthropic", "google", "bedrock", "s3", "azure-blob", "graph", "mistral", "cohere", "ollama",
    "replicate", "huggingface", "grpc", "connect", "detail",
)  # fmt: skip
"""Error shapes that refusals can take; `gateway.refusal` knows each of them."""
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*"})
_TEMPLATE: Final = re.compile(
    r"(/([A-Za-z0-9._~!$&'()+,;=:@%-]*(\{[a-z_]+\})?[A-Za-z0-9._~!$&'()+,;=:@%-]*))+(/\*\*)?|/\*\*"
)
_ACCOUNT: Final = re.compile(r"(header|path|host|key):\S+")


@dataclass(slots=True)
class CatalogueBuilder:
    """Adds one file after the other; what is wrong in any of them is written down."""

    mistakes: Mistakes
    _providers: dict[str, Provider] = field(default_factory=dict)
    _agreements: list[Agreement] = field(default_factory=list)
    _ai_names: list[str] = field(default_factory=list)
    _networks: dict[str, Networks] = field(default_factory=dict)
    _hosts: dict[tuple[str, tuple[int, ...]], str] = field(default_factory=dict)
    _sets: dict[str, Mapping[str, list[str]]] = field(default_factory=dict)
    _sealed: dict[str, list[OpaqueSpec]] = field(default_factory=dict)

    def add(self, spec: CatalogueSpec, source: Source) -> None:
        """Take up the content of one file."""
        self._sets.update(spec.operations)
        self._sealed.update(spec.opaque)
        for name, provider in spec.providers.items():
            here: Place = ("providers", name)
            if name in self._providers:
                self.mistakes.add(source, here, f"the provider `{name}` is there already")
            elif name in words.CLASSES:
                self.mistakes.add(source, here, f"`{name}` is the name of a class")
            else:
                self._providers[name] = self._provider(name, provider, here, source)
        self._add_agreements(spec, source)
        for name, texts in spec.networks.items():
            found = (read_network(text, ("networks", name), source, self.mistakes) for text in texts)
            self._networks[name] = tuple(network for network in found if network is not None)
        for at, text in enumerate(spec.ai_names):
            try:
                re.compile(text)
            except re.error:
                self.mistakes.add(source, ("ai_names", at), "this expression cannot be read")
            else:
                self._ai_names.append(text)

    def _add_agreements(self, spec: CatalogueSpec, source: Source) -> None:
        for at, agreement in enumerate(spec.agreements):
            place: Place = ("agreements", at)
            if agreement.provider not in self._providers:
                self.mistakes.add_unknown(
                    source,
                    (*place, "provider"),
                    agreement.provider,
                    self._providers,
                    "a provider in the catalogue",
                )
            for number, account in enumerate(agreement.accounts):
                if not _ACCOUNT.fullmatch(account):
                    self.mistakes.add(
                        source, (*place, "accounts", number),
                        f"`{account}` is not an account: write header:VALUE, path:VALUE, host:NAME or key:DIGEST",
                    )  # fmt: skip
            self._agreements.append(
                Agreement(agreement.id, agreement.provider, agreement.until, frozenset(agreement.accounts))
            )

    def catalogue(self, secret: bytes) -> Catalogue:
        """Everything that was added; to be used only if there are no mistakes."""
        return Catalogue.of(
            tuple(self._providers.values()),
            tuple(self._agreements),
            tuple(self._ai_names),
            secret,
            self._networks,
        )

    def _provider(self, name: str, spec: ProviderSpec, place: Place, source: Source) -> Provider:
        if spec.shape not in SHAPES:
            self.mistakes.add_unknown(source, (*place, "shape"), spec.shape, SHAPES, "an error shape")
        ports = tuple(spec.ports or ())
        hosts = []
        for at, text in enumerate(spec.hosts):
            host = normal_name(text)
            if not is_pattern(text):
                self.mistakes.add(
                    source, (*place, "hosts", at), f"`{text}` is not a host name, `*.suffix` or pattern"
                )
            elif (host, ports) in self._hosts:
                owner = self._hosts[host, ports]
                self.mistakes.add(source, (*place, "hosts", at), f"`{text}` belongs to `{owner}` already")
            self._hosts[host, ports] = name
            hosts.append(host)
        return Provider(
            name=name,
            title=spec.title,
            exposure=Exposure(spec.exposure),
            shape=spec.shape,
            hosts=tuple(hosts),
            ports=ports,
            signed=spec.signed,
            opaque=self._opaque(spec, place, source),
            account=self._account(spec.account, place, source),
            terms=_terms(spec.terms),
            sources=tuple(spec.sources),
            operations=OperationIndex.of(self._operations(spec, place, source)),
        )

    def _operations(self, spec: ProviderSpec, place: Place, source: Source) -> Iterable[Operation]:
        for at, used in enumerate(spec.uses or ()):
            if used not in self._sets:
                self.mistakes.add_unknown(
                    source, (*place, "uses", at), used, self._sets, "a set of operations"
                )
            for name, paths in self._sets.get(used, {}).items():
                yield from self._each(name, paths, ("operations", used, name), source, base=spec.base)
        for name, paths in spec.operations.items():
            yield from self._each(name, paths, (*place, "operations", name), source)
        for name, paths in spec.sealed.items():
            yield from self._each(name, paths, (*place, "sealed", name), source, sealed=True)

    def _each(
        self,
        name: str,
        paths: list[str],
        place: Place,
        source: Source,
        *,
        base: str = "",
        sealed: bool = False,
    ) -> Iterable[Operation]:
        for text in paths:
            method, _, template = text.partition(" ")
            if method not in _METHODS or not _TEMPLATE.fullmatch(template):
                self.mistakes.add(
                    source, place, f"`{text}` is not a method and a path, e.g. `POST /v1/files`"
                )
            else:
                yield Operation(name, method, base + template, sealed)

    def _opaque(self, spec: ProviderSpec, place: Place, source: Source) -> tuple[OpaqueField, ...]:
        fields = [one for used in spec.uses or () for one in self._sealed.get(used, ())] + spec.opaque
        built = []
        for one in fields:
            most = words.size(one.max)
            if most is None:
                self.mistakes.add(source, (*place, "opaque"), f"`{one.max}` is not a size, e.g. 1 MiB")
            known = {name for each in (spec.operations, *self._used(spec)) for name in each}
            if one.operation and one.operation not in known:
                self.mistakes.add_unknown(source, (*place, "opaque"), one.operation, known, "an operation")
            elif one.alphabet == "first-bytes" and not one.operation:
                self.mistakes.add(source, (*place, "opaque"), "`first-bytes` needs an `operation`")
            built.append(OpaqueField(one.path, one.alphabet, most or 0, one.operation))
        return tuple(built)

    def _used(self, spec: ProviderSpec) -> list[Mapping[str, list[str]]]:
        return [self._sets.get(used, {}) for used in spec.uses or ()]

    def _account(self, spec: AccountSpec | None, place: Place, source: Source) -> AccountSource:
        if spec is None:
            return AccountSource()
        patterns = []
        for at, text in enumerate(spec.path or ()):
            if text.count("{account}") != 1:
                self.mistakes.add(source, (*place, "account", "path", at), "the path needs one `{account}`")
                continue
            before, _, after = text.partition("{account}")
            patterns.append(re.compile(_wild(before) + r"([^/?#]+)" + _wild(after)))
        return AccountSource(
            tuple(name.lower() for name in spec.header or ()),
            tuple(patterns),
            spec.host,
            tuple(name.lower() for name in spec.key or ()),
            tuple(spec.query or ()),
        )


def _wild(text: str) -> str:
    return re.escape(text).replace(r"\*", "[^/?#]+")


def _terms(spec: TermsSpec) -> Terms:
    return Terms(
        trains_on_uploads=Known(spec.trains_on_uploads),
        opt_out=Known(spec.opt_out),
        baa_available=Known(spec.baa_available),
        retention=spec.retention,
        note=spec.note,
        source=spec.source,
        as_of=spec.as_of,
        shared_with_affiliates=Known(spec.shared_with_affiliates),
        retention_days=spec.retention_days,
        baa_plan=spec.baa_plan,
        hipaa=spec.hipaa,
    )
