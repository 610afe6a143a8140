"""`leadglass audit verdicts`: what reviewers said of decisions, as a list to learn from."""

import json
from contextlib import ExitStack
from pathlib import Path

import click

from gateway.audit.index import catch_up, index_path, open_index
from gateway.audit.index import verdicts as given
from gateway.audit.query import find
from gateway.cli.record import STATE, readers

FIELDS = ("action", "rule", "modality", "score", "format", "content")


@click.command(epilog="Example: leadglass audit verdicts --state /var/lib/leadglass > verdicts.ndjson")
@STATE
def verdicts(state: Path) -> None:
    """One JSON object a verdict: who said what of which decision. `content` is the keyed digest of the upload, never the upload."""
    with ExitStack() as stack:
        found = readers(state, stack)
        index = stack.enter_context(open_index(index_path(state)))
        catch_up(index, found)
        for one in given(index):
            record = find(found, one.id)
            decided = {name: getattr(record.entry, name) for name in FIELDS} if record else {}
            said = {"id": one.id, "verdict": one.verdict, "by": one.person, "time": one.time}
            click.echo(json.dumps(said | decided, ensure_ascii=False))
