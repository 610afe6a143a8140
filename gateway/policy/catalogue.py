"""The destinations that are known: whose they are, how they speak, and what is agreed with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

from gateway.model import Destination, Exposure, Headers, OpaqueField
from gateway.policy.accounts import AccountSource, account_of
from gateway.policy.conditions import Networks
from gateway.policy.hosts import HostIndex, fixed_suffix, normal_name, registrable
from gateway.policy.operations import OperationIndex
from gateway.terms import NO_TERMS, Terms

WHOLE_BODY: Final = "$"
"""The path of an opaque field that is the whole body."""
SEALED_BYTES: Final = 256 * 1024
"""The largest operational body that is let through unread. Telemetry batches stay below 100 KB."""


NO_ACCOUNT: Final = AccountSource()


@dataclass(frozen=True, slots=True)
class Provider:
    """One service: everything that its hosts have in common."""

    name: str
    title: str
    exposure: Exposure
    shape: str
    hosts: tuple[str, ...]
    ports: tuple[int, ...] = ()  # empty: named on every port
    signed: bool = False
    opaque: tuple[OpaqueField, ...] = ()
    account: AccountSource = NO_ACCOUNT
    terms: Terms = NO_TERMS
    sources: tuple[str, ...] = ()
    operations: OperationIndex = field(default=OperationIndex({}, {}, ()), repr=False)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A business associate agreement: it covers accounts, and it ends."""

    id: str
    provider: str
    until: date
    accounts: frozenset[str]

    def covers(self, account: str, today: date) -> bool:
        """Whether an upload for this account is made under the agreement."""
        return account in self.accounts and today <= self.until


@dataclass(frozen=True, slots=True)
class Site:
    """What a host name leads to: a provider, and with it everything that is known."""

    provider: Provider


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All destinations that are inspected. Everything else is passed through unopened."""

    providers: Mapping[str, Provider]
    agreements: tuple[Agreement, ...]
    ai_names: tuple[str, ...]  # expressions for names of AI services that are not listed
    networks: Mapping[str, Networks]  # client networks that rules call by a name
    index: HostIndex[tuple[Site, ...]] = field(repr=False)
    secret: bytes = field(default=b"", repr=False)  # keys the digests of API keys
    _ai_name: re.Pattern[str] = field(default=re.compile(r"(?!)"), repr=False)

    @classmethod
    def of(
        cls,
        providers: tuple[Provider, ...],
        agreements: tuple[Agreement, ...] = (),
        ai_names: tuple[str, ...] = (),
        secret: bytes = b"",
        networks: Mapping[str, Networks] = MappingProxyType({}),
    ) -> "Catalogue":
        """A catalogue with its look-up tables."""
        sites: dict[str, tuple[Site, ...]] = {}
        for provider in providers:
            for host in provider.hosts:
                sites[host] = (*sites.get(host, ()), Site(provider))
        pattern = re.compile("|".join(f"(?:{name})" for name in ai_names) or r"(?!)")
        by_name = {provider.name: provider for provider in providers}
        return cls(by_name, agreements, ai_names, networks, HostIndex.of(sites.items()), secret, pattern)

    def lookup(self, host: str, port: int) -> Site | None:
        """What a host and port lead to, or None when nobody named them: such connections are passed through."""
        for site in self.index.find(normal_name(host)) or ():
            if not site.provider.ports or port in site.provider.ports:
                return site
        return None

    def destination(
        self, host: str, port: int, method: str, path: str, headers: Headers = (), today: date | None = None
    ) -> Destination:
        """The destination of a request. An agreement counts only for its accounts and until its last day (UTC)."""
        name = normal_name(host)
        site = self.lookup(name, port)
        if site is None:
            exposure = Exposure.UNLISTED if self.is_ai_like(name) else Exposure.NONE
            return Destination(name, port, exposure=exposure)
        provider = site.provider
        operation = provider.operations.find(method, path)
        agreement = self._agreement(provider, headers, name, path, today)
        name_of_it = operation.name if operation else ""
        opaque = tuple(one for one in provider.opaque if one.operation in ("", name_of_it))
        if operation is not None and operation.sealed:
            opaque = (*opaque, OpaqueField(WHOLE_BODY, "any", SEALED_BYTES))
        return Destination(
            name,
            port,
            provider=provider.name,
            exposure=Exposure.BAA if agreement else provider.exposure,
            shape=provider.shape,
            operation=name_of_it,
            template=operation.template if operation else "",
            agreement=agreement.id if agreement else "",
            opaque=opaque,
            signed=provider.signed and _is_signed(headers),
            title=provider.title,
            terms=provider.terms,
        )

    def account(self, host: str, path: str, headers: Headers) -> str:
        """Whose account a request uses, "" when it cannot be told; see `gateway.policy.accounts`."""
        site = self.lookup(host, 443)
        if site is None:
            return ""
        return account_of(headers, normal_name(host), path, site.provider.account, self.secret)

    def is_ai_like(self, host: str) -> bool:
        """Whether a host that is not listed is called like an AI service."""
        return self._ai_name.search(normal_name(host)) is not None

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names for a PAC file: exact, or `*.suffix`; where a pattern is finer than that, the suffix it ends in."""
        names = {
            f"*.{fixed_suffix(host)}" if "{" in host else host
            for provider in self.providers.values()
            for host in provider.hosts
        }
        return tuple(sorted(names))

    @property
    def registrable(self) -> tuple[str, ...]:
        """The domains the gateway's authority has to speak for: every host lies in one of them."""
        return tuple(sorted({registrable(name.removeprefix("*.")) for name in self.hosts}))

    def _agreement(
        self, provider: Provider, headers: Headers, host: str, path: str, today: date | None
    ) -> Agreement | None:
        offered = [agreement for agreement in self.agreements if agreement.provider == provider.name]
        if not offered:
            return None
        account = account_of(headers, host, path, provider.account, self.secret)
        day = today or datetime.now(UTC).date()
        return next((agreement for agreement in offered if agreement.covers(account, day)), None)


def _is_signed(headers: Headers) -> bool:
    """Whether AWS Signature Version 4 covers the body; a bearer token does not, nor does `UNSIGNED-PAYLOAD`."""
    given = {key.lower(): value for key, value in headers}
    return (
        given.get(b"authorization", b"").startswith(b"AWS4-")
        and given.get(b"x-amz-content-sha256") != b"UNSIGNED-PAYLOAD"
    )
