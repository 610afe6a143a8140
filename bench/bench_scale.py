"""More processes on one host, and tunnels to destinations that are not inspected beside Squid's."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.bench_proxy import CHAT, HOST, gateway_command
from bench.load import chat, wrk
from bench.origin import origin
from bench.process_tree import Server
from bench.squid import squid
from bench.table import Options, Row
from gateway.limits import MIB

ELSEWHERE = "files.example.org"


def rows(options: Options) -> Iterator[Row]:
    """Two processes beside one, then tunnels."""
    seconds, rounds, size = (3, 3, 256) if options.quick else (6, 5, 1024)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # nginx's workers read the large file, and only that
        with origin(folder, HOST, ELSEWHERE) as (port, ca):
            yield from _processes(folder, port, ca, seconds, rounds)
            with (folder / "large").open("wb") as large:
                large.truncate(size * MIB)
            yield from _tunnels(folder, port, ca, size, rounds)


def _processes(folder: Path, port: int, ca: Path, seconds: int, rounds: int) -> Iterator[Row]:
    with ExitStack() as stack:
        pair = [
            stack.enter_context(gateway(gateway_command(folder, f"process{number}", port, ca)))
            for number in (1, 2)
        ]
        alone, both = [], []
        for _ in range(rounds):
            alone.append(_chatting(folder, pair[:1], seconds))
            both.append(_chatting(folder, pair, seconds))
    cost = statistics.median(spent / count for count, spent, _ in alone)
    cost_both = statistics.median(spent / count for count, spent, _ in both)
    # On cores of its own, each process serves as many as its processor time allows.
    gain = 2 * cost / cost_both
    yield Row(
        "chat 2 KB, 2 processes: requests per gateway CPU-second, x2", 2 / cost_both, "req/s", "one process", 1 / cost,
        ">= 1.7", gain >= 1.7, f"median of {rounds} rounds",
    )  # fmt: skip
    rates = [statistics.median(count / took for count, _, took in each) for each in (both, alone)]
    yield Row(
        "the same on the clock, clients and origin on the same cores", rates[0], "req/s", "one process", rates[1],
        "", None, f"{os.cpu_count()} cores for everything",
    )  # fmt: skip


def _chatting(folder: Path, servers: list[Server], seconds: int) -> tuple[float, float, float]:
    """Requests, processor seconds of the gateways, seconds on the clock."""
    folders = [folder / f"wrk{number}" for number, _ in enumerate(servers)]
    for each in folders:
        each.mkdir(exist_ok=True)
    before = sum(server.seconds() for server in servers)
    with ThreadPoolExecutor() as together:
        loads = list(
            together.map(
                lambda server, own: wrk(f"https://{server.address}{CHAT}", chat(2048), own, seconds=seconds),
                servers,
                folders,
            )
        )
    spent = sum(server.seconds() for server in servers) - before
    return sum(load.rate for load in loads) * seconds, spent, float(seconds)


def _tunnels(folder: Path, port: int, ca: Path, size: int, rounds: int) -> Iterator[Row]:
    url = f"https://{ELSEWHERE}:{port}/large"
    command = [
        "-m", "gateway", "serve", "--listen", "127.0.0.1:0", "--review", "127.0.0.1:0", "--state", str(folder / "tunnel"),
        "--connect-to", f"{ELSEWHERE}:{port}=127.0.0.1:{port}",
    ]  # fmt: skip
    with gateway(command, LEADGLASS_PORTS=f"443,{port}") as ours, squid(ELSEWHERE) as peer:
        measured = [[_fetched(server, url, ca, size) for server in (ours, peer)] for _ in range(rounds)]
    (rate, cost), (their_rate, their_cost) = (
        [statistics.median(each) for each in zip(*(pair[which] for pair in measured), strict=True)]
        for which in (0, 1)
    )
    ratio = statistics.median(pair[0][0] / pair[1][0] for pair in measured)
    yield Row(
        "tunnel, not inspected: MB/s", rate, "MB/s", "Squid's tunnel", their_rate, ">= 0.9", ratio >= 0.9,
        f"median of {rounds} pairs: {ratio:.2f}; curl and nginx on the same cores",
    )  # fmt: skip
    yield Row("the same: processor ms for each MB", cost, "ms", "Squid's tunnel", their_cost)


def _fetched(server: Server, url: str, ca: Path, size: int) -> tuple[float, float]:
    """MB a second, and processor milliseconds of the server for each MB."""
    command = [
        "curl", "-sf", "-o", "/dev/null", "-x", f"http://{server.address}", "--cacert", str(ca),
        "-w", "%{time_total} %{size_download}", url,
    ]  # fmt: skip
    before = server.seconds()
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    spent = server.seconds() - before
    if int(told[1]) != size * MIB:
        raise RuntimeError("the file came back in another size")
    megabytes = int(told[1]) / 1e6
    return megabytes / float(told[0]), spent * 1000 / megabytes


@contextmanager
def gateway(command: list[str], **environment: str) -> Iterator[Server]:
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **environment}
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield Server(json.loads(process.stdout.readline())["proxy"], process.pid)
        finally:
            process.terminate()
