"""Copies a record that is in use into one file, and makes a record of such a file again; both are checked to the end."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Final

from gateway.audit.archive import Archive, open_archive, write_archive
from gateway.audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from gateway.audit.entry import EntryType
from gateway.audit.fsck import verify_ledger
from gateway.audit.ledger import Index, Reader
from gateway.audit.postgres import PostgresStore
from gateway.audit.report import Report
from gateway.audit.sqlite import writers_place
from gateway.audit.sqlite_file import SqliteFile
from gateway.audit.sqlite_reader import SqliteReader
from gateway.audit.stored import Store
from gateway.audit.tree import Frontier
from gateway.audit.waiting import NewRow
from gateway.durable import sync_folder
from gateway.errors import AuditError

AT_ONCE: Final = 4_096
"""Entries restored in one transaction of a file."""
OLDER: Final = frozenset({"truncated", "rolled-back"})
"""What a check against anchors says of a record that is sound, but not the newest."""

type Progress = Callable[[int], object]
type Anchors = Mapping[str, Callable[[], Iterator[str]]]


@dataclass(frozen=True, slots=True)
class Held:
    """What a backup was found to hold."""

    origin: str
    entries: int
    checkpoints: int
    signed: Checkpoint | None
    """Its last checkpoint."""


def back_up(
    reader: Reader, keys: Sequence[VerifierKey], path: Path, progress: Progress = int, again: Progress = int
) -> Held:
    """Write what the record holds at this moment, read the file again, and only then give it its name.

    A gateway may go on writing meanwhile. `progress` and `again` hear how many entries were written and read.
    AuditError where there is such a file already, it cannot be written, or what it holds is not what was signed.
    """
    if path.exists():
        raise AuditError(f"{path} is there already")
    draft = path.with_name(f"{path.name}.part")
    reader.pin()
    draft.unlink(missing_ok=True)
    try:
        write_archive(draft, reader, keys, progress)
        held = check(draft, keys, again)
        draft.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise AuditError(f"the backup {path} cannot be kept ({type(error).__name__})") from None
    finally:
        draft.unlink(missing_ok=True)
    return held


def check(path: Path, keys: Sequence[VerifierKey], progress: Progress = int) -> Held:
    """Read a backup to its end, and compare its tree with each of its checkpoints. AuditError where they differ."""
    with open_archive(path) as archive:
        claims = sorted((open_checkpoint(note, keys) for note in archive.notes), key=lambda c: c.size)
        frontier, place = Frontier(), 0
        for row in archive.rows():
            place = _compared(claims, place, frontier)
            frontier.append(row.leaf)
            progress(1)
        place = _compared(claims, place, frontier)
        if place < len(claims) or any(claim.origin != archive.origin for claim in claims):
            raise AuditError("the backup does not hold what was signed")
        return Held(archive.origin, frontier.size, len(claims), claims[-1] if claims else None)


def _compared(claims: Sequence[Checkpoint], place: int, frontier: Frontier) -> int:
    while place < len(claims) and claims[place].size == frontier.size:
        if claims[place].root != frontier.root():
            raise AuditError("the backup does not hold what was signed")
        place += 1
    return place


def restore_file(
    path: Path, keys: Sequence[VerifierKey], anchors: Anchors, to: Path, progress: Progress = int
) -> Report:
    """Make a SQLite record of a backup; it gets its name once all of it was verified.

    AuditError where there is a record already, somebody writes there, or it does not verify. What it lacks beside its
    anchors is a fault of the report (`OLDER`), no error.
    """
    draft = to.with_suffix(".restoring")
    with writers_place(to), open_archive(path) as archive:
        if to.exists():
            raise AuditError(f"there is a record at {to} already; a restored one never takes another's place")
        try:
            _remove(draft)
            store = SqliteFile(draft, archive.origin)
            try:
                _fill(store, archive, progress)
            finally:
                store.close()
            with SqliteReader(draft) as reader:
                report = _verified(reader, keys, anchors)
            draft.rename(to)
            sync_folder(to.parent)
        except OSError as error:
            raise AuditError(f"the record {to} cannot be kept ({type(error).__name__})") from None
        finally:
            _remove(draft)
    return report


def restore_database(
    path: Path, keys: Sequence[VerifierKey], anchors: Anchors, record: str, progress: Progress = int
) -> Report:
    """Make a record in PostgreSQL of a backup, in one transaction; as `restore_file`."""
    with (
        open_archive(path) as archive,
        contextlib.closing(PostgresStore(record, archive.origin, 0.0)) as store,
    ):
        if store.frontier.size:
            raise AuditError(
                f"the database holds a record of {archive.origin} already; a restored one never takes another's place"
            )
        with store.all_or_nothing() as reader:
            _fill(store, archive, progress)
            return _verified(reader, keys, anchors)


def _fill(store: Store, archive: Archive, progress: Progress) -> None:
    still_open: dict[str, Index] = {}
    store.closed_below = lambda: next(iter(still_open.values()), store.frontier.size)
    for rows in batched(archive.rows(), AT_ONCE):
        _follow(still_open, store.frontier.size, rows)
        store.write(rows)
        progress(len(rows))
    for note in archive.notes:
        store.store_checkpoint(note)


def _follow(still_open: dict[str, Index], first: Index, rows: Sequence[NewRow]) -> None:
    for index, row in enumerate(rows, first):
        if row.type == EntryType.DECISION:
            still_open[row.id] = index
        elif row.type == EntryType.OUTCOME:
            still_open.pop(row.id, None)


def _verified(reader: Reader, keys: Sequence[VerifierKey], anchors: Anchors) -> Report:
    report = verify_ledger(reader, keys, anchors)
    wrong = next((fault for fault in report.faults if fault.kind not in OLDER), None)
    if wrong is not None or (not report.good and not anchors):
        kind = (wrong or report.faults[0]).kind
        raise AuditError(f"what the backup holds does not verify ({kind}); nothing was restored")
    return report


def _remove(draft: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{draft}{end}")  # noqa: PTH108 - beside the names that SQLite makes
