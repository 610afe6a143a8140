"""An append-only record of what was decided, and proofs over it."""

from gateway.audit.anchor import Anchor, FileAnchor
from gateway.audit.entry import Entry, EntryType
from gateway.audit.fsck import verify_ledger
from gateway.audit.ledger import Index, Ledger, Reader, Row
from gateway.audit.opening import open_ledger
from gateway.audit.postgres import PostgresLedger
from gateway.audit.postgres_reader import PostgresReader
from gateway.audit.report import Report
from gateway.audit.scribing import keep_ledger
from gateway.audit.seen import Grounds
from gateway.audit.sqlite import SqliteLedger
from gateway.audit.sqlite_reader import SqliteReader
from gateway.audit.words import EVENTS, OUTCOMES, VERDICTS, new_id, pseudonym

__all__ = [
    "EVENTS",
    "OUTCOMES",
    "VERDICTS",
    "Anchor",
    "Entry",
    "EntryType",
    "FileAnchor",
    "Grounds",
    "Index",
    "Ledger",
    "PostgresLedger",
    "PostgresReader",
    "Reader",
    "Report",
    "Row",
    "SqliteLedger",
    "SqliteReader",
    "keep_ledger",
    "new_id",
    "open_ledger",
    "pseudonym",
    "verify_ledger",
]
