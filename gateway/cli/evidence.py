"""`leadglass evidence`: what was stopped and kept sealed, opened with the reviewer's own key."""

import getpass
import os
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import pyrage

from gateway import wire
from gateway.audit import open_ledger
from gateway.cli.record import STATE, database, readers
from gateway.errors import EvidenceError, GatewayError
from gateway.evidence import Envelope, EvidenceRegister, EvidenceStore, read_identity
from gateway.exemptions import ask_desk
from gateway.formats.sniff import sniff
from gateway.model import Format
from gateway.settings import load_settings

EPILOG: Final = """\b
Examples:
  leadglass evidence key reviewer.key          on the reviewer's machine, once
  leadglass evidence list
  leadglass evidence open 06h0csq7bkpgx5mhevmw --key reviewer.key --to opened
Give the public key that `key` prints to the gateway: leadglass serve --evidence reviewers.txt
Exit codes: 0 done; 2 it cannot be done, and it is said why.
"""
BY = click.option("--by", default=getpass.getuser, help="who does it [the user of this command]")


@click.group(epilog=EPILOG)
def evidence() -> None:
    """Look at uploads that were stopped, where the gateway keeps them. Only a reviewer's secret key opens one.

    Every opening and erasing is written into the record first.
    """


@evidence.command(epilog="Example: leadglass evidence key reviewer.key >> reviewers.txt")
@click.argument("file", type=click.Path(path_type=Path))
def key(file: Path) -> None:
    """Make a reviewer's secret key, and print the public one. Do this away from the gateway's machine.

    Any key made by `age-keygen` serves as well.
    """
    identity = pyrage.x25519.Identity.generate()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise EvidenceError(
            f"{file} is there already, and what it opens needs it; choose another name"
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(f"# public key: {identity.to_public()}\n{identity}\n")
    click.echo(str(identity.to_public()))
    click.echo(f"leadglass: the secret key is in {file}; keep it off the gateway, and keep a copy", err=True)


@evidence.command("list", epilog="Example: leadglass evidence list")
@STATE
def list_(state: Path) -> None:
    """What is kept, newest first."""
    found = _store(state).all()
    click.echo(f"{'ID':20}  {'BYTES':>11}  {'KEPT (UTC)':16}  {'EXPIRES (UTC)':16}")
    for one in found:
        kept, expires = (f"{datetime.fromtimestamp(t, UTC):%Y-%m-%d %H:%M}" for t in (one.kept, one.expires))
        click.echo(f"{one.id:20}  {one.bytes:>11,}  {kept:16}  {expires:16}")
    click.echo(f"{len(found)} kept")


@evidence.command(
    "open", epilog="Example: leadglass evidence open 06h0csq7bkpgx5mhevmw --key reviewer.key --to opened"
)
@STATE
@BY
@click.argument("decision", metavar="ID")
@click.option(
    "--key", "key_file", required=True, type=click.Path(exists=True, path_type=Path), help="secret key"
)
@click.option("--to", required=True, type=click.Path(path_type=Path), help="folder to write into")
def open_(decision: str, key_file: Path, to: Path, by: str, state: Path) -> None:
    """Write the body of an upload that was stopped, and the files in it, into a folder. They may show a patient."""
    identity = read_identity(key_file)
    _do(state, "open-evidence", decision, by)
    envelope = _store(state).open(decision, identity)
    folder = to / decision
    folder.mkdir(mode=0o700, parents=True)
    click.echo(f"{envelope.method} {envelope.host}{envelope.template}")
    for name, data in (("body", envelope.body), *_files(envelope)):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
        click.echo(f"{folder / name}  {len(data):,} bytes")


@evidence.command(epilog="Example: leadglass evidence erase 06h0csq7bkpgx5mhevmw")
@STATE
@BY
@click.argument("decision", metavar="ID")
def erase(decision: str, by: str, state: Path) -> None:
    """Forget what is kept of one decision; the record keeps that there was something."""
    _do(state, "erase-evidence", decision, by)
    click.echo("erased")


def _files(envelope: Envelope) -> list[tuple[str, bytes]]:
    """The files in an upload, named by their place and what they are; none where it cannot be taken apart."""
    try:
        parts = wire.decode(envelope.transfer(), load_settings({}).limits).parts
    except GatewayError:
        return []  # it was stopped because of that; the body is there
    found = [(part.data, sniff(part.data)) for part in parts if part.data != envelope.body and not part.text]
    files = [(data, kind) for data, kind in found if kind is not Format.TEXT]
    return [(f"{number:03}.{kind.value}", data) for number, (data, kind) in enumerate(files, 1)]


def _store(state: Path) -> EvidenceStore:
    return EvidenceStore(state / "evidence", days=load_settings({}).evidence_days)


def _do(state: Path, what: str, decision: str, by: str) -> None:
    """Ask the running gateway; where none runs, write to its record as it would."""
    with ExitStack() as stack:
        readers(state, stack)  # or it is said that there is no record
    if ask_desk(state, what, decision_id=decision, by=by) is not None:
        return
    with open_ledger(state, load_settings({"state": state}).gateway_id, record=database()) as ledger:
        EvidenceRegister(_store(state), ledger).questions()[what](decision_id=decision, by=by)
