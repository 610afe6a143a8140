"""Who somebody is, and what can be shown to prove it."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, Protocol

NAME: Final = re.compile(r"(?!token$)[a-z0-9][a-z0-9._@-]{0,79}")
"""The name of a person after `canonical`: nothing that means something to LDAP, YAML, the record or the header."""

LONGEST_SECRET: Final = 8192
"""Letters of a password or token. A signed token with a hundred groups stays below."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the organisation knows."""

    name: str
    groups: tuple[str, ...] = ()
    until: float = float("inf")
    """When the proof itself ends, in seconds since 1970."""
    within: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks outside of which the proof is worth nothing; none: everywhere."""

    def may_be_at(self, address: str) -> bool:
        """Whether the proof counts when it comes from this address."""
        return not self.within or any(ip_address(address.partition("%")[0]) in one for one in self.within)


@dataclass(frozen=True, slots=True)
class Password:
    """A name and a password."""

    name: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A secret that stands for a person on one device."""

    secret: str = field(repr=False)
    name: str = ""
    """The name given with it, which then has to be the right one."""
    as_host: bool = False
    """Whether it was the name under which the proxy was called, which others on the network can read."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A client certificate whose key the client has proven to hold; DER, the leaf first."""

    chain: tuple[bytes, ...] = field(repr=False)


type Credential = Password | Token | Certificate


class Directory(Protocol):
    """Somewhere people are known: a file, an LDAP server, an issuer of tokens."""

    def knows(self, credential: Credential) -> bool:
        """Whether this sort of proof can be judged here at all; costs nothing."""
        ...

    def find(self, credential: Credential) -> Person | None:
        """The person whom this proves, or None. Blocks. PeopleError where it cannot be told."""
        ...


def canonical(name: str) -> str:
    """A name of a person or group as it is compared: without case or surrounding blanks."""
    return name.strip().casefold()
