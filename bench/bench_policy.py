"""What the rules cost: one decision against a thousand rules, and finding out where a request goes."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bench.table import Options, Row
from gateway.model import Examination, Finding, Format, Kind, PartReport, Sender, Transfer
from gateway.policy import RuleSet, decide, load_rules

RULES = 1_000
FINDINGS = 12
HOSTS = (
    "api.openai.com",
    "bucket.s3.eu-central-1.amazonaws.com",
    "www.hospital.example",
    "files.oaiusercontent.com",
    "a.b.c.d.example.org",
)


def rows(options: Options) -> Iterator[Row]:
    """Medians of single calls, beside a plain loop that only compares the destination of every rule."""
    repeats = 200 if options.quick else 2_000
    shipped = load_rules()
    large = thousand(shipped)
    transfer = upload(shipped)
    seen = examination()
    now = datetime.now(UTC)
    assert decide(large, transfer, seen, now=now).rules

    def loop() -> int:
        return sum(transfer.destination.exposure in rule.where.exposures for rule in large.rules)

    peer = median(loop, repeats)
    took = median(lambda: decide(large, transfer, seen, now=now), repeats)
    yield Row(
        f"decide: {RULES} rules, {FINDINGS} findings", took * 1e3, "ms", "loop over rules, one comparison each", peer * 1e3,
        target="<= 1 ms", met=took <= 1e-3,
    )  # fmt: skip
    chat = median(
        lambda: decide(
            shipped,
            replace(transfer, body=b"{}"),
            Examination("", (PartReport((), Format.JSON, 2),)),
            now=now,
        ),
        repeats,
    )
    yield Row("decide: shipped rules, chat without findings", chat * 1e6, "us", target="")
    exact = dict.fromkeys(shipped.catalogue.hosts, True)
    for host in HOSTS:
        took = (
            median(partial(hundred, lambda name: shipped.catalogue.lookup(name, 443), host), repeats // 10)
            / 100
        )
        peer = median(partial(hundred, exact.get, host), repeats // 10) / 100
        yield Row(
            f"lookup: {host}",
            took * 1e6,
            "us",
            "one dictionary look-up",
            peer * 1e6,
            target="<= 5 us",
            met=took <= 5e-6,
        )
    headers = ((b"authorization", b"Bearer sk-x"), (b"content-type", b"application/json"))
    took = median(
        lambda: [
            shipped.catalogue.destination("api.openai.com", 443, "POST", "/v1/uploads/u_1/parts", headers)
            for _ in range(100)
        ],
        repeats // 10,
    )
    yield Row("destination: host, operation and account", took / 100 * 1e6, "us")


def thousand(shipped: RuleSet) -> RuleSet:
    """Rules that all could apply to the upload, so that none is skipped by its destination alone."""
    chance = random.Random(7)
    rules = []
    for number in range(RULES):
        rule = chance.choice([rule for rule in shipped.rules if rule.found])
        who = replace(rule.who, users=frozenset({f"user-{number}"})) if number % 3 == 0 else rule.who
        rules.append(replace(rule, name=f"{rule.name}-{number}", who=who))
    return replace(shipped, rules=tuple(rules))


def upload(rules: RuleSet) -> Transfer:
    """One file to a public service."""
    destination = rules.catalogue.destination("api.openai.com", 443, "POST", "/v1/files")
    return Transfer(destination, Sender("user-3", "10.0.0.4", ("staff",)), body=b"x" * 4096)


def examination() -> Examination:
    """A DICOM file with names in it and a few ordinary pictures."""
    parts = (
        PartReport(("file",), Format.DICOM, 4096, 1.0, "ct"),
        *(PartReport((f"p{at}",), Format.PNG, 9, 0.1) for at in range(4)),
    )
    findings = [Finding(Kind.MEDICAL_IMAGE, ("file",), detail="ct")]
    findings += [Finding(Kind.ORDINARY_IMAGE, (f"p{at}",), confidence=0.1) for at in range(4)]
    findings += [
        Finding(Kind.IDENTIFIER_IN_METADATA, ("file",), f"(0010,00{at:02})", "person")
        for at in range(FINDINGS - 5)
    ]
    return Examination("", parts, tuple(findings))


def hundred(call: Callable[[str], object], host: str) -> None:
    """A hundred calls, so that the clock's own step does not count."""
    for _ in range(100):
        call(host)


def median(call: Callable[[], object], repeats: int) -> float:
    """Seconds of one call."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
