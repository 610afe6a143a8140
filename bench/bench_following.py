"""What it costs a gateway to hear, every second, what ten others wrote about exemptions."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.table import Options, Row
from gateway.audit import PostgresLedger, SqliteLedger
from gateway.audit.opening import open_readers, record_path
from gateway.audit.stored import StoredLedger
from gateway.exemptions import Following, Office, ReasonStore
from tests.audit.made import entries
from tests.support.postgres import PostgresServer

GATEWAYS = 10


def rows(options: Options) -> Iterator[Row]:
    """One round of `Following.catch_up` in which nobody wrote anything about an exemption, by store."""
    count = 2_000 if options.quick else 20_000
    with tempfile.TemporaryDirectory() as folder, PostgresServer() as server:
        for store, record in (("files", ""), ("PostgreSQL", server.record())):
            yield from _followed(Path(folder), record, store, count)


def _followed(folder: Path, record: str, store: str, count: int) -> Iterator[Row]:
    everybody = partial(open_readers, folder, record)
    with ExitStack() as stack:
        ledgers = [stack.enter_context(_ledger(folder, record, f"g{at}")) for at in range(GATEWAYS + 1)]
        for ledger in ledgers:
            ledger.append_many(entries(count)).result()
        following = Following(Office(ledgers[0], b"k", ReasonStore(folder / "reasons")), everybody)
        following.restore()
        times = []
        for number in range(100):
            ledgers[1 + number % GATEWAYS].append_many(entries(20)).result()
            started = time.perf_counter()
            following.catch_up()
            times.append(time.perf_counter() - started)
        following.close()
    name = f"following {GATEWAYS} gateways, {store}: a round"
    note = (
        f"slowest of 100: {max(times) * 1e3:.0f} ms, when the readers are opened anew; {count} entries each"
    )
    yield Row(name, statistics.median(times) * 1e3, "ms", note=note)


def _ledger(folder: Path, record: str, origin: str) -> StoredLedger:
    if record:
        return PostgresLedger(record, origin)
    return SqliteLedger(record_path(folder, origin), origin, reserve=0)
