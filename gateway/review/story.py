"""One decision in words."""

from dataclasses import dataclass

from gateway.audit.query import OPEN, Record
from gateway.messages import Messages
from gateway.pages.uploads import because, happened, seen


@dataclass(frozen=True, slots=True)
class Story:
    """What a reviewer reads first."""

    happened: str
    seen: str
    because: str
    """Why, where no rule about the content spoke."""
    findings: tuple[tuple[str, int], ...]
    """Kinds in words, with how often."""
    monitored: str
    """In monitor mode: what would have happened."""
    open: bool
    """Whether nobody knows yet what became of it."""


def story(record: Record, say: Messages) -> Story:
    """A decision in the words of one language."""
    entry = record.entry
    return Story(
        happened(record, say),
        seen(entry, say),
        because(entry, say),
        tuple(
            (say.texts.get(f"kind.{kind}") or say.texts.get(f"desk.kind.{kind}", kind), n)
            for kind, n in entry.findings
        ),
        say("desk.would", what=say(f"action.{entry.would}")) if entry.would else "",
        record.end == OPEN,
    )
