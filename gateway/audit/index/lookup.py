"""Finds decisions page by page. What it costs depends on how many shapes there are, never on how long the record is."""

import heapq
import json
from dataclasses import dataclass
from typing import Final, NamedTuple

from gateway.audit.index.schema import Index
from gateway.audit.index.shape import DAY, Shape
from gateway.audit.index.wanted import Wanted, holds

PEOPLE: Final = 20
"""People that one beginning of a name can mean."""
STRIDE: Final = 500
"""Decisions of a person looked at in one go for their department."""


@dataclass(frozen=True, slots=True)
class Found:
    """A decision's place: in the index, and in the record."""

    key: int
    origin: str
    id: str
    person: str
    shape: Shape


class Way(NamedTuple):
    """One index to walk: which shapes stand there, the newest of each, and the newest of one."""

    shapes: str
    heads: str
    keys: str


ALL: Final = "SELECT key FROM decisions WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?"
BY_SHAPE: Final = Way(
    "",
    "SELECT value, (SELECT max(key) FROM decisions WHERE shape = value AND key < ?1) FROM json_each(?2)",
    "SELECT key FROM decisions WHERE shape = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT ?",
)
BY_PERSON: Final = Way(
    "WITH RECURSIVE walk(s) AS (SELECT min(shape) FROM decisions WHERE person = ?1 UNION ALL"
    " SELECT (SELECT min(shape) FROM decisions WHERE person = ?1 AND shape > s) FROM walk WHERE s IS NOT NULL)"
    " SELECT s FROM walk WHERE s IS NOT NULL",
    "SELECT value, (SELECT max(key) FROM decisions WHERE person = ?3 AND shape = value AND key < ?1) FROM json_each(?2)",
    "SELECT key FROM decisions WHERE person = ? AND shape = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT ?",
)
BY_DEPARTMENT: Final = Way(
    "WITH RECURSIVE walk(s) AS (SELECT min(shape) FROM members WHERE department = ?1 UNION ALL"
    " SELECT (SELECT min(shape) FROM members WHERE department = ?1 AND shape > s) FROM walk WHERE s IS NOT NULL)"
    " SELECT s FROM walk WHERE s IS NOT NULL",
    "SELECT value, (SELECT max(key) FROM members WHERE department = ?3 AND shape = value AND key < ?1) FROM json_each(?2)",
    "SELECT key FROM members WHERE department = ? AND shape = ? AND key >= ? AND key < ? ORDER BY key DESC LIMIT ?",
)
ROWS: Final = (
    "SELECT d.key, origins.name, d.id, people.name, d.shape FROM json_each(?) CROSS JOIN decisions d ON d.key = value"
    " CROSS JOIN origins ON origins.number = origin CROSS JOIN people ON people.number = person ORDER BY d.key DESC"
)
NAMES: Final = "SELECT number FROM people WHERE name >= ? AND name < ? ORDER BY name LIMIT ?"
AFTER: Final = "SELECT min(key) FROM decisions WHERE key > ?"
BEFORE: Final = "SELECT max(key) FROM decisions WHERE key < ?"
NEAR: Final = "SELECT key FROM decisions WHERE key >= ? AND key < ? AND id = ?"
AMONG: Final = (
    "SELECT members.key FROM json_each(?2) CROSS JOIN decisions ON decisions.key = value"
    " CROSS JOIN members ON department = ?1 AND members.shape = decisions.shape AND members.key = decisions.key"
)
TOTALS: Final = "SELECT number, total FROM shapes"
COUNTED: Final = "SELECT shape, sum(count) FROM days WHERE day >= ? AND day < ? GROUP BY shape"


def page(index: Index, wanted: Wanted, *, before: int | None = None, most: int = 50) -> list[Found]:
    """The newest decisions that are asked for, older than a key."""
    low, high = wanted.first, wanted.end if before is None else min(before, wanted.end)
    asked = _narrowed(index, wanted)
    if asked is None:
        return _rows(index, [key for (key,) in index.ask(ALL, low, high, most)])
    if not (wanted.department and asked and asked[0].way is BY_PERSON):
        return _rows(index, _newest(index, asked, low, high, most))
    # A person is in the same departments for years, so that the first pages nearly always suffice.
    department, found = index.named("departments", wanted.department), list[Found]()
    while len(found) < most and (keys := _newest(index, asked, low, high, STRIDE)):
        members = {key for (key,) in index.ask(AMONG, department, json.dumps(keys))}
        found += [one for one in _rows(index, keys) if one.key in members]
        high = keys[-1]
    return found[:most]


def around(index: Index, time_key: int, audit_id: str) -> tuple[Found | None, Found | None]:
    """The decision before and the one after; `time_key` is the key of the decision's time."""
    # Its own key can lie a little higher, where several were decided in one millisecond.
    at = next((key for (key,) in index.ask(NEAR, time_key, time_key + (1 << 20), audit_id)), None)
    if at is None:
        return None, None
    ((older,),), ((newer,),) = index.ask(BEFORE, at), index.ask(AFTER, at)
    found = {one.key: one for one in _rows(index, [key for key in (older, newer) if key is not None])}
    return found.get(older), found.get(newer)


def count(index: Index, wanted: Wanted) -> int | None:
    """How many decisions are asked for, where that is known from the counts of days; else None."""
    if wanted.person or wanted.department or wanted.search:
        return None
    shapes = index.shapes()
    bounded = wanted.since or wanted.until
    asked = index.ask(COUNTED, wanted.first // DAY, -(-wanted.end // DAY)) if bounded else index.ask(TOTALS)
    return sum(int(number) for shape, number in asked if wanted.fits(shapes[shape]))


class Walk(NamedTuple):
    """A way to go, for one person or department where it is theirs, through these shapes."""

    way: Way
    shapes: list[int]
    who: tuple[int, ...]


def _narrowed(index: Index, wanted: Wanted) -> list[Walk] | None:
    """The walks that find what is asked for; None where that is everything."""
    shapes = index.shapes()
    fitting = {number for number, shape in shapes.items() if wanted.fits(shape)}
    named = bool(wanted.person)
    people = {index.named("people", name) for name in (wanted.person, wanted.alias) if name}
    for word in wanted.words:
        holding = {number for number in fitting if holds(shapes[number], word)}
        if holding:
            fitting = holding
            continue
        meant = {number for (number,) in index.ask(NAMES, word, f"{word}\U0010ffff", PEOPLE)}
        people, named = (people & meant if named else meant), True
    if named:
        return [_walk(index, BY_PERSON, person, fitting) for person in sorted(people)]
    if wanted.department:
        return [_walk(index, BY_DEPARTMENT, index.named("departments", wanted.department), fitting)]
    if len(fitting) == len(shapes):
        return None
    return [Walk(BY_SHAPE, sorted(fitting), ())]


def _walk(index: Index, way: Way, who: int, fitting: set[int]) -> Walk:
    return Walk(way, [shape for (shape,) in index.ask(way.shapes, who) if shape in fitting], (who,))


def _newest(index: Index, walks: list[Walk], low: int, high: int, most: int) -> list[int]:
    """The newest keys of several walks.

    Only the shapes with the newest heads can hold one of them: one look at each shape, then as many rows as are wanted
    of as many shapes at most.
    """
    found: set[int] = set()
    for walk in walks:
        heads = index.ask(walk.way.heads, high, json.dumps(walk.shapes), *walk.who)
        newest = heapq.nlargest(
            most, ((key, shape) for shape, key in heads if key is not None and key >= low)
        )
        for _, shape in newest:
            found.update(key for (key,) in index.ask(walk.way.keys, *walk.who, shape, low, high, most))
    return heapq.nlargest(most, found)


def _rows(index: Index, keys: list[int]) -> list[Found]:
    shapes = index.shapes()
    return [
        Found(key, origin, audit_id, person, shapes[shape])
        for key, origin, audit_id, person, shape in index.ask(ROWS, json.dumps(keys))
    ]
