"""Reads one gateway's record in PostgreSQL, without being able to change it."""

from collections.abc import Iterator
from typing import Any, Self

import psycopg

from gateway.audit.ledger import LOWEST, Index, Row, refuse_unknown
from gateway.audit.postgres_schema import ABOUT, code
from gateway.audit.tree import folded, stored_span
from gateway.errors import AuditError

ROWS = "SELECT idx, id, leaf, body FROM leadglass.entries WHERE origin = %s"


def connect(record: str) -> psycopg.Connection[Any]:
    """A connection that notices within seconds when the other end is gone. AuditError where there is none."""
    try:
        return psycopg.connect(
            record, autocommit=True, connect_timeout=5, application_name="leadglass",
            keepalives_idle=5, keepalives_interval=2, keepalives_count=3, tcp_user_timeout=10_000,
        )  # fmt: skip
    except psycopg.Error as error:
        raise AuditError(f"the record's database cannot be reached ({code(error)})") from None


def origins(record: str) -> tuple[str, ...]:
    """The gateways whose records the database holds."""
    with connect(record) as database:
        try:
            return tuple(name for (name,) in database.execute("SELECT origin FROM leadglass.hint ORDER BY 1"))
        except psycopg.Error as error:
            raise AuditError(f"the record cannot be read ({code(error)})") from None


class PostgresReader:
    """Reads a record; one for each thread. A `Reader`."""

    def __init__(self, record: str, origin: str, *, writing: psycopg.Connection[Any] | None = None) -> None:
        """AuditError where the database cannot be reached."""
        self.origin, self._own = origin, writing is None
        self._database = writing or connect(record)
        if self._own:
            try:
                self._ask("SET default_transaction_read_only = on")
                for (version,) in self._ask("SELECT version FROM leadglass.about"):
                    refuse_unknown(version)
            except AuditError:
                self._database.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._own:
            self._database.close()

    def pin(self) -> None:
        """See `Reader`."""
        if self._own:  # a writer's own transaction is as it stands
            self._ask("BEGIN ISOLATION LEVEL REPEATABLE READ")
        self.size()

    def size(self) -> int:
        """See `Reader`."""
        ((last,),) = self._ask("SELECT max(idx) FROM leadglass.entries WHERE origin = %s", self.origin)
        return 0 if last is None else int(last) + 1

    def rows(self, start: Index = 0, stop: Index | None = None) -> Iterator[Row]:
        """See `Reader`."""
        end = self.size() if stop is None else stop
        at = start or LOWEST
        # From row to row, not from number to number: a row that was moved far away must not take years to reach.
        # With ties, so that a row standing in another's place is met although the key was taken away.
        while found := self._ask(
            f"{ROWS} AND idx >= %s AND idx < %s ORDER BY idx FETCH FIRST 4096 ROWS WITH TIES",
            self.origin, at, end,
        ):  # fmt: skip
            yield from map(Row._make, found)
            at = found[-1][0] + 1

    def newest(self, before: Index | None = None) -> Iterator[Row]:
        """See `Reader`."""
        end = self.size() if before is None else before
        while found := self._ask(f"{ROWS} AND idx < %s ORDER BY idx DESC LIMIT 512", self.origin, end):
            yield from map(Row._make, found)
            end = found[-1][0]

    def exempting(self, start: Index = 0, stop: Index | None = None) -> Iterator[Row]:
        """See `Reader`."""
        end = self.size() if stop is None else stop
        asked = f"{ROWS} AND idx >= %s AND idx < %s AND {ABOUT} ORDER BY idx DESC LIMIT 512"
        while found := self._ask(asked, self.origin, start, end):
            yield from map(Row._make, found)
            end = found[-1][0]

    def find(self, audit_id: str) -> tuple[Row, ...]:
        """See `Reader`."""
        return tuple(
            map(Row._make, self._ask(f"{ROWS} AND id = %s AND id <> '' ORDER BY idx", self.origin, audit_id))
        )

    def subtree(self, level: int, number: int) -> bytes:
        """See `Reader`."""
        stored, first, last = stored_span(level, number)
        if stored:
            found = self._ask(
                "SELECT hash FROM leadglass.nodes WHERE origin = %s AND level = %s AND number >= %s AND number < %s"
                " ORDER BY number",
                self.origin, stored, first, last,
            )  # fmt: skip
        else:
            found = self._ask(
                "SELECT leaf FROM leadglass.entries WHERE origin = %s AND idx >= %s AND idx < %s ORDER BY idx",
                self.origin, first, last,
            )  # fmt: skip
        return folded([bytes(hash_) for (hash_,) in found], last - first)

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """See `Reader`."""
        yield from self._ask(
            "SELECT level, number, hash FROM leadglass.nodes WHERE origin = %s ORDER BY level, number",
            self.origin,
        )

    def checkpoints(self) -> Iterator[str]:
        """See `Reader`."""
        asked = "SELECT note FROM leadglass.checkpoints WHERE origin = %s ORDER BY number"
        return (note for (note,) in self._ask(asked, self.origin))

    def last_checkpoint(self) -> str | None:
        """See `Reader`."""
        asked = "SELECT note FROM leadglass.checkpoints WHERE origin = %s ORDER BY number DESC LIMIT 1"
        return next((note for (note,) in self._ask(asked, self.origin)), None)

    def closed_below(self) -> Index:
        """Below this index, every decision had its outcome when this was last written; a hint, no evidence."""
        asked = "SELECT closed_below FROM leadglass.hint WHERE origin = %s"
        return int(next((found for (found,) in self._ask(asked, self.origin)), 0))

    def damage(self) -> str | None:
        """See `Reader`: a database server looks after its pages itself; what it hands over is checked by its hashes."""
        return None

    def _ask(self, question: str, *values: object) -> list[Any]:
        try:
            cursor = self._database.execute(question, values or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise AuditError(f"the record cannot be read ({code(error)})") from None
