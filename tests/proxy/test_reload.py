"""Law of hot reloads, with the real proxy: never without rules, never by half a set, each exchange in the record."""

import asyncio
import sys
from pathlib import Path

import pytest

from gateway.audit import Entry
from gateway.errors import AuditError, RuleError
from gateway.gatekeeper import Gatekeeper
from gateway.limits import Limits
from gateway.policy import RuleSet, load, load_rules
from gateway.proxy.reload import Reloader
from tests.policy.made import LOG, write
from tests.support.reload_law import reload_law

RELOADS = 28  # every way of being corrupt, twice; a thousand are in `bench/bench_reload.py`


def test_no_upload_is_judged_without_rules_or_by_half_a_set(tmp_path: Path) -> None:
    report = reload_law(tmp_path, RELOADS)
    assert (report.without_rules, report.half_loaded, report.not_answered) == (0, 0, 0)
    assert (report.loaded, report.failed) == (RELOADS // 2, RELOADS // 2)
    assert report.decisions >= RELOADS
    assert report.sets_seen > 3


class Recorder:
    """A ledger that remembers events, or cannot write."""

    def __init__(self, *, broken: bool = False) -> None:
        self.entries: list[Entry] = []
        self.broken = broken

    async def append_async(self, entry: Entry) -> int:
        if self.broken:
            raise AuditError("full")
        self.entries.append(entry)
        return 0


def reloaded(recorder: Recorder, old: RuleSet, load: object) -> tuple[Gatekeeper, bool]:
    keeper = Gatekeeper(old, None, recorder, Limits(), content_key=b"k", uid_key=b"u")  # type: ignore[arg-type]
    reloader = Reloader(keeper, load)  # type: ignore[arg-type]
    return keeper, asyncio.run(reloader.reload())


def test_new_rules_count_only_when_the_record_says_so(tmp_path: Path) -> None:
    old, new = load_rules(), load_rules(write(tmp_path, log=LOG))
    recorder = Recorder()
    keeper, done = reloaded(recorder, old, lambda: new)
    assert done
    assert keeper.rules is new
    assert [(entry.event, entry.rules_digest, entry.count) for entry in recorder.entries] == [
        ("rules-loaded", new.digest, 1)
    ]
    keeper, done = reloaded(Recorder(broken=True), old, lambda: new)
    assert not done
    assert keeper.rules is old


@pytest.mark.parametrize("error", [RuleError("no"), RecursionError(), MemoryError(), AuditError("no")])
@pytest.mark.parametrize("broken", [False, True])
def test_whatever_reading_does_the_old_rules_stay(error: Exception, broken: bool) -> None:
    def fail() -> RuleSet:
        raise error

    recorder, old = Recorder(broken=broken), load_rules()
    keeper, done = reloaded(recorder, old, fail)
    assert not done
    assert keeper.rules is old
    if not broken:
        (entry,) = recorder.entries
        assert (entry.event, entry.rules_digest) == ("reload-failed", old.digest)
        assert entry.detail in ("rules-invalid", "ledger-unavailable")


def test_many_signals_at_once_are_two_exchanges(tmp_path: Path) -> None:
    recorder, new = Recorder(), load_rules(write(tmp_path, log=LOG))

    async def signalled() -> None:
        keeper = Gatekeeper(new, None, recorder, Limits(), content_key=b"k", uid_key=b"u")  # type: ignore[arg-type]
        reloader = Reloader(keeper, lambda: new)
        for _ in range(50):
            reloader.ask()
        await asyncio.gather(*reloader._tasks)

    asyncio.run(signalled())
    assert len(recorder.entries) == 2  # one that began with the first signal, one for all that came meanwhile


def test_a_folder_that_changes_while_it_is_read_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "rules", a=LOG)
    from gateway.policy.reading import read

    def and_somebody_writes(path: Path, *more: object) -> object:
        (folder / "b.yaml").write_text(LOG.replace("log", "late"))
        return read(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(sys.modules["gateway.policy.load"], "read", and_somebody_writes)
    with pytest.raises(RuleError, match="changed while they were read"):
        load(folder)


def test_a_link_that_is_set_meanwhile_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write(
        tmp_path / "one", a=LOG.replace("name: log", "name: one"), b=LOG.replace("name: log", "name: one-b")
    )
    two = write(
        tmp_path / "two", a=LOG.replace("name: log", "name: two"), b=LOG.replace("name: log", "name: two-b")
    )
    link = tmp_path / "rules"
    link.symlink_to(one)
    from gateway.policy.reading import read

    def and_the_link_moves(path: Path, *more: object) -> object:
        link.unlink()
        link.symlink_to(two)
        return read(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(sys.modules["gateway.policy.load"], "read", and_the_link_moves)
    assert {rule.name for rule in load(link).rules.rules} == {"one", "one-b"}
