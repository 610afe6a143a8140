"""`leadglass audit backup`, `restore`, `prune` and `migrate`: keeping the record for years."""

import getpass
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
from gateway.audit.index import forget, index_path
from gateway.audit.ledger import VERSION
from gateway.audit.migrating import migrate_database, migrate_file
from gateway.audit.opening import keep_keys, key_path, open_reader, read_keys, record_path
from gateway.audit.pruning import Place, Plan, oldest_kept, plan
from gateway.audit.pruning import prune as prune_record
from gateway.cli.audit_words import moment
from gateway.cli.record import ANCHORS, KEY, STATE, by_gateway, database, recorded
from gateway.settings import load_settings

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
    origins, record = recorded(state), database()
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    for origin in origins:
        path = to / f"{origin}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}.leadglass"
        keys = read_keys(key_path(state, origin))
        with open_reader(state, origin, record) as reader:
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


PRUNE_HELP = """\b
Examples:
  leadglass audit prune --dry-run
  leadglass audit prune --before 2020-01-31
The gateway stands still meanwhile. In PostgreSQL, LEADGLASS_RECORD names the database as the tables' owner.
"""


@click.command(epilog=PRUNE_HELP)
@STATE
@ANCHORS
@click.option("--before", default="", metavar="DATE", help="empty what is older [as old as retention allows]")
@click.option("--by", default=getpass.getuser, help="who does it [the user of this command]")
@click.option("--dry-run", is_flag=True, help="only say what would go")
def prune(state: Path, anchors: tuple[Path, ...], before: str, by: str, *, dry_run: bool) -> None:
    """Take the content out of entries that were kept long enough; their hashes stay, so that everything still verifies.

    The pruning is an entry of the record itself, signed before anything goes. What is gone is gone: make a backup first.
    """
    days = load_settings({}).retention_days
    cut = moment(before, "--before") if before else oldest_kept(days)
    for origin in recorded(state):
        place = Place(state, origin, database(), tuple(map(FileAnchor, anchors)))
        click.echo(_would_go(place, cut) if dry_run else _gone(place, cut, by, days))


@click.command(epilog="Example: leadglass audit migrate")
@STATE
def migrate(state: Path) -> None:
    """Bring records of an earlier version to the form that this one can prune. Best while no gateway writes.

    Gateways go on writing to either form; nothing has to be migrated for an upgrade. In PostgreSQL, LEADGLASS_RECORD
    names the database as the tables' owner.
    """
    if database():
        found = {"the database": migrate_database(database())}
    else:
        found = {origin: migrate_file(record_path(state, origin)) for origin in recorded(state)}
    for name, version in found.items():
        was = "was so already" if version == VERSION else f"had form {version}"
        click.echo(f"{name}: form {VERSION}; it {was}")


def _would_go(place: Place, cut: str) -> str:
    with (
        open_reader(place.state, place.origin, place.record) as reader,
        _bar(f"reading {place.origin}", reader.size()) as bar,
    ):
        planned = plan(reader, cut, bar.update)
    return f"{place.origin}: {planned.count} entries before {cut} would be emptied{_kept(planned)}"


def _gone(place: Place, cut: str, by: str, days: int) -> str:
    with _bar(f"pruning {place.origin}", None) as bar:
        done = prune_record(place, cut, by=by, days=days, progress=bar.update)
    if done is None:
        return f"{place.origin}: nothing is older than {cut}"
    forget(index_path(place.state))
    return (
        f"{place.origin}: {done.plan.count} entries before {cut} were emptied{_kept(done.plan)}; entry {done.index}"
        f" says so\n  {done.space[:1].upper()}{done.space[1:]}."
    )


def _kept(planned: Plan) -> str:
    return f"; {len(planned.kept)} kept, as their outcome is younger" if planned.kept else ""


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
    return {str(path): partial(iter, by_gateway(FileAnchor(path).notes(), origin)) for path in paths}


def _bar(words: str, total: int | None) -> "tqdm[Never]":
    return tqdm(total=total, desc=words, unit="entry", disable=None, leave=False)
