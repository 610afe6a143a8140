"""Exchange the rules again and again under load, half of them corrupt, and hold every decision against whole sets."""

import asyncio
import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from gateway.audit import Entry, EntryType, SqliteReader
from gateway.audit.opening import record_path
from gateway.policy import load_rules
from tests.support.gateways import GatewayThread
from tests.support.upstream import RecordingUpstream

HOST = "api.openai.com"
SETS = 7
"""Sound sets; each consists of so many files, all of which speak of every upload."""
FILES = 5
BROKEN = ("cut", "no-because", "empty", "binary", "two-of-one", "alias-bomb", "unknown-word")


@dataclass(frozen=True, slots=True)
class ReloadReport:
    """What became of the exchanges, and of the uploads beside them."""

    reloads: int
    loaded: int  # exchanges that the record names as done
    failed: int  # exchanges that the record names as refused
    decisions: int
    sets_seen: int  # different sets by which uploads were judged
    without_rules: int  # decisions by no rule of a known set: must be 0
    half_loaded: int  # decisions by some, but not all rules of a set: must be 0
    not_answered: int  # uploads that got anything but the service's answer: must be 0


def reload_law(folder: Path, reloads: int, seed: int = 7) -> ReloadReport:
    """`reloads` exchanges of the rules of one running gateway, with three clients uploading all the while."""
    chance = random.Random(seed)
    rules = folder / "rules"
    rules.mkdir()
    whole: dict[str, set[str]] = {}
    for number in range(SETS):
        _write(rules, number)
        whole[load_rules(rules).digest] = {f"set-{number}-{at}" for at in range(FILES)}
    wrong = [0]
    with (
        RecordingUpstream(folder, HOST) as upstream,
        GatewayThread(folder / "state", upstream, rules=rules) as gateway,
    ):
        stop = threading.Event()
        senders = [threading.Thread(target=_send, args=(gateway, stop, wrong)) for _ in range(2)]
        for sender in senders:
            sender.start()
        with gateway.client() as client:
            for number in range(reloads):
                if number % 2:
                    _corrupt(rules, chance, BROKEN[number // 2 % len(BROKEN)])
                else:
                    _write(rules, number // 2 % SETS)
                future = asyncio.run_coroutine_threadsafe(gateway.gateway.reloader.reload(), gateway.loop)
                wrong[0] += not _upload(client)
                future.result(60)
        stop.set()
        for sender in senders:
            sender.join()
    return _compare(folder / "state", whole, reloads, wrong[0])


def _compare(state: Path, whole: dict[str, set[str]], reloads: int, wrong: int) -> ReloadReport:
    entries = list(_entries(state))
    decisions = [entry for entry in entries if entry.type is EntryType.DECISION]
    events = [entry.event for entry in entries if entry.type is EntryType.EVENT]
    strange = half = 0
    for entry in decisions:
        names = whole.get(entry.rules_digest)
        strange += names is None
        half += names is not None and set(entry.rules or (entry.rule,)) != names
    return ReloadReport(
        reloads, events.count("rules-loaded"), events.count("reload-failed"), len(decisions),
        len({entry.rules_digest for entry in decisions}), strange, half, wrong,
    )  # fmt: skip


def _entries(state: Path) -> Iterator[Entry]:
    with SqliteReader(record_path(state, "gateway-1")) as reader:
        for row in reader.rows():
            yield Entry.parse(row.body)


def _send(gateway: GatewayThread, stop: threading.Event, wrong: list[int]) -> None:
    with gateway.client() as client:
        while not stop.is_set():
            wrong[0] += not _upload(client)


def _upload(client: httpx.Client) -> bool:
    answer = client.post(f"https://{HOST}/v1/chat/completions", json={"model": "m", "messages": []})
    return answer.status_code == 200 and answer.content == b'{"ok": true}'


def _text(number: int, at: int) -> str:
    return f"name: set-{number}-{at}\nbecause: Set {number}.\nto: [public, baa, storage]\ndo: log\n"


def _write(rules: Path, number: int) -> None:
    """A sound set; the files keep their names, so that two sets could be mixed if they were read one by one."""
    for path in rules.iterdir():
        path.unlink()
    for at in range(FILES):
        (rules / f"part-{at}.yaml").write_text(_text(number, at))


def _corrupt(rules: Path, chance: random.Random, how: str) -> None:
    path = rules / f"part-{chance.randrange(FILES)}.yaml"
    text = path.read_text()
    match how:
        case "cut":
            path.write_text(text[: chance.randrange(1, text.index("because") + 8)])
        case "no-because":
            path.write_text(text.replace("because", "becuase"))
        case "empty":
            for one in rules.iterdir():
                one.unlink()
        case "binary":
            path.write_bytes(b"\xff\xfe" + chance.randbytes(64))
        case "two-of-one":
            path.with_name("again.yaml").write_text(text)
        case "alias-bomb":
            bomb = "a: &a [x, x]\n" + "".join(
                f"{chr(98 + at)}: &{chr(98 + at)} [*{chr(97 + at)}, *{chr(97 + at)}]\n" for at in range(24)
            )
            path.write_text(bomb)
        case _:
            path.write_text(text.replace("do: log", f"do: {json.dumps(chance.randbytes(4).hex())}"))
