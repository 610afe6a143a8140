"""The review pages over a record of a million entries, in a file and in PostgreSQL: each page against its limit of 150 ms."""

import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from bench.table import Options, Row
from gateway.audit import Entry, PostgresLedger, SqliteLedger, new_id
from gateway.audit.checkpoint import Checkpoint, VerifierKey, sign
from gateway.audit.index import catch_up, index_path, open_index
from gateway.audit.opening import key_path, open_reader, open_readers, record_path
from gateway.audit.stored import StoredLedger
from gateway.model import Action
from gateway.review.accounts import FILE, Accounts, Role
from gateway.review.app import create_app
from gateway.review.books import Books
from gateway.review.doors import COOKIE
from gateway.review.visit import Admission
from tests.audit.made import decision
from tests.support.postgres import PostgresServer

LIMIT: Final = 150.0
ORIGIN: Final = "gateway-1"
TIMES: Final = 9
HOSTS: Final = (
    "chatgpt.com",
    "claude.ai",
    "gemini.google.com",
    "api.openai.com",
    "huggingface.co",
    "copilot.microsoft.com",
)
PAGES: Final = (
    ("overview, 30 days", "/"),
    ("overview, 365 days", "/?days=365"),
    ("decisions, newest", "/decisions"),
    ("decisions, action and kind", "/decisions?action=block&modality=ct"),
    ("decisions, five questions, nothing fits", "/decisions?action=coach&modality=ct&host=claude.ai&reason=timeout&seen=ordinary"),
    ("decisions, one person", "/decisions?person=user0042"),
    ("decisions, everybody's department", "/decisions?department=staff"),
    ("decisions, a department and an action", "/decisions?department=dept-3&action=redact"),
    ("decisions, person and department", "/decisions?person=user0042&department=dept-3"),
    ("decisions, beginnings of words", "/decisions?search=ct+claude"),
    ("decisions, beginning of names", "/decisions?search=user00"),
    ("decisions, one day", "/decisions?reason=timeout&since={day}&until={day}"),
    ("decisions, far back", "/decisions?action=block&before={far}"),
    ("one decision", "/decisions/{id}"),
    ("proof of one decision", "/decisions/{id}/proof.json"),
    ("rule sets", "/rules"),
    ("integrity", "/integrity"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, for the addresses."""

    id: str
    day: str
    far: int


def rows(options: Options) -> Iterator[Row]:
    count = 100_000 if options.quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="leadglass-bench-") as folder:
        state = Path(folder) / "file"
        with SqliteLedger(record_path(state, ORIGIN), ORIGIN, reserve=0) as ledger:
            made = _fill(ledger, count)
            _sign(ledger, state)
        yield from _measured("a file", state, "", made, count)
        with PostgresServer() as server:
            state = Path(folder) / "database"
            with PostgresLedger(server.record(), ORIGIN) as stored:
                made = _fill(stored, count)
                _sign(stored, state)
            yield from _measured("PostgreSQL", state, server.record(), made, count)


def _fill(ledger: StoredLedger, count: int) -> Made:
    """Half a year of decisions, each with its outcome, of thousands of people in dozens of departments."""
    chance, step = random.Random(1), timedelta(days=180) / (count // 2)
    time_, base, pairs = datetime.now(UTC) - timedelta(days=179.5), decision(new_id()), count // 2
    chosen = Made("", "", 0)
    for start in range(0, pairs, 1_000):
        entries: list[Entry] = []
        for number in range(start, min(start + 1_000, pairs)):
            time_ += step
            stamp = time_.isoformat(timespec="milliseconds")[:-6] + "Z"
            action = chance.choices(list(Action), [80, 2, 3, 5, 10])[0].word
            modality = chance.choice(("ct", "mri", "xray", "fundus")) if action != "allow" else ""
            entry = base._replace(
                id=new_id(), time=stamp, action=action, modality=modality, medical=bool(modality), rules=(),
                host=chance.choice(HOSTS), user=f"user{chance.randrange(5000):04}", basis="seen",
                groups=(f"dept-{chance.randrange(40)}", "staff"),
                rule=chance.choice(("medical-to-public", "text-in-pictures", "everything-else")),
                reason_code=chance.choice(("rule",) * 9 + ("timeout",)),
            )  # fmt: skip
            entries += [entry, Entry.outcome_of(entry.id, "delivered")._replace(time=stamp)]
            if number == pairs // 2:
                milliseconds = int(time_.timestamp() * 1000)
                chosen = Made(entry.id, stamp[:10], milliseconds << 16)
        ledger.append_many(entries).result()
    return chosen


def _sign(ledger: StoredLedger, state: Path) -> None:
    """The newest checkpoint, and the key beside the record."""
    key, frontier = Ed25519PrivateKey.generate(), ledger.frontier()
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    ledger.store_checkpoint(sign(Checkpoint(ORIGIN, frontier.size, frontier.root(), stamp), key)).result()
    path = key_path(state, ORIGIN)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(VerifierKey(ORIGIN, key.public_key().public_bytes_raw()).line() + "\n")


def _unwritten(_: Entry) -> Future[int]:
    """Views are not written into the record that is measured."""
    done: Future[int] = Future()
    done.set_result(0)
    return done


def _measured(store: str, state: Path, record: str, made: Made, count: int) -> Iterator[Row]:
    started = time.perf_counter()
    with open_readers(state, record) as readers, open_index(index_path(state)) as index:
        catch_up(index, readers)
        shapes = len(index.shapes())
    rate = count / (time.perf_counter() - started)
    size = index_path(state).stat().st_size / 1e6
    yield Row(
        f"review: indexing {store}", rate, "1/s", note=f"{count:,} entries, {shapes} shapes, {size:.0f} MB"
    )
    admission = Admission(Accounts(state / FILE), _unwritten)
    app = create_app(lambda: open_reader(state, ORIGIN, record), Books(state, record), admission)
    token = admission.sessions.begin(
        admission.accounts.add(Role.AUDITOR, Role.AUDITOR, secrets.token_urlsafe())
    )
    with TestClient(app, base_url="http://127.0.0.1:8081", cookies={COOKIE: token}) as browser:
        for name, address in PAGES:
            path = address.format(id=made.id, day=made.day, far=made.far)
            taken = []
            for _ in range(TIMES):
                started = time.perf_counter()
                answer = browser.get(path)
                taken.append((time.perf_counter() - started) * 1e3)
                assert answer.status_code in (200, 409), (
                    path,
                    answer.status_code,
                )  # 409: the bench signs nothing
            middle = statistics.median(taken)
            yield Row(
                f"review: {name}, {store}", middle, "ms", "limit", LIMIT, "<= 150", middle <= LIMIT,
                note=f"slowest {max(taken):.0f}",
            )  # fmt: skip
