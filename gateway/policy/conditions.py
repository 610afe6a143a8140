"""What a rule can depend on: who sends, where to, when, and what is seen."""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from gateway.model import Destination, Exposure, Finding, Format, Kind, Sender, Transfer
from gateway.policy.hosts import HostIndex

type Networks = tuple[IPv4Network | IPv6Network, ...]

PICTURES = frozenset({Kind.MEDICAL_IMAGE, Kind.ORDINARY_IMAGE})
"""Findings whose confidence is the medical score."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range of numbers: from `least` on, and below `below`."""

    least: float = float("-inf")
    below: float = float("inf")

    def holds(self, value: float) -> bool:
        """Whether a number lies in the range."""
        return self.least <= value < self.below


@dataclass(frozen=True, slots=True)
class Who:
    """Senders. Every condition that is given must hold."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    networks: Networks = ()
    identified: bool | None = None

    def fits(self, sender: Sender) -> bool:
        """Whether the sender is meant."""
        if self.identified is not None and self.identified is not bool(sender.user):
            return False
        if self.users and sender.user not in self.users:
            return False
        if self.groups and self.groups.isdisjoint(sender.groups):
            return False
        return not self.networks or _in_networks(sender.client, self.networks)


@dataclass(frozen=True, slots=True)
class Where:
    """Destinations. Every condition that is given must hold; several of one sort mean any of them."""

    exposures: frozenset[Exposure] = frozenset()
    providers: frozenset[str] | None = None  # also what conditions on terms come down to
    operations: frozenset[str] = frozenset()
    hosts: HostIndex[bool] | None = None

    def fits(self, destination: Destination) -> bool:
        """Whether the destination is meant."""
        return (
            (not self.exposures or destination.exposure in self.exposures)
            and (self.providers is None or destination.provider in self.providers)
            and (not self.operations or destination.operation in self.operations)
            and (self.hosts is None or self.hosts.find(destination.host) is not None)
        )


@dataclass(frozen=True, slots=True)
class When:
    """Times at which a rule holds, on the clock of its own zone."""

    zone: tzinfo
    days: frozenset[int] = frozenset()  # Monday is 0
    start: time | None = None
    end: time | None = None
    since: date | None = None
    until: date | None = None

    def fits(self, now: datetime) -> bool:
        """Whether it is such a time; hours may span midnight, and then belong to the day on which they began."""
        local = now.astimezone(self.zone)
        day, clock = local.date(), local.time()
        if self.start is not None and self.end is not None:
            if self.start <= self.end:
                if not self.start <= clock < self.end:
                    return False
            elif clock < self.end:
                day = date.fromordinal(day.toordinal() - 1)
            elif clock < self.start:
                return False
        return (
            (not self.days or day.weekday() in self.days)
            and (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Things that are seen. Every condition that is given must hold; several of one sort mean any of them."""

    kinds: frozenset[Kind] = frozenset()
    formats: frozenset[Format] = frozenset()
    modalities: frozenset[str] = frozenset()
    details: frozenset[str] = frozenset()
    score: Span | None = None

    @property
    def of_parts(self) -> bool:
        """Whether a file alone can be meant, whatever is seen in it."""
        return bool(self.formats) and not (self.kinds or self.modalities or self.details or self.score)

    def fits(self, finding: Finding, form: Format) -> bool:
        """Whether a finding in a part of this format is meant."""
        return (
            (not self.kinds or finding.kind in self.kinds)
            and (not self.formats or form in self.formats)
            and (
                not self.modalities
                or (finding.kind is Kind.MEDICAL_IMAGE and finding.detail in self.modalities)
            )
            and (not self.details or finding.detail in self.details)
            and (self.score is None or (finding.kind in PICTURES and self.score.holds(finding.confidence)))
        )


EVERYWHERE: Final = Where()
ANYBODY: Final = Who()


@dataclass(frozen=True, slots=True)
class Exemption:
    """Circumstances in which a rule does not speak. Every condition that is given must hold."""

    who: Who = ANYBODY
    where: Where = EVERYWHERE
    when: When | None = None

    def fits(self, transfer: Transfer, now: datetime) -> bool:
        """Whether the circumstances hold."""
        return (
            self.who.fits(transfer.sender)
            and self.where.fits(transfer.destination)
            and (self.when is None or self.when.fits(now))
        )


def _in_networks(client: str, networks: Networks) -> bool:
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)
