"""`leadglass audit reindex`: builds what the review pages look things up in."""

import os
from contextlib import ExitStack, suppress
from pathlib import Path

import click
from tqdm import tqdm

from gateway.audit.index import catch_up, index_path, open_index
from gateway.cli.record import STATE, readers

HELP = """\b
Examples:
  leadglass audit reindex
  leadglass audit reindex --anew        forget it first, then read the whole record
The index is no evidence: it can be deleted at any time, and `leadglass audit verify` never looks at it.
"""


@click.command("reindex", epilog=HELP)
@STATE
@click.option("--anew", is_flag=True, help="forget the index first")
def reindex(state: Path, *, anew: bool) -> None:
    """Bring the index of the review pages up to the record. The pages do it themselves too, in small steps."""
    with suppress(OSError):
        os.nice(10)  # uploads come first
    with ExitStack() as stack:
        found = readers(state, stack)
        index = stack.enter_context(open_index(index_path(state)))
        if anew:
            with index.writing():
                index.empty()
        bar = stack.enter_context(tqdm(desc="indexing", unit="entry", disable=None, leave=False))
        catch_up(index, found, progress=bar.update)
    click.echo("the index is up to the record")
