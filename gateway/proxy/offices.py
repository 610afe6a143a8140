"""What stands beside the proxy for people: their pages, where exemptions are asked for, and where evidence is kept."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway.audit import Ledger, Reader, pseudonym
from gateway.audit.opening import known_origins, open_reader
from gateway.evidence import EvidenceStore, read_recipients
from gateway.exemptions import Office, ReasonStore
from gateway.gatekeeper import Gatekeeper
from gateway.pages import Surroundings, create_pages
from gateway.pages.hardened import App
from gateway.settings import Settings


def open_office(settings: Settings, ledger: Ledger, key: bytes, keeper: Gatekeeper) -> Office:
    """Where exemptions are asked for; it learns from the records of all gateways on this state what was granted before."""
    reasons = ReasonStore(settings.state / "reasons", settings.reason_days)
    office = Office(
        ledger, key, reasons, settings.exemption_minutes, lambda: keeper.rules, people_key=keeper.people_key
    )
    with _readers(settings) as readers:
        office.restore(readers)
    return office


def open_pages(settings: Settings, keeper: Gatekeeper, office: Office, authority: Path) -> App:
    """The pages that people behind the gateway see."""

    def written(name: str) -> str:
        return pseudonym(keeper.people_key, name) if keeper.people_key and name else name

    return create_pages(
        Surroundings(
            rules=lambda: keeper.rules,
            office=office,
            examiner=keeper.examiner,
            readers=lambda: _readers(settings),
            places=keeper.places.of,
            written=written,
            authority=authority,
            key=keeper.content_key,
            asks=settings.people is not None,
            language=settings.language,
            proxy=settings.proxy,
            proxy_tls=settings.proxy_tls,
        )
    )


@contextmanager
def _readers(settings: Settings) -> Iterator[Sequence[Reader]]:
    """The records of all gateways on this state, or in its database."""
    record = settings.record.get_secret_value()
    with ExitStack() as stack:
        yield [
            stack.enter_context(open_reader(settings.state, one, record))
            for one in known_origins(settings.state, record)
        ]


def evidence_store(settings: Settings) -> EvidenceStore:
    """Where stopped uploads are kept sealed; without reviewers' keys there is only what was kept before."""
    recipients = read_recipients(settings.evidence) if settings.evidence else ()
    return EvidenceStore(
        settings.state / "evidence", recipients, settings.evidence_days, settings.evidence_megabytes
    )
