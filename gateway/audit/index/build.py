"""Brings the index up to the record: reads on where it last stopped, in slices."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, Final

import orjson

from gateway.audit.entry import EntryType
from gateway.audit.index.schema import Index
from gateway.audit.index.shape import Shape, day_of, key_of, span_of
from gateway.audit.ledger import Reader, Row

SLICE: Final = 5_000
"""Entries in one transaction."""
ROLLED: Final = ("action", "host", "modality", "rule", "reason", "seen")
"""Facets that are counted for each day, beside departments."""
DEPARTMENTS: Final = 32
"""Groups of one person that are counted; a directory can name hundreds."""


def catch_up(
    index: Index,
    readers: Sequence[Reader],
    *,
    most: int | None = None,
    progress: Callable[[int], object] = int,
) -> int:
    """Read what is new, at most so many entries; answers how many are left. `progress` hears how many were read.

    An index of a record that was put back, pruned or exchanged is made anew. AuditError where either cannot be used.
    """
    left = 0
    for reader in readers:
        size = reader.size()
        while most is None or most > 0:
            with index.writing() as database:
                start = _resume(index, reader)
                rows = list(islice(reader.rows(start, size), SLICE if most is None else min(SLICE, most)))
                if not rows:
                    break
                _Slice(database, reader, rows).write()
            progress(len(rows))
            most = None if most is None else most - len(rows)
        ((known,),) = index.ask("SELECT coalesce(max(next), 0) FROM origins WHERE name = ?", reader.origin)
        left += max(0, size - known)
    return left


def _resume(index: Index, reader: Reader) -> int:
    """Where to read on; everything is forgotten where the record is not the one that was read before."""
    found = index.ask("SELECT first, next, last FROM origins WHERE name = ?", reader.origin)
    if not found:
        return 0
    first, following, last = found[0]
    begins = next(iter(reader.rows(0, first + 1)), None)
    end = next(iter(reader.rows(following - 1, following)), None)
    if begins is None or begins.idx != first or end is None or end.leaf != last:
        index.empty()
        return 0
    return int(following)


@dataclass
class _Slice:
    """Some entries of one record on their way into the index."""

    database: sqlite3.Connection
    reader: Reader
    rows: Sequence[Row]
    decisions: list[tuple[int, int, str, int, int]] = field(default_factory=list)
    members: list[tuple[int, int, int]] = field(default_factory=list)
    days: Counter[tuple[int, int]] = field(default_factory=Counter)
    rolled: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)
    events: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    rule_sets: dict[str, tuple[str, str]] = field(default_factory=dict)
    verdicts: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    prunings: list[tuple[int, int, str, int, str]] = field(default_factory=list)
    known: dict[tuple[str, str], int] = field(default_factory=dict)

    @cached_property
    def origin(self) -> int:
        self.database.execute(
            "INSERT INTO origins (name, first, next, last) VALUES (?, ?, ?, x'') ON CONFLICT DO NOTHING",
            (self.reader.origin, self.rows[0].idx, self.rows[0].idx),
        )
        asked = self.database.execute("SELECT number FROM origins WHERE name = ?", (self.reader.origin,))
        return int(asked.fetchone()[0])

    def write(self) -> None:
        taken: set[int] = set()
        for row in self.rows:
            try:
                record = orjson.loads(row.body)
                key = key_of(record["time"], row.idx)
                if record["type"] == EntryType.DECISION:
                    self._decision(record, self._free(key, taken))
                elif record["type"] == EntryType.EVENT:
                    self._event(record, key)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # a damaged entry; saying so is the business of `audit verify`
        self._store()
        last = self.rows[-1]
        self.database.execute(
            "UPDATE origins SET next = ?, last = ? WHERE number = ?", (last.idx + 1, last.leaf, self.origin)
        )

    def _free(self, key: int, taken: set[int]) -> int:
        """A place in order that nobody has: gateways can decide in the same millisecond."""
        while key in taken or self.database.execute(_TAKEN, (key,)).fetchone():
            key += 1
        taken.add(key)
        return key

    def _decision(self, record: dict[str, Any], key: int) -> None:
        words = Shape.of(record)
        shape = self._number("shapes", json.dumps(words, ensure_ascii=False))
        person = self._number("people", record.get("user") or record.get("client") or "")
        day = day_of(key)
        self.decisions.append((key, self.origin, record["id"], person, shape))
        self.days[day, shape] += 1
        for facet in ROLLED:
            self.rolled[day, facet, getattr(words, facet), words.action] += 1
        for name in dict.fromkeys(record.get("groups", ())[:DEPARTMENTS]):
            department = self._number("departments", name)
            self.members.append((department, shape, key))
            self.rolled[day, "department", name, words.action] += 1
        self._rules(record)

    def _event(self, record: dict[str, Any], key: int) -> None:
        place = (day_of(key), record["event"])
        times, count = self.events.get(place, (0, 0))
        self.events[place] = (times + 1, count + int(record.get("count", 0)))
        self._rules(record)
        if record["event"] == "review-decision":
            self._verdict(record)
        elif record["event"] == "pruned":
            found = (record.get("below", 0), record.get("until", ""), record.get("days", 0), record["time"])
            self.prunings.append((self.origin, *found))

    def _verdict(self, record: dict[str, Any]) -> None:
        """What was said of a decision; of one person the last word counts."""
        about = record.get("exemption", "")
        shape = next((shape for _, _, id_, _, shape in self.decisions if id_ == about), None)
        if shape is None:
            near = self.database.execute(_SHAPE_NEAR, (*span_of(about), about)).fetchone()
            found = near or self.database.execute(_SHAPE_OF, (about,)).fetchone()
            shape = found[0] if found else None
        if shape is not None:
            self.verdicts.append(
                (about, record.get("user", ""), record.get("detail", ""), record["time"], shape)
            )

    def _rules(self, record: dict[str, Any]) -> None:
        digest, time = record.get("rules_digest"), record["time"]
        if digest:
            first, last = self.rule_sets.get(digest, (time, time))
            self.rule_sets[digest] = (min(first, time), max(last, time))

    def _number(self, table: str, name: str) -> int:
        number = self.known.get((table, name))
        if number is None:
            insert, select = _NUMBERS[table]
            self.database.execute(insert, (name,))
            number = int(self.database.execute(select, (name,)).fetchone()[0])
            self.known[table, name] = number
        return number

    def _store(self) -> None:
        many = self.database.executemany
        many("INSERT INTO decisions VALUES (?, ?, ?, ?, ?)", self.decisions)
        many("INSERT INTO members VALUES (?, ?, ?) ON CONFLICT DO NOTHING", self.members)
        many(
            "INSERT INTO days VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(*place, count) for place, count in self.days.items()],
        )
        totals = Counter[int]()
        for (_, shape), number in self.days.items():
            totals[shape] += number
        many(
            "UPDATE shapes SET total = total + ? WHERE number = ?",
            [(n, shape) for shape, n in totals.items()],
        )
        many(
            "INSERT INTO rolled VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(*place, count) for place, count in self.rolled.items()],
        )
        many(
            "INSERT INTO event_days VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET times = times + excluded.times, count = count + excluded.count",
            [(*place, *counts) for place, counts in self.events.items()],
        )
        many(
            "INSERT INTO rule_sets VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET first = min(first, excluded.first), last = max(last, excluded.last)",
            [(digest, *span) for digest, span in self.rule_sets.items()],
        )
        many("INSERT INTO prunings VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", self.prunings)
        many(
            "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET verdict = excluded.verdict, time = excluded.time WHERE excluded.time >= time",
            self.verdicts,
        )


_SHAPE_NEAR: Final = "SELECT shape FROM decisions WHERE key BETWEEN ? AND ? AND id = ?"
_SHAPE_OF: Final = "SELECT shape FROM decisions WHERE id = ?"
"""Reads them all: for an id that does not say when it was made."""
_TAKEN: Final = "SELECT 1 FROM decisions WHERE key = ?"
_NUMBERS: Final = {
    "shapes": (
        "INSERT INTO shapes (words) VALUES (?) ON CONFLICT DO NOTHING",
        "SELECT number FROM shapes WHERE words = ?",
    ),
    "people": (
        "INSERT INTO people (name) VALUES (?) ON CONFLICT DO NOTHING",
        "SELECT number FROM people WHERE name = ?",
    ),
    "departments": (
        "INSERT INTO departments (name) VALUES (?) ON CONFLICT DO NOTHING",
        "SELECT number FROM departments WHERE name = ?",
    ),
}
