"""What stands beside the proxy for people: where exemptions are asked for, and where evidence is kept."""

import asyncio
import hmac
from contextlib import ExitStack
from typing import Final

from starlette.types import ASGIApp

from gateway.audit import Ledger
from gateway.audit.opening import known_origins, open_reader
from gateway.enrol import Authority
from gateway.evidence import EvidenceStore, read_recipients
from gateway.exemptions import Office, ReasonStore
from gateway.gatekeeper import Gatekeeper
from gateway.model import Examination, Look, Transfer
from gateway.pages import Front, create_pages
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


TRIAL_SECONDS: Final = 120.0
"""How long somebody who tries a file may wait; the workers give up long before."""


def people_pages(settings: Settings, keeper: Gatekeeper, office: Office, authority: Authority) -> ASGIApp:
    """The pages for people, over this gateway. Must be called in the loop in which the workers live."""
    loop = asyncio.get_running_loop()

    def examine(transfer: Transfer, look: Look) -> Examination:
        return asyncio.run_coroutine_threadsafe(keeper.examiner.examine(transfer, look), loop).result(
            TRIAL_SECONDS
        )

    front = Front(
        rules=lambda: keeper.rules,
        office=office,
        open_reader=office.ledger.reader,
        examine=examine,
        places=keeper.places.of,
        authority=authority,
        key=hmac.digest(keeper.content_key, b"leadglass pages", "sha256"),
        asks=settings.people is not None,
        language=settings.language,
        body_bytes=settings.limits.body_bytes,
    )
    return create_pages(front)


def evidence_store(settings: Settings) -> EvidenceStore:
    """Where stopped uploads are kept sealed; without reviewers' keys there is only what was kept before."""
    recipients = read_recipients(settings.evidence) if settings.evidence else ()
    return EvidenceStore(
        settings.state / "evidence", recipients, settings.evidence_days, settings.evidence_megabytes
    )
