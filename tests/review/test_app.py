"""The reviewers' desk over a real record."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.audit import Entry, SqliteLedger
from gateway.model import Action
from gateway.review.app import SECURITY_HEADERS, create_app
from tests.audit.made import audit_id, decision

NASTY = "<script>alert(1)</script>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestClient]:
    with SqliteLedger(tmp_path / "gateway-1.sqlite", "gateway-1", reserve=0) as ledger:
        nasty = decision(audit_id(2), Action.ALLOW)._replace(user=NASTY, host=NASTY, client=NASTY)
        entries = [
            Entry.event_of("start"),
            decision(audit_id(1)),
            Entry.outcome_of(audit_id(1), "refused"),
            nasty,
        ]
        ledger.append_many(entries).result()
        with TestClient(create_app(ledger.reader), base_url="http://127.0.0.1:8081") as client:
            yield client


def test_the_overview_counts_and_links_decisions(desk: TestClient) -> None:
    answer = desk.get("/")
    assert answer.status_code == 200
    assert "<strong>1</strong> stopped" in answer.text
    assert f'href="/decisions/{audit_id(1)}"' in answer.text
    assert f'href="/decisions/{audit_id(2)}"' in answer.text


def test_a_decision_is_told_with_what_became_of_it(desk: TestClient) -> None:
    answer = desk.get(f"/decisions/{audit_id(1)}")
    assert answer.status_code == 200
    assert "The upload was stopped. Nothing was sent." in answer.text
    assert "medical-to-public" in answer.text
    assert "nothing reached the service" in answer.text
    assert "Not known yet." in desk.get(f"/decisions/{audit_id(2)}").text


def test_an_id_can_be_typed_as_it_is_read_out(desk: TestClient) -> None:
    assert desk.get(f"/decisions/{audit_id(1).upper().replace('0', 'O', 1)}").status_code == 200


def test_an_unknown_id_is_not_found(desk: TestClient) -> None:
    answer = desk.get(f"/decisions/{audit_id(9)}")
    assert answer.status_code == 404
    assert "No such decision" in answer.text


@pytest.mark.parametrize("path", ["/", f"/decisions/{audit_id(2)}"])
def test_what_came_over_the_network_is_text_and_never_markup(desk: TestClient, path: str) -> None:
    text = desk.get(path).text
    assert "&lt;script&gt;" in text
    assert "<script" not in text


@pytest.mark.parametrize("path", ["/", "/healthz", "/style.css", "/decisions/none", "/nowhere"])
def test_every_answer_is_hardened(desk: TestClient, path: str) -> None:
    headers = desk.get(path).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_a_foreign_name_is_refused(desk: TestClient) -> None:
    answer = desk.get("/", headers={"Host": "attacker.example:8081"})
    assert answer.status_code == 400
    assert audit_id(1) not in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_health(desk: TestClient) -> None:
    assert desk.get("/healthz").text == "ok\n"


def test_nothing_can_be_changed(desk: TestClient) -> None:
    assert desk.post("/").status_code == 405
