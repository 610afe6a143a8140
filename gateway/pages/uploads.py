"""One person's own uploads: what was decided, why, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit import Entry, EntryType, Reader
from gateway.audit.query import OPEN, Record, find
from gateway.audit.words import STOPPED
from gateway.errors import ExemptionError
from gateway.exemptions import CATEGORIES, Exemption
from gateway.messages import Messages
from gateway.messages.about import about_service, source_of
from gateway.model import Exposure, Said, Sender
from gateway.pages.sketch import Sketch, sketches
from gateway.pages.surroundings import Surroundings
from gateway.pages.visitor import is_own
from gateway.policy import Rule
from gateway.reasons import RULE
from gateway.refusal.words import looks_like

LOOK_BACK: Final = 5_000
"""How many of the newest entries are searched for one's own."""
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Story:
    """One upload in words."""

    id: str
    time: str
    """UTC, to the minute."""
    host: str
    service: str
    action: str
    happened: str
    seen: str
    rules: tuple[tuple[str, str], ...]
    """Names of the rules that spoke, with their reason as it reads today."""
    because: str
    terms: str
    terms_source: str
    instead: str
    choices: tuple[tuple[str, str], ...]
    """The reasons that can be given now, with their words; none where nothing can be asked."""
    state: str
    """How far an exemption got; empty where nobody asked for one."""
    sketches: tuple[Sketch, ...]
    """Blank outlines with boxes where something was found."""


def own_uploads(readers: Sequence[Reader], sender: Sender, written: str) -> list[Entry]:
    """The newest decisions about this sender's uploads."""
    found: list[Entry] = []
    for reader in readers:
        mine = 0
        for number, row in enumerate(reader.newest()):
            if number >= LOOK_BACK or mine >= SHOWN:
                break
            if row.pruned:
                continue
            entry = Entry.parse(row.body)
            if entry.type is EntryType.DECISION and is_own(entry, sender, written):
                found.append(entry)
                mine += 1
    return sorted(found, key=lambda entry: entry.time, reverse=True)[:SHOWN]


def own_record(readers: Sequence[Reader], audit_id: str, sender: Sender, written: str) -> Record | None:
    """The decision with this id, if it was about this sender's upload."""
    record = find(readers, audit_id)
    if record is None or record.entry.type is not EntryType.DECISION:
        return None
    return record if is_own(record.entry, sender, written) else None


def story_of(record: Record, around: Surroundings, say: Messages) -> Story:
    """A decision in the words of one language; the rules are read as they are now."""
    entry, rules = record.entry, around.rules()
    to = rules.catalogue.destination(entry.host, entry.port, entry.method, entry.path, ())
    told = [(name, _told(rules.rule(name), say.language)) for name in entry.spoke]
    instead = next((said.instead for _, said in told if said.instead), "") or say.advice(entry.reason_code)
    exemption = around.office.of(entry.id)
    return Story(
        id=entry.id,
        time=clock(entry.time),
        host=entry.host,
        service=to.title,
        action=entry.action,
        happened=happened(record, say),
        seen=seen(entry, say),
        rules=tuple((name, said.because) for name, said in told),
        because=because(entry, say),
        terms=about_service(say, to.terms, agreed=to.exposure is Exposure.BAA) if to.title else "",
        terms_source=source_of(say, to.terms) if to.title else "",
        instead=instead,
        choices=_choices(entry, exemption, around, say),
        state=_state(exemption, say),
        sketches=sketches(entry.places),
    )


def happened(record: Record, say: Messages) -> str:
    """What became of the upload."""
    done = say(f"upload.{record.entry.action}")
    if record.entry.action in STOPPED:
        return done
    end = say(f"upload.end_{record.end.replace('-', '_')}") if record.end != OPEN else ""
    return f"{done} {end}".strip()


def seen(entry: Entry, say: Messages) -> str:
    """What was found in it, as far as the record keeps it: kinds, never content."""
    if entry.medical:
        what = say(f"modality.{entry.modality or 'other'}")
        return looks_like(what, float(entry.score or 1), say)
    kinds = [kind for kind, _ in entry.findings if f"kind.{kind}" in say.texts]
    return say("seen.holds", things=say.listed([say(f"kind.{kind}") for kind in kinds])) if kinds else ""


def because(entry: Entry, say: Messages) -> str:
    """Why, where no rule about the content spoke."""
    return "" if entry.reason_code in (RULE, "") else say.reason(entry.reason_code)


def clock(time: str) -> str:
    """A time of the record as people read it."""
    return f"{time[:16].replace('T', ' ')} UTC"


def _told(rule: Rule | None, language: str) -> Said:
    """A rule's own words, in a language where it has them."""
    if rule is None:
        return Said(language)
    said = next((one for one in rule.translations if one.language == language), Said(language))
    return Said(language, said.because or rule.because, said.instead or rule.instead)


def _choices(
    entry: Entry, exemption: Exemption | None, around: Surroundings, say: Messages
) -> tuple[tuple[str, str], ...]:
    if exemption is not None:
        return ()
    try:
        around.office.askable(entry.id)
    except ExemptionError:
        return ()
    names = around.office.choices(entry.rules or (entry.rule,))
    return tuple(
        (name, say(f"reasons.{name.replace('-', '_')}") if name in CATEGORIES else name) for name in names
    )


def _state(exemption: Exemption | None, say: Messages) -> str:
    if exemption is None:
        return ""
    until = clock(exemption.until) if exemption.until else ""
    return say(f"exemption.{exemption.state.value}", until=until)
