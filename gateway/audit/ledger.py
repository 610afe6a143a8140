"""What a store of the record promises: an append is durable and has an index, or it raises."""

from collections.abc import Awaitable, Iterator, Sequence
from concurrent.futures import Future
from typing import Final, NamedTuple, Protocol, Self

from gateway.audit.entry import Entry
from gateway.errors import AuditError

type Index = int
"""The place of an entry in its gateway's record, from 0."""

VERSION: Final = 2
"""The newest form of a store. Pruning needs it; gateways go on writing to the one before, until it is migrated."""
FIRST_VERSION: Final = 1

EXEMPTING: Final = b'"exemption":'
"""What stands in the bytes of an entry that speaks of an exemption, and of no other: inside a value, quotes are escaped."""

LOWEST: Final = -(1 << 63)
"""The smallest index a table can hold: whoever reads from the start also meets what was slipped in before it."""


def refuse_unknown(version: int) -> None:
    """AuditError where a store has a form that this version of Leadglass does not know."""
    if version > VERSION:
        raise AuditError(
            f"this record was written by a newer Leadglass (form {version}); this one knows up to {VERSION}. Use the newer one"
        )
    if version < FIRST_VERSION:
        raise AuditError("this is not a record of Leadglass")


class Row(NamedTuple):
    """One entry as it is stored."""

    idx: Index
    id: str
    leaf: bytes
    """Its RFC 9162 leaf hash."""
    body: bytes
    """Its canonical bytes; empty where they were pruned, as the id is then."""

    @property
    def pruned(self) -> bool:
        """Whether only the hash is left, so that there is nothing to read."""
        return not self.body


class Reader(Protocol):
    """Reads one gateway's record; all that is needed to list, prove and verify it. Raises AuditError."""

    origin: str

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Let go of the store."""
        ...

    def pin(self) -> None:
        """From now on, read the state of this moment."""
        ...

    def size(self) -> int:
        """How many entries there are."""
        ...

    def rows(self, start: Index = 0, stop: Index | None = None) -> Iterator[Row]:
        """Entries in order."""
        ...

    def newest(self, before: Index | None = None) -> Iterator[Row]:
        """Entries from the newest back."""
        ...

    def exempting(self, start: Index = 0, stop: Index | None = None) -> Iterator[Row]:
        """Entries that speak of an exemption, from the newest back; read from an index, where the store has one."""
        ...

    def find(self, audit_id: str) -> tuple[Row, ...]:
        """All entries of one matter: its decision, then its outcome."""
        ...

    def subtree(self, level: int, number: int) -> bytes:
        """The root of a perfect subtree, as stored."""
        ...

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """Every stored subtree root: level, number, hash; by level, then number."""
        ...

    def checkpoints(self) -> Iterator[str]:
        """Signed notes in the order in which they were stored."""
        ...

    def last_checkpoint(self) -> str | None:
        """The newest signed note, or None."""
        ...

    def damage(self) -> str | None:
        """What the store itself finds wrong with its files, or None."""
        ...


class Ledger(Protocol):
    """Writes one gateway's record. There is no third case between durable and AuditError."""

    origin: str

    def new_id(self) -> str:
        """A fresh audit id."""
        ...

    def append(self, entry: Entry) -> Future[Index]:
        """Write an entry; the future holds its index once it is durable, or an AuditError."""
        ...

    def append_many(self, entries: Sequence[Entry]) -> Future[tuple[Index, ...]]:
        """Write entries side by side, all or none."""
        ...

    def append_async(self, entry: Entry) -> Awaitable[Index]:
        """As `append`, for an event loop."""
        ...

    def note(self, entry: Entry) -> None:
        """As `append`, for an event loop and where nobody waits: a lost outcome leaves its decision open, visibly."""
        ...

    def reader(self) -> Reader:
        """A reader of what is durable by now."""
        ...

    def close(self) -> None:
        """Write down what waits, and stop."""
        ...
