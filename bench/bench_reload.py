"""Hot reloads under load, half of them corrupt: no upload is judged without rules or by half a set."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.table import Options, Row
from tests.support.reload_law import reload_law


def rows(options: Options) -> Iterator[Row]:
    """1,000 exchanges; LEADGLASS_BENCH_RELOADS sets another number."""
    reloads = int(os.environ.get("LEADGLASS_BENCH_RELOADS", "28" if options.quick else "1000"))
    with tempfile.TemporaryDirectory() as folder:
        report = reload_law(Path(folder), reloads)
    note = (
        f"{report.reloads} exchanges, {report.failed} of them corrupt; {report.decisions} decisions"
        f" by {report.sets_seen} sets"
    )
    bad = report.without_rules + report.half_loaded
    yield Row("uploads judged without rules, or by half a set", bad, "", "limit", 0, "= 0", bad == 0, note)
    refused = report.not_answered
    yield Row("uploads not answered during exchanges", refused, "", "limit", 0, "= 0", refused == 0)
    missing = report.reloads - report.loaded - report.failed
    yield Row("exchanges that are not in the record", missing, "", "limit", 0, "= 0", missing == 0)
