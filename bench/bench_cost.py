"""What an upload costs, by process and by stage, beside what nothing can do without: the figures behind docs/sizing.md and docs/performance.md."""

import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import httpx
import numpy as np
import psycopg
from prometheus_client.parser import text_string_to_metric_families

from bench.bench_proxy import CHAT, HOST, _photo, gateway_command
from bench.load import chat, wrk
from bench.origin import origin
from bench.process_tree import Spent, look
from bench.table import Options, Row
from tests.support.postgres import PostgresServer
from tests.support.scans import ct_png, dicom

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway with its record in PostgreSQL, before an origin that answers at once."""

    pid: int
    address: str
    watch: str
    server: PostgresServer

    def spent(self) -> Spent:
        """Its processes, and the database's."""
        own = look(self.pid)
        database = look(int(Path(self.server.data, "postmaster.pid").read_text().split()[0]))
        return Spent(own.seconds | {"postgres": sum(database.seconds.values())}, own.memory)

    def stages(self) -> dict[str, tuple[float, float]]:
        """Seconds in all and count of each stage so far."""
        page = httpx.get(f"http://{self.watch}/metrics", trust_env=False).text
        found = {
            (sample.name, sample.labels["stage"]): sample.value
            for family in text_string_to_metric_families(page)
            if family.name == "leadglass_stage_seconds"
            for sample in family.samples
        }
        names = {stage for _, stage in found}
        name = "leadglass_stage_seconds"
        return {stage: (found[f"{name}_sum", stage], found[f"{name}_count", stage]) for stage in names}

    def stored(self) -> int:
        """Bytes of the record, tables and indexes."""
        with psycopg.connect(self.server.record("owner")) as database:
            row = database.execute(
                "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE nspname = 'leadglass' AND relkind = 'r'"
            ).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Everything started, and ended."""
    with PostgresServer() as server, origin(folder, HOST) as (port, ca):
        command = [*gateway_command(folder, "ours", port, ca), "--watch", "127.0.0.1:0", "--workers", "2"]
        environment = {**os.environ, "LEADGLASS_RECORD": server.record()}
        with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            try:
                yield Running(process.pid, ready["proxy"], ready["watch"], server)
            finally:
                process.terminate()


def rows(options: Options) -> Iterator[Row]:
    """Costs of each kind of upload, then what bounds the stages."""
    seconds, count = (2, 10) if options.quick else (8, 40)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "photo.jpg"
        _photo(path)
        photo, scan = path.read_bytes(), ct_png()
        with running(folder) as gateway, httpx.Client(verify=False, trust_env=False, timeout=60) as client:  # noqa: S501 - reverse mode under the gateway's own authority, on loopback
            url = f"https://{gateway.address}"

            def load() -> int:
                return round(wrk(f"{url}{CHAT}", chat(2048), folder, seconds=seconds).rate * seconds)

            def sent(body: bytes, mime: str = "application/octet-stream") -> Callable[[], int]:
                def send() -> int:
                    for _ in range(count):
                        client.post(f"{url}/v1/files", content=body, headers={"Content-Type": mime})
                    return count

                return send

            def anew() -> int:
                for _ in range(count):
                    with httpx.Client(verify=False, trust_env=False, timeout=60) as other:  # noqa: S501 - as below
                        other.post(f"{url}{CHAT}", content=chat(2048), headers=JSON)
                return count

            load()
            sent(photo)()
            yield from _cost(gateway, "chat 2 KB", load, stored=True)
            yield from _cost(gateway, "chat 2 KB over a new connection", anew)
            yield from _cost(gateway, f"photo, {len(photo) / 1e6:.1f} MB JPEG", sent(photo))
            yield from _cost(gateway, f"CT slice as PNG, {len(scan) / 1e3:.0f} kB, stopped", sent(scan))
            yield from _cost(gateway, "CT slice as DICOM, stopped", sent(dicom()))
            message = {"messages": [{"role": "user", "content": [_image(scan)]}]}
            yield from _cost(
                gateway, "CT slice in a chat, stopped", sent(json.dumps(message).encode(), "application/json")
            )
            yield Row("memory of one gateway with two workers", gateway.spent().memory, "MiB")
        yield from _limits(folder, photo)


def _image(data: bytes) -> dict[str, object]:
    return {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64," + base64.b64encode(data).decode()},
    }


def _cost(gateway: Running, label: str, work: Callable[[], int], *, stored: bool = False) -> Iterator[Row]:
    before, stages, size = gateway.spent(), gateway.stages(), gateway.stored()
    count = work()
    time.sleep(1)  # outcomes and checkpoints of the last ones
    spent, after = gateway.spent().since(before), gateway.stages()
    total = sum(spent.values()) / count * 1e3
    parts = ", ".join(f"{name} {each / count * 1e3:.2f}" for name, each in sorted(spent.items()))
    yield Row(f"{label}: CPU", total, "ms", note=parts)
    for stage, (seconds, number) in sorted(after.items()):
        past, times = stages.get(stage, (0.0, 0.0))
        if number > times:
            yield Row(f"{label}: stage {stage}", (seconds - past) / (number - times) * 1e3, "ms")
    if stored:
        yield Row(
            f"{label}: PostgreSQL",
            (gateway.stored() - size) / count,
            "bytes an upload",
            note=f"{count} uploads",
        )


def _limits(folder: Path, photo: bytes) -> Iterator[Row]:
    """What no gateway can do without: reading the pixels, and a flush of the disk."""
    times = []
    for _ in range(15):
        start = time.process_time()
        cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
        times.append(time.process_time() - start)
    yield Row("limit: decoding that photo once (OpenCV)", statistics.median(times) * 1e3, "ms")
    with (folder / "flush").open("wb", buffering=0) as file:
        times = []
        for _ in range(100):
            file.write(b"x" * 4096)
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    yield Row("limit: one flush of 4 KB to this disk", statistics.median(times) * 1e3, "ms")
    (folder / "alone").mkdir()
    with origin(folder / "alone", HOST) as (port, _):
        direct = wrk(f"https://127.0.0.1:{port}{CHAT}", chat(2048), folder, seconds=2)
    yield Row("limit: the same chat without any proxy", direct.rate, "req/s", note=f"p50 {direct.p50:.2f} ms")
