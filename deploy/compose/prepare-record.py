"""Makes the record's roles and tables in PostgreSQL, as its owner: `gateway` appends and reads, `auditor` only reads.

Passwords come from files, never from a command line. Again does no harm, and sets the passwords anew.
"""

import os
from pathlib import Path

import psycopg
from psycopg import sql

from gateway.audit.postgres_schema import prepare

SECRETS = Path(os.environ.get("SECRETS", "/run/secrets"))
HOST = os.environ.get("PGHOST", "postgres")
DATABASE = os.environ.get("PGDATABASE", "leadglass")


def secret(name: str) -> str:
    """One line of a secret's file."""
    return (SECRETS / name).read_text("utf-8").strip()


def main() -> None:
    """Roles first, for the tables are granted to one of them."""
    record = psycopg.conninfo.make_conninfo(
        host=HOST, dbname=DATABASE, user="owner", password=secret("owner")
    )
    with psycopg.connect(record, connect_timeout=30) as database:
        for role in ("gateway", "auditor"):
            known = database.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            verb = "ALTER" if known else "CREATE"
            database.execute(
                sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(secret(role))
                )
            )
    prepare(record, "gateway")
    with psycopg.connect(record, connect_timeout=30) as database:
        database.execute("GRANT USAGE ON SCHEMA leadglass TO auditor")
        database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA leadglass TO auditor")
    print("The record is ready.")


if __name__ == "__main__":
    main()
