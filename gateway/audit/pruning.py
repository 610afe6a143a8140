"""Takes the content out of entries that were kept long enough, provably: hashes, tree and checkpoints stay.

The pruning is an entry itself, signed before anything is emptied. A check accepts an empty entry only below the cut of
such an entry, so that anything else that was emptied shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.audit.anchor import Anchor
from gateway.audit.canonical import read_record
from gateway.audit.checkpoint import open_checkpoint
from gateway.audit.entry import Entry
from gateway.audit.erasing import Eraser, PostgresEraser, SqliteEraser
from gateway.audit.fsck import verify_ledger
from gateway.audit.ledger import Index, Reader
from gateway.audit.opening import key_path, open_ledger, open_reader, read_keys, record_path
from gateway.audit.story import PRUNED
from gateway.errors import AuditError

type Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose record, and where it is."""

    state: Path
    origin: str
    record: str = ""
    """The database; empty for a file under `state`."""
    anchors: tuple[Anchor, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pruning would take."""

    cut: Index
    """The first entry that is not older."""
    count: int
    """Entries below it that still have their content, without the kept ones."""
    kept: frozenset[Index]
    """Decisions below it whose outcome stands above it; they go with the next pruning."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a pruning took, and what became of the space."""

    plan: Plan
    index: Index
    """Where the record says so."""
    space: str


def oldest_kept(days: int) -> str:
    """The moment before which entries have been kept long enough; RFC 3339 UTC."""
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT%H:%M:%S.000Z}"


def plan(reader: Reader, before: str, progress: Progress = int) -> Plan:
    """Which entries are older than a moment; reads all of them. Raises AuditError."""
    older: list[Index] = []
    kept: set[Index] = set()
    waiting: set[str] = set()
    cut: Index | None = None
    for row in reader.rows():
        progress(1)
        if row.pruned:
            continue
        record = read_record(row.body)
        if cut is None:
            if record["time"] < before:
                older.append(row.idx)
                continue
            cut = row.idx
        if record["type"] == "decision":
            waiting.add(row.id)
        elif record["type"] == "outcome":
            if row.id in waiting:
                waiting.remove(row.id)
            else:
                kept.update(other.idx for other in reader.find(row.id) if other.idx < cut)
    cut = reader.size() if cut is None else cut
    return Plan(cut, len(older) - len(kept), frozenset(kept))


def prune(place: Place, before: str, *, by: str, days: int, progress: Progress = int) -> Pruned | None:
    """Empty all entries before a moment; None where there are none. No gateway may write this record meanwhile.

    AuditError where they have to be kept longer (`days`), the record does not verify, or it cannot be signed or emptied.
    """
    if before > oldest_kept(days):
        raise AuditError(
            f"entries are kept for {days} days (LEADGLASS_RETENTION_DAYS); that date is too late"
        )
    eraser: Eraser = (
        PostgresEraser(place.record, place.origin)
        if place.record
        else SqliteEraser(record_path(place.state, place.origin))
    )
    eraser.check()
    with open_reader(place.state, place.origin, place.record) as reader:
        if not verify_ledger(reader, read_keys(key_path(place.state, place.origin)), progress=progress).good:
            raise AuditError("the record does not verify; nothing is pruned. See `leadglass audit verify`")
        if plan(reader, before).count == 0:
            return None
    with open_ledger(
        place.state, place.origin, anchors=place.anchors, record=place.record, pruning=True
    ) as ledger:
        with ledger.reader() as reader:
            reader.pin()
            planned = plan(reader, before)
        said = Entry.event_of(PRUNED, count=planned.count, user=by)
        said = said._replace(below=planned.cut, days=days, until=before)
        index = ledger.append(said).result()
    _signed_over(place, index)
    return Pruned(planned, index, eraser.erase(planned.cut, planned.kept, progress))


def _signed_over(place: Place, index: Index) -> None:
    with open_reader(place.state, place.origin, place.record) as reader:
        note = reader.last_checkpoint()
    if note is None or open_checkpoint(note, read_keys(key_path(place.state, place.origin))).size <= index:
        raise AuditError("the pruning could not be signed; nothing was emptied. Try again")
