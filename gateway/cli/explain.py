"""`leadglass rules explain`: which rule answers what, for a file or a past decision, and what would change the answer."""

import mimetypes
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from gateway import reasons
from gateway.audit import Entry
from gateway.audit.query import find
from gateway.cli.record import account_key, known_people, readers
from gateway.errors import AuditError
from gateway.hindsight import decide_again, recall
from gateway.messages import DEFAULT, messages
from gateway.messages.about import about_service, source_of
from gateway.model import Action, Decision, Examination, Exposure, Finding, Kind, Look, Sender, Transfer
from gateway.policy import Answer, RuleSet, answers, decide, load_rules, look_needed
from gateway.policy.nearby import nearest, otherwise, without
from gateway.policy.verdict import NOT_IDENTIFIED
from gateway.reasons import ADVICE
from gateway.settings import load_settings

COLOURS: Final = {Action.BLOCK: "red", Action.REDACT: "yellow", Action.COACH: "yellow"}
EPILOG: Final = """\b
Examples:
  leadglass rules explain scan.png --to chatgpt.com --user mara
  leadglass rules explain --id 06h0csq7bkpgx5mhevmw --state /var/lib/leadglass
Example: leadglass rules explain scan.png --to chatgpt.com
Exit codes: 0 it goes through unchanged; 1 it does not; 2 it cannot be told.
"""


@dataclass(frozen=True, slots=True)
class Question:
    """An upload, seen or remembered, and what was decided about it."""

    transfer: Transfer
    examination: Examination
    decision: Decision
    time: datetime


@click.command(epilog=EPILOG)
@click.argument("path", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--id", "audit_id", default="", help="a past decision of the record, in place of a file")
@click.option("--to", "host", default="", help="the host where the file would be uploaded")
@click.option("--user", default="", help="who would upload it")
@click.option("--group", "groups", multiple=True, help="a group of theirs; can be given several times")
@click.option("--stranger", is_flag=True, help="nobody knows who would upload it, at a gateway that asks")
@click.option("--rules", "directory", type=click.Path(path_type=Path), default=None, envvar="LEADGLASS_RULES")
@click.option(
    "--state", type=click.Path(path_type=Path), default=Path(".state"), envvar="LEADGLASS_STATE", show_default=True,
    help="folder of the record, for --id",
)  # fmt: skip
def explain(
    path: Path | None,
    audit_id: str,
    host: str,
    user: str,
    groups: tuple[str, ...],
    directory: Path | None,
    state: Path,
    *,
    stranger: bool,
) -> None:
    """Show which rule answers what, if PATH were uploaded or as it was in a past decision, and what would change it."""
    if bool(path) == bool(audit_id) or (path and not host):
        raise click.UsageError("give a file and --to HOST, or --id and the id of a past decision")
    if path is not None:
        rules = load_rules(directory)
        question = _file(rules, path, host, _sender(user, groups, stranger=stranger))
    else:
        rules = load_rules(directory, account_key(state))
        question = _past(rules, _entry(state, audit_id), known_people(state, rules))
    _print(rules, question)
    if question.decision.action > Action.LOG:
        sys.exit(1)


def _sender(user: str, groups: tuple[str, ...], *, stranger: bool) -> Sender:
    doubt = NOT_IDENTIFIED if stranger else ""
    return Sender(user.casefold(), groups=tuple(map(str.casefold, groups)), doubt=doubt)


def _file(rules: RuleSet, path: Path, host: str, sender: Sender) -> Question:
    from gateway.pipeline import examine  # noqa: PLC0415 - brings the image libraries, which a past decision does not need

    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    destination = rules.catalogue.destination(host, 443, "POST", "/")
    headers = ((b"Content-Type", media.encode("ascii")),)
    transfer = Transfer(destination, sender, headers=headers, body=path.read_bytes())
    look = max(look_needed(rules, transfer.destination), Look.MEDICAL)
    examination = examine(transfer, load_settings({}).limits, look)
    now = datetime.now(UTC)
    return Question(transfer, examination, decide(rules, transfer, examination, now=now), now)


def _entry(state: Path, audit_id: str) -> Entry:
    with ExitStack() as stack:
        record = find(readers(state, stack), audit_id)
    if record is None:
        raise AuditError(f"there is no entry with this id under {state}; is --state right?")
    return record.entry


def _past(rules: RuleSet, entry: Entry, known: Mapping[str, str] | None) -> Question:
    """A past decision, asked again by the rules that are loaded here."""
    past = recall(rules, entry, known)
    decision = past if isinstance(past, str) else decide_again(rules, past)
    if isinstance(past, str) or isinstance(decision, str):
        raise AuditError(f"this decision cannot be explained: {past if isinstance(past, str) else decision}")
    names = ", ".join(entry.rules or (entry.rule,))
    click.echo(
        f"{entry.time[:19]}Z, {entry.user or entry.client or 'unknown sender'}: {entry.action} by {names}"
    )
    if entry.reason_code != "rule":
        click.echo(f"  reason: {entry.reason_code}")
    if entry.basis == "refused" and entry.reason_code != reasons.RULE:
        click.echo(f"no rule was asked: nothing was sent, because {reasons.words_for(entry.reason_code)}")
        sys.exit(1)
    if entry.rules_digest != rules.digest:
        click.echo(
            f"note: other rules were in force then ({entry.rules_digest[:16]}, not {rules.digest[:16]});"
            " below is what the loaded ones say",
            err=True,
        )
    examination = past.examination
    if entry.basis == "failed":
        failure = Finding(Kind.UNREADABLE, detail=entry.reason_code)
        examination = replace(examination, findings=(failure,))
    return Question(past.transfer, examination, decision, past.time)


def _print(rules: RuleSet, asked: Question) -> None:
    to, decision = asked.transfer.destination, asked.decision
    click.echo(f"to {to.host}: {to.provider}, class {to.exposure.value}")
    if to.title:
        say = messages(DEFAULT)
        click.echo(
            f"  {about_service(say, to.terms, agreed=to.exposure is Exposure.BAA)} {source_of(say, to.terms)}"
        )
    given = answers(rules, asked.transfer, asked.examination, now=asked.time)
    for one in sorted(given, key=lambda one: (-one.effect, one.name)):
        click.echo(f"  {_styled(one.effect)} {one.name}: {_subject(one)}{_monitored(one)}")
    click.echo(
        f"decision: {_styled(decision.action)} by {', '.join(decision.rules)}"
        + (f" - {decision.because}" if decision.because else "")
    )
    click.echo(f"to change it: {_change(decision)}")
    if any(rules.rule(name) for name in decision.rules):
        rest = without(rules, asked.transfer, asked.examination, decision, asked.time)
        click.echo(f"  {_styled(rest.action)} if they did not speak (by {', '.join(rest.rules[:3])})")
    for change in otherwise(rules, asked.transfer, asked.examination, decision, asked.time):
        names = ", ".join(change.decision.rules[:3])
        click.echo(f"  {_styled(change.decision.action)} {change.change} (by {names})")
    for near in nearest(rules, asked.transfer, asked.examination, decision, asked.time):
        click.echo(
            f"  near: {near.rule.name} ({near.rule.action.word}) does not speak: {'; '.join(near.missing)}"
        )


def _subject(given: Answer) -> str:
    finding = given.finding
    if finding is None:
        return "the upload as a whole"
    sure = f" ({finding.confidence:.2f})" if finding.kind in (Kind.MEDICAL_IMAGE, Kind.ORDINARY_IMAGE) else ""
    place = f" at {finding.where}" if finding.where else ""
    return f"{finding.kind.value}{f' {finding.detail}' if finding.detail else ''}{sure}{place}"


def _monitored(given: Answer) -> str:
    return (
        f" (watched only: would {given.action.word})"
        if given.rule is not None and given.rule.monitored
        else ""
    )


def _change(decision: Decision) -> str:
    if decision.action <= Action.LOG:
        return "nothing, it goes through as it is"
    if decision.reason_code == "unforeseen":
        return "add a rule whose `found` names what was found"
    if decision.reason_code in ADVICE:
        return f"{ADVICE[decision.reason_code]}; or add a rule with `from: {{identified: no}}`"
    if decision.reason_code not in ("rule", "signed-body"):
        return f"add a rule with `on_failure: {decision.reason_code}`, or send the file in a form that can be examined"
    names = " and ".join(f"`{name}`" for name in decision.rules)
    return f"all of {names} would have to stop speaking of it (`unless`), and another rule allow it"


def _styled(action: Action) -> str:
    return click.style(f"{action.word.upper():6}", fg=COLOURS.get(action, "green"))
