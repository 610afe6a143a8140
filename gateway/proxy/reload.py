"""Exchanges the rules of a running gateway: read and checked whole beside the old ones, recorded, then swapped at once."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.errors import AuditError, GatewayError
from gateway.gatekeeper import Gatekeeper
from gateway.policy import RuleSet

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Reloader:
    """One exchange at a time; uploads go on being judged by the old rules until the moment of the swap."""

    keeper: Gatekeeper
    load: Callable[[], RuleSet]
    """Reads all rules, or raises; it is called in a thread of its own."""
    on_change: Callable[[RuleSet], None] = lambda _: None
    """Told about the rules that are in force now."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[bool]] = field(default_factory=set)

    def ask(self) -> None:
        """Exchange the rules soon; for a signal. A request beside one that has not begun yet adds nothing."""
        if len(self._tasks) > 1:  # one is reading, one waits and will read what is there then
            return
        task = asyncio.get_running_loop().create_task(self.reload())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def reload(self) -> bool:
        """Take new rules whole, or keep the old ones; either is in the record when this returns."""
        async with self._turn:
            try:
                rules = await asyncio.to_thread(self.load)
            except GatewayError as error:
                logger.warning("the rules were not exchanged: %s", error)
                await self._keep(error.reason)
                return False
            except Exception as error:  # noqa: BLE001 - whatever reading rules does, the old ones stay in force
                logger.warning("the rules were not exchanged (%s)", type(error).__name__)
                await self._keep("rules-invalid")
                return False
            try:
                await self.keeper.exchange(rules)
            except AuditError:
                logger.warning("the rules were not exchanged: the record cannot be written")
                return False
            self.on_change(rules)
            return True

    async def _keep(self, reason: str) -> None:
        try:
            await self.keeper.record_event("reload-failed", detail=reason)
        except AuditError:
            logger.warning("that the rules were not exchanged could not be written down")
