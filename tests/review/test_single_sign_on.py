"""Reviewers sign in at an OpenID provider that speaks the protocol over TLS; what it cannot prove opens nothing."""

import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from gateway.audit.opening import open_reader
from gateway.errors import AuditError, PeopleError
from gateway.review.accounts import Role
from gateway.review.app import create_app
from gateway.review.books import Books
from gateway.review.oidc_schema import load_single_sign_on
from gateway.review.single_sign_on import BACK, START, SingleSignOn
from tests.review.desk import ORIGIN, Desk, fill
from tests.support.issuer import Claims, Issuer


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    with Issuer(tmp_path) as issuer:
        yield issuer


def desk_of(state: Path, provider: Issuer, **more: Any) -> Desk:
    fill(state)
    desk = Desk(state)
    single = SingleSignOn(*load_single_sign_on(provider.settings(**more)))
    desk.app = create_app(lambda: open_reader(state, ORIGIN), Books(state), desk.admission, single=single)
    return desk


def trip(issuer: Issuer, browser: TestClient, to: str = "") -> str:
    """To the provider and as far as the address that it sends the browser back to."""
    begun = browser.get(START + (f"?{urlencode({'to': to})}" if to else ""))
    assert begun.status_code == 302, begun.text
    with httpx2.Client(verify=ssl.create_default_context(cafile=issuer.ca), trust_env=False) as outside:
        return outside.get(begun.headers["location"]).headers["location"]


def signed_in(desk: Desk, issuer: Issuer, to: str = "") -> tuple[TestClient, httpx2.Response]:
    browser = desk.browser()
    return browser, browser.get(trip(issuer, browser, to))


def test_a_person_of_a_group_has_its_role_and_it_is_written_down_before(
    tmp_path: Path, issuer: Issuer
) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    page = desk.browser().get("/sign-in?to=/decisions%3Faction%3Dblock").text
    assert "Sign in with Hospital login" in page
    browser, back = signed_in(desk, issuer, "/decisions?action=block")
    assert (back.status_code, back.headers["location"]) == (303, "/decisions?action=block")
    assert [(entry.event, entry.user, entry.detail) for entry in desk.seen] == [("sign-in", "jana", "oidc")]
    assert browser.get("/decisions").status_code == 200
    assert browser.get("/exemptions").status_code != 403  # a reviewer's
    assert desk.seen[-1].user == "jana"
    (asked,) = issuer.asked
    assert asked["redirect_uri"] == f"http://127.0.0.1:8081{BACK}"
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert asked["nonce"]
    assert "openid" in asked["scope"]


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (("compliance",), Role.AUDITOR), (("compliance", "it"), Role.ADMIN), (("nurses", "radiology-leads"), Role.REVIEWER),
        (("nurses",), None), ((), None),
    ],
)  # fmt: skip
def test_the_strongest_of_a_persons_groups_counts_and_without_one_nothing_opens(
    tmp_path: Path, issuer: Issuer, groups: tuple[str, ...], role: Role | None
) -> None:
    issuer.groups = groups
    desk = desk_of(tmp_path / "state", issuer)
    browser, back = signed_in(desk, issuer)
    assert back.status_code == (303 if role else 403)
    assert (browser.get("/").status_code == 200) == (role is not None)
    assert (browser.get("/exemptions").status_code == 403) == (role is Role.AUDITOR)
    if role is None:
        assert "none of your groups" in back.text
        assert [(entry.event, entry.user) for entry in desk.seen] == [("sign-in-failed", "jana")]


def claims(**changed: Any) -> Callable[[Claims], Claims]:
    return lambda told: {**told, **changed}


LIES: dict[str, Callable[[Issuer], None]] = {
    "another nonce": lambda issuer: setattr(issuer, "lie", claims(nonce="another")),
    "no nonce": lambda issuer: setattr(
        issuer, "lie", lambda told: {k: v for k, v in told.items() if k != "nonce"}
    ),
    "another audience": lambda issuer: setattr(issuer, "lie", claims(aud="another-desk")),
    "several audiences, another party": lambda issuer: setattr(
        issuer, "lie", claims(aud=["leadglass-desk", "another"], azp="another")
    ),
    "another issuer": lambda issuer: setattr(issuer, "lie", claims(iss="https://elsewhere.example")),
    "expired": lambda issuer: setattr(
        issuer, "lie", claims(exp=int(time.time()) - 600, iat=int(time.time()) - 900)
    ),
    "without an end": lambda issuer: setattr(
        issuer, "lie", lambda told: {k: v for k, v in told.items() if k != "exp"}
    ),
    "no name": lambda issuer: setattr(issuer, "lie", claims(preferred_username="")),
    "a name that is none": lambda issuer: setattr(issuer, "lie", claims(preferred_username=["jana"])),
    "unsigned": lambda issuer: setattr(issuer, "algorithm", "none"),
    "signed with the public key": lambda issuer: setattr(issuer, "algorithm", "HS256"),
    "signed with a key that is not published": lambda issuer: issuer.stray(),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_the_provider_cannot_prove_opens_nothing(tmp_path: Path, issuer: Issuer, lie: str) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    LIES[lie](issuer)
    browser, back = signed_in(desk, issuer)
    assert back.status_code == 403
    assert "did not confirm who you are" in back.text
    assert browser.get("/").headers["location"].startswith("/sign-in")
    assert [(entry.event, entry.user, entry.detail) for entry in desk.seen] == [
        ("sign-in-failed", "", "oidc")
    ]


def test_a_sign_in_counts_once_and_in_the_browser_that_began_it(tmp_path: Path, issuer: Issuer) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    browser = desk.browser()
    back = trip(issuer, browser)
    assert desk.browser().get(back).status_code == 403  # somebody else was sent the address
    assert browser.get(back.replace("state=", "state=x")).status_code == 403
    back = trip(issuer, browser)
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 403
    assert browser.get(f"{BACK}?error=access_denied&state=x").status_code == 403
    assert browser.get(BACK).status_code == 403


def test_another_provider_cannot_answer_for_the_one_that_was_asked(tmp_path: Path, issuer: Issuer) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    browser = desk.browser()
    back = trip(issuer, browser)
    assert browser.get(f"{back}&iss=https://elsewhere.example").status_code == 403
    other = desk_of(tmp_path / "other", issuer, issuer=f"{issuer.address}/")
    assert other.browser().get(START).status_code == 503  # it calls itself otherwise


def test_keys_that_are_exchanged_are_fetched_anew(tmp_path: Path, issuer: Issuer) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    assert signed_in(desk, issuer)[1].status_code == 303
    issuer.rotate("second")
    assert signed_in(desk, issuer)[1].status_code == 303


def test_while_the_provider_is_away_accounts_work_and_it_is_said(tmp_path: Path, issuer: Issuer) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    issuer.down = True
    away = desk.browser().get(START)
    assert away.status_code == 503
    assert "does not answer" in away.text
    assert desk.browser(Role.AUDITOR).get("/decisions").status_code == 200


def test_a_revoked_account_of_the_name_keeps_its_owner_out_at_once(tmp_path: Path, issuer: Issuer) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    browser, _ = signed_in(desk, issuer)
    assert browser.get("/").status_code == 200
    desk.admission.accounts.add("jana", Role.AUDITOR, "a long enough password")
    desk.admission.accounts.revoke("jana")
    assert browser.get("/").status_code == 303
    assert signed_in(desk, issuer)[1].status_code == 403


def test_what_cannot_be_written_down_does_not_open(tmp_path: Path, issuer: Issuer) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    browser = desk.browser()
    back = trip(issuer, browser)
    broken: Future[int] = Future()
    broken.set_exception(AuditError("full"))
    object.__setattr__(desk.admission, "witness", lambda _: broken)
    assert browser.get(back).status_code == 503
    assert browser.get("/").headers["location"].startswith("/sign-in")


def test_after_signing_in_one_goes_to_a_page_of_the_desk_and_nowhere_else(
    tmp_path: Path, issuer: Issuer
) -> None:
    desk = desk_of(tmp_path / "state", issuer)
    for to in ("https://elsewhere.example/", "//elsewhere.example/decisions", "/sign-out"):
        location = signed_in(desk, issuer, to)[1].headers["location"]
        assert urlsplit(location).netloc == ""
        assert location in ("/", "/sign-out")


def test_a_file_with_mistakes_or_a_secret_for_everybody_is_refused(tmp_path: Path, issuer: Issuer) -> None:
    path = issuer.settings()
    (tmp_path / "desk.secret").chmod(0o644)
    with pytest.raises(PeopleError, match="0600"):
        load_single_sign_on(path)
    with pytest.raises(PeopleError, match="issuer"):
        load_single_sign_on(issuer.settings(issuer="http://127.0.0.1/"))
    with pytest.raises(PeopleError, match="owner"):
        load_single_sign_on(issuer.settings(roles={"owner": ["it"]}))
