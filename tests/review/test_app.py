"""The reviewers' desk over a real record."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gateway.audit.export import EXPORTS
from gateway.audit.index import index_path
from gateway.messages import LANGUAGES, messages
from gateway.review.app import SECURITY_HEADERS
from tests.audit.made import audit_id
from tests.review.desk import client, fill

PAGES = (
    "/",
    "/?days=7",
    "/decisions",
    f"/decisions/{audit_id(1)}",
    f"/decisions/{audit_id(2)}",
    "/rules",
    "/integrity",
    "/export",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    state = tmp_path_factory.mktemp("desk")
    return state, fill(state)


@pytest.fixture
def desk(place: tuple[Path, str]) -> Iterator[TestClient]:
    with client(place[0]) as browser:
        yield browser


def test_the_overview_counts_and_says_whether_the_record_can_be_believed(desk: TestClient) -> None:
    text = desk.get("/").text
    assert "<strong>2</strong> stopped" in text
    assert "<strong>60</strong> cleaned" in text
    assert "<strong>1</strong> could not be examined" in text
    assert "<strong>12</strong> connections not opened" in text
    assert "as it was signed" in text
    assert "radiology" in text
    assert "CT" in text


def test_decisions_come_in_pages_that_together_are_all(desk: TestClient) -> None:
    found, address = [], "/decisions"
    while address:
        text = desk.get(address).text
        found += re.findall(r'<td><a href="/decisions/(\w+)"', text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        address = older[1].replace("&amp;", "&") if older else ""
    assert sorted(found) == sorted(audit_id(n) for n in (1, 2, *range(3, 63), 70))


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("action=block", {1, 70}),
        ("seen=unreadable", {70}),
        ("reason=timeout", {70}),
        ("department=radiology", {1}),
        ("person=user3&action=redact", {3, 10, 17, 24, 31, 38, 45, 52, 59}),
        ("search=chatg+radio", set()),
        ("search=chatg+block", {1, 70}),
        ("since=2020-01-01&until=2020-01-02", set()),
    ],
)
def test_filters_find_what_they_ask_for(desk: TestClient, asked: str, ids: set[int]) -> None:
    text = desk.get(f"/decisions?{asked}").text
    assert set(re.findall(r'<td><a href="/decisions/(\w+)"', text)) == {audit_id(n) for n in ids}


def test_a_day_that_is_none_is_said_to_be_none(desk: TestClient) -> None:
    answer = desk.get("/decisions?since=yesterday")
    assert answer.status_code == 400
    assert "2026-01-31" in answer.text


def test_a_decision_is_told_with_what_became_of_it_and_the_rule_as_it_was(
    desk: TestClient, place: tuple[Path, str]
) -> None:
    text = desk.get(f"/decisions/{audit_id(1)}").text
    assert "This was not sent. Nothing has left your organisation." in text
    assert "This looks like a CT scan" in text
    assert '<rect x="10" y="20" width="300" height="40"/>' in text
    assert "do: block" in text  # the text of the rule
    assert f'href="/rules/{place[1]}"' in text
    assert f'rel="next" href="/decisions/{audit_id(2)}"' in text
    other = desk.get(f"/decisions/{audit_id(2)}").text
    assert "Its text was not kept." in other


def test_an_id_can_be_typed_as_it_is_read_out(desk: TestClient) -> None:
    assert desk.get(f"/decisions/{audit_id(1).upper().replace('0', 'O', 1)}").status_code == 200


@pytest.mark.parametrize(
    "path", [f"/decisions/{audit_id(9999)}", "/decisions/none/proof.json", "/rules/zz", f"/rules/{'0' * 64}"]
)
def test_what_is_unknown_is_not_found(desk: TestClient, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_the_proof_convinces_the_stand_alone_verifier(desk: TestClient, tmp_path: Path) -> None:
    answer = desk.get(f"/decisions/{audit_id(1)}/proof.json")
    (tmp_path / "proof.json").write_bytes(answer.content)
    verifier = Path(__file__).parents[2] / "docs" / "verify_inclusion.py"
    key = json.loads(answer.content)["key"]
    (tmp_path / "key").write_text(key)
    told = subprocess.run(
        [sys.executable, verifier, tmp_path / "proof.json", key], capture_output=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_a_rule_set_is_shown_as_it_was(desk: TestClient, place: tuple[Path, str]) -> None:
    assert f'href="/rules/{place[1]}"' in desk.get("/rules").text
    text = desk.get(f"/rules/{place[1]}").text
    assert "do: block" in text
    assert desk.get(f"/rules/{place[1]}?since={place[1]}").text.count("Nothing that counts.") == 1


def test_exports_hold_what_was_asked_for(desk: TestClient) -> None:
    lines = desk.get("/export/ndjson?action=block").text.splitlines()
    assert {json.loads(line)["id"] for line in lines} == {audit_id(1), audit_id(70)}
    table = list(csv.DictReader(io.StringIO(desk.get("/export/csv?person=user3").text)))
    assert len(table) == 9
    for form in EXPORTS:
        answer = desk.get(f"/export/{form}?person=user3")
        assert answer.status_code == 200
        assert 'filename="leadglass-' in answer.headers["content-disposition"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_in_every_language(place: tuple[Path, str], path: str, language: str) -> None:
    with client(place[0], language) as browser:
        answer = browser.get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.text.count("<h1>") == 1
    assert messages(language)("desk.integrity") in answer.text
    assert "<script" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize("path", ["/decisions", f"/decisions/{audit_id(2)}"])
def test_what_came_over_the_network_is_text_and_never_markup(desk: TestClient, path: str) -> None:
    text = desk.get(path, params={"person": ""} if path == "/decisions" else {}).text
    assert "<script" not in text
    if path != "/decisions":
        assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/style.css", "/decisions/none", "/nowhere", "/export/csv"]
)
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


def test_an_index_that_was_lost_is_made_while_pages_are_read(
    desk: TestClient, place: tuple[Path, str]
) -> None:
    index_path(place[0]).unlink()
    assert "<strong>2</strong> stopped" in desk.get("/").text
