"""People whom an LDAP server or Active Directory knows: they sign in there, with what they typed.

The gateway has no account of its own on that server: the person's own name and password open the connection, and
what is read (the entry's name and groups) is read as that person.
"""

import contextlib
import ssl
import struct
from dataclasses import dataclass
from ipaddress import ip_address
from math import ceil
from typing import Any, Final, override
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn, parse_dn

from gateway.errors import PeopleError
from gateway.people.book import Book
from gateway.people.person import LONGEST_SECRET, NAME, Credential, Password, Person, canonical
from gateway.people.schema import LdapSpec

GROUPS: Final = 1_000
"""Groups of one person that are read."""
WRONG: Final = frozenset(
    {"invalidCredentials", "noSuchObject", "inappropriateAuthentication", "invalidDNSyntax"}
)
"""Answers that mean `not this person`; every other one means that the server could not tell."""


class _ProvenTls(ldap3.Tls):
    """TLS as the standard library does it: the server has to prove its name. The library's own check is not used."""

    @override
    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:
        context = ssl.create_default_context(cafile=self.ca_certs_file)
        connection.socket = context.wrap_socket(connection.socket, server_hostname=self.sni)


@dataclass(frozen=True, slots=True)
class LdapDirectory:
    """An LDAP server, asked by simple bind over TLS."""

    spec: LdapSpec
    authority: str | None

    @staticmethod
    def of(book: Book, spec: LdapSpec) -> "LdapDirectory":
        """The server that the people file names. PeopleError where passwords would travel in the open."""
        address = urlsplit(spec.url)
        if address.scheme == "ldap" and not spec.start_tls and not _is_loopback(address.hostname or ""):
            raise PeopleError("ldap: passwords would travel in the open; use ldaps:// or start_tls")
        return LdapDirectory(spec, str(book.path(spec.authority)) if spec.authority else None)

    def knows(self, credential: Credential) -> bool:
        """Passwords."""
        return isinstance(credential, Password)

    def find(self, credential: Credential) -> Person | None:
        """The person, if the server lets them in with this password."""
        assert isinstance(credential, Password)
        name = canonical(credential.name)
        # An empty password is an anonymous bind that succeeds for everybody (RFC 4513, section 5.1.2).
        if not NAME.fullmatch(name) or not 0 < len(credential.secret) <= LONGEST_SECRET:
            return None
        try:
            return self._ask(name, credential.secret)
        except (LDAPException, OSError, ValueError, struct.error) as error:
            raise PeopleError(f"the LDAP server could not be asked ({type(error).__name__})") from None

    def _ask(self, name: str, password: str) -> Person | None:
        spec = self.spec
        user = spec.bind.replace("{name}", escape_rdn(name))
        connection = ldap3.Connection(
            self._server(), user=user, password=password, receive_timeout=ceil(spec.seconds), read_only=True,
            auto_referrals=False,
        )  # fmt: skip
        try:
            if spec.start_tls:
                connection.open()
                if not connection.start_tls():
                    raise PeopleError("the LDAP server does not turn to TLS")
            if not connection.bind():
                if connection.result["description"] in WRONG:
                    return None
                raise PeopleError("the LDAP server could not tell")
            return self._read(connection, name)
        finally:
            with contextlib.suppress(LDAPException, OSError):
                connection.unbind()
            if connection.socket is not None:
                connection.socket.close()  # which the library leaves open when it could not connect

    def _server(self) -> ldap3.Server:
        address = urlsplit(self.spec.url)
        secure, host = address.scheme == "ldaps", str(address.hostname)
        tls = _ProvenTls(ca_certs_file=self.authority, sni=host)
        return ldap3.Server(
            host, address.port or (636 if secure else 389), use_ssl=secure, tls=tls,
            get_info=ldap3.NONE, connect_timeout=self.spec.seconds,
        )  # fmt: skip

    def _read(self, connection: ldap3.Connection, name: str) -> Person | None:
        spec = self.spec
        wanted = spec.filter.replace("{name}", escape_filter_chars(name))
        connection.search(spec.base, wanted, attributes=[spec.name, spec.groups], size_limit=2)
        found = _entries(connection)
        if len(found) != 1:
            return None  # nobody, or nobody in particular
        real = [canonical(value) for value in _texts(found[0], spec.name)]
        if len(real) != 1 or not NAME.fullmatch(real[0]):
            return None
        dn = found[0]["dn"]
        groups = _texts(found[0], spec.groups)
        if spec.group_base is not None:
            wanted = spec.group_filter.replace("{dn}", escape_filter_chars(dn))
            wanted = wanted.replace("{name}", escape_filter_chars(real[0]))
            connection.search(spec.group_base, wanted, attributes=["cn"], size_limit=GROUPS)
            groups = [text for entry in _entries(connection) for text in _texts(entry, "cn")]
        return Person(real[0], tuple(sorted({canonical(_common_name(group)) for group in groups[:GROUPS]})))


def _entries(connection: ldap3.Connection) -> list[dict[str, Any]]:
    return [entry for entry in connection.response or () if entry.get("type") == "searchResEntry"]


def _texts(entry: dict[str, Any], attribute: str) -> list[str]:
    values = entry["attributes"].get(attribute) or []
    return [str(value) for value in (values if isinstance(values, list) else [values])]


def _common_name(group: str) -> str:
    """`CN=Radiology,OU=Groups,DC=example` as `Radiology`; a name that is no DN as it is."""
    if "=" not in group:
        return group
    return str(parse_dn(group)[0][1])


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
