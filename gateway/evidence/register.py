"""Opening and erasing sealed evidence, each written into the record before it happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.audit import Entry, Ledger
from gateway.errors import EvidenceError
from gateway.evidence.store import EvidenceStore


@dataclass(frozen=True, slots=True)
class EvidenceRegister:
    """The book beside the store: who opened what, and what was erased."""

    store: EvidenceStore
    ledger: Ledger

    def opening(self, *, decision_id: str, by: str) -> dict[str, Any]:
        """Write down that somebody opens an upload. EvidenceError where nothing is kept of it; AuditError."""
        self._known(decision_id)
        self.ledger.append(Entry.exemption_of("evidence-opened", decision_id, user=by)).result()
        return {"opened": decision_id}

    def erase(self, *, decision_id: str, by: str) -> dict[str, Any]:
        """Write down that somebody erases an upload, and erase it. Errors as `opening`."""
        self._known(decision_id)
        self.ledger.append(Entry.exemption_of("evidence-erased", decision_id, user=by)).result()
        self.store.erase(decision_id)
        return {"erased": decision_id}

    def sweep(self) -> None:
        """Erase what has expired; the record says how much."""
        if erased := self.store.erase_old():
            self.ledger.append(Entry.event_of("evidence-erased", count=erased, detail="expired"))

    def questions(self) -> Mapping[str, Callable[..., dict[str, Any]]]:
        """What the desk of a running gateway answers for it."""
        return {"open-evidence": self.opening, "erase-evidence": self.erase}

    def _known(self, decision_id: str) -> None:
        if not any(one.id == decision_id for one in self.store.all()):
            raise EvidenceError("nothing is kept of this decision, or it has expired")
