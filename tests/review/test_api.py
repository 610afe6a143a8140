"""The record as JSON: schemathesis asks whatever the description allows, and much that it does not."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from starlette.applications import Starlette

from gateway.review.accounts import Role
from gateway.review.api_description import PREFIX, description
from gateway.review.doors import COOKIE
from tests.audit.made import audit_id
from tests.review.desk import Desk, fill


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    fill(folder)
    return folder


class Later:
    """The application that is described, once there is one."""

    app: Starlette
    cookie = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


LATER = Later()
OPEN = {name: part for name, part in description().items() if name != "security"}
"""Every request of schemathesis carries a session; what becomes of those without is asked below."""
DESCRIBED = schemathesis.openapi.from_dict(OPEN)
DESCRIBED.app = LATER


@pytest.fixture(scope="module", autouse=True)
def opened(state: Path) -> None:
    desk = Desk(state)
    LATER.app, LATER.cookie = desk.app, f"{COOKIE}={desk.token(Role.AUDITOR)}"


@DESCRIBED.parametrize()
@settings(
    max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
def test_whatever_is_asked_is_answered_as_described(case: schemathesis.Case) -> None:
    case.call_and_validate(base_url="http://127.0.0.1:8081", headers={"Cookie": LATER.cookie})


def test_pages_of_decisions_together_are_all(state: Path) -> None:
    browser = Desk(state).browser(Role.AUDITOR)
    found: list[str] = []
    following: int | None = None
    while True:
        asked = {"limit": "20", **({"before": str(following)} if following is not None else {})}
        answer = browser.get(f"{PREFIX}/decisions", params=asked).json()
        found += [one["id"] for one in answer["decisions"]]
        following = answer["next"]
        if following is None:
            break
    assert len(found) == len(set(found)) == 63
    one = browser.get(f"{PREFIX}/decisions/{audit_id(1)}").json()
    assert (one["action"], one["modality"], one["groups"]) == ("block", "ct", ["radiology"])
    assert browser.get(f"{PREFIX}/decisions", params={"action": "block"}).json()["next"] is None


def test_the_other_answers(state: Path) -> None:
    browser = Desk(state).browser(Role.AUDITOR)
    assert browser.get(f"{PREFIX}/overview").json()["actions"]["block"] == 2
    assert browser.get(f"{PREFIX}/integrity").json()["records"][0]["state"] == "good"
    assert len(browser.get(f"{PREFIX}/rules").json()["rule_sets"]) == 2
    assert browser.get(f"{PREFIX}/verdicts").json() == {"verdicts": []}


@pytest.mark.parametrize(
    "query",
    ["since=x", "limit=0", "limit=201", "before=-1", "colour=red", "action=a&action=b", "until=2026-02-30"],
)
def test_what_is_not_described_is_refused(state: Path, query: str) -> None:
    answer = Desk(state).browser(Role.AUDITOR).get(f"{PREFIX}/decisions?{query}")
    assert (answer.status_code, set(answer.json())) == (400, {"error"})


def test_nobody_who_is_not_signed_in_is_told_anything(state: Path) -> None:
    desk = Desk(state)
    assert desk.browser().get(f"{PREFIX}/decisions").status_code == 401
    refused = desk.browser(Role.SELF).get(f"{PREFIX}/decisions")
    assert (refused.status_code, list(refused.json())) == (403, ["error"])
