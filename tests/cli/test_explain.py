"""`leadglass rules explain --id`: a past decision, answer by answer."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.audit import Entry, Grounds, open_ledger
from gateway.cli.rules import rules
from gateway.errors import AuditError
from gateway.model import Decision, Examination, Look, Sender
from gateway.policy import decide, decide_failure, load_rules
from tests.policy.made import LOG, MEDICAL, seen, upload, write

SCAN, LOST, UNSOUND, OLD = (f"06h0000000000000000{at}" for at in range(4))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    base = load_rules()
    transfer = upload(base, sender=Sender("mara", "10.0.0.1"))

    def entry(audit_id: str, decision: Decision, grounds: Grounds) -> Entry:
        return Entry.decision_of(audit_id, transfer, decision, grounds, content="", rules_digest=base.digest)

    scan = seen(MEDICAL)
    nothing = Examination("")
    with open_ledger(state, "gateway-1") as ledger:
        for one in (
            entry(SCAN, decide(base, transfer, scan), Grounds(scan, look=Look.TEXT)),
            entry(LOST, decide_failure(base, transfer, "timeout"), Grounds(nothing, "failed")),
            entry(UNSOUND, decide_failure(base, transfer, "host-mismatch"), Grounds(nothing, "refused")),
            Entry(
                type=scan_type(),
                id=OLD,
                time="2026-01-01T00:00:00.000Z",
                v=1,
                action="block",
                host="claude.ai",
            ),
        ):
            ledger.append(one).result()
    return state


def scan_type() -> object:
    from gateway.audit import EntryType

    return EntryType.DECISION


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(rules, ["explain", *map(str, arguments)], catch_exceptions=False)


def test_which_rule_answered_and_what_would_change_it(state: Path) -> None:
    shown = run("--id", SCAN.upper(), "--state", state)
    assert shown.exit_code == 1
    assert "mara: block by medical-images-to-public-ai" in shown.stdout
    assert "BLOCK  medical-images-to-public-ai: medical-image xray (0.97)" in shown.stdout
    assert "REDACT to a destination of class baa (by medical-images-under-agreement)" in shown.stdout
    assert "BLOCK  if they did not speak (by unforeseen)" in shown.stdout
    assert "near: medical-images-under-agreement (redact) does not speak: the destination is" in shown.stdout
    assert shown.stderr == ""


def test_by_other_rules_than_those_in_force_then(state: Path, tmp_path: Path) -> None:
    shown = run("--id", SCAN, "--state", state, "--rules", write(tmp_path, log=LOG))
    assert shown.exit_code == 0
    assert "decision: LOG    by log" in shown.stdout
    assert "other rules were in force then" in shown.stderr


def test_an_examination_that_failed(state: Path) -> None:
    shown = run("--id", LOST, "--state", state)
    assert shown.exit_code == 1
    assert "reason: timeout" in shown.stdout
    assert "BLOCK  not-understood: unreadable timeout" in shown.stdout
    assert "on_failure: timeout" in shown.stdout


def test_a_request_that_no_rule_was_asked_about(state: Path) -> None:
    shown = run("--id", UNSOUND, "--state", state)
    assert shown.exit_code == 1
    assert "no rule was asked: nothing was sent, because the request names more than one" in shown.stdout


def test_what_cannot_be_explained(state: Path) -> None:
    with pytest.raises(AuditError, match="before the record held"):
        run("--id", OLD, "--state", state)
    with pytest.raises(AuditError, match="no entry"):
        run("--id", "06h00000000000000077", "--state", state)
    assert run().exit_code == 2
    assert run("--id", SCAN, __file__).exit_code == 2
