"""What the gateway and its scribe say to each other: batches of entries, the first line, and who is told the answer."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final

from gateway.audit.entry import Entry
from gateway.audit.ledger import Index
from gateway.audit.signing import Inconsistent
from gateway.errors import AuditError

CHUNK: Final = 1 << 16

type Done = Callable[[Index | AuditError], None]
"""Is told what became of a batch."""


def batch(entries: Sequence[Entry]) -> bytes:
    """Entries as the scribe takes them: how many, then a line each."""
    lines = [
        b"%s %s %s\n" % (entry.type.value.encode(), entry.id.encode(), entry.canonical()) for entry in entries
    ]
    return b"%d\n%s" % (len(lines), b"".join(lines))


def unheard(_: Index | AuditError) -> None:
    """For an entry that nobody waits for."""


def resolve(waiter: asyncio.Future[Index]) -> Done:
    """Tells a future of the event loop."""

    def done(answer: Index | AuditError) -> None:
        if not waiter.done():
            if isinstance(answer, AuditError):
                waiter.set_exception(answer)
            else:
                waiter.set_result(answer)

    return done


def read_hello(line: socket.socket) -> None:
    """Wait for the scribe's first line, however long it looks through the record before. AuditError with why it refuses."""
    said = b""
    with contextlib.suppress(OSError):
        while not said.endswith(b"\n") and (data := line.recv(CHUNK)):
            said += data
    try:
        hello: dict[str, Any] = json.loads(said)
    except ValueError:
        raise AuditError("the record's keeper did not start") from None
    if "refused" in hello:
        raise (Inconsistent if hello.get("kind") == "Inconsistent" else AuditError)(hello["refused"])
