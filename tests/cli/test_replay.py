"""`leadglass rules replay` over a record that the gatekeeper itself would write."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.audit import Entry, Grounds, open_ledger
from gateway.cli.rules import rules
from gateway.errors import AuditError, RuleError
from gateway.model import Look, Sender
from gateway.policy import decide, load_rules
from tests.policy.made import LOG, MEDICAL, ORDINARY, seen, upload, write

BLOCK = "because: No scans.\nto: public\nfound: medical-image\ndo: block\n"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    base = load_rules()
    with open_ledger(state, "gateway-1") as ledger:
        for number, finding in enumerate((MEDICAL, ORDINARY, MEDICAL)):
            transfer = upload(base, sender=Sender(f"user-{number}", "10.0.0.1"))
            examination = seen(finding)
            entry = Entry.decision_of(
                f"06h0{number:016d}", transfer, decide(base, transfer, examination), Grounds(examination, look=Look.TEXT),
                content="", rules_digest=base.digest,
            )  # fmt: skip
            ledger.append(entry).result()
            ledger.append(Entry.outcome_of(entry.id, "refused")).result()
        old = Entry(
            type=entry.type, id="06h00000000000000009", time=entry.time, v=1, action="block", host="claude.ai"
        )
        ledger.append(old).result()
    return state


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(rules, ["replay", *map(str, arguments)], catch_exceptions=False)


def test_whose_outcome_would_change(state: Path, tmp_path: Path) -> None:
    shown = run("--rules", write(tmp_path, log=LOG), "--state", state)
    assert shown.exit_code == 1
    lines = shown.stdout.splitlines()
    assert len([line for line in lines if "-> log (log)" in line]) == 2
    assert "user-2  api.openai.com  block (medical-images-to-public-ai)" in lines[0]  # the newest first
    assert "3 of 4 decisions were replayed" in shown.stdout
    assert "block  -> log           2 - more would leave" in shown.stdout
    assert "1 cannot be replayed: it was written before" in shown.stdout


def test_for_machines(state: Path, tmp_path: Path) -> None:
    shown = run(
        "--rules",
        write(tmp_path, log=LOG, block=BLOCK.replace("medical", "ordinary")),
        "--state",
        state,
        "--json",
    )
    *changes, summary = map(json.loads, shown.stdout.splitlines())
    assert {(change["action"], change["new_action"]) for change in changes} == {
        ("block", "log"),
        ("log", "block"),
    }
    assert summary["replayed"] == 3
    assert {(one["from"], one["to"], one["count"]) for one in summary["changes"]} == {
        ("block", "log", 2), ("log", "block", 1),
    }  # fmt: skip
    assert summary["not_replayed"][0]["count"] == 1


def test_the_same_rules_change_nothing(state: Path, tmp_path: Path) -> None:
    shown = run("--rules", write(tmp_path, log=LOG, block=BLOCK), "--state", state)
    assert shown.exit_code == 0
    assert "No outcome would change." in shown.stdout


def test_allowed_and_logged_are_one_outcome_for_people(state: Path, tmp_path: Path) -> None:
    allow = LOG.replace("name: log", "name: fine").replace("do: log", "do: allow")
    shown = run("--rules", write(tmp_path, fine=allow, block=BLOCK), "--state", state)
    assert shown.exit_code == 0
    assert "log    -> allow         1 - both go through" in shown.stdout
    assert "No outcome would change." in shown.stdout


def test_only_some_of_the_record(state: Path, tmp_path: Path) -> None:
    folder = write(tmp_path, log=LOG)
    assert "0 of 0 decisions" in run("--rules", folder, "--state", state, "--since", "2100-01-01").stdout
    assert "1 of 2 decisions" in run("--rules", folder, "--state", state, "--limit", "2").stdout


def test_what_cannot_be_carried_out(state: Path, tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="no record"):
        run("--rules", write(tmp_path, log=LOG), "--state", tmp_path / "nowhere")
    with pytest.raises(RuleError):
        run("--rules", write(tmp_path / "bad", bad="do: nothing\n"), "--state", state)
