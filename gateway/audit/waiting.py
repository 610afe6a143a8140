"""Rows that are to be stored, who waits for them, and how those are told."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.audit.entry import Entry
from gateway.audit.tree import leaf_hash
from gateway.errors import AuditError


class NewRow(NamedTuple):
    """An entry ready to be stored."""

    type: str
    id: str
    leaf: bytes
    body: bytes

    @classmethod
    def of(cls, entry: Entry) -> "NewRow":
        """An entry made ready. AuditError where a word does not fit the record."""
        body = entry.canonical()
        return cls(entry.type.value, entry.id, leaf_hash(body), body)


type Waiter = Future[Any] | asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Pending:
    """Rows that want to be durable, and who waits for it."""

    rows: tuple[NewRow, ...]
    decision: bool
    many: bool
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Job:
    """Something else to be done by the only thread that writes."""

    work: Callable[[], None]
    waiter: Future[None] = field(default_factory=Future)


type Item = Pending | Job | None


def settle(results: Sequence[tuple[Waiter, Any]]) -> None:
    """Tell everybody; one wake-up for each event loop, however many wait in it."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for waiter, result in results:
        if isinstance(waiter, asyncio.Future):
            loops.setdefault(waiter.get_loop(), []).append((waiter, result))
        elif waiter.set_running_or_notify_cancel():
            if isinstance(result, AuditError):
                waiter.set_exception(result)
            else:
                waiter.set_result(result)
    for loop, waiting in loops.items():
        try:
            loop.call_soon_threadsafe(_settle_here, waiting)
        except RuntimeError:  # the loop has ended; so has everybody who waited in it
            continue


def _settle_here(waiting: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
    for waiter, result in waiting:
        if waiter.done():
            continue
        if isinstance(result, AuditError):
            waiter.set_exception(result)
        else:
            waiter.set_result(result)
