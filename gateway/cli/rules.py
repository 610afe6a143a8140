"""`leadglass rules`: check, test and explain the organisation's rules before they are used."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.explain import explain
from gateway.cli.replay import replay
from gateway.policy import CaseResult, Loaded, json_schema, load, run_cases
from gateway.policy.accounts import key_digest
from gateway.settings import load_settings, secret_key
from gateway.terms import NO_TERMS

EPILOG = """\b
Exit codes: 0 the rules can be used, and every case holds; 1 a case does not hold, or the upload would not go through
unchanged (explain); 2 the rules cannot be used, and every mistake is listed with file and line.
Examples:
  leadglass rules check /etc/leadglass/rules
  leadglass rules test rules/sets/strict-hospital
  leadglass rules explain scan.png --to chatgpt.com --user mara
  leadglass rules replay --rules new-rules --since 30d
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


rules.add_command(explain)
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


def _notes(loaded: Loaded) -> list[str]:
    today = datetime.now(UTC).date()
    catalogue = loaded.rules.catalogue
    notes = [
        f"the agreement {agreement.id} with {agreement.provider} ended on {agreement.until}; its accounts count as public"
        for agreement in catalogue.agreements
        if agreement.until < today
    ]
    days = load_settings({}).terms_days
    stale = sorted(
        name for name, provider in catalogue.providers.items() if provider.terms.is_stale(today, days)
    )
    if stale:
        notes.append(f"the terms of {', '.join(stale)} were last looked at more than {days} days ago")
    unknown = sum(provider.terms == NO_TERMS for provider in catalogue.providers.values())
    if unknown:
        notes.append(f"of {_counted(unknown, 'destination')} no terms are known; they count as `unknown`")
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


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
