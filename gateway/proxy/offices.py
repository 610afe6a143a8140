"""What stands beside the proxy for people: where exemptions are asked for, and where evidence is kept."""

from contextlib import ExitStack

from gateway.audit import Ledger
from gateway.audit.opening import known_origins, open_reader
from gateway.evidence import EvidenceStore, read_recipients
from gateway.exemptions import Office, ReasonStore
from gateway.gatekeeper import Gatekeeper
from gateway.settings import Settings


def open_office(settings: Settings, ledger: Ledger, key: bytes, keeper: Gatekeeper) -> Office:
    """Where exemptions are asked for; it learns from the records of all gateways on this state what was granted before."""
    reasons = ReasonStore(settings.state / "reasons", settings.reason_days)
    office = Office(
        ledger, key, reasons, settings.exemption_minutes, lambda: keeper.rules, people_key=keeper.people_key
    )
    with ExitStack() as stack:
        record = settings.record.get_secret_value()
        origins = known_origins(settings.state, record)
        office.restore([stack.enter_context(open_reader(settings.state, one, record)) for one in origins])
    return office


def evidence_store(settings: Settings) -> EvidenceStore:
    """Where stopped uploads are kept sealed; without reviewers' keys there is only what was kept before."""
    recipients = read_recipients(settings.evidence) if settings.evidence else ()
    return EvidenceStore(
        settings.state / "evidence", recipients, settings.evidence_days, settings.evidence_megabytes
    )
