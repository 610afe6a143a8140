"""`leadglass redact`: files written again without the patient, or the reason why not."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from gateway import pipeline
from gateway.cli.preview import side_by_side
from gateway.durable import write_whole
from gateway.errors import GatewayError, RedactionError
from gateway.limits import Limits
from gateway.model import Destination, Examination, Look, RedactionOptions, Transfer
from gateway.policy.words import RETAINED
from gateway.settings import load_settings, secret_key

EXAMPLES = """\b
Examples:
  leadglass redact scan.png -o clean.png
  leadglass redact study/ -o clean/ --keep retain-patient-characteristics --keep clean-descriptors
  leadglass redact scan.dcm -o clean.dcm --preview
Exit codes: 0 everything was written; 2 nothing could be done; 3 something cannot be redacted (it is not written).
"""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """One file without its patient, and how it came about."""

    data: bytes = field(repr=False)
    passes: int
    seen: Examination  # the first look


@click.command(epilog=EXAMPLES)
@click.argument("source", metavar="IN", type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    type=click.Path(path_type=Path),
    help="where to write: a file, or a folder when IN is one",
)
@click.option(
    "--keep",
    "profile",
    multiple=True,
    metavar="OPTION",
    type=click.Choice(sorted(RETAINED)),
    help=f"what of a DICOM header stays (PS3.15); several may be given: {', '.join(sorted(RETAINED))}",
)
@click.option(
    "--text",
    type=click.Choice(["all", "identifiers"]),
    default="all",
    show_default=True,
    help="paint over all writing, or only over what may name a person",
)
@click.option("--keep-length", is_flag=True, help="as many bytes as before, or not at all")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=Path(".state"),
    envvar="LEADGLASS_STATE",
    show_default=True,
    help="the folder with the key of the pseudonyms",
)
@click.option(
    "--preview",
    is_flag=True,
    help="also write OUT.preview.png: before (with the patient!) and after, side by side, boxes drawn",
)
@click.option("--json", "as_json", is_flag=True, help="one JSON object a file on stdout")
def redact(
    source: Path,
    target: Path,
    profile: tuple[str, ...],
    text: str,
    state: Path,
    *,
    keep_length: bool,
    preview: bool,
    as_json: bool,
) -> None:
    """Write IN again, in the same format, without anything that names the patient; then look again to prove it.

    A folder is walked, and written as a folder of the same shape; names of files and folders that hold the patient of a file are
    replaced.
    """
    options = RedactionOptions(profile, text, keep_length)
    folder = target if source.is_dir() else None
    run = _Run(options, load_settings({}).limits, secret_key(state, "uid"), preview, folder)
    files = tuple(_pairs(source, target))
    refused = 0
    for path, goal in tqdm(
        files, desc="redacting", unit="file", disable=len(files) < 5 or not sys.stderr.isatty()
    ):
        told = run.one(path, goal)
        refused += not told["written"]
        with tqdm.external_write_mode():
            _tell(told, as_json=as_json)
    if source.is_dir() and not as_json:
        click.echo(f"{len(files) - refused} of {len(files)} files written to {target}, {refused} refused")
    if refused:
        sys.exit(3)


def cleaned(
    data: bytes, limits: Limits, secret: bytes, options: RedactionOptions = RedactionOptions()
) -> Cleaned:
    """The file without what was found, and how many passes it took. Raises RedactionError and its kin."""
    headers = ((b"Content-Type", b"application/octet-stream"),)
    current = Transfer(Destination("file"), headers=headers, body=data)
    first = seen = pipeline.examine(current, limits, Look.TEXT)
    for passes in range(1, pipeline.REDACTION_PASSES + 1):
        outcome = pipeline.rewrite(current, seen, options, limits, secret)
        current = pipeline.rewritten(current, outcome, seen, options)
        seen = pipeline.examine(current, limits, Look.TEXT)
        if pipeline.is_clean(seen, options):
            return Cleaned(current.body, passes, first)
    raise RedactionError("something to be removed is still there")


@dataclass(frozen=True, slots=True)
class _Run:
    """How every file of one call is redacted, and which names are taken already."""

    options: RedactionOptions
    limits: Limits
    secret: bytes = field(repr=False)
    preview: bool
    folder: Path | None
    """What is written as a whole, names of files and folders included; None where one file was asked for by name."""
    taken: set[Path] = field(default_factory=set)

    def one(self, path: Path, goal: Path) -> dict[str, Any]:
        """Write one file, or say why not."""
        told: dict[str, Any] = {"path": str(path), "written": False}
        try:
            data = path.read_bytes()
            done = cleaned(data, self.limits, self.secret, self.options)
            goal = self._plain(goal, done.seen)
            write_whole(goal, done.data)
            told |= {"written": True, "output": str(goal), "bytes": len(done.data), "passes": done.passes}
            picture = side_by_side(data, done.data, done.seen.findings, self.limits) if self.preview else None
            if picture is not None:
                shown = goal.with_name(f"{goal.name}.preview.png")
                write_whole(shown, picture)
                told["preview"] = str(shown)
        except GatewayError as error:
            told |= {"reason": error.reason, "because": str(error)}
        except OSError as error:
            told |= {
                "reason": "unreadable",
                "because": f"the file cannot be read or written ({type(error).__name__})",
            }
        return told

    def _plain(self, goal: Path, seen: Examination) -> Path:
        """The same place in the folder without the file's patient in its name; two files stay two."""
        if self.folder is None:
            return goal
        name = pipeline.plain_name(goal.relative_to(self.folder).as_posix(), seen, self.options, self.limits)
        first = goal = self.folder / name
        number = 1
        while goal in self.taken:
            number += 1
            goal = first.with_stem(f"{first.stem}-{number}")
        self.taken.add(goal)
        return goal


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told))
    if not told["written"]:
        click.echo(
            f"leadglass: {told['path']} cannot be redacted: {told['because']} ({told['reason']}); nothing was written",
            err=True,
        )
    elif not as_json:
        passes = f"{told['passes']} pass{'es' if told['passes'] > 1 else ''}"
        click.echo(f"{told['output']}: written, {told['bytes']} bytes, proven after {passes}")
        if "preview" in told:
            click.echo(
                f"{told['preview']}: before and after; it shows the patient, delete it when you have looked"
            )


def _pairs(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Every file to read with the place to write it; a folder inside itself is not read again."""
    if not source.is_dir():
        yield source, target
        return
    own = target.resolve()
    for path in sorted(source.rglob("*")):
        if path.is_file() and own not in path.resolve().parents:
            yield path, target / path.relative_to(source)
