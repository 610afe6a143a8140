"""A gateway that accepts connections, and what can be seen of it from outside."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from mitmproxy.master import Master

from gateway.errors import AuditError
from gateway.evidence import EvidenceRegister
from gateway.gatekeeper import Gatekeeper
from gateway.proxy.addon import GatewayAddon
from gateway.proxy.draining import Traffic
from gateway.proxy.in_flight import InFlight
from gateway.proxy.master import Soundness, listening
from gateway.proxy.reload import Reloader
from gateway.vitals import Gauge, Vitals
from gateway.workers import Workers

ASK_SECONDS = 2.0
"""How often the record is asked whether it would take a decision."""
PATIENCE_SECONDS = 5.0
"""A record that has not answered for so long is no record."""


class Keeper(Protocol):
    """Who keeps the record: `gateway.audit.scribing.ScribeLedger`."""

    @property
    def broken(self) -> str | None:
        """Why nothing can be written any more, or None."""
        ...

    @property
    def waiting(self) -> int:
        """How many batches are not yet durable."""
        ...

    def ask(self) -> asyncio.Future[int]:
        """Whether a decision could be written now: resolves, or raises AuditError with why not."""
        ...

    @property
    def lag(self) -> float:
        """For how many seconds the oldest of them has waited."""
        ...


@dataclass(slots=True)
class Gateway:
    """All parts of a running gateway."""

    master: Master
    addon: GatewayAddon
    gatekeeper: Gatekeeper
    reloader: Reloader
    workers: Workers
    in_flight: InFlight
    review: str
    soundness: Soundness
    keeper: Keeper
    authority_ends: dt.datetime
    register: EvidenceRegister
    traffic: Traffic
    draining: bool = False
    _reported: int = 0
    _refusing: bool = False

    def report_tunnels(self) -> None:
        """Write down how many connections were passed through unopened since the last report."""
        count = self.addon.tunnels - self._reported
        if count:
            self.gatekeeper.note_event("not-inspected", count=count)
            self._reported += count
        asking = self.addon.asking
        if asking and asking.asked:
            self.gatekeeper.note_event("sign-in-asked", count=asking.asked)
            asking.asked = 0

    async def ask_record(self) -> None:
        """Ask the record again and again whether it would take a decision, so that readiness is known before an upload is refused."""
        while True:
            try:
                await self.keeper.ask()
                self._refusing = False
            except AuditError:
                self._refusing = True
            await asyncio.sleep(ASK_SECONDS)

    def vitals(self) -> Vitals:
        """The numbers and the readiness of this gateway; may be read by another thread."""
        return Vitals(self.gatekeeper.tally, self._gauges, self._unready)

    def _gauges(self) -> tuple[Gauge, ...]:
        workers = self.workers
        return (
            Gauge("workers", "Workers that are alive.", len(workers.pids)),
            Gauge("workers_busy", "Examinations under way.", workers.busy),
            Gauge("uploads_waiting", "Uploads that wait for a worker.", workers.waiting),
            Gauge("workers_started", "Workers started since the start, replacements among them.", workers.started, rising=True),
            Gauge("in_flight_bytes", "Bytes of request bodies that are held.", self.in_flight.total),
            Gauge("in_flight_limit_bytes", "Bytes of request bodies that may be held.", self.in_flight.limits.in_flight_bytes),
            Gauge("held_uploads", "Uploads in pieces that wait for the rest.", self.addon.pieces.table.count),
            Gauge("held_bytes", "Bytes of pieces that wait for the rest.", self.addon.pieces.table.bytes),
            Gauge("not_inspected", "Connections to other destinations, passed through unopened.", self.addon.tunnels, rising=True),
            Gauge("record_waiting", "Batches of the record that are not yet durable.", self.keeper.waiting),
            Gauge("record_lag_seconds", "How long the oldest batch that is not yet durable has waited.", self.keeper.lag),
            Gauge("authority_ends_seconds", "When the authority's certificate ends, in Unix time.", self.authority_ends.timestamp()),
            Gauge("ready", "Whether uploads can be decided on.", not self._unready()),
        )  # fmt: skip

    def _unready(self) -> str:
        if self.draining:
            return "it is being stopped"
        if not listening(self.master):
            return "the proxy does not listen"
        if not self.soundness():
            return "the proxy's options were changed; restart it"
        if self.keeper.broken or self._refusing:
            return "the record cannot be written"
        if self.keeper.lag > PATIENCE_SECONDS:
            return "the record does not answer"
        if not self.workers.pids:
            return "no worker is alive"
        return ""
