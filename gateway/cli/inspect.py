"""`leadglass inspect`: what the gateway would decide if each file were uploaded."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gateway import pipeline
from gateway.model import Action, Decision, Examination, Finding, Format, Kind, Look, Sender, Transfer
from gateway.policy import RuleSet, decide, load_rules, look_needed
from gateway.settings import load_settings

HEAD = b"application/octet-stream"

PICTURES = frozenset({Kind.MEDICAL_IMAGE.value, Kind.ORDINARY_IMAGE.value})

EXAMPLES = """\b
Examples:
  leadglass inspect scan.png --to chatgpt.com
  leadglass inspect ~/export --to api.openai.com --json > verdicts.ndjson
Exit codes: 0 every file could be judged; 1 some could not be read; 2 nothing could be done.
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--to", "host", default="chatgpt.com", show_default=True, help="where the file would be uploaded"
)
@click.option("--user", default="", help="who would upload it")
@click.option("--rules", "rules_dir", type=click.Path(path_type=Path), default=None, envvar="LEADGLASS_RULES")
@click.option("--full", is_flag=True, help="look for text in the pixels even where no rule asks for it")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
def inspect(
    paths: tuple[Path, ...], host: str, user: str, rules_dir: Path | None, *, full: bool, as_json: bool
) -> None:
    """Say what the gateway would decide if each file were uploaded. Folders are walked; nothing is sent anywhere."""
    rules = load_rules(rules_dir)
    limits = load_settings({}).limits
    files = [file for path in paths for file in _walk(path)]
    unread = 0
    for path in tqdm(
        files, desc="inspecting", unit="file", disable=len(files) < 20 or not sys.stderr.isatty()
    ):
        try:
            data = path.read_bytes()
        except OSError as error:
            unread += 1
            click.echo(
                f"leadglass: {click.format_filename(path)}: cannot be read ({type(error).__name__})", err=True
            )
            continue
        started = time.perf_counter()
        transfer = _upload(rules, data, host, user)
        look = Look.TEXT if full else look_needed(rules, transfer.destination)
        examination = pipeline.examine(transfer, limits, look)
        decision = decide(rules, transfer, examination)
        verdict = _verdict(path, data, examination, decision, (time.perf_counter() - started) * 1000)
        with tqdm.external_write_mode():
            click.echo(json.dumps(verdict) if as_json else _sentence(verdict))
    if unread:
        sys.exit(1)


def _walk(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(child for child in path.rglob("*") if child.is_file())
    else:
        yield path


def _upload(rules: RuleSet, data: bytes, host: str, user: str) -> Transfer:
    """The file as it would travel: the whole body of one request."""
    destination = rules.catalogue.destination(host, 443, "POST", "/", ())
    return Transfer(destination, Sender(user=user), headers=((b"Content-Type", HEAD),), body=data)


def _verdict(path: Path, data: bytes, seen: Examination, decision: Decision, ms: float) -> dict[str, Any]:
    outermost = next(iter(seen.parts), None)
    worst = seen.worst
    outside = len(outermost.path) if outermost else 0
    modality = worst.modality if worst and seen.medical else None
    return {
        "path": str(path),
        "bytes": len(data),
        "format": (outermost.format if outermost else Format.UNKNOWN).value,
        "medical": seen.medical,
        "score": 0.0 if worst is None or worst.score is None else round(worst.score, 4),
        "modality": modality,
        "findings": [_shown(finding, outside) for finding in seen.findings],
        "action": decision.action.word,
        "rule": decision.rules[0] if decision.rules else "",
        "reason": decision.because,
        "ms": round(ms, 1),
    }


def _shown(finding: Finding, outside: int) -> dict[str, Any]:
    """A finding as JSON; `outside` steps of its path name the upload itself, the rest the member."""
    where = " > ".join([*finding.path[outside:], *([finding.where] if finding.where else [])])
    shown: dict[str, Any] = {"kind": finding.kind.value, "where": where}
    if finding.detail:
        shown["detail"] = finding.detail
    if finding.box:
        shown["box"] = list(finding.box)
    return shown | {"confidence": round(finding.confidence, 4)}


def _sentence(verdict: dict[str, Any]) -> str:
    seen = verdict["format"]
    if any(finding["kind"] in PICTURES for finding in verdict["findings"]):
        kind = verdict["modality"] or "ordinary picture"
        seen += f", {kind} (medical score {verdict['score']:.2f})"
    colours = {Action.BLOCK.word: "red", Action.REDACT.word: "yellow"}
    action = click.style(f"{verdict['action'].upper():6}", fg=colours.get(verdict["action"], "green"))
    return f"{action} {click.format_filename(verdict['path'])}: {seen}; {verdict['rule']}"
