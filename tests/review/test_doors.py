"""The doors of the desk: nobody gets in without the right role, and nobody looks unseen."""

import re
import time
from concurrent.futures import Future
from pathlib import Path

import pyotp
import pytest
from starlette.routing import Mount, Route

from gateway.audit import Entry
from gateway.audit.export import EXPORTS
from gateway.errors import AuditError
from gateway.review.accounts import FILE, Account, Role
from gateway.review.api_description import PREFIX
from gateway.review.doors import COOKIE, TABLE, way_of
from gateway.review.sessions import IDLE_SECONDS, LONGEST_SECONDS, form_token
from gateway.review.visit import DECIDERS, READERS
from tests.audit.made import audit_id
from tests.review.desk import PASSWORD, Desk, fill

HERE = {"Sec-Fetch-Site": "same-origin"}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    fill(tmp_path)
    return Desk(tmp_path)


def code(account: Account, at: float | None = None) -> str:
    return pyotp.TOTP(account.secret).at(int(time.time() if at is None else at))


def addresses(desk: Desk) -> list[str]:
    known = {"audit_id": audit_id(1), "digest": "0" * 64}
    found = []
    for route in desk.app.routes:
        assert isinstance(route, Route | Mount)
        found.append(re.sub(r"{(\w+)}", lambda name: known[name[1]], route.path))
    return found


def test_every_address_opens_to_its_roles_alone(desk: Desk) -> None:
    """Every route x every method x every role, nobody, a stranger, and somebody whose account was taken back."""
    people = {str(role): desk.token(role) for role in Role}
    gone = desk.admission.accounts.add("gone", Role.ADMIN, PASSWORD)
    people |= {"gone": desk.admission.sessions.begin(gone), "stranger": "wrong", "nobody": ""}
    desk.admission.accounts.revoke("gone")
    browsers = {who: desk.browser(token=token) for who, token in people.items()}
    seen = 0
    for path in addresses(desk):
        for method in METHODS:
            way = way_of(method, path)
            for who, browser in browsers.items():
                answer = browser.request(method, path)
                if way is None:
                    assert answer.status_code == 405, (method, path, who)
                    assert method not in answer.headers["allow"]
                elif way.roles is None:
                    assert answer.status_code in (200, 403), (method, path, who)
                elif who not in map(str, Role) and path.startswith(PREFIX):
                    assert answer.status_code == 401, (path, who)
                elif who not in map(str, Role):
                    assert answer.status_code == 303, (path, who)
                    assert answer.headers["location"].partition("?")[0] == "/sign-in"
                elif who not in way.roles or method == "POST":
                    assert answer.status_code == 403, (method, path, who)
                else:
                    assert answer.status_code in (200, 404, 409, 503), (
                        path,
                        who,
                    )  # 503: no gateway runs that could be asked
                    seen += way.event != ""
    assert seen == len(READERS) * (17 + len(EXPORTS)) + len(DECIDERS)
    assert len(desk.seen) >= seen
    assert {way.path for way in TABLE if way.roles is None} == {
        "/healthz", "/style[.]css", "/sign-in", "/sign-in/single(/back)?", "/people(/.*)?", "/people/.*",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["decisions/{}/verdict", "exemptions/{}/grant", "exemptions/{}/decline"])
def test_a_form_of_the_desks_own_is_taken_from_deciders_alone(desk: Desk, path: str) -> None:
    for role in Role:
        answer = desk.post(desk.browser(role), "/" + path.format(audit_id(1)))
        assert (answer.status_code == 403) == (role in {Role.AUDITOR, Role.SELF}), role


def test_every_route_stands_in_the_table(desk: Desk) -> None:
    assert all(way_of("GET", path) or way_of("POST", path) for path in addresses(desk))
    assert way_of("GET", "/decisions/../rules/x/y") is None
    assert way_of("HEAD", "/decisions") is way_of("GET", "/decisions")


def test_who_looked_at_what_is_written_down_before_it_is_shown(desk: Desk) -> None:
    browser = desk.browser(Role.AUDITOR)
    assert browser.get("/").status_code == 200
    browser.get(f"/decisions/{audit_id(1)}")
    browser.get("/export/csv")
    browser.get("/style.css")
    assert [(one.event, one.detail, one.user) for one in desk.seen] == [
        ("record-read", "overview", "auditor"),
        ("record-read", "decisions", "auditor"),
        ("record-exported", "export", "auditor"),
    ]


def test_what_cannot_be_written_down_is_not_shown(tmp_path: Path) -> None:
    fill(tmp_path)
    desk = Desk(tmp_path)

    def broken(_: Entry) -> Future[int]:
        failed: Future[int] = Future()
        failed.set_exception(AuditError("the disk is full"))
        return failed

    object.__setattr__(desk.admission, "witness", broken)
    answer = desk.browser(Role.ADMIN).get("/")
    assert answer.status_code == 503
    assert "stopped" not in answer.text


def test_a_session_ends(desk: Desk) -> None:
    browser = desk.browser(Role.REVIEWER)
    while desk.now < LONGEST_SECONDS:
        assert browser.get("/sign-out").status_code == 200
        desk.now += IDLE_SECONDS - 1
    assert browser.get("/sign-out").status_code == 303
    browser = desk.browser(Role.REVIEWER)
    desk.now += IDLE_SECONDS + 1
    assert browser.get("/").status_code == 303


def test_sign_in_and_out(desk: Desk) -> None:
    jana = desk.admission.accounts.add("jana", Role.REVIEWER, PASSWORD)
    browser = desk.browser()
    assert "Sign in" in browser.get("/", follow_redirects=True).text
    given = {"name": "Jana", "password": PASSWORD, "code": code(jana)}
    assert browser.post("/sign-in", data=given).status_code == 403
    assert browser.post("/sign-in", data=given, headers={"Origin": "http://evil.example"}).status_code == 403
    assert browser.post("/sign-in", data={**given, "password": "wrong"}, headers=HERE).status_code == 403
    answer = browser.post("/sign-in", data=given, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie  # plain HTTP is spoken on loopback alone
    assert "jana" in browser.get("/").text
    token = form_token(browser.cookies[COOKIE])
    assert browser.post("/sign-out", headers=HERE).status_code == 403
    assert browser.post("/sign-out", data={"token": token}).status_code == 403
    assert browser.post("/sign-out", data={"token": token}, headers=HERE).status_code == 303
    assert browser.get("/").headers["location"] == "/sign-in"
    assert [one.event for one in desk.seen] == ["sign-in-failed", "sign-in", "record-read"]
    assert desk.seen[0].user == ""


@pytest.mark.parametrize(
    ("to", "lands"),
    [
        (f"/decisions/{audit_id(1)}", f"/decisions/{audit_id(1)}"),
        ("/decisions?action=block", "/decisions?action=block"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/nowhere", "/"),
    ],
)
def test_who_signs_in_lands_where_they_wanted_to_go(desk: Desk, to: str, lands: str) -> None:
    jana = desk.admission.accounts.add("jana", Role.REVIEWER, PASSWORD)
    given = {"name": "jana", "password": PASSWORD, "code": code(jana), "to": to}
    assert desk.browser().post("/sign-in", data=given, headers=HERE).headers["location"] == lands


def test_the_page_that_was_asked_for_is_remembered(desk: Desk) -> None:
    browser = desk.browser()
    asked = browser.get("/decisions?action=block").headers["location"]
    assert asked == "/sign-in?to=%2Fdecisions%3Faction%3Dblock"
    assert 'value="/sign-in' not in browser.get(asked).text


def test_over_tls_the_cookie_never_travels_without(desk: Desk) -> None:
    jana = desk.admission.accounts.add("jana", Role.SELF, PASSWORD)
    browser = desk.browser()
    given = {"name": "jana", "password": PASSWORD, "code": code(jana)}
    answer = browser.post(
        "https://127.0.0.1:8081/sign-in",
        data=given,
        headers={"Origin": "https://127.0.0.1:8081"},
        follow_redirects=False,
    )
    assert answer.headers["location"] == "/people/"
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_code_counts_once_and_so_does_a_try(desk: Desk) -> None:
    accounts = desk.admission.accounts
    jana, now = accounts.add("jana", Role.REVIEWER, PASSWORD), 1_000_000_000.0
    assert accounts.sign_in("jana", PASSWORD, code(jana, now), now)
    assert accounts.sign_in("jana", PASSWORD, code(jana, now), now) is None
    assert accounts.sign_in("jana", PASSWORD, code(jana, now), now + 30) is None
    wrong = "000000" if code(jana, now + 60) != "000000" else "000001"
    assert accounts.sign_in("jana", PASSWORD, wrong, now + 60) is None
    assert accounts.sign_in("jana", PASSWORD, code(jana, now + 60), now + 61) is None
    assert accounts.sign_in("jana", PASSWORD, code(jana, now + 90), now + 90)


def test_a_stranger_has_to_wait_and_keeps_nobody_out(desk: Desk) -> None:
    jana = desk.admission.accounts.add("jana", Role.REVIEWER, PASSWORD)
    browser = desk.browser()
    wrong = {"name": "jana", "password": "", "code": "0"}
    statuses = [browser.post("/sign-in", data=wrong, headers=HERE).status_code for _ in range(11)]
    assert statuses == [403] * 10 + [429]
    assert desk.admission.accounts.sign_in("jana", PASSWORD, code(jana))


def test_without_an_account_it_is_said_how_to_make_one(desk: Desk) -> None:
    assert "leadglass review account add NAME --role admin" in desk.browser().get("/sign-in").text


def test_accounts_that_cannot_be_read_let_nobody_in(desk: Desk, tmp_path: Path) -> None:
    browser = desk.browser(Role.ADMIN)
    (tmp_path / FILE).write_text("{")
    assert browser.get("/").status_code == 503
    assert desk.browser().get("/sign-in").status_code == 503
