"""Opens a gateway's record for writing: the file, what a crash left open, the signer, the first and last entry."""

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from gateway.audit.anchor import Anchor
from gateway.audit.canonical import read_record
from gateway.audit.checkpoint import VerifierKey, read_note
from gateway.audit.checkpointing import HEARTBEAT, Checkpointer
from gateway.audit.entry import Entry
from gateway.audit.ledger import Reader
from gateway.audit.postgres import PostgresLedger
from gateway.audit.postgres_reader import PostgresReader, origins
from gateway.audit.signing import SignerClient
from gateway.audit.sqlite import SqliteLedger
from gateway.audit.sqlite_reader import SqliteReader
from gateway.audit.stored import StoredLedger
from gateway.audit.story import PRUNED
from gateway.errors import AuditError

RECORD = "LEADGLASS_RECORD"
"""The variable with the database of the record; on the command line everybody on the machine could read it."""

PATIENCE = 10.0
"""Seconds for the writer of a gateway that was killed to finish."""


@contextmanager
def open_ledger(  # noqa: PLR0913 - each says where something of the record is
    state: Path,
    origin: str,
    *,
    anchors: Sequence[Anchor] = (),
    heartbeat: float = HEARTBEAT,
    signer_socket: Path | None = None,
    record: str = "",
    pruning: bool = False,
) -> Iterator[StoredLedger]:
    """The record of this gateway under STATE/ledger, or in the database that `record` names; signed while it is open.

    Decisions whose end nobody saw are closed as `unknown-crash` first. AuditError where the record cannot be trusted
    or made durable, somebody else writes to it for longer than PATIENCE, or it cannot be signed. `pruning` is for who
    prunes it: the entry that allows that is signed for nobody else.
    """
    ledger: StoredLedger
    if record:
        ledger = PostgresLedger(record, origin, patience=PATIENCE)
    else:
        ledger = SqliteLedger(record_path(state, origin), origin, patience=PATIENCE)
    connect = partial(SignerClient, state / "keys", origin, listening=signer_socket)
    with ledger:
        if not pruning:
            _refuse_half_pruned(ledger)
        checkpointer = Checkpointer(ledger, connect, anchors=anchors, heartbeat=heartbeat)
        try:
            lost = close_lost(ledger)
            rotated = _remember_key(key_path(state, origin), checkpointer.key_line)
            if rotated:
                ledger.append(Entry.event_of("key-rotated", detail="signer")).result()
            ledger.append(Entry.event_of("start", count=lost)).result()
            yield ledger
            with contextlib.suppress(AuditError):  # a record that broke while open has told everybody already
                ledger.append(Entry.event_of("stop")).result()
        finally:
            checkpointer.close()


def record_path(state: Path, origin: str) -> Path:
    """Where this gateway's record is."""
    return state / "ledger" / f"{origin}.sqlite"


def key_path(state: Path, origin: str) -> Path:
    """Where the verifier keys of this gateway's signer are, one a line, newest last."""
    return state / "ledger" / f"{origin}.vkey"


def open_reader(state: Path, origin: str, record: str = "") -> Reader:
    """A reader of one gateway's record, wherever it is. AuditError where there is none."""
    return PostgresReader(record, origin) if record else SqliteReader(record_path(state, origin))


def known_origins(state: Path, record: str = "") -> tuple[str, ...]:
    """The gateways whose records are under a state folder, or in a database."""
    if record:
        return origins(record)
    return tuple(sorted(path.stem for path in (state / "ledger").glob("*.sqlite")))


@contextmanager
def open_readers(state: Path, record: str = "") -> Iterator[list[Reader]]:
    """A reader for each gateway's record under a state folder, or in a database; closed together. Raises AuditError."""
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(open_reader(state, origin, record)) for origin in known_origins(state, record)
        ]


def read_keys(path: Path) -> tuple[VerifierKey, ...]:
    """The verifier keys in a file. AuditError where there is none."""
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, ValueError) as error:
        raise AuditError(f"the verifier keys {path} cannot be read ({type(error).__name__})") from None
    return tuple(VerifierKey.parse(line) for line in lines if line)


def keep_keys(path: Path, keys: Sequence[VerifierKey]) -> None:
    """Put verifier keys beside a restored record, unless some are there. AuditError where they cannot be kept."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            path.write_text("".join(f"{key.line()}\n" for key in keys), "ascii")
    except OSError as error:
        raise AuditError(f"the verifier keys {path} cannot be kept ({type(error).__name__})") from None


def close_lost(ledger: StoredLedger) -> int:
    """Write an outcome for every decision that has none; answers how many there were."""
    lost = [Entry.outcome_of(audit_id, "unknown-crash") for audit_id in ledger.still_open()]
    ledger.append_many(lost).result()
    return len(lost)


def _refuse_half_pruned(ledger: StoredLedger) -> None:
    """A pruning that nobody signed is forged, or was interrupted; a signature now would make either of them good."""
    with ledger.reader() as reader:
        note = reader.last_checkpoint()
        for row in reader.rows(read_note(note)[0].size if note else 0):
            if not row.pruned and read_record(row.body).get("event") == PRUNED:
                raise AuditError(
                    "a pruning stands in the record that was never signed; run `leadglass audit verify`, then `prune`"
                )


def _remember_key(path: Path, line: str) -> bool:
    """Keep the signer's public key beside the record; answers whether it replaces another."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = path.read_text("ascii").splitlines() if path.exists() else []
        if known[-1:] != [line]:
            with path.open("a", encoding="ascii") as file:
                file.write(line + "\n")
    except (OSError, ValueError) as error:
        raise AuditError(f"the verifier keys {path} cannot be kept ({type(error).__name__})") from None
    return bool(known) and known[-1] != line
