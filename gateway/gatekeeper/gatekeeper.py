"""Examine, record, then release - in that order, or refuse."""

import asyncio
import hmac
from dataclasses import dataclass, field, replace

from gateway import refusal, wire
from gateway.audit import Entry, Grounds, Ledger, pseudonym
from gateway.errors import AuditError, GatewayError, RedactionError
from gateway.evidence import EvidenceStore
from gateway.exemptions import Office, excused
from gateway.gatekeeper.ruling import Examiner, Ruling
from gateway.limits import Limits
from gateway.model import (
    Action,
    Decision,
    Destination,
    Examination,
    Forward,
    ForwardRewritten,
    Headers,
    Look,
    Outcome,
    PartReport,
    Sender,
    Transfer,
)
from gateway.pipeline import REDACTION_PASSES, is_clean, rewritten
from gateway.policy import RuleSet, decide, decide_failure, look_needed, stranger_action
from gateway.vitals import Answered, Tally

HELD = (Action.COACH, Action.BLOCK)
"""What keeps an upload back: until a reason is given, or for good."""
LONG_BODY = 1024 * 1024
"""Bytes of a body from which its digest takes longer than handing the work to a thread."""
UNSEEN = Examination(digest="")
"""What was seen of a transfer that no worker looked at; there is nothing to bind, so nothing is hashed for it."""


@dataclass(slots=True)
class Gatekeeper:
    """The one place where an upload is let through."""

    rules: RuleSet
    examiner: Examiner
    ledger: Ledger
    limits: Limits
    content_key: bytes = field(repr=False)  # keys the digests in the ledger
    uid_key: bytes = field(repr=False)  # keys the pseudonyms in redacted files
    link: str = ""
    language: str = "en"  # of refusals, where a browser asks for none that is known
    office: Office | None = None
    evidence: EvidenceStore | None = None  # where what was stopped is kept, sealed; nowhere unless asked for
    tally: Tally = field(default_factory=Tally)
    people_key: bytes = field(
        default=b"", repr=False
    )  # keys the pseudonyms of people in the ledger; empty: names

    async def handle(self, transfer: Transfer, audit_id: str = "") -> Ruling:
        """Decide on a transfer; whatever goes wrong on the way is a refusal with its reason.

        An upload in pieces has had its `audit_id` since its first piece.
        """
        with self.tally.trace("upload"):
            return await self._decide(transfer, audit_id)

    async def _decide(self, transfer: Transfer, audit_id: str) -> Ruling:
        rules = self.rules  # one rule set for the whole journey, even if it is exchanged meanwhile
        examination = UNSEEN
        basis = "seen"
        look = look_needed(rules, transfer.destination)
        outcome: Outcome = Forward()
        subject: tuple[str, ...] = ()
        try:
            examination = await self.tally.timed("examine", self._examine(transfer, look))
        except GatewayError as error:
            basis = "failed"
            decision = decide_failure(rules, transfer, error.reason)
            if decision.action is Action.REDACT:
                decision = replace(decision, action=Action.BLOCK, reason_code="cannot-redact")
        else:
            decision = decide(rules, transfer, examination)
            if decision.action in HELD and self.office is not None:
                decision, subject = excused(self.office, rules, transfer, examination, decision)
            if decision.action is Action.REDACT:
                try:
                    outcome = await self.tally.timed("redact", self._redact(transfer, examination, decision))
                except GatewayError as error:
                    # A rule may excuse what could not be examined; this was, and what has to go is still in it.
                    basis = "not-redacted"
                    decision = replace(decision, action=Action.BLOCK, reason_code=error.reason, exemption="")
        audit_id = audit_id or self.ledger.new_id()
        if decision.action in HELD:
            outcome = refusal.refusal(
                transfer, decision, examination, audit_id, link=self.link, language=self.language
            )
        try:
            await self._record(
                rules, audit_id, transfer, decision, Grounds(examination, basis, look, subject)
            )
        except AuditError as error:
            outcome = refusal.not_examined(
                transfer, error.reason, audit_id, link=self.link, language=self.language
            )
            return Ruling(audit_id, outcome, decision, transfer, recorded=False)
        else:
            if decision.exemption and self.office is not None:
                self.office.used(decision.exemption.split())
            if decision.action in HELD:
                await self._seal(rules, audit_id, transfer)
        return Ruling(audit_id, outcome, decision, transfer)

    async def refuse(self, transfer: Transfer, reason: str, audit_id: str = "") -> Ruling:
        """Refuse a transfer that was not, or could not be, examined."""
        decision = Decision(
            Action.BLOCK, ("not-examined",), refusal.REASONS.get(reason, ""), reason_code=reason
        )
        audit_id, recorded = audit_id or self.ledger.new_id(), True
        try:
            await self._record(self.rules, audit_id, transfer, decision, Grounds(UNSEEN, "refused"))
        except AuditError as error:
            reason, recorded = error.reason, False
        outcome = refusal.not_examined(transfer, reason, audit_id, link=self.link, language=self.language)
        return Ruling(audit_id, outcome, decision, transfer, recorded)

    def close(self, ruling: Ruling, outcome: str, *, requests: int = 1) -> None:
        """Write down what became of a decided transfer; nobody waits. Lost, it leaves the decision open, and the next start says so."""
        if ruling.recorded:
            self.ledger.note(Entry.outcome_of(ruling.audit_id, outcome, requests=requests))

    async def note_reject(self, transfer: Transfer, reason: str) -> None:
        """Write down what was turned away before it could be examined."""
        ruling = await self.refuse(transfer, reason)
        self.close(ruling, "refused")

    def note_event(self, event: str, *, count: int = 0) -> None:
        """Write down something other than an upload."""
        self.ledger.note(Entry.event_of(event, count=count, rules_digest=self.rules.digest))

    async def record_event(self, event: str, *, detail: str = "") -> None:
        """Write down something other than an upload; it is durable when this returns, or AuditError."""
        await self.ledger.append_async(Entry.event_of(event, detail=detail, rules_digest=self.rules.digest))

    async def exchange(self, rules: RuleSet) -> None:
        """Put other rules in force, once the record says so; uploads under way end by the rules they began with."""
        entry = Entry.event_of("rules-loaded", count=len(rules.rules), rules_digest=rules.digest)
        await self.ledger.append_async(entry)
        self.rules = rules

    async def note_piece(self, audit_id: str, transfer: Transfer) -> None:
        """Write down that a piece of an upload is held. AuditError where that is not possible: then it must not be."""
        await self.ledger.append_async(self._of_pieces("piece-held", audit_id, transfer, len(transfer.body)))

    def note_unfinished(self, audit_id: str, transfer: Transfer, size: int, why: str) -> None:
        """Write down that an upload in pieces ended without a decision."""
        self.ledger.note(self._of_pieces("pieces-dropped", audit_id, transfer, size, why))

    def _of_pieces(self, event: str, audit_id: str, transfer: Transfer, size: int, detail: str = "") -> Entry:
        about = (audit_id, self._pseudonymous(transfer))
        return Entry.event_of(event, count=size, detail=detail, rules_digest=self.rules.digest, about=about)

    # -- questions of the proxy

    def destination(self, host: str, port: int, method: str, path: str, headers: Headers) -> Destination:
        """The destination of a request as the catalogue knows it."""
        return self.rules.catalogue.destination(host, port, method, path, headers)

    def is_inspected(self, host: str, port: int) -> bool:
        """Whether what goes there is opened."""
        return self.rules.catalogue.lookup(host, port) is not None

    def is_forbidden(self, host: str, port: int) -> bool:
        """Whether a rule closes an AI-like destination that the catalogue does not name."""
        return self.rules.forbids_unknown(host, port)

    def stranger_action(self, destination: Destination, sender: Sender, *, spoken: bool = False) -> Action:
        """What becomes of a sender whom nobody knows; see `policy.stranger_action`."""
        return stranger_action(self.rules, destination, sender, spoken=spoken)

    def is_bare(self, transfer: Transfer) -> bool:
        """Whether a request without a body has nothing in its head that could be a payload."""
        return not transfer.body and not wire.fields(transfer, self.limits)

    def socket_error(self, ruling: Ruling) -> bytes:
        """The text frame that tells the other end of a WebSocket about a refusal."""
        return refusal.socket_error(
            ruling.transfer, ruling.decision, ruling.audit_id, link=self.link, language=self.language
        )

    # -- the steps

    async def _examine(self, transfer: Transfer, look: Look) -> Examination:
        if look < Look.TEXT and wire.plain(transfer, self.limits):
            # Proven to be short text without room for a payload: no worker could see more in it.
            report = PartReport((), wire.plain_format(transfer), len(transfer.body))
            return Examination(UNSEEN.digest, (report,))
        return await self.examiner.examine(transfer, look)

    async def _redact(
        self, transfer: Transfer, examination: Examination, decision: Decision
    ) -> ForwardRewritten:
        """Remove, look again, and go on only when nothing that was to be removed can be found any more."""
        current, seen = transfer, examination
        for _ in range(REDACTION_PASSES):
            outcome = await self.examiner.rewrite(current, seen, decision.redaction, self.uid_key)
            current = rewritten(current, outcome, seen, decision.redaction)
            seen = await self.examiner.examine(current, Look.TEXT)
            if is_clean(seen, decision.redaction):
                return outcome
        raise RedactionError("something to be removed is still there", reason="cannot-redact")

    async def _record(
        self, rules: RuleSet, audit_id: str, transfer: Transfer, decision: Decision, grounds: Grounds
    ) -> None:
        content = await self._content(transfer.body)
        entry = Entry.decision_of(
            audit_id,
            self._pseudonymous(transfer),
            decision,
            grounds,
            content=content,
            rules_digest=rules.digest,
        )
        await self.tally.timed("record", self.ledger.append_async(entry))
        self.tally.decisions[Answered(entry.action, entry.rule, entry.reason_code, entry.modality)] += 1

    async def _content(self, body: bytes) -> str:
        """The keyed digest of a body; of a long one in a thread, for chat must not wait for it."""
        if len(body) > LONG_BODY:
            return (await asyncio.to_thread(hmac.digest, self.content_key, body, "sha256")).hex()
        return hmac.digest(self.content_key, body, "sha256").hex() if body else ""

    async def _seal(self, rules: RuleSet, audit_id: str, transfer: Transfer) -> None:
        """Keep what was stopped for the reviewers, where the organisation wants that. It is refused either way."""
        if self.evidence is None or not transfer.body:
            return
        failed = await self.evidence.keep(audit_id, transfer)
        event = "evidence-not-kept" if failed else "evidence-kept"
        about = (audit_id, self._pseudonymous(transfer))
        self.ledger.note(
            Entry.event_of(
                event, count=len(transfer.body), detail=failed, rules_digest=rules.digest, about=about
            )
        )

    def _pseudonymous(self, transfer: Transfer) -> Transfer:
        if not (self.people_key and transfer.sender.user):
            return transfer
        alias = pseudonym(self.people_key, transfer.sender.user)
        return replace(transfer, sender=replace(transfer.sender, user=alias))
