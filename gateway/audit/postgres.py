"""A Ledger in PostgreSQL, for several gateways on one database: each has its own record there, written by it alone."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, override

import psycopg

from gateway.audit.ledger import Index, Row, refuse_unknown
from gateway.audit.postgres_reader import PostgresReader, connect
from gateway.audit.postgres_schema import code
from gateway.audit.stored import StoredLedger, open_decisions
from gateway.audit.tree import Frontier, frontier_of
from gateway.audit.waiting import NewRow
from gateway.audit.writer import Interrupted
from gateway.errors import AuditError

DURABLE = frozenset({"on", "local", "remote_write", "remote_apply"})
"""Values of `synchronous_commit` under which a commit is on a disk before it is acknowledged."""

NOTICE_ITS_END = """SELECT set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
    set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '10000', false)"""
"""Without this a server goes on for two hours to hold the lock of a gateway that a broken network has cut off."""


class PostgresStore:
    """The one connection that writes one gateway's rows.

    Where the database restarts or fails over, the batch under way is refused (`Interrupted`) and the next one
    connects again, after proof that the database still holds what was durable before.
    """

    def __init__(self, record: str, origin: str, patience: float) -> None:
        """AuditError where it cannot be reached, is not prepared, is not durable, or somebody else writes this record."""
        self._record, self.origin = record, origin
        self.closed_below: Callable[[], Index] = lambda: 0
        self.regained: Callable[[Iterable[Row]], None] = lambda _: None
        """Told of rows that turned out to be durable after all."""
        self._database: psycopg.Connection[Any] | None = connect(record)
        try:
            self._claim(patience)
            self.frontier = self._read_frontier()
        except psycopg.Error as error:
            self._hang_up()
            raise AuditError(f"the record cannot be opened ({code(error)})") from None
        except AuditError:
            self._hang_up()
            raise

    def write(self, rows: Sequence[NewRow]) -> Index:
        """See `Store`."""
        database = self._connected()
        frontier = self.frontier.copy()
        first = frontier.size
        nodes = [node for row in rows for node in frontier.append(row.leaf)]
        try:
            with database.transaction():
                database.execute(
                    "INSERT INTO leadglass.entries SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::bytea[])",
                    (
                        self.origin, [*range(first, frontier.size)], [row.id for row in rows],
                        [row.leaf for row in rows], [row.body for row in rows],
                    ),
                )  # fmt: skip
                if nodes:
                    database.execute(
                        "INSERT INTO leadglass.nodes SELECT %s, * FROM unnest(%s::int[], %s::bigint[], %s::bytea[])",
                        (self.origin, *map(list, zip(*nodes, strict=True))),
                    )
                    self._note_closed(database)
        except psycopg.Error as error:
            raise self._failed(error) from None
        self.frontier = frontier
        return first

    def store_checkpoint(self, note: str) -> None:
        """See `Store`."""
        database = self._connected()
        try:
            database.execute(
                "INSERT INTO leadglass.checkpoints (origin, note) VALUES (%s, %s)", (self.origin, note)
            )
        except psycopg.Error as error:
            raise self._failed(error) from None

    @contextmanager
    def all_or_nothing(self) -> Iterator[PostgresReader]:
        """What is written inside is kept at the end, or not at all; gives a reader that sees it before."""
        database, before = self._connected(), self.frontier
        kept = False
        try:
            with database.transaction():
                yield PostgresReader(self._record, self.origin, writing=database)
            kept = True
        except psycopg.Error as error:
            raise self._failed(error) from None
        finally:
            if not kept:
                self.frontier, self.closed_below = before, lambda: 0

    def close(self) -> None:
        """See `Store`."""
        if self._database is not None:
            try:
                self._note_closed(self._database)
            except psycopg.Error as error:
                raise AuditError(f"the record cannot be closed ({code(error)})") from None
            finally:
                self._hang_up()

    def _connected(self) -> psycopg.Connection[Any]:
        if self._database is None:
            known = self.frontier
            try:
                self._database = connect(self._record)
                self._claim(0.0)
                self.frontier = self._read_frontier()
                with PostgresReader(self._record, self.origin, writing=self._database) as reader:
                    same = self.frontier.size >= known.size
                    same = same and frontier_of(known.size, reader.subtree).root() == known.root()
                    grown = list(reader.rows(known.size)) if same else []
            except (AuditError, psycopg.Error):
                self._hang_up()
                raise Interrupted("the record's database is not there") from None
            if not same:
                self._hang_up()
                raise AuditError("the database lost what it had acknowledged; the record was put back")
            self.regained(grown)
        return self._database

    def _claim(self, patience: float) -> None:
        """Become the only writer of this record, for as long as the connection lasts."""
        assert self._database is not None
        ask = self._database.execute
        if ask("SELECT to_regclass('leadglass.about')").fetchone() == (None,):
            raise AuditError("the database is not prepared; run `leadglass audit prepare` as its owner")
        (version,) = ask("SELECT version FROM leadglass.about").fetchone() or (0,)
        refuse_unknown(version)
        durable = ask(
            "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')"
        ).fetchone()
        if durable is None or durable[:2] != ("on", "on") or durable[2] not in DURABLE:
            raise AuditError("the database acknowledges before it is durable (fsync, synchronous_commit)")
        ask(NOTICE_ITS_END)
        until = time.monotonic() + patience
        while ask(
            "SELECT pg_try_advisory_lock(hashtextextended('leadglass ' || %s, 0))", (self.origin,)
        ).fetchone() != (True,):
            if time.monotonic() >= until:
                raise AuditError("another gateway writes this record; give each its own --gateway-id")
            time.sleep(0.1)
        ask("INSERT INTO leadglass.hint (origin) VALUES (%s) ON CONFLICT DO NOTHING", (self.origin,))

    def _read_frontier(self) -> Frontier:
        with PostgresReader(self._record, self.origin, writing=self._database) as reader:
            return frontier_of(reader.size(), reader.subtree)

    def _note_closed(self, database: psycopg.Connection[Any]) -> None:
        database.execute(
            "UPDATE leadglass.hint SET closed_below = %s WHERE origin = %s",
            (self.closed_below(), self.origin),
        )

    def _failed(self, error: psycopg.Error) -> AuditError:
        self._hang_up()
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return Interrupted(f"the record's database went away ({code(error)})")
        return AuditError(f"the record cannot be written ({code(error)})")

    def _hang_up(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


class PostgresLedger(StoredLedger):
    """One gateway's record in a database, open for writing."""

    def __init__(self, record: str, origin: str, *, patience: float = 0.0) -> None:
        """Open the record. AuditError as `PostgresStore`; `patience` is how long an ending writer is waited for."""
        self._record = record
        store = PostgresStore(record, origin, patience)
        with PostgresReader(record, origin) as reader:
            still_open = open_decisions(reader.rows(reader.closed_below()))
        store.regained = lambda rows: still_open.update(open_decisions(rows))
        super().__init__(store, origin, still_open)

    @override
    def reader(self) -> PostgresReader:
        return PostgresReader(self._record, self.origin)
