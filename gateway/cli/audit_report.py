"""`leadglass audit report`: the report for a period, as PDF."""

from contextlib import ExitStack
from pathlib import Path

import click

from gateway.audit.index import catch_up, index_path, open_index
from gateway.cli.record import ANCHORS, STATE, database, readers
from gateway.durable import write_whole
from gateway.messages import LANGUAGES, messages
from gateway.review import Books
from gateway.review.report import report as made
from gateway.review.report_pdf import as_pdf


@click.command(epilog="Example: leadglass audit report --since 2026-01-01 --until 2026-03-31 --output q1.pdf")
@STATE
@ANCHORS
@click.option("--since", metavar="DAY", required=True, help="the first day, UTC, e.g. 2026-01-01")
@click.option("--until", metavar="DAY", required=True, help="the last day, UTC")
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), default="en", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="the PDF to write"
)
def report(
    state: Path, anchors: tuple[Path, ...], since: str, until: str, language: str, output: Path
) -> None:
    """What was decided in a period, by which rules, and what protects the record; for printing and signing."""
    with ExitStack() as stack:
        found = readers(state, stack)
        catch_up(stack.enter_context(open_index(index_path(state))), found)
    write_whole(output, as_pdf(made(Books(state, database(), anchors), messages(language), since, until)))
    click.echo(f"written: {output}")
