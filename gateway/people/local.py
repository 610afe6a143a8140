"""People, passwords and tokens that stand in the people file."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from gateway.people.book import Book
from gateway.people.person import Certificate, Credential, Password, Person, Token, canonical
from gateway.people.secrets import is_token, password_fits, token_digest


@dataclass(frozen=True, slots=True)
class LocalDirectory:
    """The people file itself."""

    book: Book

    def knows(self, credential: Credential) -> bool:
        """Every token of our own form, and every password where nobody else is asked, or its owner has one here."""
        match credential:
            case Password(name, _):
                entry = self.book.spec.people.get(canonical(name))
                return self.book.spec.ldap is None or (entry is not None and entry.password is not None)
            case Token(secret):
                return is_token(secret)
            case Certificate():
                return False

    def find(self, credential: Credential) -> Person | None:
        """The person, by password or token."""
        match credential:
            case Password(name, secret):
                entry = self.book.spec.people.get(canonical(name))
                fits = password_fits(entry.password if entry else None, secret)
                return Person(canonical(name)) if fits else None
            case Token():
                return self._by_token(credential)
            case Certificate():
                return None

    def _by_token(self, token: Token) -> Person | None:
        issued = self.book.tokens.get(token_digest(token.secret))
        if issued is None or (issued.kind == "pac") is not token.as_host:
            return None  # what others on the network can read is worth nothing in a header
        if token.name and canonical(token.name) != issued.name:
            return None
        until = float("inf")
        if issued.until is not None:
            until = datetime.combine(issued.until, time.max, UTC).timestamp()
        return Person(issued.name, until=until, within=issued.within)
