import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.audit import Entry, FileAnchor, open_ledger
from gateway.audit.export import EXPORTS
from gateway.cli.audit import audit
from gateway.errors import AuditError
from gateway.model import Action
from tests.audit.made import ORIGIN, audit_id, decision


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    with open_ledger(state, ORIGIN, anchors=[FileAnchor(state / "anchor")]) as ledger:
        for number in range(10):
            ledger.append(decision(audit_id(number), list(Action)[number % 5])).result()
            ledger.append(Entry.outcome_of(audit_id(number), "refused")).result()
        ledger.append(decision(audit_id(10), user="jane", host="claude.ai")).result()
    return state


def run(*words: object) -> Result:
    return CliRunner().invoke(audit, [str(word) for word in words])


def test_list_reads_as_a_table(state: Path) -> None:
    told = run("list", "--state", state)
    assert told.exit_code == 0
    head, first, *_ = told.output.splitlines()
    assert head.split() == ["TIME", "(UTC)", "ID", "ACTION", "USER", "TO", "WHAT", "RULE", "OUTCOME"]
    assert first.split()[2:] == [
        audit_id(10),
        "block",
        "jane",
        "claude.ai",
        "dicom",
        "ct",
        "medical-to-public",
        "open",
    ]
    assert told.output.splitlines()[-1] == "11 shown"
    assert "Doe" not in told.output


def test_list_for_machines(state: Path) -> None:
    lines = [json.loads(line) for line in run("list", "--state", state, "--json").output.splitlines()]
    assert len(lines) == 11
    assert lines[0]["outcome"] == "open"
    assert lines[1]["outcome"] == "refused"


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--action", "block"], 3), (["--user", "jane"], 1), (["--host", "claude.ai"], 1), (["--limit", "4"], 4),
        (["--since", "1h"], 11), (["--since", "2099-01-01"], 0), (["--since", "2020-01-01T00:00+01:00"], 11),
        (["--events"], 13),
    ],
)  # fmt: skip
def test_filters(state: Path, words: list[str], count: int) -> None:
    assert len(run("list", "--state", state, "--json", *words).output.splitlines()) == count


def test_show(state: Path) -> None:
    told = run("show", "--state", state, audit_id(3))
    assert "medical-image: 2" in told.output
    assert "medical-to-public" in told.output
    assert json.loads(run("show", "--state", state, "--json", audit_id(3)).output)["id"] == audit_id(3)


def test_verify_says_what_was_checked_and_what_is_not_covered(state: Path) -> None:
    told = run("verify", "--state", state, "--anchor", state / "anchor")
    assert told.exit_code == 0, told.output
    assert "23 entries" in told.output
    assert "Held elsewhere: a checkpoint over the first 23" in told.output
    assert "1 decisions have no outcome yet" in told.output
    assert "nothing is wrong" in told.output
    assert "Held elsewhere: nothing was compared" in run("verify", "--state", state).output
    (plain,) = [json.loads(line) for line in run("verify", "--state", state, "--json").output.splitlines()]
    assert (plain["good"], plain["entries"], plain["unsigned"], plain["unanchored"]) == (True, 23, 0, 23)


def test_verify_with_a_key_from_elsewhere(state: Path, tmp_path: Path) -> None:
    key = tmp_path / "published.vkey"
    key.write_text((state / "ledger" / f"{ORIGIN}.vkey").read_text())
    assert run("verify", "--state", state, "--key", key).exit_code == 0
    with open_ledger(tmp_path / "other", ORIGIN):
        pass
    told = run("verify", "--state", state, "--key", tmp_path / "other" / "ledger" / f"{ORIGIN}.vkey")
    assert told.exit_code == 1
    assert "bad-checkpoint" in told.output


def test_verify_of_a_changed_record(tmp_path: Path) -> None:
    with open_ledger(tmp_path, ORIGIN) as ledger:
        ledger.append(decision(audit_id(1))).result()
    database = sqlite3.connect(tmp_path / "ledger" / f"{ORIGIN}.sqlite", isolation_level=None)
    database.execute("DROP TRIGGER entries_no_update")
    database.execute("UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'block', 'allow') AS BLOB)")
    database.close()
    told = run("verify", "--state", tmp_path)
    assert told.exit_code == 1
    assert "altered-entry (entry 1)" in told.output
    assert "history-changed" in told.output


def test_a_record_that_is_gone_is_missed_by_its_anchor(tmp_path: Path) -> None:
    anchor = FileAnchor(tmp_path / "anchor")
    for origin in ("gateway-1", "gateway-2"):
        with open_ledger(tmp_path, origin, anchors=[anchor]):
            pass
    assert run("verify", "--state", tmp_path, "--anchor", anchor.path).exit_code == 0
    for path in (tmp_path / "ledger").glob("gateway-2*"):
        path.unlink()
    assert run("verify", "--state", tmp_path).exit_code == 0
    told = run("verify", "--state", tmp_path, "--anchor", anchor.path)
    assert told.exit_code == 1
    assert "gateway-2" in told.output


def test_prove(state: Path) -> None:
    made = json.loads(run("prove", "--state", state, audit_id(3)).output)
    assert made["format"] == "leadglass-proof/1"
    assert len(made["entries"]) == 2


@pytest.mark.parametrize("form", list(EXPORTS))
def test_export(state: Path, form: str) -> None:
    told = run("export", "--state", state, "--format", form)
    assert told.exit_code == 0
    assert len(told.output.splitlines()) == 13 + (form == "csv")
    if form == "csv":
        assert len(list(csv.DictReader(io.StringIO(told.output)))) == 13
    assert len(run("export", "--state", state, "--format", form, "--no-events").output.splitlines()) == 11 + (
        form == "csv"
    )


@pytest.mark.parametrize("words", [["list"], ["show", "x"], ["verify"], ["prove", "x"], ["export"]])
def test_without_a_record_every_command_says_what_to_do(tmp_path: Path, words: list[str]) -> None:
    told = run(words[0], "--state", tmp_path, *words[1:])
    assert isinstance(told.exception, AuditError)
    assert "is --state right?" in str(told.exception)


@pytest.mark.parametrize(
    "words",
    [
        ["show", "nothing"],
        ["prove", "nothing"],
        ["list", "--since", "soon"],
        ["export", "--since", "99999999999d"],
    ],
)
def test_what_cannot_be_done_is_one_line(state: Path, words: list[str]) -> None:
    told = run(words[0], "--state", state, *words[1:])
    assert isinstance(told.exception, AuditError)
    assert "\n" not in str(told.exception)


def test_every_command_has_help_with_an_example() -> None:
    for name in audit.commands:
        assert "Example" in run(name, "--help").output
