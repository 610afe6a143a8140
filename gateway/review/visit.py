"""Who looks at a page of the desk, and what is written down of it."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from gateway.audit import Entry
from gateway.review.accounts import Account, Accounts, Role
from gateway.review.sessions import Sessions

VISIT: Final = "leadglass-visit"
"""Under this name a request carries who makes it."""

DECIDERS: Final = frozenset({Role.REVIEWER, Role.ADMIN})
"""The roles that may say whether a decision was right, and grant exemptions."""
READERS: Final = frozenset({Role.AUDITOR, Role.REVIEWER, Role.ADMIN})
"""The roles that may read the record."""

type Witness = Callable[[Entry], Future[int]]
"""Writes an event into the record; the answer is there once it is durable, or AuditError."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in, who is in, and where it is written down."""

    accounts: Accounts
    witness: Witness
    sessions: Sessions = field(default_factory=Sessions)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is signed in."""

    account: Account
    token: str = field(repr=False)
    """What stands hidden in the forms of this session."""

    @property
    def reads(self) -> bool:
        """Whether the record is open to them."""
        return self.account.role in READERS

    @property
    def decides(self) -> bool:
        """Whether verdicts and exemptions are theirs to give."""
        return self.account.role in DECIDERS
