"""One exemption: what it is bound to, how far it got, and until when it counts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from gateway.audit import Entry
from gateway.model import Action

CATEGORIES: Final = (
    "not-medical", "no-patient", "patient-agreed", "anonymised", "agreement-covers-it", "urgent-care", "other",
)  # fmt: skip
"""The reasons that can be given where a rule has no list of its own."""


class State(StrEnum):
    """How far an exemption got."""

    ASKED = "asked"
    GRANTED = "granted"
    DECLINED = "declined"
    USED = "used"  # granted, and something has passed by it; it counts until it ends


@dataclass(frozen=True, slots=True)
class Exemption:
    """A decision, and what its sender may do about it for a while."""

    id: str
    """The decision it is bound to."""
    action: Action
    """What was decided: the exemption excuses no stricter answer than this one."""
    user: str
    client: str
    host: str
    subject: tuple[str, ...]
    """Keyed digests of the content; see `gateway.exemptions.subject`."""
    rules: tuple[str, ...]
    state: State = State.ASKED
    reason: str = ""
    note: str = ""
    """Keyed digest of what was said in free words; empty where nothing was."""
    asked: str = ""
    """When it was asked for, as the record writes it."""
    by: str = ""
    """Who granted or declined it; the sender for what needs a reason only."""
    until: str = ""
    uses: int = 0
    changed: str = ""
    """When the last step was taken."""

    @property
    def sender(self) -> tuple[str, str]:
        """Whose it is: the person where they are known, else their machine."""
        return ("user", self.user) if self.user else ("client", self.client)

    def counts(self, now: datetime) -> bool:
        """Whether it lets something pass at this moment."""
        return self.state in (State.GRANTED, State.USED) and moment(now) < self.until

    def plain(self) -> dict[str, Any]:
        """As plain values, without the digests."""
        return {
            "id": self.id, "state": self.state.value, "action": self.action.word, "user": self.user,
            "client": self.client, "host": self.host, "rules": list(self.rules), "reason": self.reason,
            "has_text": bool(self.note), "asked": self.asked, "by": self.by, "until": self.until, "uses": self.uses,
        }  # fmt: skip


def of_decision(entry: Entry) -> Exemption:
    """The exemption that a decision could have, before anybody asked for it."""
    return Exemption(
        entry.id,
        Action[entry.action.upper()],
        entry.user,
        entry.client,
        entry.host,
        entry.subject,
        entry.rules or (entry.rule,),
    )


def moment(time: datetime) -> str:
    """A time as the record writes it, so that texts compare as times do."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
