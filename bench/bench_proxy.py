"""What the gateway costs on the wire: chat beside the same mitmproxy without it, uploads, chat while pictures are examined."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from bench.load import chat, wrk
from bench.origin import origin
from bench.table import Options, Row

HOST = "api.openai.com"
CHAT = "/v1/chat/completions"


@contextmanager
def started(command: list[str]) -> Iterator[str]:
    """The first line a server prints, while it runs."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def gateway_command(folder: Path, name: str, port: int, ca: Path) -> list[str]:
    """`leadglass serve` in reverse mode before the origin, so that wrk can speak to it."""
    return [
        "-m", "gateway", "serve", "--listen", "127.0.0.1:0", "--review", "127.0.0.1:0", "--state", str(folder / name),
        "--reverse", f"https://{HOST}", "--connect-to", f"*:443=127.0.0.1:{port}", "--upstream-ca", str(ca),
    ]  # fmt: skip


def rows(options: Options) -> Iterator[Row]:
    """Every figure of the wire."""
    seconds, pairs = (2, 2) if options.quick else (4, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with origin(folder, HOST) as (port, ca):
            redirect = f"*:443=127.0.0.1:{port}"
            bare = ["-m", "bench.bare", str(folder / "bare"), f"reverse:https://{HOST}", str(ca), redirect]
            with (
                started([*bare, "asyncio"]) as bare_address,
                started([*bare, "uvloop"]) as swift_address,
                started(gateway_command(folder, "ours", port, ca)) as ready,
            ):
                ours = json.loads(ready)["proxy"]
                for size, target in ((4096, 0.85), (2048, 0.95)):
                    yield from _chat(folder, bare_address, ours, size, target, seconds, pairs)
                yield from _chat_on_one_loop(folder, swift_address, ours, seconds, pairs)
                yield from _stock(folder, ours, port, seconds)
                yield from _while_busy(folder, ours, seconds)
                yield from _uploads(folder, bare_address, ours)


def _chat(
    folder: Path, bare: str, ours: str, size: int, target: float, seconds: int, pairs: int
) -> Iterator[Row]:
    body = chat(size)
    measured = [
        (
            wrk(f"https://{bare}{CHAT}", body, folder, seconds=seconds),
            wrk(f"https://{ours}{CHAT}", body, folder, seconds=seconds),
        )
        for _ in range(pairs)
    ]
    ratio = statistics.median(b.rate / a.rate for a, b in measured)
    rate = statistics.median(b.rate for _, b in measured)
    errors = sum(b.errors for _, b in measured)
    label = f"chat {size // 1024} KB, 8 connections"
    yield Row(
        f"{label}: requests/s", rate, "req/s", "bare embedded mitmproxy", rate / ratio, f">= {target}", ratio >= target,
        f"median of {pairs} pairs, {errors} errors",
    )  # fmt: skip
    added = statistics.median(b.p99 - a.p99 for a, b in measured)
    yield Row(f"{label}: added p99", added, "ms", "limit", 10.0, "<= 10 ms", added <= 10)


def _chat_on_one_loop(folder: Path, bare: str, ours: str, seconds: int, pairs: int) -> Iterator[Row]:
    """What the addon alone costs: the peer has the gateway's own event loop, which mitmproxy does not use by itself."""
    rates = []
    for _ in range(pairs):
        alone = wrk(f"https://{bare}{CHAT}", chat(4096), folder, seconds=seconds).rate
        rates.append((alone, wrk(f"https://{ours}{CHAT}", chat(4096), folder, seconds=seconds).rate))
    ratio = statistics.median(mine / alone for alone, mine in rates)
    rate = statistics.median(mine for _, mine in rates)
    label, peer = "chat 4 KB: requests/s", "bare mitmproxy on uvloop"
    yield Row(label, rate, "req/s", peer, rate / ratio, "", None, f"median of {pairs} pairs")


def _stock(folder: Path, ours: str, port: int, seconds: int) -> Iterator[Row]:
    mitmdump = Path(sys.executable).with_name("mitmdump")
    address = "127.0.0.1:18099"
    command = [
        str(mitmdump), "-q", "--mode", f"reverse:https://127.0.0.1:{port}", "--listen-host", "127.0.0.1", "-p", "18099",
        "--set", "ssl_insecure=true", "--set", f"confdir={folder / 'mitm'}",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        stock = wrk(f"https://{address}{CHAT}", chat(2048), folder, seconds=seconds)
        mine = wrk(f"https://{ours}{CHAT}", chat(2048), folder, seconds=seconds)
    finally:
        process.terminate()
        process.wait(10)
    yield Row(
        "chat 2 KB: requests/s",
        mine.rate,
        "req/s",
        "stock mitmdump -q",
        stock.rate,
        ">= 1.2",
        mine.rate / stock.rate >= 1.2,
    )


def _while_busy(folder: Path, ours: str, seconds: int) -> Iterator[Row]:
    """Chat beside pictures; and beside as many idle-priority loops, which is what the kernel alone makes of it."""
    picture = _slow_picture(folder)
    loads = (
        ("chat p99 while 20 slow pictures are examined", partial(_uploading, ours, picture), "<= 3"),
        ("the same beside idle-priority loops, no pictures", _looping, ""),
    )
    for label, beside, target in loads:
        pairs = []
        for _ in range(3):
            idle = wrk(f"https://{ours}{CHAT}", chat(4096), folder, connections=2, seconds=seconds)
            with beside():
                time.sleep(1)
                busy = wrk(f"https://{ours}{CHAT}", chat(4096), folder, connections=2, seconds=seconds)
            pairs.append((idle.p99, busy.p99))
        ratio = statistics.median(busy / idle for idle, busy in pairs)
        yield Row(
            label,
            statistics.median(busy for _, busy in pairs),
            "ms",
            "idle p99",
            statistics.median(idle for idle, _ in pairs),
            target,
            ratio <= 3 if target else None,
            f"median of {len(pairs)} pairs: {ratio:.2f}",
        )


@contextmanager
def _uploading(ours: str, picture: Path) -> Iterator[None]:
    stop = threading.Event()
    uploads = [threading.Thread(target=_upload_until, args=(ours, picture, stop)) for _ in range(20)]
    for upload in uploads:
        upload.start()
    try:
        yield
    finally:
        stop.set()
        for upload in uploads:
            upload.join()
        _curl(
            ours, picture
        )  # waits behind those that are still examined: afterwards the gateway is idle again


@contextmanager
def _looping() -> Iterator[None]:
    command = ["chrt", "--idle", "0", sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(command) for _ in range(max(2, os.cpu_count() or 2))]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _slow_picture(folder: Path) -> Path:
    """Few bytes, many pixels: a picture that keeps a worker busy without filling the wire."""
    path = folder / "slow.png"
    Image.linear_gradient("L").resize((7000, 7000)).save(path, compress_level=1)
    return path


def _upload_until(address: str, path: Path, stop: threading.Event) -> None:
    """One person's browser: picture after picture over a connection that stays open."""
    # Who uploads sits at another machine: on this one its work must not take the time of the chat.
    command = [
        "nice", "-n", "19", "curl", "-sk", "-o", "/dev/null", "-H", "Content-Type: application/octet-stream",
        "--data-binary", f"@{path}", f"https://{address}/v1/files?[1-100000]",
    ]  # fmt: skip
    uploading = subprocess.Popen(command)
    stop.wait()
    uploading.terminate()
    uploading.wait()


def _curl(address: str, path: Path, *before: str) -> float:
    command = [
        *before,
        "curl",
        "-sk",
        "-o",
        "/dev/null",
        "-w",
        "%{time_total}",
        "--data-binary",
        f"@{path}",
        f"https://{address}/v1/files",
    ]
    command[len(before) + 2 : len(before) + 2] = [
        "-H",
        "Content-Type: application/octet-stream",
        "-H",
        "Expect:",
    ]
    return float(subprocess.run(command, capture_output=True, text=True, check=False).stdout or 0)


def _uploads(folder: Path, bare: str, ours: str) -> Iterator[Row]:
    path = folder / "photo.jpg"
    _photo(path)
    added = statistics.median((_curl(ours, path) - _curl(bare, path)) * 1000 for _ in range(15))
    size = path.stat().st_size / 1e6
    yield Row(
        f"ordinary JPEG of {size:.1f} MB: added end to end",
        added,
        "ms",
        "limit",
        60.0,
        "<= 60 ms",
        added <= 60,
    )


def _photo(path: Path) -> None:
    """A photograph-like picture of about 1 MB: smooth colours with grain."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:1500, 0:2000]
    base = np.stack(
        [120 + 80 * np.sin(x / 300), 140 + 60 * np.cos(y / 200), 160 + 40 * np.sin((x + y) / 400)], axis=2
    )
    grain = random.normal(0, 13, base.shape)
    Image.fromarray(np.clip(base + grain, 0, 255).astype(np.uint8)).save(path, quality=88)
