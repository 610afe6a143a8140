"""Exemptions as the record tells them: asked, granted, declined, used. Nothing else remembers them."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from gateway.audit import Entry, EntryType, Reader
from gateway.exemptions.exemption import Exemption, State, moment, of_decision

HORIZON: Final = timedelta(days=8)
"""How far back is read. A decision can be asked about for a day, and an exemption lasts a week at most."""
STEPS: Final = {
    "exemption-asked": State.ASKED,
    "exemption-granted": State.GRANTED,
    "exemption-declined": State.DECLINED,
}
_RANKS: Final = {State.ASKED: 0, State.GRANTED: 1, State.USED: 1, State.DECLINED: 2}


def read_exemptions(readers: Sequence[Reader], now: datetime) -> dict[str, Exemption]:
    """All exemptions whose last step is not older than the horizon, by the id of their decision. Raises AuditError."""
    known: dict[str, Exemption] = {}
    since = moment(now - HORIZON)
    # In the order of each record: two steps can carry the same time.
    each = [[*_about_exemptions(reader, since)][::-1] for reader in readers]
    for entry in heapq.merge(*each, key=attrgetter("time")):
        if entry.type is EntryType.DECISION:
            for decision_id in entry.exemption.split():
                used = known.get(decision_id)
                if used is not None:
                    known[decision_id] = used_once(used)
            continue
        before = known.get(entry.exemption) or _asked_about(readers, entry.exemption)
        if before is not None:
            known[entry.exemption] = after(before, entry)
    return known


def after(exemption: Exemption, entry: Entry) -> Exemption:
    """An exemption after a step that the record holds."""
    if entry.event == "exemption-asked":
        return replace(
            exemption,
            state=State.ASKED,
            changed=entry.time,
            asked=entry.time,
            reason=entry.reason,
            note=entry.note,
        )
    return replace(
        exemption,
        changed=entry.time,
        state=STEPS.get(entry.event, exemption.state),
        by=entry.user,
        until=entry.until or exemption.until,
    )


def used_once(exemption: Exemption) -> Exemption:
    """An exemption by which something has just passed."""
    state = State.DECLINED if exemption.state is State.DECLINED else State.USED
    return replace(exemption, state=state, uses=exemption.uses + 1)


def is_newer(exemption: Exemption, entry: Entry) -> bool:
    """Whether a step that another gateway wrote comes after what is known; of two at the same time, the further one."""
    rank = _RANKS[STEPS.get(entry.event, exemption.state)]
    return (entry.time, rank) > (exemption.changed, _RANKS[exemption.state])


def decision_entry(readers: Iterable[Reader], decision_id: str) -> Entry | None:
    """The decision with this id."""
    for reader in readers:
        for row in reader.find(decision_id):
            entry = Entry.parse(row.body)
            if entry.type is EntryType.DECISION:
                return entry
    return None


def _asked_about(readers: Iterable[Reader], decision_id: str) -> Exemption | None:
    entry = decision_entry(readers, decision_id)
    return None if entry is None or not entry.subject else of_decision(entry)


def _about_exemptions(reader: Reader, since: str) -> Iterator[Entry]:
    """Newest first."""
    for row in reader.exempting():
        entry = Entry.parse(row.body)
        if entry.time < since:
            return
        if entry.exemption:
            yield entry
