"""Which way to run an examination in another process: ours, pebble, anyio, or a process a job."""

import asyncio
import hashlib
import importlib.util
import multiprocessing
import statistics
import time
from collections.abc import Iterator

import anyio.to_process

from bench.table import Options, Row
from gateway.limits import Limits
from gateway.model import Destination, Look, Transfer
from gateway.workers import Workers

BODY = bytes(1_000_000)


def work(body: bytes) -> str:
    """The least a job does: prove which bytes it saw, as ours does."""
    return hashlib.sha256(body).hexdigest()


def rows(options: Options) -> Iterator[Row]:
    """Milliseconds a job costs on top of its work, 1 MB body, one job at a time."""
    count = 30 if options.quick else 200
    ours, recovery = asyncio.run(_ours(count))
    peers = {
        "process a job (forkserver)": _forkserver(max(10, count // 10)),
        "anyio to_process": asyncio.run(_anyio(count)),
    }
    if importlib.util.find_spec("pebble"):
        peers["pebble"] = _pebble(count)
    for name, value in peers.items():
        yield Row("hand a 1 MB body to a worker and back", ours, "ms", name, value)
    if "pebble" not in peers:
        yield Row(
            "hand a 1 MB body to a worker and back",
            ours,
            "ms",
            "pebble",
            None,
            note="SKIPPED: pebble is not installed",
        )
    yield Row("a killed worker is replaced", recovery, "ms", "limit", 1000.0, "<= 1 s", recovery <= 1000)


async def _ours(count: int) -> tuple[float, float]:
    transfer = Transfer(Destination("api.example"), body=BODY)
    times = []
    async with Workers(Limits(), 1, journey="bench.idle_journey") as workers:
        for _ in range(count):
            started = time.perf_counter()
            await workers.examine(transfer, Look.MEDICAL)
            times.append(time.perf_counter() - started)
        recoveries = []
        for _ in range(10):
            next(iter(workers._all.values())).kill()  # noqa: SLF001 - what the kernel would do
            started = time.perf_counter()
            worker = await workers._spawn()  # noqa: SLF001
            recoveries.append(time.perf_counter() - started)
            workers._all = {worker.pid: worker}  # noqa: SLF001
    return statistics.median(times) * 1000, statistics.median(recoveries) * 1000


async def _anyio(count: int) -> float:
    times = []
    for _ in range(count + 1):
        started = time.perf_counter()
        assert await anyio.to_process.run_sync(work, BODY, cancellable=True) == work(BODY)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:]) * 1000


def _pebble(count: int) -> float:
    from pebble import ProcessPool  # noqa: PLC0415 - a peer that may be absent

    times = []
    with ProcessPool(max_workers=1) as pool:
        pool.schedule(work, args=(BODY,), timeout=10).result()
        for _ in range(count):
            started = time.perf_counter()
            assert pool.schedule(work, args=(BODY,), timeout=10).result() == work(BODY)
            times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def _forkserver(count: int) -> float:
    context = multiprocessing.get_context("forkserver")
    times = []
    for _ in range(count):
        started = time.perf_counter()
        process = context.Process(target=work, args=(BODY,))
        process.start()
        process.join()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000
