"""The scribe: a process of its own that keeps one gateway's record, so that writing it takes no time from uploads.

Spoken over a stream. First the scribe says one line of JSON, `{}` or `{"refused"}`. Then the gateway sends batches:
a line `NUMBER COUNT`, followed by COUNT lines `TYPE ID BODY` with the entries' canonical bytes, which hold no line
end; a batch of none asks whether a decision could be written now. The scribe answers each batch, in any order, with `NUMBER INDEX` once it is durable, or `NUMBER ! WHY`. The line
`stop` ends an orderly day; a stream that ends without it ended with the gateway.
"""

import argparse
import contextlib
import json
import os
import resource
import socket
import sys
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from gateway.audit.anchor import FileAnchor
from gateway.audit.opening import RECORD, open_ledger
from gateway.audit.stored import StoredLedger
from gateway.audit.tree import leaf_hash
from gateway.audit.waiting import NewRow
from gateway.errors import AuditError

CHUNK = 1 << 18
"""Bytes read from the gateway at once."""


def write_all(ledger: StoredLedger, line: socket.socket) -> bool:
    """Write what the gateway dictates until it hangs up; answers whether it said so first."""
    with line.makefile("rb", CHUNK) as stream:
        for head in stream:
            if head == b"stop\n":
                return True
            lines = [stream.readline() for _ in range(int(head.split()[1]))]
            if not all(lines) or not all(line.endswith(b"\n") for line in lines[-1:]):
                return False  # the gateway died over it
            written: Future[int] = Future()
            written.add_done_callback(partial(_answer, line, int(head.split()[0])))
            ledger.append_rows([_row(entry) for entry in lines], written)
    return False


def _answer(line: socket.socket, number: int, written: "Future[int]") -> None:
    """On the writing thread, as soon as it is durable."""
    error = written.exception()
    text = f"{number} {written.result()}\n" if error is None else f"{number} ! {error}\n"
    with contextlib.suppress(OSError):  # the gateway is gone; what it said is written all the same
        line.sendall(text.encode())


def _row(line: bytes) -> NewRow:
    kind, audit_id, body = line.removesuffix(b"\n").split(b" ", 2)
    return NewRow(kind.decode("ascii"), audit_id.decode("ascii"), leaf_hash(body), body)


def keep(
    line: socket.socket, state: Path, origin: str, anchors: tuple[Path, ...], signer: Path | None
) -> None:
    """Keep the record under STATE until the gateway hangs up. AuditError where it cannot be kept."""
    record = os.environ.get(RECORD, "")
    copies = tuple(map(FileAnchor, anchors))
    with open_ledger(state, origin, anchors=copies, record=record, signer_socket=signer) as ledger:
        line.sendall(b"{}\n")
        if not write_all(ledger, line):
            raise ConnectionAbortedError  # so that no orderly end is written down


def main() -> None:
    """`python -m gateway.audit.scribe --state STATE --origin ID [--anchor PATH]... [--signer SOCKET]`, on a socket as its stdin."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--state", type=Path, required=True, help="the folder of the record and its keys")
    parser.add_argument("--origin", required=True, help="the gateway's id in the record")
    parser.add_argument("--anchor", type=Path, action="append", default=[], help="a file for checkpoints")
    parser.add_argument("--signer", type=Path, help="the socket of a signer that runs under another user")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=sys.stdin.fileno()) as line:
        try:
            with contextlib.suppress(ConnectionAbortedError):
                keep(line, arguments.state, arguments.origin, tuple(arguments.anchor), arguments.signer)
        except AuditError as error:
            refused = {"refused": str(error), "kind": type(error).__name__}
            with contextlib.suppress(OSError):
                line.sendall(json.dumps(refused).encode() + b"\n")
            sys.exit(2)


if __name__ == "__main__":
    main()
