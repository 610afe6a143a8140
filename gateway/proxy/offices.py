"""What stands beside the proxy for people: their pages, where exemptions are asked for, and where evidence is kept."""

from concurrent.futures import Future
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from gateway.audit import Entry, Ledger, pseudonym
from gateway.audit.opening import open_readers
from gateway.evidence import EvidenceStore, read_recipients
from gateway.exemptions import Following, Office, ReasonStore
from gateway.gatekeeper import Gatekeeper
from gateway.pages import Surroundings, create_pages
from gateway.settings import Settings


def open_office(settings: Settings, ledger: Ledger, key: bytes, keeper: Gatekeeper) -> Following:
    """Where exemptions are asked for; it learns from the records of all gateways on this state what was granted before."""
    reasons = ReasonStore(settings.state / "reasons", settings.reason_days)
    everybody = partial(open_readers, settings.state, settings.record.get_secret_value())
    office = Office(
        ledger,
        key,
        reasons,
        settings.exemption_minutes,
        lambda: keeper.rules,
        people_key=keeper.people_key,
        everybody=everybody,
    )
    following = Following(office, everybody)
    following.restore()
    return following


def open_pages(settings: Settings, keeper: Gatekeeper, office: Office, authority: Path) -> ASGIApp:
    """The pages that people behind the gateway see."""
    return create_pages(
        Surroundings(
            rules=lambda: keeper.rules,
            office=office,
            examiner=keeper.examiner,
            readers=partial(open_readers, settings.state, settings.record.get_secret_value()),
            authority=authority,
            key=keeper.content_key,
            asks=settings.people is not None,
            language=settings.language,
            proxy=settings.proxy,
            proxy_tls=settings.proxy_tls,
        )
    )


def evidence_store(settings: Settings) -> EvidenceStore:
    """Where stopped uploads are kept sealed; without reviewers' keys there is only what was kept before."""
    recipients = read_recipients(settings.evidence) if settings.evidence else ()
    return EvidenceStore(
        settings.state / "evidence", recipients, settings.evidence_days, settings.evidence_megabytes
    )


def witness(ledger: Ledger, people_key: bytes, entry: Entry) -> Future[int]:
    """Write down who looked at the record, as people stand in it."""
    hidden = people_key and entry.user
    return ledger.append(entry._replace(user=pseudonym(people_key, entry.user)) if hidden else entry)
