"""`leadglass audit backup` and `restore`: a copy of the record elsewhere, and a record made of such a copy."""

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Never

import click
from tqdm import tqdm

from gateway.audit import FileAnchor, Report
from gateway.audit.archive import open_archive
from gateway.audit.backup import back_up, check, restore_database, restore_file
from gateway.audit.checkpoint import VerifierKey
from gateway.audit.opening import keep_keys, key_path, known_origins, open_reader, read_keys, record_path
from gateway.cli.record import ANCHORS, KEY, STATE, database
from gateway.errors import AuditError

OLDER = 1
"""Exit code of a restore that lacks entries which an anchor knows of."""


@click.command(epilog="Example: leadglass audit backup --to /mnt/backups")
@STATE
@click.option(
    "--to", required=True, type=click.Path(path_type=Path, file_okay=False), help="folder to write into"
)
def backup(state: Path, to: Path) -> None:
    """Copy each gateway's record into one file, while the gateway goes on; the file is read again before it counts.

    It holds entries, checkpoints and public keys; no secret, and nothing of what was in an upload.
    """
    origins = known_origins(state, database())
    if not origins:
        raise AuditError(f"there is no record under {state}; is --state right?")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    for origin in origins:
        path = to / f"{origin}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}.leadglass"
        keys = read_keys(key_path(state, origin))
        with open_reader(state, origin, database()) as reader:
            size = reader.size()
            with _bar(f"copying {origin}", size) as copying, _bar(f"reading {path.name}", size) as reading:
                held = back_up(reader, keys, path, copying.update, reading.update)
        signed = (
            f"signed up to {held.signed.size}, at {held.signed.time}" if held.signed else "nothing signed yet"
        )
        click.echo(
            f"{path}: {held.entries} entries and {held.checkpoints} checkpoints, {signed}; read again, all there"
        )


RESTORE_HELP = """\b
Examples:
  leadglass audit restore gateway-1.20260131T080000Z.leadglass --anchor /mnt/elsewhere/checkpoints
  leadglass audit restore backup.leadglass --state review-copy      # a database's record, as a file to look at
Exit codes: 0 restored; 1 restored, but older than an anchor; 2 nothing was restored.
"""


@click.command(epilog=RESTORE_HELP)
@STATE
@ANCHORS
@KEY
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(state: Path, anchors: tuple[Path, ...], key: Path | None, file: Path) -> None:
    """Make a record of a backup: a file under --state, or in the database that LEADGLASS_RECORD names.

    Never over a record that is there. Everything is verified before it gets its name.
    """
    with open_archive(file) as archive:
        origin, theirs = archive.origin, archive.keys
    ours = key_path(state, origin)
    trusted = read_keys(key) if key else read_keys(ours) if ours.exists() else ()
    keys = trusted or theirs
    with _bar(f"reading {file.name}", None) as reading:
        held = check(file, keys, reading.update)
    with _bar(f"restoring {origin}", held.entries) as restoring:
        report = _restore(state, origin, file, keys, _anchors(anchors, origin), restoring.update)
    keep_keys(ours, theirs)
    place = "the database" if database() else str(record_path(state, origin))
    click.echo(f"{place}: {report.size} entries and {report.checkpoints} checkpoints restored and verified")
    if not trusted:
        click.echo(
            "  The key came with the backup; compare it with a copy from elsewhere (--key) to trust who signed."
        )
    if report.signed:
        click.echo(f"  Last signed: {report.signed.size} entries, at {report.signed.time}.")
    if not report.good and report.anchored:
        click.echo(
            f"  OLDER than an anchor, which has {report.anchored.size} entries of {report.anchored.time}:"
            f" {max(0, report.anchored.size - report.size)} are missing here. It can be read, but its gateway will not"
            " go on writing to it; let that one begin a new record under another --gateway-id."
        )
        sys.exit(OLDER)


def _restore(
    state: Path,
    origin: str,
    file: Path,
    keys: tuple[VerifierKey, ...],
    anchors: Mapping[str, Callable[[], Iterator[str]]],
    progress: Callable[[int], object],
) -> Report:
    if database():
        return restore_database(file, keys, anchors, database(), progress)
    return restore_file(file, keys, anchors, record_path(state, origin), progress)


def _anchors(paths: tuple[Path, ...], origin: str) -> dict[str, Callable[[], Iterator[str]]]:
    return {
        str(path): partial(
            iter, [note for note in FileAnchor(path).notes() if note.split("\n", 1)[0] == origin]
        )
        for path in paths
    }


def _bar(words: str, total: int | None) -> "tqdm[Never]":
    return tqdm(total=total, desc=words, unit="entry", disable=None, leave=False)
