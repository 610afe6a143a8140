"""`leadglass rules`: check, test and explain the organisation's rules before they are used."""

import json
import mimetypes
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.replay import replay
from gateway.model import Action, Decision, Exposure, Kind, Look, Sender, Transfer
from gateway.policy import (
    Answer,
    CaseResult,
    Loaded,
    RuleSet,
    answers,
    decide,
    json_schema,
    load,
    look_needed,
    run_cases,
)
from gateway.policy.accounts import key_digest
from gateway.policy.decide import NOT_IDENTIFIED
from gateway.reasons import ADVICE
from gateway.settings import load_settings, secret_key

STALE_DAYS = 365
"""After so long, what is known of a service's terms should be looked at again."""

COLOURS = {Action.BLOCK: "red", Action.REDACT: "yellow", Action.COACH: "yellow"}

EPILOG = """\b
Exit codes: 0 the rules can be used, and every case holds; 1 a case does not hold, or the upload would not go through
unchanged (explain); 2 the rules cannot be used, and every mistake is listed with file and line.
Examples:
  leadglass rules check /etc/leadglass/rules
  leadglass rules test rules/sets/strict-hospital
  leadglass rules explain scan.png --to chatgpt.com --user mara
  leadglass rules schema > .vscode/leadglass.schema.json
"""

FOLDER = click.argument(
    "directory", required=False, type=click.Path(path_type=Path), envvar="LEADGLASS_RULES"
)


@click.group(epilog=EPILOG)
def rules() -> None:
    """Check, test and explain rules. DIR is a folder of rules; the shipped ones when none is given."""


@rules.command(epilog="Example: leadglass rules check /etc/leadglass/rules")
@FOLDER
def check(directory: Path | None) -> None:
    """Read all rules and say what is wrong with them, all at once. Exit 0 when they can be used, 2 when not."""
    loaded = load(directory)
    for name, count in loaded.rules.files:
        click.echo(f"{name}: {_counted(count, 'rule')}")
    catalogue = loaded.rules.catalogue
    click.echo(
        f"{_counted(len(loaded.rules.rules), 'rule')}, {_counted(len(loaded.cases), 'case')}, "
        f"{_counted(len(catalogue.providers), 'destination')}, {_counted(len(catalogue.agreements), 'agreement')}; "
        f"digest {loaded.rules.digest[:16]}"
    )
    for note in _notes(loaded):
        click.echo(f"note: {note}", err=True)


@rules.command(epilog="Example: leadglass rules test rules/sets/school")
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="one JSON object a case")
def test(directory: Path | None, *, as_json: bool) -> None:
    """Decide every case that stands beside the rules. Exit 0 when all hold, 1 when one does not, 2 without rules."""
    loaded = load(directory)
    results = run_cases(loaded.rules, loaded.cases)
    wrong = [result for result in results if result.differences]
    if as_json:
        for result in results:
            click.echo(json.dumps(_case(result)))
    else:
        for result in wrong:
            click.echo(_difference(result))
        click.echo(f"{_counted(len(results), 'case')}, {len(results) - len(wrong)} hold, {len(wrong)} do not")
    if not results:
        click.echo("note: no rule has a case; add `cases:` beside a rule", err=True)
    if wrong:
        sys.exit(1)


@rules.command(epilog="Example: leadglass rules explain scan.png --to chatgpt.com --user mara")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "host", required=True, help="the host where the file would be uploaded")
@click.option("--user", default="", help="who would upload it")
@click.option("--group", "groups", multiple=True, help="a group of theirs; can be given several times")
@click.option("--stranger", is_flag=True, help="nobody knows who would upload it, at a gateway that asks")
@click.option("--rules", "directory", type=click.Path(path_type=Path), default=None, envvar="LEADGLASS_RULES")
def explain(
    path: Path, host: str, user: str, groups: tuple[str, ...], directory: Path | None, *, stranger: bool
) -> None:
    """Show which rule answers what, if PATH were uploaded. Exit 0 when it would go through unchanged, 1 when not."""
    from gateway.pipeline import examine  # noqa: PLC0415 - brings the image libraries, which no other command here needs

    rule_set = load(directory).rules
    sender = Sender(
        user.casefold(), groups=tuple(map(str.casefold, groups)), doubt=NOT_IDENTIFIED if stranger else ""
    )
    transfer = _upload(rule_set, path, host, sender)
    look = max(look_needed(rule_set, transfer.destination), Look.MEDICAL)
    examination = examine(transfer, load_settings({}).limits, look)
    now = datetime.now(UTC)
    decision = decide(rule_set, transfer, examination, now=now)
    destination = transfer.destination
    click.echo(f"to {destination.host}: {destination.provider}, class {destination.exposure.value}")
    provider = rule_set.catalogue.providers.get(destination.provider)
    if provider is not None:
        click.echo(f"  {provider.terms.sentence(agreed=destination.exposure is Exposure.BAA)}")
    for given in sorted(
        answers(rule_set, transfer, examination, now=now), key=lambda given: (-given.effect, given.name)
    ):
        click.echo(f"  {_styled(given.effect)} {given.name}: {_subject(given)}{_monitored(given)}")
    click.echo(f"decision: {_styled(decision.action)} by {', '.join(decision.rules)} - {decision.because}")
    click.echo(f"to change it: {_change(decision)}")
    if decision.action > Action.LOG:
        sys.exit(1)


rules.add_command(replay)


@rules.command(epilog="Example: leadglass rules schema > leadglass.schema.json")
def schema() -> None:
    """Print the JSON Schema of a rules file, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))


@rules.command(epilog="Example: leadglass rules account --state /var/lib/leadglass < api-key.txt")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=Path(".state"),
    envvar="LEADGLASS_STATE",
    show_default=True,
)
def account(state: Path) -> None:
    """Read an API key from standard input and print the account to write into organisation.yaml. The key is not kept."""
    key = sys.stdin.readline().strip()
    if not key:
        raise click.UsageError("give the API key on standard input")
    click.echo(f"key:{key_digest(key, secret_key(state, 'hmac'))}")


def _upload(rule_set: RuleSet, path: Path, host: str, sender: Sender) -> Transfer:
    media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    destination = rule_set.catalogue.destination(host, 443, "POST", "/")
    return Transfer(
        destination, sender, headers=((b"Content-Type", media.encode("ascii")),), body=path.read_bytes()
    )


def _notes(loaded: Loaded) -> list[str]:
    today = datetime.now(UTC).date()
    catalogue = loaded.rules.catalogue
    notes = [
        f"the agreement {agreement.id} with {agreement.provider} ended on {agreement.until}; its accounts count as public"
        for agreement in catalogue.agreements
        if agreement.until < today
    ]
    stale = sorted(
        name for name, provider in catalogue.providers.items() if provider.terms.is_stale(today, STALE_DAYS)
    )
    if stale:
        notes.append(f"the terms of {', '.join(stale)} were last looked at more than {STALE_DAYS} days ago")
    without = sorted({rule.name for rule in loaded.rules.rules} - {case.rule for case in loaded.cases})
    if without:
        notes.append(f"no case stands beside {', '.join(without)}")
    return notes


def _difference(result: CaseResult) -> str:
    case = result.case
    seen = ", ".join(finding.detail or finding.kind.value for finding in case.findings) or "nothing"
    head = f"{case.file}:{case.line}: {case.rule}: to {case.destination.host} ({case.destination.exposure.value}), found {seen}"
    return "\n".join([head, *(f"  {click.style('-', fg='red')} {words}" for words in result.differences)])


def _case(result: CaseResult) -> dict[str, object]:
    case = result.case
    return {
        "file": case.file,
        "line": case.line,
        "rule": case.rule,
        "to": case.destination.host,
        "expect": case.expect.word,
        "action": result.decision.action.word,
        "rules": list(result.decision.rules),
        "would": result.decision.would.word if result.decision.would is not None else None,
        "holds": not result.differences,
        "differences": list(result.differences),
    }


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


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
