"""A reviewers' desk over a real record of one gateway, signed and with rules that were kept."""

from concurrent.futures import Future
from pathlib import Path

from httpx2 import Response
from starlette.testclient import TestClient

from gateway.audit import Entry, Ledger, open_ledger
from gateway.audit.opening import open_reader
from gateway.model import Action
from gateway.policy import load_and_keep
from gateway.review.accounts import FILE, Account, Accounts, Role
from gateway.review.app import create_app
from gateway.review.books import Books
from gateway.review.doors import COOKIE
from gateway.review.sessions import Sessions, form_token
from gateway.review.visit import Admission
from tests.audit.made import audit_id, decision

NASTY = "<script>alert(1)</script>"
ORIGIN = "gateway-1"
PASSWORD = "a long enough password"


def fill(state: Path) -> str:
    """Write a small record; answers the digest of the rules."""
    rules = load_and_keep(None, b"", state)
    digest, stopping = rules.digest, next(rule.name for rule in rules.rules if rule.action is Action.BLOCK)
    boxed = decision(audit_id(1))._replace(
        rules_digest=digest,
        rule=stopping,
        rules=(),
        groups=("radiology",),
        places=("0:10,20,300,40", "0:10,90,200,40"),
    )
    nasty = decision(audit_id(2), Action.ALLOW)._replace(user=NASTY, host=NASTY, client=NASTY)
    with open_ledger(state, ORIGIN) as ledger:
        ledger.append_many([boxed, Entry.outcome_of(audit_id(1), "refused"), nasty]).result()
        for number in range(3, 63):
            made = decision(audit_id(number), Action.REDACT, user=f"user{number % 7}")
            ledger.append_many([made, Entry.outcome_of(made.id, "delivered")]).result()
        failed = decision(audit_id(70))._replace(
            basis="failed", reason_code="timeout", medical=False, modality=""
        )
        ledger.append_many([failed, Entry.event_of("not-inspected", count=12)]).result()
    return digest


class Desk:
    """The application over a record, who may open it, and what it wrote down."""

    def __init__(self, state: Path, ledger: Ledger | None = None) -> None:
        self.now = 0.0
        self.ledger = ledger
        self.seen: list[Entry] = []
        sessions = Sessions(lambda: self.now)
        self.admission = Admission(Accounts(state / FILE), self._witness, sessions)
        self.app = create_app(lambda: open_reader(state, ORIGIN), Books(state), self.admission)

    def post(self, browser: TestClient, path: str, **given: str) -> Response:
        """Send a form of the desk's own, as its page would."""
        token = form_token(browser.cookies[COOKIE])
        return browser.post(path, data={"token": token, **given}, headers={"Sec-Fetch-Site": "same-origin"})

    def _witness(self, entry: Entry) -> Future[int]:
        self.seen.append(entry)
        if self.ledger is not None:
            return self.ledger.append(entry)
        done: Future[int] = Future()
        done.set_result(len(self.seen))
        return done

    def account(self, role: Role) -> Account:
        """Somebody in this role."""
        known = self.admission.accounts.all().get(role)
        return known or self.admission.accounts.add(role, role, PASSWORD)

    def token(self, role: Role) -> str:
        """A session of somebody in this role."""
        return self.admission.sessions.begin(self.account(role))

    def browser(self, role: Role | None = None, language: str = "en", *, token: str = "") -> TestClient:
        """A browser, in which somebody in this role is signed in, or that has this session."""
        token = self.token(role) if role else token
        cookies = {COOKIE: token} if token else {}
        headers = {"Accept-Language": language}
        here = ("127.0.0.1", 50_000)
        return TestClient(
            self.app,
            base_url="http://127.0.0.1:8081",
            headers=headers,
            cookies=cookies,
            client=here,
            follow_redirects=False,
        )


def client(state: Path, language: str = "en") -> TestClient:
    """A browser of an auditor at the desk."""
    return Desk(state).browser(Role.AUDITOR, language)
