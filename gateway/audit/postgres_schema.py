"""The tables of a record in PostgreSQL, and what the gateway's own role may do with them: append and read."""

from typing import Final

import psycopg
from psycopg import sql

from gateway.audit.ledger import EXEMPTING, VERSION
from gateway.errors import AuditError

TABLES: Final = ("entries", "nodes", "checkpoints")

BY_ID: Final = "CREATE INDEX entries_by_id ON leadglass.entries (id) WHERE id <> ''"
"""Entries without content are not in it."""
ABOUT: Final = rf"position('\x{EXEMPTING.hex()}'::bytea in body) > 0"
"""Which entries speak of an exemption; an index is over these alone, and is used where a question says the same."""
BY_EXEMPTION: Final = (
    f"CREATE INDEX IF NOT EXISTS entries_exempting ON leadglass.entries (origin, idx) WHERE {ABOUT}"
)
"""Other gateways ask for these every second. No form of its own: whoever does not know it keeps it up all the same."""

_SCHEMA: Final = """
CREATE SCHEMA leadglass;
CREATE TABLE leadglass.about (version integer NOT NULL);
CREATE TABLE leadglass.entries (
  origin text NOT NULL, idx bigint NOT NULL, id text NOT NULL, leaf bytea NOT NULL, body bytea NOT NULL,
  PRIMARY KEY (origin, idx));
CREATE TABLE leadglass.nodes (
  origin text NOT NULL, level integer NOT NULL, number bigint NOT NULL, hash bytea NOT NULL,
  PRIMARY KEY (origin, level, number));
CREATE TABLE leadglass.checkpoints (
  origin text NOT NULL, number bigint GENERATED ALWAYS AS IDENTITY, note text NOT NULL, PRIMARY KEY (origin, number));
CREATE TABLE leadglass.hint (origin text PRIMARY KEY, closed_below bigint NOT NULL DEFAULT 0);

CREATE FUNCTION leadglass.append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the record is append-only'; END $$;
CREATE FUNCTION leadglass.in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM leadglass.entries WHERE origin = NEW.origin) THEN
    RAISE EXCEPTION 'the record has no gaps';
  END IF;
  RETURN NEW; END $$;
CREATE TRIGGER entries_in_order BEFORE INSERT ON leadglass.entries
  FOR EACH ROW EXECUTE FUNCTION leadglass.in_order();
"""
"""`hint` is no evidence: below it all decisions had their outcome, so that a start need not read everything."""

_GUARD: Final = (
    "CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON leadglass.{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION leadglass.append_only()"
)

_GRANTS: Final = (
    "GRANT USAGE ON SCHEMA leadglass TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA leadglass TO {role}",
    "GRANT INSERT ON leadglass.entries, leadglass.nodes, leadglass.checkpoints, leadglass.hint TO {role}",
    "GRANT UPDATE ON leadglass.hint TO {role}",
)


def prepare(record: str, role: str) -> None:
    """Make the tables, as their owner, and let an existing role append to them and read them; again does no harm.

    AuditError where the database cannot be reached or refuses.
    """
    try:
        with psycopg.connect(record, connect_timeout=10) as database:
            if database.execute("SELECT to_regclass('leadglass.about')").fetchone() == (None,):
                database.execute(_SCHEMA)
                database.execute(BY_ID)
                database.execute(BY_EXEMPTION)
                for table in TABLES:
                    database.execute(
                        sql.SQL(_GUARD).format(
                            name=sql.Identifier(f"{table}_append_only"), table=sql.Identifier(table)
                        )
                    )
                database.execute("INSERT INTO leadglass.about VALUES (%s)", (VERSION,))
            for grant in _GRANTS:
                database.execute(sql.SQL(grant).format(role=sql.Identifier(role)))
    except psycopg.Error as error:
        raise AuditError(f"the record's tables cannot be made ({code(error)})") from None


def code(error: psycopg.Error) -> str:
    """What kind of error it is; its message can quote rows and addresses."""
    return error.sqlstate or type(error).__name__
