"""A reviewers' desk over a real record of one gateway, signed and with rules that were kept."""

from pathlib import Path

from starlette.testclient import TestClient

from gateway.audit import Entry, open_ledger
from gateway.audit.opening import open_reader
from gateway.model import Action
from gateway.policy import load_and_keep
from gateway.review.app import create_app
from gateway.review.books import Books
from tests.audit.made import audit_id, decision

NASTY = "<script>alert(1)</script>"
ORIGIN = "gateway-1"


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


def client(state: Path, language: str = "en") -> TestClient:
    """A browser at the desk."""
    books = Books(state)
    app = create_app(lambda: open_reader(state, ORIGIN), books)
    return TestClient(app, base_url="http://127.0.0.1:8081", headers={"Accept-Language": language})
