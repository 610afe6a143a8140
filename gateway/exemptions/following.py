"""What other gateways of the same record wrote about exemptions: read on every second, so that a reason counts at all of them."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Final

from gateway.audit import Entry, Reader
from gateway.errors import AuditError
from gateway.exemptions.office import Office

SECONDS: Final = 1.0
"""How long a step of another gateway may wait to be read."""
ROUNDS: Final = 10
"""How often the same readers are used, before it is looked which gateways have a record now."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Following:
    """Reads the records of the other gateways from where it last stopped. Only one thread may call it."""

    office: Office
    open_readers: Callable[[], AbstractContextManager[Sequence[Reader]]]
    _read: dict[str, int] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)
    _readers: Sequence[Reader] = ()
    _rounds: int = 0

    def restore(self) -> None:
        """Learn what all records tell at this moment, and remember how far they went. Raises AuditError."""
        with self.open_readers() as readers:
            for reader in readers:
                reader.pin()
                self._read[reader.origin] = reader.size()
            self.office.restore(readers)

    def catch_up(self) -> None:
        """Take in what the other gateways have written since. AuditError where their records cannot be read."""
        try:
            if self._rounds % ROUNDS == 0:
                self.close()
                self._readers = self._open.enter_context(self.open_readers())
            for reader in self._readers:
                if reader.origin != self.office.ledger.origin:
                    self._read_on(reader)
            self._rounds += 1
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the readers; the next look opens them again."""
        self._readers, self._rounds = (), 0
        self._open.close()

    async def follow(self) -> None:
        """Catch up again and again; what cannot be read now is read later, and until then no more is let through."""
        failing = False
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, "following")  # readers belong to the thread that opened them
        try:
            while True:
                await asyncio.sleep(SECONDS)
                try:
                    await loop.run_in_executor(thread, self.catch_up)
                    failing = False
                except AuditError:
                    if not failing:
                        logger.warning("exemptions of other gateways cannot be read; trying again")
                    failing = True
        finally:
            thread.submit(self.close)
            thread.shutdown(wait=False)

    def _read_on(self, reader: Reader) -> None:
        start, end = self._read.get(reader.origin, 0), reader.size()
        for row in reversed([*reader.exempting(start, end)]):
            entry = Entry.parse(row.body)
            if entry.exemption:
                self.office.hear(entry, reader)
            self._read[reader.origin] = row.idx + 1
        self._read[reader.origin] = end
