"""Serves one receiver from the record: what is finished goes out in order, from where it stopped, at least once."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from gateway.audit import Reader
from gateway.audit.entry import EntryType
from gateway.errors import AuditError, ForwardingError
from gateway.forwarding.following import Ready, finished
from gateway.forwarding.position import Position
from gateway.forwarding.schema import ReceiverSpec
from gateway.forwarding.syslog import SyslogReceiver
from gateway.forwarding.webhook import WebhookReceiver

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
"""How often a record that rests is looked at."""
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts while a receiver is away; the last one from then on."""
OVERLAP: Final = 200
"""Entries sent again after a break: what a receiver acknowledged and lost before it wrote it down."""

type Open = Callable[[], AbstractContextManager[list[Reader]]]


class Receiver(Protocol):
    """Somewhere that batches go to."""

    @property
    def batch(self) -> int:
        """Entries looked at in one go."""
        ...

    @property
    def connected(self) -> bool:
        """Whether it is certain that nothing delivered before was lost."""
        ...

    def deliver(self, ready: Iterable[Ready], notes: Iterable[str]) -> None:
        """Return when the receiver has all. ForwardingError: perhaps not all."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Stream:
    """Sends the records of all gateways to one receiver until told to stop."""

    def __init__(self, spec: ReceiverSpec, folder: Path, open_readers: Open) -> None:
        """`folder` keeps the position. ForwardingError where the receiver or its position cannot be used."""
        self.spec = spec
        self._path = position_path(folder, spec.name)
        self._open = open_readers
        self._receiver: Receiver = WebhookReceiver(spec) if spec.webhook else SyslogReceiver(spec)
        self._position = Position.read(self._path)
        self._sent: dict[str, str] = {}
        self._stop = threading.Event()

    def run(self, *, once: bool = False) -> None:
        """Serve the receiver; a fault of it or of the record is written beside the position, and tried again.

        With `once`, end as soon as it has all that there is.
        """
        failures = 0
        while not self._stop.is_set():
            after = 0.0
            try:
                self._serve()
                failures = 0
            except (AuditError, ForwardingError) as error:
                self._note_fault(str(error))
                failures += 1
                after = error.after if isinstance(error, ForwardingError) else 0.0
            if once and not failures:
                break
            pause = PAUSES[min(failures, len(PAUSES)) - 1] if failures else POLL_SECONDS
            self._stop.wait(max(pause, after))
        self._receiver.close()

    def stop(self) -> None:
        """Have `run` end after the batch at hand."""
        self._stop.set()

    @property
    def fault(self) -> str:
        """Why nothing is delivered at the moment; empty when all is well."""
        return self._position.fault

    def behind(self) -> int:
        """How many entries the receiver does not have yet; for any thread. AuditError where the record cannot be read."""
        with self._open() as readers:
            return behind(self._position, readers)

    def _serve(self) -> None:
        with self._open() as readers:
            for reader in readers:
                while not self._stop.is_set() and self._serve_some(reader):
                    pass

    def _serve_some(self, reader: Reader) -> bool:
        """Deliver the next entries of one gateway; whether there are more."""
        origin, size = reader.origin, reader.size()
        start = self._position.next.get(origin, 0)
        if size < start:
            raise ForwardingError(
                f"{self.spec.name} has {start} entries of {origin}, whose record holds {size}; verify it"
            )
        stop = min(size, start + self._receiver.batch)
        first = start if self._receiver.connected else max(0, start - OVERLAP)
        caught_up = stop == size
        ready = [
            item
            for item in finished(reader, first, stop)
            if self.spec.events or item.record.entry.type is EntryType.DECISION
        ]
        note = reader.last_checkpoint() if self.spec.checkpoints and caught_up else None
        fresh = note is not None and note != self._sent.get(origin)
        if stop > start or fresh:
            self._receiver.deliver(ready, [note] if note is not None and fresh else [])
            if note is not None:
                self._sent[origin] = note
            self._keep(Position({**self._position.next, origin: stop}, since=_now()))
        elif self._position.fault:
            self._keep(Position(self._position.next, since=_now()))
        return not caught_up

    def _note_fault(self, words: str) -> None:
        if words != self._position.fault:
            logger.warning("forwarding: %s; it is tried again", words)
            self._keep(Position(self._position.next, words, _now()))

    def _keep(self, position: Position) -> None:
        if self._position.fault and not position.fault:
            logger.warning("forwarding: %s takes the record again", self.spec.name)
        self._position = position
        try:
            position.write(self._path)
        except ForwardingError as error:
            logger.warning("forwarding: %s", error)  # what was delivered is then sent once more after a start


def position_path(folder: Path, name: str) -> Path:
    """Where the position of a receiver is kept."""
    return folder / f"{name}.json"


def behind(position: Position, readers: list[Reader]) -> int:
    """How many entries a receiver does not have yet."""
    return sum(max(0, reader.size() - position.next.get(reader.origin, 0)) for reader in readers)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
