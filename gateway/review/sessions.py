"""Who is signed in, in memory alone: a restart of the gateway signs everybody out."""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from gateway.review.accounts import Account

IDLE_SECONDS: Final = 30 * 60
LONGEST_SECONDS: Final = 8 * 3600
MOST: Final = 1000
"""Sessions at once; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser."""

    name: str
    version: int
    """Of the account when it signed in."""
    began: float
    seen: float
    vouched: Account | None = None
    """Of somebody for whom a provider vouches: the account that stands in no file."""


class Sessions:
    """Sessions by the digest of their token; the token itself is in the browser's cookie alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, account: Account, *, vouched: bool = False) -> str:
        """A fresh token for this account; `vouched` where a provider of identities says who it is."""
        token, now = secrets.token_urlsafe(32), self._clock()
        session = Session(account.name, account.version, now, now, account if vouched else None)
        with self._lock:
            self._open[_digest(token)] = session
            if len(self._open) > MOST:
                self._open.popitem(last=False)
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token, unless it has been idle or open for too long."""
        key, now = _digest(token), self._clock()
        with self._lock:
            found = self._open.get(key)
            if found is None:
                return None
            if now - found.seen > IDLE_SECONDS or now - found.began > LONGEST_SECONDS:
                del self._open[key]
                return None
            self._open[key] = replace(found, seen=now)
            return found

    def end(self, token: str) -> None:
        """Sign out."""
        with self._lock:
            self._open.pop(_digest(token), None)


def form_token(token: str) -> str:
    """What stands hidden in the forms of a session."""
    return hmac.digest(token.encode(), b"review form", "sha256").hex()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
