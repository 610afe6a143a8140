"""`leadglass redact`: a file written again without the patient, or the reason why not."""

import json
import sys
from pathlib import Path

import click

from gateway import pipeline
from gateway.errors import GatewayError, RedactionError
from gateway.gatekeeper import REDACTION_PASSES, REMOVABLE
from gateway.limits import Limits
from gateway.model import Destination, Look, RedactionOptions, Transfer
from gateway.settings import load_settings, secret_key

EXAMPLES = """\b
Example: leadglass redact scan.png -o clean.png
Exit codes: 0 written; 2 the file cannot be read; 3 it cannot be redacted (nothing is written).
"""


@click.command(epilog=EXAMPLES)
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), help="where to write"
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=Path(".state"),
    envvar="LEADGLASS_STATE",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout")
def redact(source: Path, target: Path, state: Path, *, as_json: bool) -> None:
    """Write IN again, in the same format, without anything that names the patient; then look again to prove it."""
    try:
        data, passes = cleaned(source.read_bytes(), load_settings({}).limits, secret_key(state, "uid"))
    except GatewayError as error:
        if as_json:
            click.echo(json.dumps({"path": str(source), "written": False, "reason": error.reason}))
        click.echo(
            f"leadglass: {source} cannot be redacted: {error} ({error.reason}); nothing was written", err=True
        )
        sys.exit(3)
    _write(target, data)
    if as_json:
        click.echo(json.dumps({"path": str(source), "written": True, "bytes": len(data), "passes": passes}))
    else:
        click.echo(
            f"{target}: written, {len(data)} bytes, proven after {passes} pass{'es' if passes > 1 else ''}"
        )


def cleaned(data: bytes, limits: Limits, secret: bytes) -> tuple[bytes, int]:
    """The file without what was found, and how many passes it took. Raises RedactionError and its kin."""
    headers = ((b"Content-Type", b"application/octet-stream"),)
    current = Transfer(Destination("file"), headers=headers, body=data)
    seen = pipeline.examine(current, limits, Look.TEXT)
    for passes in range(1, REDACTION_PASSES + 1):
        outcome = pipeline.rewrite(current, seen, RedactionOptions(), limits, secret)
        current = pipeline.rewritten(current, outcome)
        seen = pipeline.examine(current, limits, Look.TEXT)
        if not any(finding.kind in REMOVABLE for finding in seen.findings):
            return current.body, passes
    raise RedactionError("something to be removed is still there")


def _write(target: Path, data: bytes) -> None:
    """All or nothing: a half-written file could be taken for a clean one."""
    partial = target.with_name(f".{target.name}.partial")
    partial.write_bytes(data)
    partial.replace(target)
