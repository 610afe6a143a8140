"""`leadglass exempt`: reasons for what was held back, and exemptions that reviewers grant or decline."""

import getpass
import json
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from gateway.audit import open_ledger
from gateway.audit.opening import open_readers
from gateway.cli.record import STATE, database, readers
from gateway.errors import ExemptionError
from gateway.exemptions import CATEGORIES, Desk, Office, ReasonStore, ask_desk, read_exemptions
from gateway.policy import RuleSet, load_rules
from gateway.settings import load_settings, secret_key

EPILOG: Final = f"""\b
Examples:
  leadglass exempt give-reason 06h0csq7bkpgx5mhevmw --reason no-patient
  leadglass exempt list
  leadglass exempt grant 06h0csq7bkpgx5mhevmw --minutes 30
Exit codes: 0 done; 2 it cannot be done, and it is said why.
Reasons, where a rule has no list of its own: {", ".join(CATEGORIES)}.
"""
BY = click.option("--by", default=getpass.getuser, help="who decides [the user of this command]")
JSON = click.option("--json", "as_json", is_flag=True, help="as JSON")
WIDTHS: Final = (20, 9, 7, 18, 24, 20, 20)


@click.group(epilog=EPILOG)
def exempt() -> None:
    """Let one upload of one person pass for a while: after a reason (coach), or when a reviewer grants it (block).

    An exemption is bound to the decision, the sender, the content and the destination, and it ends.
    """


@exempt.command("list", epilog="Example: leadglass exempt list --json")
@STATE
@JSON
def list_(state: Path, *, as_json: bool) -> None:
    """Exemptions of the last days, newest first."""
    with ExitStack() as stack:
        known = read_exemptions(readers(state, stack), datetime.now(UTC))
    shown = sorted((one.plain() for one in known.values()), key=lambda one: str(one["asked"]), reverse=True)
    if as_json:
        for one in shown:
            click.echo(json.dumps(one, ensure_ascii=False))
        return
    click.echo(_row("ID", "STATE", "WAS", "SENDER", "TO", "REASON", "UNTIL (UTC)"))
    for one in shown:
        until = str(one["until"])[:19].replace("T", " ")
        sender = one["user"] or one["client"]
        click.echo(_row(one["id"], one["state"], one["action"], sender, one["host"], one["reason"], until))
    click.echo(f"{len(shown)} shown")


@exempt.command(
    "give-reason", epilog="Example: leadglass exempt give-reason 06h0csq7bkpgx5mhevmw --reason no-patient"
)
@STATE
@click.argument("decision", metavar="ID")
@click.option("--reason", required=True, help="one of the rule's reasons")
@click.option(
    "--text", default="", help="more in your own words; kept apart from the record and erased after a while"
)
@click.option("--by", default="", help="who gives it [the sender of the upload]")
def give_reason(decision: str, reason: str, text: str, by: str, state: Path) -> None:
    """Say why an upload that was held back is right. What only needs a reason can then be sent again for a while."""
    _say(_do(state, "give-reason", decision_id=_id(decision), reason=reason, text=text, by=by))


@exempt.command(epilog="Example: leadglass exempt grant 06h0csq7bkpgx5mhevmw --by jana --minutes 30")
@STATE
@click.argument("decision", metavar="ID")
@BY
@click.option("--minutes", type=click.IntRange(min=1), default=None, help="how long [as set for the gateway]")
def grant(decision: str, by: str, minutes: int | None, state: Path) -> None:
    """Let an upload that somebody asked about pass for a while. Whoever sent it cannot grant it."""
    _say(_do(state, "grant", decision_id=_id(decision), by=by, minutes=minutes or 0))


@exempt.command(epilog="Example: leadglass exempt decline 06h0csq7bkpgx5mhevmw --by jana")
@STATE
@click.argument("decision", metavar="ID")
@BY
def decline(decision: str, by: str, state: Path) -> None:
    """Say no, or take back what was granted."""
    _say(_do(state, "decline", decision_id=_id(decision), by=by))


@exempt.command(epilog="Example: leadglass exempt text 06h0csq7bkpgx5mhevmw")
@STATE
@click.argument("decision", metavar="ID")
@click.option("--erase", is_flag=True, help="forget it; the record keeps that there was one")
def text(decision: str, state: Path, *, erase: bool) -> None:
    """Show what somebody wrote beside a reason, or erase it. It may name a patient: it is not in the record."""
    store = ReasonStore(state / "reasons")
    if erase:
        store.erase(_id(decision))
        click.echo("erased")
        return
    click.echo(store.read(_id(decision)) or "nothing was written, or it was erased")


def _do(state: Path, what: str, **words: str | int) -> dict[str, Any]:
    """Ask the running gateway; where none runs, write to its record as it would."""
    with ExitStack() as stack:
        readers(state, stack)  # or it is said that there is no record
    answer = ask_desk(state, what, **words)
    if answer is None:
        answer = _alone(state, {"do": what, **words})
    return dict(answer["exemption"])


def _alone(state: Path, asked: dict[str, str | int]) -> dict[str, Any]:
    settings = load_settings({"state": state})
    key = secret_key(state, "hmac")
    rules: RuleSet = load_rules(settings.rules, key)
    with open_ledger(state, settings.gateway_id, record=database()) as ledger:
        store = ReasonStore(state / "reasons", settings.reason_days)
        people = secret_key(state, "people") if settings.record_names == "pseudonym" else b""
        everybody = partial(open_readers, state, database())  # other gateways may have decided, or been asked
        office = Office(
            ledger,
            key,
            store,
            settings.exemption_minutes,
            lambda: rules,
            people_key=people,
            everybody=everybody,
        )
        with everybody() as every:
            office.restore(every)
        answer = Desk(office).answer(json.dumps(asked).encode())
    if "error" in answer:
        raise ExemptionError(str(answer["error"]))
    return answer


def _say(one: dict[str, Any]) -> None:
    if one["state"] == "granted":
        click.echo(
            f"{one['id']}: the same upload by {one['user'] or one['client']} to {one['host']} may pass until {one['until']}"
        )
    elif one["state"] == "asked":
        click.echo(f"{one['id']}: asked; a reviewer has to grant it (leadglass exempt grant {one['id']})")
    else:
        click.echo(f"{one['id']}: declined")


def _id(spoken: str) -> str:
    """An id however it was read out or typed."""
    return spoken.strip().lower().replace("-", "").translate(str.maketrans("ilo", "110"))


def _row(*cells: object) -> str:
    return "  ".join(
        f"{str(cell) if len(str(cell)) <= width else str(cell)[: width - 1] + '…':{width}}"
        for cell, width in zip(cells, WIDTHS, strict=True)
    ).rstrip()
