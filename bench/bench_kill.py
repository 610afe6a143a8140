"""SIGKILL of the gateway at random moments: deliveries are a subset of durable decisions."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.table import Options, Row
from tests.support.kill_loop import kill_loop


def rows(options: Options) -> Iterator[Row]:
    """200 rounds; LEADGLASS_BENCH_KILLS sets another number (10,000 takes hours)."""
    rounds = int(os.environ.get("LEADGLASS_BENCH_KILLS", "20" if options.quick else "200"))
    with tempfile.TemporaryDirectory() as folder:
        report = kill_loop(Path(folder), rounds)
    note = f"{report.rounds} kills, {report.delivered} deliveries, {report.recorded} decisions"
    yield Row(
        "deliveries without a durable decision",
        report.unrecorded,
        "",
        "limit",
        0,
        "= 0",
        report.unrecorded == 0,
        note,
    )
    yield Row(
        "decisions left open after the last start",
        report.open_decisions,
        "",
        "limit",
        0,
        "= 0",
        report.open_decisions == 0,
    )
