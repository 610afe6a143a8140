"""What pages and report say of the record beyond its light: the last full check, what is held nowhere else, what was emptied."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.audit import Entry, FileAnchor, open_ledger
from gateway.audit.opening import record_path
from gateway.cli.audit import audit
from gateway.messages import messages
from gateway.review import Books
from gateway.review.accounts import Role
from gateway.review.integrity import Assurance, assurances
from gateway.review.report import report
from tests.audit.made import ORIGIN, audit_id, decision
from tests.review.desk import Desk

TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of fifty old decisions, of which a file elsewhere holds a checkpoint, and a new one."""
    with monkeypatch.context() as patch:
        patch.setattr("gateway.audit.entry.now", lambda: "2015-03-01T00:00:00.000Z")
        with open_ledger(tmp_path, ORIGIN, anchors=(FileAnchor(tmp_path / "anchor"),)) as ledger:
            for number in range(50):
                ledger.append_many(
                    [decision(audit_id(number)), Entry.outcome_of(audit_id(number), "refused")]
                ).result()
    with open_ledger(tmp_path, ORIGIN) as ledger:
        ledger.append_many([decision(audit_id(99)), Entry.outcome_of(audit_id(99), "refused")]).result()
    return tmp_path


def run(*words: object) -> int:
    return CliRunner().invoke(audit, [str(word) for word in words]).exit_code


def told(state: Path) -> str:
    """The words of the page, of the report and of the JSON for programs."""
    browser = Desk(state).browser(Role.AUDITOR)
    made = report(Books(state), messages("en"), "2010-01-01", TODAY)
    words = [word for section in made.sections for word in (*section.words, *map(" ".join, section.rows))]
    return "\n".join((browser.get("/integrity").text, *words, browser.get("/api/v1/integrity").text))


def test_the_last_full_check_is_told_and_one_that_was_never_made_as_well(state: Path) -> None:
    assert told(state).count("Never checked in full") == 2
    assert run("verify", "--state", state) == 0
    good = told(state)
    assert good.count("nothing wrong") == 2
    assert '"faults":0' in good.replace(" ", "")
    path = record_path(state, ORIGIN)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TRIGGER entries_no_update")
        database.execute(
            "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'refused', 'reFused') AS BLOB) WHERE idx = 10"
        )
        database.commit()
    assert run("verify", "--state", state) == 1
    assert told(state).count("faults. Run the check again") == 2


def test_what_nothing_elsewhere_speaks_of_is_counted(state: Path) -> None:
    alone, held = (_assured(state, anchors) for anchors in ((), (state / "anchor",)))
    assert alone.light.unanchored == alone.light.size > 100
    assert held.light.anchored is not None
    assert 0 < held.light.unanchored == held.light.size - held.light.anchored.size < 10
    assert f"Not held elsewhere yet {alone.light.size:,}" in told(state)


def _assured(state: Path, anchors: tuple[Path, ...]) -> Assurance:
    books = Books(state, anchors=anchors)
    with books.open() as opened:
        (one,) = assurances(books, opened)
    return one


def test_what_was_emptied_after_its_time_is_named(state: Path) -> None:
    assert "were emptied" not in told(state)
    assert run("prune", "--state", state, "--before", "2016-01-01", "--by", "ann") == 0
    said = told(state)
    assert said.count("from before 2016-01-01") == 2
    assert '"until":"2016-01-01' in said.replace(" ", "")
