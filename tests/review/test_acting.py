"""What reviewers do at the desk, over a real record."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.audit import open_ledger
from gateway.audit.index import catch_up, index_path, open_index, scores, verdicts
from gateway.audit.index.shape import key_of, span_of
from gateway.audit.opening import open_readers
from gateway.audit.words import new_id, now
from gateway.cli.audit import audit
from gateway.review.accounts import Role
from tests.audit.made import audit_id
from tests.review.desk import ORIGIN, Desk, fill

DECISION = f"/decisions/{audit_id(1)}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    fill(tmp_path)
    with open_ledger(tmp_path, ORIGIN) as ledger:
        yield Desk(tmp_path, ledger)


def test_a_verdict_is_in_the_record_and_on_the_pages(desk: Desk, tmp_path: Path) -> None:
    reviewer, admin = desk.browser(Role.REVIEWER), desk.browser(Role.ADMIN)
    assert "Nobody has said so yet." in reviewer.get(DECISION).text
    for browser, verdict in ((reviewer, "right"), (reviewer, "not-medical"), (admin, "right")):
        answer = desk.post(browser, f"{DECISION}/verdict", verdict=verdict)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{DECISION}#verdict")
    text = reviewer.get(DECISION).text
    assert "It was not medical" in text
    assert "Was it right?" in reviewer.get("/").text
    with open_readers(tmp_path) as readers, open_index(index_path(tmp_path)) as index:
        catch_up(index, readers)
        found = [(one.person, one.verdict) for one in verdicts(index, audit_id(1))]
        assert sorted(found) == [("admin", "right"), ("reviewer", "not-medical")]
        ((_, score),) = scores(index).items()
        assert (score.right, score.all) == (1, 2)
        with index.writing():
            index.empty()
        catch_up(index, readers)
        assert [(one.person, one.verdict) for one in verdicts(index, audit_id(1))] == found
    listed = CliRunner().invoke(audit, ["verdicts", "--state", str(tmp_path)])
    lines = [json.loads(line) for line in listed.stdout.splitlines()]
    assert {line["verdict"] for line in lines} == {"right", "not-medical"}
    assert all(line["content"] and line["action"] == "block" for line in lines)


def test_what_is_no_verdict_or_of_no_decision_is_not_written(desk: Desk) -> None:
    browser = desk.browser(Role.REVIEWER)
    assert desk.post(browser, f"{DECISION}/verdict", verdict="fine").status_code == 404
    assert desk.post(browser, f"/decisions/{audit_id(999)}/verdict", verdict="right").status_code == 404
    assert desk.post(desk.browser(Role.AUDITOR), f"{DECISION}/verdict", verdict="right").status_code == 403
    assert browser.post(f"{DECISION}/verdict", data={"verdict": "right"}).status_code == 403
    assert [one.event for one in desk.seen] == []


def test_an_auditor_sees_no_buttons(desk: Desk) -> None:
    assert "<button" not in desk.browser(Role.AUDITOR).get(DECISION).text
    assert "/exemptions" not in desk.browser(Role.AUDITOR).get("/").text


def test_without_a_running_gateway_nobody_is_asked(desk: Desk) -> None:
    browser = desk.browser(Role.ADMIN)
    assert browser.get("/exemptions").status_code == 503
    assert desk.post(browser, f"/exemptions/{audit_id(1)}/grant", minutes="15").status_code == 503


def test_an_id_says_when_it_was_made() -> None:
    made, moment = new_id(), key_of(now())
    first, last = span_of(made)
    assert first < moment < last
    assert span_of("not an id!") == (0, -1)
