"""The words of the record: ids, times, and what may stand in a field."""

import hmac
import os
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from gateway.errors import AuditError

OUTCOMES: Final = ("delivered", "refused", "client-gone", "upstream-failed", "unknown-crash")
"""The closed list of what can become of a decided upload."""

STOPPED: Final = ("block", "coach")
"""Actions after which nothing was sent."""

EVENTS: Final = (
    "start", "stop", "rules-loaded", "reload-failed", "connection-ended", "not-inspected", "key-rotated",
    "protocol-reject", "limits-changed", "record-read", "record-exported", "review-decision", "sign-in",
    "sign-in-failed", "sign-in-asked", "exemption-asked", "exemption-granted", "exemption-declined", "break-glass", "doctor",
    "piece-held", "pieces-dropped", "evidence-kept", "evidence-not-kept", "evidence-opened", "evidence-erased",
    "pruned",
)  # fmt: skip
"""The closed list of what else is written down."""


VERDICTS: Final = ("right", "not-medical", "no-patient", "should-be-stopped")
"""What a reviewer can say of a decision afterwards: that it was right, or why it was not."""


def now() -> str:
    """The time as the record writes it."""
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1_000_000:03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    """A second of the calendar; two entries are made for every request, and thousands share one."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(first + second for first in _LETTERS for second in _LETTERS)


def new_id() -> str:
    """A fresh audit id: 20 letters and digits without i, l, o, u. The first half sorts by time, the rest is chance.

    48 bits of milliseconds and 52 random bits in Crockford's base32.
    """
    number = time.time_ns() // 1_000_000 << 52 | int.from_bytes(os.urandom(7)) >> 4
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(90, -1, -10)])


def pseudonym(key: bytes, name: str) -> str:
    """What stands in the record for a person: the same for the same name, and told by nobody without the key."""
    digest = hmac.digest(key, name.strip().casefold().encode(), "sha256")
    return f"p-{int.from_bytes(digest[:12]):024x}"


LONGEST: Final = 253
"""Characters of one word in the record; a host name cannot be longer."""


def foreign(value: str, longest: int = LONGEST, *, ascii_only: bool = True) -> str:
    """A word that came over the network: kept if it looks like one, else `invalid`."""
    if value and (
        len(value) > longest
        or not value.isprintable()
        or (ascii_only and not value.isascii())
        or " " in value
    ):
        return "invalid"
    return value


def own(value: str) -> str:
    """A word of ours or of the organisation's catalogue; anything else must not reach the record."""
    if not (value.isascii() and value.isprintable() and len(value) <= LONGEST):
        raise AuditError("a word does not fit the record")
    return value


CHOICE: Final = 120
"""Characters of a reason that people can choose."""


def choice(value: str) -> str:
    """A reason from a list of the organisation, in its own language; anything else must not reach the record."""
    if not value.isprintable() or len(value) > CHOICE:
        raise AuditError("a reason does not fit the record")
    return value
