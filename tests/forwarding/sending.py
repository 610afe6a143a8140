"""A stream that runs, a record that grows, and waiting for what comes of it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from gateway.audit import Entry
from gateway.audit.opening import open_readers
from gateway.audit.stored import StoredLedger
from gateway.forwarding import Stream, load_receivers
from tests.audit.made import audit_id, decision


@contextmanager
def streaming(state: Path, path: Path) -> Iterator[Stream]:
    (spec,) = load_receivers(path)
    stream = Stream(spec, state / "forwarding", partial(open_readers, state))
    thread = threading.Thread(target=stream.run)
    thread.start()
    try:
        yield stream
    finally:
        stream.stop()
        thread.join(60)
        assert not thread.is_alive()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def write(ledger: StoredLedger, numbers: range) -> None:
    made = [(decision(audit_id(n)), Entry.outcome_of(audit_id(n), "refused")) for n in numbers]
    ledger.append_many([entry for pair in made for entry in pair]).result()
