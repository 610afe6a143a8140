"""The index over a record: the same answers as reading all of it, never a scan, and built again where the record changed."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit import Entry, SqliteLedger, SqliteReader
from gateway.audit.index import (
    Index,
    Wanted,
    around,
    catch_up,
    count,
    extent,
    lookup,
    open_index,
    page,
    rule_sets,
    tally,
)
from gateway.audit.index import counts as counting
from gateway.audit.index.shape import Shape, key_of
from gateway.errors import AuditError
from tests.audit.made import audit_id, decision

HOSTS, MODALITIES, ACTIONS = ("chatgpt.com", "claude.ai"), ("ct", "xray", ""), ("allow", "block", "redact")


def made(number: int, seed: int = 7) -> list[Entry]:
    """So many decisions over some days, several in one millisecond, each with its outcome."""
    chance, found = random.Random(seed), []
    for n in range(number):
        modality = chance.choice(MODALITIES)
        time = f"2026-03-{n // 40 % 28 + 1:02}T10:00:{n % 60:02}.{n % 3:03}Z"
        entry = decision(audit_id(seed * 1000 + n))._replace(
            time=time, action=chance.choice(ACTIONS), modality=modality, medical=bool(modality), rules=(),
            host=chance.choice(HOSTS), user=chance.choice(("ada", "bob", "")), rule=chance.choice(("a-rule", "b-rule")),
            groups=chance.choice((("ward",), ("ward", "lab"), ())), reason_code=chance.choice(("rule", "timeout")),
            basis=chance.choice(("seen", "failed")),
        )  # fmt: skip
        found += [entry, Entry.outcome_of(entry.id, "refused")._replace(time=time)]
    return found


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, list[Entry]]]:
    folder = tmp_path_factory.mktemp("index")
    entries = made(400)
    with SqliteLedger(folder / "gateway-1.sqlite", "gateway-1", reserve=0) as ledger:
        ledger.append(Entry.event_of("not-inspected", count=5)._replace(time="2026-03-02T00:00:00.000Z"))
        ledger.append_many(entries).result()
        with open_index(folder / "review" / "index.sqlite") as index, ledger.reader() as reader:
            assert catch_up(index, [reader]) == 0
            yield index, [entry for entry in entries if entry.type == "decision"]


QUESTIONS = (
    Wanted(),
    Wanted({"action": "block"}),
    Wanted({"action": "block", "modality": "ct", "host": "claude.ai"}),
    Wanted({"seen": "unreadable"}),
    Wanted({"reason": "timeout"}, since="2026-03-03", until="2026-03-04"),
    Wanted(person="ada"),
    Wanted(person="ada", department="lab"),
    Wanted({"action": "redact"}, department="ward"),
    Wanted({"rule": "a-rule"}, person="bob", until="2026-03-05"),
    Wanted(search="clau ct"),
    Wanted(search="ad block"),
    Wanted({"action": "nothing"}),
    Wanted(person="nobody"),
)


def wants(wanted: Wanted, entry: Entry) -> bool:
    """The same question, asked of the entry itself."""
    shape = Shape.of(entry._asdict())
    return (
        all(getattr(shape, name) == word for name, word in wanted.facets.items())
        and wanted.person in ("", entry.user)
        and (not wanted.department or wanted.department in entry.groups)
        and wanted.since <= entry.time
        and (not wanted.until or entry.time[:10] <= wanted.until)
        and all(any(w.startswith(word) for w in (*shape, entry.user)) for word in wanted.words)
    )


@pytest.mark.parametrize("wanted", QUESTIONS, ids=str)
def test_pages_together_are_what_reading_everything_finds(
    known: tuple[Index, list[Entry]], wanted: Wanted
) -> None:
    index, entries = known
    expected = {entry.id for entry in entries if wants(wanted, entry)}
    found, before = [], None
    while one := page(index, wanted, before=before, most=7):
        found += one
        before = one[-1].key
    assert Counter(each.id for each in found) == Counter(expected)
    assert [each.key for each in found] == sorted((each.key for each in found), reverse=True)
    assert count(index, wanted) in (None, len(expected))


def test_counts_of_days_are_what_reading_everything_counts(known: tuple[Index, list[Entry]]) -> None:
    index, entries = known
    told = tally(index, Wanted(since="2026-03-02", until="2026-03-04"))
    meant = [entry for entry in entries if "2026-03-02" <= entry.time[:10] <= "2026-03-04"]
    assert told.whole.by_action == Counter(entry.action for entry in meant)
    assert {day: one.all for day, one in told.days.items()} == Counter(e.time[:10] for e in meant)
    assert {word: one.all for word, one in told.of("host").items()} == Counter(e.host for e in meant)
    assert {word: one.all for word, one in told.of("department").items()} == Counter(
        g for e in meant for g in e.groups
    )
    assert told.of("modality")["ct"].stopped == sum(e.modality == "ct" and e.action == "block" for e in meant)
    assert told.events["not-inspected"] == (1, 5)
    assert extent(index) == ("2026-03-01", max(e.time for e in entries)[:10])
    assert [digest for digest, _, _ in rule_sets(index)] == ["cd" * 32]


def test_neighbours_are_the_decision_before_and_after(known: tuple[Index, list[Entry]]) -> None:
    index, entries = known
    newest = page(index, Wanted(), most=5)
    times = {entry.id: entry.time for entry in entries}
    older, newer = around(index, key_of(times[newest[2].id]), newest[2].id)
    assert (older, newer) == (newest[3], newest[1])
    assert around(index, key_of(times[newest[0].id]), newest[0].id) == (newest[1], None)
    assert around(index, key_of(times[newest[0].id]), "nothing") == (None, None)


def plan(index: Index, question: str) -> list[str]:
    marks = question.count("?") if "?1" not in question else max(int(c) for c in "123" if f"?{c}" in question)
    return [detail for *_, detail in index.ask(f"EXPLAIN QUERY PLAN {question}", *["[]"] * marks)]


@pytest.mark.parametrize(
    "question",
    [
        lookup.ALL, *filter(None, (*lookup.BY_SHAPE, *lookup.BY_PERSON, *lookup.BY_DEPARTMENT)), lookup.ROWS,
        lookup.NAMES, lookup.AFTER, lookup.BEFORE, lookup.NEAR, lookup.AMONG, lookup.COUNTED,
        counting.BY_DAY, counting.BY_WORD, counting.EVENTS, counting.OLDEST, counting.NEWEST,
    ],
)  # fmt: skip
def test_no_question_reads_a_table_through_or_sorts_one(
    known: tuple[Index, list[Entry]], question: str
) -> None:
    steps = plan(known[0], question)
    assert any("SEARCH" in step for step in steps)
    scanned = [s for s in steps if s.startswith("SCAN") and s not in {"SCAN walk", "SCAN CONSTANT ROW"}]
    assert all("VIRTUAL TABLE" in step for step in scanned), steps  # the few numbers that were handed over
    assert not any("decisions" in s or "members" in s for s in scanned)
    if question in (lookup.ALL, lookup.BY_SHAPE.keys, lookup.BY_PERSON.keys, lookup.BY_DEPARTMENT.keys):
        assert not any("TEMP B-TREE" in step for step in steps), steps  # its order is the index's own


def test_the_index_grows_with_the_record_in_slices(tmp_path: Path) -> None:
    entries = made(30)
    with (
        SqliteLedger(tmp_path / "gateway-1.sqlite", "gateway-1", reserve=0) as ledger,
        open_index(tmp_path / "index.sqlite") as index,
    ):
        ledger.append_many(entries[:40]).result()
        with ledger.reader() as reader:
            assert catch_up(index, [reader], most=15) == 25
            assert len(page(index, Wanted())) == 8
            assert catch_up(index, [reader]) == 0
        ledger.append_many(entries[40:]).result()
        with ledger.reader() as reader:
            assert catch_up(index, [reader]) == 0
            assert count(index, Wanted()) == 30
            assert catch_up(index, [reader]) == 0
            assert count(index, Wanted()) == 30


def test_a_record_that_was_put_back_is_indexed_anew(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2)):
        with SqliteLedger(tmp_path / f"{name}.sqlite", "gateway-1", reserve=0) as ledger:
            ledger.append_many(made(20, seed)).result()
    with open_index(tmp_path / "index.sqlite") as index:
        for name in ("a", "b"):
            with SqliteReader(tmp_path / f"{name}.sqlite") as reader:
                catch_up(index, [reader])
                shown = {(one.id, one.shape) for one in page(index, Wanted())}
                rows = [Entry.parse(row.body) for row in reader.rows()]
            assert shown == {(e.id, Shape.of(e._asdict())) for e in rows if e.type == "decision"}


def test_several_records_are_one_list(tmp_path: Path) -> None:
    with open_index(tmp_path / "index.sqlite") as index:
        readers = []
        for name in ("gateway-1", "gateway-2"):
            with SqliteLedger(tmp_path / f"{name}.sqlite", name, reserve=0) as ledger:
                ledger.append_many(made(10)).result()  # the same milliseconds in both
            readers.append(SqliteReader(tmp_path / f"{name}.sqlite"))
        assert catch_up(index, readers) == 0
        found = page(index, Wanted())
        assert Counter(one.origin for one in found) == {"gateway-1": 10, "gateway-2": 10}
        for reader in readers:
            reader.close()


def test_a_broken_index_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(b"not a database, but long enough to look like a file of one" * 100)
    with open_index(path) as index:
        assert page(index, Wanted()) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(AuditError, match="2026-01-31"):
        Wanted(since="yesterday")
