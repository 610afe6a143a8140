"""Brings a record to the newest form of its store.

A command and not the start of a gateway: gateways write either form, so an upgrade stops none of them and can be taken
back until somebody decides that it stays; and in PostgreSQL only the owner of the tables may change them.
"""

from contextlib import closing
from pathlib import Path

import psycopg

from gateway.audit.ledger import VERSION, refuse_unknown
from gateway.audit.postgres_reader import connect
from gateway.audit.postgres_schema import BY_EXEMPTION as BY_EXEMPTION_THERE
from gateway.audit.postgres_schema import BY_ID as BY_ID_THERE
from gateway.audit.postgres_schema import code
from gateway.audit.sqlite import writers_place
from gateway.audit.sqlite_file import APPLICATION, BY_EXEMPTION, BY_ID, altered
from gateway.errors import AuditError


def migrate_file(path: Path) -> int:
    """Bring a record to the newest form, in one transaction; answers which one it had.

    AuditError where a gateway writes to it, it is newer than this version of Leadglass, or is none.
    """
    with writers_place(path), altered(path, "migrated") as database:
        if database.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
            raise AuditError(f"{path} is not a record of Leadglass")
        found = int(database.execute("PRAGMA user_version").fetchone()[0])
        refuse_unknown(found)
        database.execute("PRAGMA synchronous=FULL")
        database.execute(BY_EXEMPTION)
        if found < VERSION:
            database.execute("BEGIN IMMEDIATE")
            database.execute("DROP INDEX entries_by_id")
            database.execute(BY_ID)
            database.execute(f"PRAGMA user_version={VERSION}")
            database.execute("COMMIT")
    return found


def migrate_database(record: str) -> int:
    """As `migrate_file`, for all records of a database, by the owner of their tables."""
    with closing(connect(record)) as database:
        try:
            with database.transaction():
                (found,) = database.execute("SELECT version FROM leadglass.about FOR UPDATE").fetchone() or (
                    0,
                )
                refuse_unknown(found)
                database.execute(BY_EXEMPTION_THERE)
                if found < VERSION:
                    database.execute("DROP INDEX leadglass.entries_by_id")
                    database.execute(BY_ID_THERE)
                    database.execute("UPDATE leadglass.about SET version = %s", (VERSION,))
        except psycopg.Error as error:
            raise AuditError(
                f"the records cannot be migrated ({code(error)}); this needs the tables' owner"
            ) from None
    return int(found)
