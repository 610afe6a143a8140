"""`leadglass audit`: list, show, verify, prove and export the record."""

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gateway.audit import FileAnchor, Report, pseudonym, verify_ledger
from gateway.audit.checkpoint import VerifierKey
from gateway.audit.export import EXPORTS
from gateway.audit.opening import key_path, known_origins, open_reader, read_keys
from gateway.audit.postgres_schema import prepare
from gateway.audit.proof import prove as proof_of
from gateway.audit.query import Filter, as_json, find, newest, oldest
from gateway.audit.verified import keep_verified
from gateway.cli.audit_index import reindex
from gateway.cli.audit_report import report
from gateway.cli.audit_verdicts import verdicts
from gateway.cli.audit_words import moment, row, sentence, told
from gateway.cli.keep import backup, migrate, prune, restore
from gateway.cli.record import ANCHORS, KEY, STATE, by_gateway, database, readers
from gateway.cli.stream import stream
from gateway.errors import AuditError
from gateway.model import Action
from gateway.settings import secret_key

SINCE = click.option(
    "--since", default="", metavar="WHEN", help="a date, a time (2026-01-31T08:00), or an age: 30m, 24h, 7d"
)


@click.group(epilog="Example: leadglass audit list --action block")
def audit() -> None:
    """The record of what was decided: list it, look at one decision, verify all of it, hand it on."""


@audit.command("list", epilog="Example: leadglass audit list --action block --since 7d")
@STATE
@SINCE
@click.option("--json", "as_lines", is_flag=True, help="one JSON object a line")
@click.option("--action", type=click.Choice([a.word for a in Action]), default=None)
@click.option(
    "--user",
    default="",
    help="only this person's uploads; finds them under a pseudonym too, where the key is",
)
@click.option("--host", default="", help="only uploads to this host")
@click.option("--events", is_flag=True, help="starts, stops and other events as well")
@click.option(
    "--limit", type=click.IntRange(min=0), default=None, help="at most so many [100; with --json all]"
)
def list_(state: Path, limit: int | None, *, as_lines: bool, **filters: Any) -> None:
    """Decisions, newest first. They hold kinds and counts, never what was in an upload."""
    filters["since"] = moment(filters["since"])
    if filters["user"] and (state / "keys" / "people").exists():
        filters["alias"] = pseudonym(secret_key(state, "people"), filters["user"])
    wanted = Filter(**{name: value for name, value in filters.items() if value is not None})
    limit = (None if as_lines else 100) if limit is None else limit
    with ExitStack() as stack:
        found = islice(newest(readers(state, stack), wanted), limit)
        if as_lines:
            for record in found:
                click.echo(json.dumps(as_json(record), ensure_ascii=False))
            return
        click.echo(row("TIME (UTC)", "ID", "ACTION", "USER", "TO", "WHAT", "RULE", "OUTCOME"))
        count = 0
        for count, record in enumerate(found, 1):  # noqa: B007 - used after the loop
            click.echo(sentence(record))
        click.echo(f"{count} shown" + ("; more may follow, see --limit" if count == limit else ""))


@audit.command(epilog="Example: leadglass audit show 06eqj3k1v8m2c9t4x7pz")
@STATE
@click.argument("audit_id", metavar="ID")
@click.option("--json", "as_lines", is_flag=True, help="as one JSON object")
def show(state: Path, audit_id: str, *, as_lines: bool) -> None:
    """Everything the record holds about one decision."""
    with ExitStack() as stack:
        record = find(readers(state, stack), audit_id)
    if record is None:
        raise AuditError("there is no entry with this id")
    shown = as_json(record)
    if as_lines:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    for name, value in shown.items():
        text = ", ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else value
        text = ", ".join(value) if isinstance(value, list) else text
        click.echo(f"{name.replace('_', ' '):16} {'-' if text in (None, '') else text}")


@audit.command(epilog="Example: leadglass audit prove 06eqj3k1v8m2c9t4x7pz > proof.json")
@STATE
@click.argument("audit_id", metavar="ID")
def prove(state: Path, audit_id: str) -> None:
    """Print a proof that one decision is in the signed record; docs/verify_inclusion.py checks it without Leadglass."""
    with ExitStack() as stack:
        for reader in readers(state, stack):
            record = find([reader], audit_id)
            if record is not None:
                proof = proof_of(
                    reader, reader.find(record.entry.id), read_keys(key_path(state, reader.origin))
                )
                click.echo(json.dumps(proof, ensure_ascii=False))
                return
    raise AuditError("there is no entry with this id")


@audit.command(epilog="Example: leadglass audit export --format fhir --since 24h > audit-events.ndjson")
@STATE
@SINCE
@click.option("--format", "form", type=click.Choice(list(EXPORTS)), default="ndjson", show_default=True)
@click.option(
    "--events/--no-events", default=True, show_default=True, help="starts, stops and other events as well"
)
def export(state: Path, since: str, form: str, *, events: bool) -> None:
    """Print the record, oldest first, in a form that another system reads. Every line holds what `list` holds."""
    with ExitStack() as stack:
        found = oldest(readers(state, stack), Filter(since=moment(since), events=events))
        for line in EXPORTS[form](found):
            click.echo(line)


VERIFY_HELP = """\b
Examples:
  leadglass audit verify
  leadglass audit verify --state /var/lib/leadglass --anchor /mnt/worm/checkpoints --key signer.vkey
Exit codes: 0 nothing is wrong; 1 something is, and it is said what; 2 the check could not be carried out.
"""


@audit.command(epilog=VERIFY_HELP)
@STATE
@ANCHORS
@KEY
@click.option("--json", "as_lines", is_flag=True, help="one JSON object for each gateway's record")
def verify(state: Path, anchors: tuple[Path, ...], key: Path | None, *, as_lines: bool) -> None:
    """Recompute everything, compare it with every signature, and say what is covered and what is not."""
    found = known_origins(state, database())
    places = {str(path): tuple(FileAnchor(path).notes()) for path in anchors}
    given = read_keys(key) if key else None
    if not found and not any(places.values()):
        raise AuditError(f"there is no record under {state}; is --state right?")
    reports = [
        _verify(state, origin, given or read_keys(key_path(state, origin)), places) for origin in found
    ]
    missing = sorted({note.split("\n", 1)[0] for notes in places.values() for note in notes} - set(found))
    for one in reports:
        if key is None:  # with keys from elsewhere it may be another's copy that is looked at
            keep_verified(state, one)
        click.echo(json.dumps(_plain(one)) if as_lines else "\n".join(told(one)))
    for origin in missing:
        click.echo(
            f"leadglass: an anchor speaks of the gateway {origin[:64]!r}, whose record is not here", err=True
        )
    if missing or not all(report.good for report in reports):
        sys.exit(1)


def _verify(
    state: Path, origin: str, keys: Sequence[VerifierKey], places: dict[str, tuple[str, ...]]
) -> Report:
    ours = {name: partial(iter, by_gateway(notes, origin)) for name, notes in places.items()}
    with (
        open_reader(state, origin, database()) as reader,
        tqdm(total=reader.size(), desc=f"verifying {origin}", unit="entry", disable=None, leave=False) as bar,
    ):
        if reader.origin != origin:
            raise AuditError(f"the record called {origin} is another gateway's; was it renamed?")
        return verify_ledger(reader, keys, ours, progress=bar.update)


def _plain(report: Report) -> dict[str, Any]:
    def head(checkpoint: Any) -> dict[str, Any] | None:
        return {"size": checkpoint.size, "time": checkpoint.time} if checkpoint else None

    return {
        "origin": report.origin, "good": report.good, "entries": report.size, "checkpoints": report.checkpoints,
        "signed": head(report.signed), "unsigned": report.unsigned, "anchored": head(report.anchored),
        "unanchored": report.unanchored, "still_open": report.still_open, "clock_steps": report.clock_steps, "pruned": report.pruned,
        "faults": [asdict(fault) for fault in report.faults],
    }  # fmt: skip


PREPARE_HELP = """\b
Example:
  export LEADGLASS_RECORD=postgresql://owner@db/leadglass
  leadglass audit prepare --role gateway
"""


@audit.command("prepare", epilog=PREPARE_HELP)
@click.option("--role", required=True, help="the database role that the gateways sign in with")
def prepare_(role: str) -> None:
    """Make the record's tables in PostgreSQL, as their owner, and let ROLE append to them and read them, no more.

    LEADGLASS_RECORD names the database. Gateways then run with LEADGLASS_RECORD naming it as ROLE.
    """
    if not database():
        raise AuditError("LEADGLASS_RECORD names no database, e.g. postgresql://owner@db/leadglass")
    prepare(database(), role)
    click.echo(f"ready: {role} can append and read, and nothing else")


for command in (stream, reindex, verdicts, report, backup, restore, prune, migrate):
    audit.add_command(command)
