"""What other gateways of the same record wrote about exemptions: read on every second, so that a reason counts at all of them."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from gateway.audit import Entry, Reader
from gateway.errors import AuditError
from gateway.exemptions.history import MARK
from gateway.exemptions.office import Office

SECONDS: Final = 1.0
"""How long a step of another gateway may wait to be read."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Following:
    """Reads the records of the other gateways from where it last stopped. Only one thread at a time may call it."""

    office: Office
    open_readers: Callable[[], AbstractContextManager[Sequence[Reader]]]
    _read: dict[str, int] = field(default_factory=dict)

    def restore(self) -> None:
        """Learn what all records tell at this moment, and remember how far they went. Raises AuditError."""
        with self.open_readers() as readers:
            for reader in readers:
                reader.pin()
                self._read[reader.origin] = reader.size()
            self.office.restore(readers)

    def catch_up(self) -> None:
        """Take in what the other gateways have written since. AuditError where their records cannot be read."""
        with self.open_readers() as readers:
            for reader in readers:
                if reader.origin != self.office.ledger.origin:
                    self._read_on(reader)

    async def follow(self) -> None:
        """Catch up again and again; what cannot be read now is read later, and until then nothing more is let through."""
        failing = False
        while True:
            await asyncio.sleep(SECONDS)
            try:
                await asyncio.to_thread(self.catch_up)
                failing = False
            except AuditError:
                if not failing:
                    logger.warning("exemptions of other gateways cannot be read; trying again")
                failing = True

    def _read_on(self, reader: Reader) -> None:
        for row in reader.rows(self._read.get(reader.origin, 0), reader.size()):
            if MARK in row.body:
                entry = Entry.parse(row.body)
                if entry.exemption:
                    self.office.hear(entry, reader)
            self._read[reader.origin] = row.idx + 1
