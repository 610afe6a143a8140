"""Chat and photos through CONNECT, as configured clients send them: the gateway, mitmproxy with and without its program, and Squid."""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.bench_proxy import CHAT, HOST, _photo
from bench.bench_scale import gateway
from bench.load import chat, wrk
from bench.origin import origin
from bench.process_tree import Server, look
from bench.squid import squid
from bench.table import Options, Row
from gateway.limits import Limits
from gateway.model import Destination, Look, Transfer
from gateway.workers import Workers

UPLOAD = "/v1/files"
CONNECTIONS = 8
OURS, BARE, STOCK, SQUID = "leadglass", "bare embedded mitmproxy", "stock mitmdump -q", "Squid with ssl-bump"
BARS = {BARE: 0.95, STOCK: 1.2, SQUID: None}


@dataclass(frozen=True, slots=True)
class Peer:
    """A proxy, loopback's port from which everything goes through its CONNECT, and the destination's address."""

    server: Server
    port: str
    url: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests a second, requests a processor second of the proxy, failed ones."""

    rate: float
    worth: float
    errors: int


def rows(options: Options) -> Iterator[Row]:
    """Chat of 2 KB, then photos of about 1 MB."""
    seconds, rounds = (2, 2) if options.quick else (5, 5)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)
        _photo(folder / "photo.jpg")
        photo = (folder / "photo.jpg").read_bytes()
        port, ca = stack.enter_context(origin(folder, HOST))
        peers = {
            each: stack.enter_context(_through(server, target))
            for each, server, target in _started(stack, folder, port, ca)
        }
        yield from _chat(peers, folder, seconds, rounds)
        yield from _photos(peers, folder, photo, seconds, rounds)


def _started(stack: ExitStack, folder: Path, port: int, ca: Path) -> Iterator[tuple[str, Server, str]]:
    """Each proxy with what its CONNECT names."""
    redirect = f"*:443=127.0.0.1:{port}"
    command = [
        "-m", "gateway", "serve", "--listen", "127.0.0.1:0", "--review", "127.0.0.1:0", "--state", str(folder / "ours"),
        "--workers", str(os.cpu_count() or 2), "--connect-to", redirect, "--upstream-ca", str(ca),
    ]  # fmt: skip
    yield OURS, stack.enter_context(gateway(command)), f"{HOST}:443"
    bare = [sys.executable, "-m", "bench.bare", str(folder / "bare"), "regular", str(ca), redirect, "asyncio"]
    yield BARE, stack.enter_context(_program(bare)), f"{HOST}:443"
    at = _free()
    stock = [
        str(Path(sys.executable).with_name("mitmdump")), "-q", "--listen-host", "127.0.0.1", "-p", str(at),
        "--set", "ssl_insecure=true", "--set", f"confdir={folder / 'mitm'}",
    ]  # fmt: skip
    yield STOCK, stack.enter_context(_program(stock, at)), f"127.0.0.1:{port}"
    yield SQUID, stack.enter_context(squid(HOST, ca)), f"{HOST}:{port}"


@contextmanager
def _program(command: list[str], at: int = 0) -> Iterator[Server]:
    """A program that prints where it listens, or listens where it was told."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(f"127.0.0.1:{at}" if at else process.stdout.readline().strip(), process.pid)
        finally:
            process.terminate()


@contextmanager
def _through(server: Server, target: str) -> Iterator[Peer]:
    """Load generators know no proxies: socat makes the CONNECT of each connection, and carries it for all alike."""
    _until_open(int(server.address.rpartition(":")[2]))
    at = _free()
    host, port = server.address.split(":")
    command = [
        "socat", "-b", "262144", f"TCP-LISTEN:{at},bind=127.0.0.1,reuseaddr,fork,nodelay",
        f"PROXY:{host}:{target},proxyport={port},nodelay",
    ]  # fmt: skip
    carrying = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _until_open(at)
        yield Peer(server, str(at), f"https://{target.removesuffix(':443')}")
    finally:
        carrying.terminate()
        carrying.wait(10)


def _chat(peers: dict[str, Peer], folder: Path, seconds: int, rounds: int) -> Iterator[Row]:
    found = _all(peers, folder, CHAT, chat(2048), "application/json", seconds, rounds)
    yield from _beside("chat 2 KB, 8 connections through CONNECT", found)


def _photos(peers: dict[str, Peer], folder: Path, photo: bytes, seconds: int, rounds: int) -> Iterator[Row]:
    label = f"ordinary JPEG of {len(photo) / 1e6:.1f} MB through CONNECT"
    found = _all(peers, folder, UPLOAD, photo, "application/octet-stream", seconds, rounds)
    for name in (BARE, STOCK, SQUID):
        ratio = statistics.median(
            mine.rate / theirs.rate for mine, theirs in zip(found[OURS], found[name], strict=True)
        )
        rate = statistics.median(one.rate for one in found[OURS])
        yield Row(f"{label}: uploads/s", rate, "1/s", f"{name} (looks at nothing)", rate / ratio)
    # Alone, the workers have both cores; behind the gateway they share them with it, the client and the origin. So each
    # second of the workers is counted as well as each second on the clock.
    pairs = []
    for _ in range(rounds):
        alone, spent_alone = asyncio.run(_workers_alone(photo, seconds))
        before = look(peers[OURS].server.pid).seconds.get("workers", 0.0)
        load = wrk(
            peers[OURS].url + UPLOAD,
            photo,
            folder,
            connections=CONNECTIONS,
            seconds=seconds,
            mime="application/octet-stream",
            at=peers[OURS].port,
        )
        spent = look(peers[OURS].server.pid).seconds.get("workers", 0.0) - before
        pairs.append((load.rate, alone, load.rate * seconds / spent, alone * seconds / spent_alone))
    clock = statistics.median(mine / alone for mine, alone, _, _ in pairs)
    worth = statistics.median(mine / alone for _, _, mine, alone in pairs)
    rate, each = (statistics.median(pair[at] for pair in pairs) for at in (0, 2))
    yield Row(
        f"{label}: uploads for each second of the workers", each, "1/s", "workers alone", each / worth, ">= 0.9", worth >= 0.9,
        f"median of {rounds} pairs",
    )  # fmt: skip
    yield Row(
        "the same on the clock", rate, "1/s", "workers alone, with all cores to themselves", rate / clock, "", None,
        "the gateway, TLS on both sides, client and origin are on the same cores",
    )  # fmt: skip


def _all(
    peers: dict[str, Peer], folder: Path, path: str, body: bytes, mime: str, seconds: int, rounds: int
) -> dict[str, list[Measured]]:
    """Each proxy in turn, round after round, so that what disturbs the machine disturbs all of them."""
    found: dict[str, list[Measured]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, peer in peers.items():
            before = peer.server.seconds()
            load = wrk(
                peer.url + path,
                body,
                folder,
                connections=CONNECTIONS,
                seconds=seconds,
                mime=mime,
                at=peer.port,
            )
            spent = peer.server.seconds() - before
            found[name].append(Measured(load.rate, load.rate * seconds / max(spent, 0.01), load.errors))
    return found


def _beside(label: str, found: dict[str, list[Measured]]) -> Iterator[Row]:
    ours = found[OURS]
    rate = statistics.median(one.rate for one in ours)
    for name, bar in BARS.items():
        ratio = statistics.median(
            mine.rate / theirs.rate for mine, theirs in zip(ours, found[name], strict=True)
        )
        errors = sum(one.errors for one in ours + found[name])
        yield Row(
            f"{label}: requests/s", rate, "req/s", name, rate / ratio, f">= {bar}" if bar else "",
            ratio >= bar if bar else None, f"median of {len(ours)} rounds, {errors} errors",
        )  # fmt: skip
    worth = statistics.median(one.worth for one in ours)
    for name in BARS:
        ratio = statistics.median(
            mine.worth / theirs.worth for mine, theirs in zip(ours, found[name], strict=True)
        )
        yield Row("the same: requests for each CPU-second of the proxy", worth, "req/s", name, worth / ratio)


async def _workers_alone(photo: bytes, seconds: int) -> tuple[float, float]:
    """Examinations a second, as many at once as there are connections, and the workers' processor seconds."""
    transfer = Transfer(
        Destination(HOST), headers=((b"content-type", b"application/octet-stream"),), body=photo
    )
    async with Workers(Limits(), os.cpu_count() or 2) as workers:
        await workers.examine(transfer, Look.MEDICAL)
        before, started = look(os.getpid()).seconds.get("workers", 0.0), time.perf_counter()
        stop = started + seconds

        async def client() -> int:
            count = 0
            while time.perf_counter() < stop:
                await workers.examine(transfer, Look.MEDICAL)
                count += 1
            return count

        done = sum(await asyncio.gather(*(client() for _ in range(CONNECTIONS))))
        took = time.perf_counter() - started
        spent = look(os.getpid()).seconds.get("workers", 0.0) - before
    return done / took, spent * seconds / took


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _until_open(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("a proxy did not start")
