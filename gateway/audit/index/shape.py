"""What many decisions have in common, written down once: there are millions of decisions and hundreds of shapes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

UNREADABLE: Final = "unreadable"
MEDICAL: Final = "medical"
ORDINARY: Final = "ordinary"
NOT_LOOKED: Final = "not-looked"


class Shape(NamedTuple):
    """The words of a decision that people ask for."""

    action: str
    rule: str
    host: str
    provider: str
    exposure: str
    modality: str
    format: str
    reason: str
    """A reason code; `rule` where a rule about the content spoke."""
    seen: str
    """`medical`, `ordinary`, `unreadable` where examining failed, `not-looked` where nobody got that far."""
    would: str
    """In monitor mode: what would have happened."""

    @staticmethod
    def of(record: Mapping[str, Any]) -> "Shape":
        """The shape of an entry's fields."""
        basis = record.get("basis", "")
        seen = {"failed": UNREADABLE, "refused": NOT_LOOKED}.get(basis) or (
            MEDICAL if record.get("medical") else ORDINARY
        )
        return Shape(
            record.get("action", ""), record.get("rule", ""), record.get("host", ""), record.get("provider", ""),
            record.get("exposure", ""), record.get("modality", ""), record.get("format", ""),
            record.get("reason_code", ""), seen, record.get("would", ""),
        )  # fmt: skip


FACETS: Final = Shape._fields
"""By which words decisions can be asked for, beside person, department and time."""

_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
LOW_BITS: Final = 16
"""Of a key: they tell apart what was decided in one millisecond."""
DAY: Final = 86_400_000 << LOW_BITS
"""The keys of one day."""


def key_of(time: str, index: int = 0) -> int:
    """Where an entry of this time stands in order. ValueError where it is no time."""
    moment = datetime.fromisoformat(time)
    milliseconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (milliseconds // _MILLISECOND << LOW_BITS) | (index & ((1 << LOW_BITS) - 1))


def day_of(key: int) -> int:
    """The day of a key, counted from 1970-01-01, UTC."""
    return key // DAY


def day_name(day: int) -> str:
    """2026-01-31."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def span_of(audit_id: str) -> tuple[int, int]:
    """Between which keys the decision of this id stands: an id begins with the time at which it was made.

    That is a moment before the decision is written down, or an hour at most for an upload in pieces.
    """
    try:
        made = (
            sum(_LETTERS.index(letter) << 5 * place for place, letter in enumerate(reversed(audit_id))) >> 52
        )
    except ValueError:
        return (0, -1)
    return (made - 60_000 << LOW_BITS, made + 7_200_000 << LOW_BITS)
