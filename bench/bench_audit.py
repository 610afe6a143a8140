"""The record: appends against bare SQLite, verification, proofs."""

import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.table import Options, Row
from gateway.audit import Entry, Grounds, SqliteLedger, SqliteReader, new_id, verify_ledger
from gateway.audit.checkpoint import Checkpoint, VerifierKey, sign
from gateway.audit.proof import prove
from gateway.model import (
    Action,
    Decision,
    Destination,
    Examination,
    Exposure,
    Format,
    PartReport,
    Sender,
    Transfer,
)

ORIGIN = "bench-1"
TRANSFER = Transfer(
    Destination("api.openai.com", 443, "openai", Exposure.PUBLIC, "openai", "chat", "/v1/chat/completions"),
    Sender("jdoe", "10.1.2.3"),
    body=b"x" * 2048,
)
SEEN = Examination("", (PartReport((), Format.JSON, 2048),))
RULED = Decision(Action.ALLOW, ("everything-else",), "")
ROUNDS = 10
CONTENT, DIGEST = "ab" * 32, "cd" * 32


def rows(options: Options) -> Iterator[Row]:
    scale = 4 if options.quick else 1
    with tempfile.TemporaryDirectory(prefix="leadglass-bench-") as folder:
        for connections in (1, 8, 64):
            yield from _load(Path(folder), connections, 8_000 // scale)
        for batch, count in ((1, 4_000), (20, 20_000), (200, 20_000)):
            yield _batched(Path(folder), batch, count // scale)
        yield from _verified(Path(folder), 200_000 // scale if options.quick else 1_000_000)


def _decided() -> Entry:
    return Entry.decision_of(new_id(), TRANSFER, RULED, Grounds(SEEN), content=CONTENT, rules_digest=DIGEST)


def _load(folder: Path, connections: int, requests: int) -> Iterator[Row]:
    """As the gateway does it: each request waits for its decision, and leaves an outcome behind."""
    taken: list[float] = []

    async def connection(ledger: SqliteLedger) -> None:
        for _ in range(requests // connections):
            entry = _decided()
            started = time.perf_counter()
            await ledger.append_async(entry)
            taken.append(time.perf_counter() - started)
            ledger.append(Entry.outcome_of(entry.id, "delivered"))

    async def everybody(ledger: SqliteLedger) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(connection(ledger))

    with SqliteLedger(folder / f"load-{connections}.sqlite", ORIGIN) as ledger:
        cpu, wall = time.process_time(), time.perf_counter()
        asyncio.run(everybody(ledger))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    count = 2 * len(taken)
    taken.sort()
    name = f"audit: {connections} connections"
    micros = cpu / count * 1e6
    yield Row(
        f"{name}, CPU an entry", micros, "us", target="<= 60", met=micros <= 60 if connections > 1 else None
    )
    yield Row(f"{name}, durable entries", count / wall, "1/s")
    yield Row(
        f"{name}, decision durable, p99",
        taken[int(len(taken) * 0.99)] * 1e3,
        "ms",
        note=f"p50 {taken[len(taken) // 2] * 1e3:.2f} ms",
    )


def _batched(folder: Path, batch: int, count: int) -> Row:
    """Batches of one size, ours against SQLite alone with the same bytes and the same durability.

    In turns on the same disk, whose flushes vary by a factor of two from one second to the next.
    """
    bare = sqlite3.connect(folder / f"bare-{batch}.sqlite", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, body BLOB)")
    rates = []
    with SqliteLedger(folder / f"batched-{batch}.sqlite", ORIGIN) as ledger:
        for _ in range(ROUNDS):
            entries = [_decided() for _ in range(count // ROUNDS)]
            started = time.perf_counter()
            for start in range(0, len(entries), batch):
                ledger.append_many(entries[start : start + batch]).result()
            between = time.perf_counter()
            bodies = [(entry.canonical(),) for entry in entries]
            again = time.perf_counter()
            for start in range(0, len(entries), batch):
                bare.execute("BEGIN IMMEDIATE")
                bare.executemany("INSERT INTO entries (body) VALUES (?)", bodies[start : start + batch])
                bare.execute("COMMIT")
            ended = time.perf_counter()
            rates.append((len(entries) / (between - started), len(entries) / (ended - again)))
    bare.close()
    ours = statistics.median(one for one, _ in rates)
    ratio = statistics.median(one / other for one, other in rates)
    return Row(
        f"audit: appends in batches of {batch}", ours, "1/s", "bare SQLite, FULL, no tree", ours / ratio, ">= 0.5", ratio >= 0.5,
        f"median of {ROUNDS} pairs",
    )  # fmt: skip


def _verified(folder: Path, count: int) -> Iterator[Row]:
    path, key = folder / f"{ORIGIN}.sqlite", Ed25519PrivateKey.generate()
    public = (VerifierKey(ORIGIN, key.public_key().public_bytes_raw()),)
    with SqliteLedger(path, ORIGIN) as ledger:
        ledger.append(Entry.event_of("start")).result()
        last = ""
        while (size := ledger.frontier().size) < count:
            made = []
            for _ in range(1_000):
                entry = _decided()
                last = entry.id
                made += [entry, Entry.outcome_of(entry.id, "delivered")]
            ledger.append_many(made).result()
            if size % 10_000 < 2_000:
                frontier = ledger.frontier()
                ledger.store_checkpoint(
                    sign(Checkpoint(ORIGIN, frontier.size, frontier.root(), made[-1].time), key)
                ).result()
        frontier = ledger.frontier()
        note = sign(Checkpoint(ORIGIN, frontier.size, frontier.root(), made[-1].time), key)
        ledger.store_checkpoint(note).result()
    with SqliteReader(path) as reader:
        cpu, wall = time.process_time(), time.perf_counter()
        report = verify_ledger(reader, public)
        rate = report.size / (
            time.process_time() - cpu
        )  # one thread: what an undisturbed core does in a second
        wall = report.size / (time.perf_counter() - wall)
        started = time.perf_counter()
        proof = prove(reader, reader.find(last), public)
        proving = (time.perf_counter() - started) * 1e3
    alarms = len(report.faults)
    million = f"{count:,} entries"
    yield Row(
        f"audit: full verification, {million}", rate, "1/CPU s", target=">= 100000", met=rate >= 100_000,
        note=f"{wall:,.0f} a second by the clock",
    )  # fmt: skip
    yield Row(f"audit: false alarms over {million}", alarms, "", target="0", met=alarms == 0)
    size = max(len(json.dumps(item["proof"])) for item in proof["entries"])
    yield Row(f"audit: inclusion proof at {million}", size, "bytes", target="<= 1024", met=size <= 1024)
    yield Row(f"audit: proving one decision at {million}", proving, "ms")
