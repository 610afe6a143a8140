"""Who may open the review pages: names, roles, password hashes and the secrets of their code generators.

A password is kept as Argon2id (RFC 9106). A code is RFC 6238 with 30-second steps; a step counts once per account.
"""

import hmac
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final

import pyotp

from gateway.durable import write_whole
from gateway.errors import PeopleError
from gateway.people.person import NAME, canonical
from gateway.people.secrets import password_fits, password_hash

FILE: Final = "review-accounts.json"
"""Its name in the gateway's folder of state."""
SHORTEST_PASSWORD: Final = 12
STEP_SECONDS: Final = 30
DRIFT: Final = 1
"""Steps by which a telephone's clock may be wrong."""


class Role(StrEnum):
    """What somebody may do in the review pages."""

    AUDITOR = "auditor"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Account:
    """One person who can sign in."""

    name: str
    role: Role
    password: str
    secret: str
    revoked: bool = False
    step: int = 0
    """The last 30-second step whose code was taken."""
    tried: int = 0
    """The last 30-second step in which a code was tried with the right password."""
    version: int = 1
    """Rises with every change, which ends the sessions begun before."""


class Accounts:
    """The accounts in a file that only the gateway's user can read; every call sees the file as it is now."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> dict[str, Account]:
        """Every account by name; none where there is no file. PeopleError where the file cannot be used."""
        try:
            kept = json.loads(self.path.read_text("utf-8"))
            return {one["name"]: Account(**{**one, "role": Role(one["role"])}) for one in kept}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise PeopleError(f"the review accounts cannot be read ({type(error).__name__})") from None

    def add(self, name: str, role: Role, password: str) -> Account:
        """A new account. PeopleError where there is one of this name, or the name or password cannot be used."""
        with self._changing() as accounts:
            if canonical(name) in accounts:
                raise PeopleError("there is an account of this name; `reset` gives it another password")
            made = _fresh(name, role, password)
            accounts[made.name] = made
        return made

    def reset(self, name: str, password: str) -> Account:
        """Another password and another secret; a revoked account is taken back, and every session of it ends."""
        with self._changing() as accounts:
            before = _known(accounts, name)
            made = replace(_fresh(name, before.role, password), version=before.version + 1)
            accounts[made.name] = made
        return made

    def revoke(self, name: str) -> None:
        """The account cannot sign in any more, and every session of it ends."""
        with self._changing() as accounts:
            before = _known(accounts, name)
            accounts[before.name] = replace(before, revoked=True, version=before.version + 1)

    def sign_in(self, name: str, password: str, code: str, now: float | None = None) -> Account | None:
        """The account, where password and code are right. Blocks for tens of milliseconds.

        Each right password spends its 30 seconds, whatever the code: a code counts once, and who knows a password
        has one try in a million every half minute. Without the password nobody can spend anything of anybody.
        """
        found = self.all().get(canonical(name))
        fits = password_fits(found.password if found else None, password)
        if not found or not fits or found.revoked:
            return None
        moment = time.time() if now is None else now
        with self._changing() as accounts:
            current = accounts.get(found.name)
            # Read again under the lock, so that one code cannot be taken by two at once.
            if current is None or current.version != found.version or _step(moment) <= current.tried:
                return None
            step = _step_of(current, code, moment)
            right = step is not None and step > current.step
            accounts[found.name] = replace(
                current, tried=_step(moment), step=step if right and step else current.step
            )
            return accounts[found.name] if right else None

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Account]]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self.path.with_name(f".{self.path.name}.lock")
        with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)) as file:
            flock(file, LOCK_EX)
            accounts = self.all()
            before = dict(accounts)
            yield accounts
            if accounts != before:
                self._write(accounts)

    def _write(self, accounts: dict[str, Account]) -> None:
        owner = self.path.stat() if self.path.exists() else self.path.parent.stat()
        write_whole(self.path, json.dumps([asdict(one) for one in accounts.values()], indent=1).encode())
        if os.geteuid() == 0:  # the command is often root's, the gateway never
            os.chown(self.path, owner.st_uid, owner.st_gid)


def otpauth(account: Account) -> str:
    """The address that a code generator reads."""
    return pyotp.TOTP(account.secret).provisioning_uri(name=account.name, issuer_name="Leadglass")


def _fresh(name: str, role: Role, password: str) -> Account:
    if not NAME.fullmatch(canonical(name)):
        raise PeopleError("this name cannot be used for an account")
    if len(password) < SHORTEST_PASSWORD:
        raise PeopleError(f"a password for the review pages has at least {SHORTEST_PASSWORD} characters")
    return Account(canonical(name), role, password_hash(password), pyotp.random_base32())


def _known(accounts: dict[str, Account], name: str) -> Account:
    found = accounts.get(canonical(name))
    if found is None:
        raise PeopleError("there is no account of this name")
    return found


def _step(now: float) -> int:
    return int(now) // STEP_SECONDS


def _step_of(account: Account, code: str, now: float) -> int | None:
    totp, current = pyotp.TOTP(account.secret), _step(now)
    given = code.replace(" ", "").encode("utf-8", "replace")
    steps = range(current - DRIFT, current + DRIFT + 1)
    return next((at for at in steps if hmac.compare_digest(totp.at(at * STEP_SECONDS).encode(), given)), None)
