"""One decision in words, and a blank outline with boxes where something was found."""

from dataclasses import dataclass

from gateway.audit import Entry
from gateway.audit.query import OPEN, Record
from gateway.audit.seen import places_again
from gateway.messages import Messages
from gateway.pages.sketch import Sketch, drawn
from gateway.pages.uploads import happened, seen
from gateway.reasons import RULE


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
        "" if entry.reason_code in (RULE, "") else say.reason(entry.reason_code),
        tuple(
            (say.texts.get(f"kind.{kind}") or say.texts.get(f"desk.kind.{kind}", kind), n)
            for kind, n in entry.findings
        ),
        say("desk.would", what=say(f"action.{entry.would}")) if entry.would else "",
        record.end == OPEN,
    )


def sketches(entry: Entry) -> tuple[Sketch, ...]:
    """The pictures of an upload as blank outlines, as far as the record has boxes."""
    return tuple(drawn(boxes) for boxes in places_again(entry.places))
