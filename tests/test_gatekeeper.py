"""Examine, record, then release: whatever fails on the way to a redaction, the original never goes on."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from gateway.audit import Entry, Ledger
from gateway.errors import AuditError, GatewayError, RedactionError, WireError, WorkerError
from gateway.gatekeeper import Gatekeeper, Ruling
from gateway.limits import Limits
from gateway.model import (
    Examination,
    Finding,
    Format,
    Forward,
    ForwardRewritten,
    Kind,
    Look,
    PartReport,
    RedactionOptions,
    Refuse,
    Transfer,
)
from gateway.policy import SHIPPED, RuleSet, load_rules

SCAN = Finding(Kind.MEDICAL_IMAGE, detail="ct", confidence=0.99)
NAME = Finding(Kind.TEXT_IN_PIXELS, where="frame 0", box=(0, 0, 9, 9))
FAILURES = (
    WorkerError("slow", reason="timeout"), WorkerError("dead", reason="worker-died"), WorkerError("full", reason="busy"),
    RedactionError("no", reason="cannot-redact"), WireError("no"),
)  # fmt: skip


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    """The shipped rules of an organisation that excuses, under its agreement, what could not be examined."""
    for path in SHIPPED.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    (tmp_path / "not-understood.yaml").write_text(
        "because: A slow examination does not stop work under the agreement.\nto: baa\non_failure: any\ndo: log\n"
    )
    (tmp_path / "organisation.yaml").write_text(
        "agreements:\n  - {provider: openai, id: demo, until: 2099-12-31, accounts: ['header:org-x']}\n"
    )
    return load_rules(tmp_path)


class Recorder:
    """A ledger that remembers."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def new_id(self) -> str:
        return "0" * 20

    async def append_async(self, entry: Entry) -> int:
        self.entries.append(entry)
        return len(self.entries) - 1

    def note(self, entry: Entry) -> None:
        self.entries.append(entry)


class Examiner:
    """Sees a scan with a name on it; removing it fails as told, or works."""

    def __init__(
        self, *, examining: GatewayError | None = None, removing: GatewayError | None = None
    ) -> None:
        self.examining, self.removing = examining, removing

    async def examine(self, transfer: Transfer, look: Look) -> Examination:
        if self.examining:
            raise self.examining
        found = (SCAN,) if transfer.body == b"clean" else (SCAN, NAME)
        return Examination(
            transfer.digest, (PartReport((), Format.PNG, len(transfer.body), 0.99, "ct"),), found
        )

    async def rewrite(
        self, transfer: Transfer, seen: Examination, options: RedactionOptions, secret: bytes
    ) -> ForwardRewritten:
        if self.removing:
            raise self.removing
        return ForwardRewritten(b"clean")


def handled(rules: RuleSet, examiner: Examiner) -> tuple[Ruling, Entry]:
    recorder: Any = Recorder()
    ledger: Ledger = recorder
    keeper = Gatekeeper(rules, examiner, ledger, Limits(), content_key=b"k" * 32, uid_key=b"u" * 32)
    destination = rules.catalogue.destination(
        "api.openai.com", 443, "POST", "/v1/files", ((b"openai-organization", b"org-x"),)
    )
    ruling = asyncio.run(keeper.handle(Transfer(destination, body=b"scan with a name")))
    (entry,) = recorder.entries
    return ruling, entry


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.reason)
def test_a_redaction_that_fails_is_refused_though_a_rule_excuses_failures(
    rules: RuleSet, failure: GatewayError
) -> None:
    ruling, entry = handled(rules, Examiner(removing=failure))
    assert isinstance(ruling.outcome, Refuse)
    assert (entry.action, entry.reason_code) == ("block", failure.reason)


def test_an_examination_that_fails_is_excused_where_the_rule_says_so(rules: RuleSet) -> None:
    ruling, entry = handled(rules, Examiner(examining=WorkerError("slow", reason="timeout")))
    assert isinstance(ruling.outcome, Forward)
    assert (entry.action, entry.reason_code) == ("log", "timeout")


def test_a_redaction_that_works_sends_the_cleaned_body(rules: RuleSet) -> None:
    ruling, entry = handled(rules, Examiner())
    assert ruling.outcome == ForwardRewritten(b"clean")
    assert entry.action == "redact"


class Refusing(Recorder):
    """A ledger whose disk is full for decisions; outcomes would still fit."""

    async def append_async(self, entry: Entry) -> int:
        raise AuditError("the disk is full")


def test_nothing_follows_in_the_record_on_a_decision_that_it_does_not_hold(rules: RuleSet) -> None:
    recorder: Any = Refusing()
    keeper = Gatekeeper(rules, Examiner(), recorder, Limits(), content_key=b"k" * 32, uid_key=b"u" * 32)
    destination = rules.catalogue.destination("api.openai.com", 443, "POST", "/v1/files", ())
    transfer = Transfer(destination, body=b"scan with a name")
    for judge in (keeper.handle(transfer), keeper.refuse(transfer, "too-large")):
        ruling = asyncio.run(judge)
        assert isinstance(ruling.outcome, Refuse)
        keeper.close(ruling, "refused")
    assert recorder.entries == []
