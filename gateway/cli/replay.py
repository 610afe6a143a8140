"""`leadglass rules replay`: what changed rules would have decided about past uploads, before they are switched on."""

import heapq
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import click
from tqdm import tqdm

from gateway.audit import Entry, EntryType, Reader
from gateway.cli.audit_words import COLOURS, moment
from gateway.cli.record import STATE, account_key, known_people, readers
from gateway.hindsight import decide_again, recall
from gateway.model import Action, Decision
from gateway.policy import RuleSet, load_rules

EPILOG: Final = """\b
Example: leadglass rules replay --rules new-rules --since 30d
Exit codes: 0 nobody's outcome would change; 1 somebody's would, and each is listed; 2 the replay could not be carried out.
Agreements: an upload that was made under an agreement stays under it while the new rules have that agreement. Whose
account an upload used is not in the record, so an agreement that is new covers no past upload here.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One past upload that would have ended otherwise."""

    entry: Entry
    decision: Decision

    @property
    def pair(self) -> tuple[str, str]:
        """What it was, and what it would have been."""
        return self.entry.action, self.decision.action.word

    @property
    def noticed(self) -> bool:
        """Whether anybody would notice: what is allowed and what is logged both go through as they are."""
        return max(Action[self.entry.action.upper()], self.decision.action) > Action.LOG


@dataclass(slots=True)
class Count:
    """What a replay has seen so far."""

    replayed: int
    pairs: Counter[tuple[str, str]]
    left_out: Counter[str]


@click.command(epilog=EPILOG)
@click.option(
    "--rules", "directory", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="the folder with the changed rules",
)  # fmt: skip
@STATE
@click.option(
    "--since", default="", metavar="WHEN", help="a date, a time (2026-01-31T08:00), or an age: 30m, 24h, 7d"
)
@click.option("--limit", type=click.IntRange(min=1), default=None, help="the newest so many decisions [all]")
@click.option(
    "--json", "as_lines", is_flag=True, help="one JSON object for each change, then one with the counts"
)
def replay(directory: Path, state: Path, since: str, limit: int | None, *, as_lines: bool) -> None:
    """Decide past uploads again by changed rules, and show whose outcome would change. Nothing is switched on."""
    start = moment(since)
    rules = load_rules(directory, account_key(state))
    count = Count(0, Counter(), Counter())
    with ExitStack() as stack:
        found = readers(state, stack)
        bar = stack.enter_context(
            tqdm(
                total=sum(reader.size() for reader in found),
                desc="replaying",
                unit="entry",
                disable=None,
                leave=False,
            )
        )
        decisions = islice(_decisions(found, start, bar), limit)
        changes = list(_changes(rules, decisions, count, known_people(state, rules)))
    for change in changes:
        click.echo(json.dumps(_plain(change), ensure_ascii=False) if as_lines else _line(change))
    if as_lines:
        click.echo(json.dumps(_summary(count, rules)))
    else:
        click.echo("\n".join(_told(count, rules, changes)))
    if changes:
        sys.exit(1)


def _decisions(found: list[Reader], since: str, bar: Any) -> Iterator[Entry]:
    """Decisions of all gateways, newest first."""
    return heapq.merge(*(_of(reader, since, bar) for reader in found), key=attrgetter("time"), reverse=True)


def _of(reader: Reader, since: str, bar: Any) -> Iterator[Entry]:
    for row in reader.newest():
        bar.update()
        if row.pruned:
            continue
        entry = Entry.parse(row.body)
        if entry.time < since:
            return
        if entry.type is EntryType.DECISION:
            yield entry


def _changes(
    rules: RuleSet, decisions: Iterator[Entry], count: Count, known: Mapping[str, str] | None
) -> Iterator[Change]:
    for entry in decisions:
        past = recall(rules, entry, known)
        decision = past if isinstance(past, str) else decide_again(rules, past)
        if isinstance(decision, str):
            count.left_out[decision] += 1
            continue
        count.replayed += 1
        change = Change(entry, decision)
        if change.pair[0] != change.pair[1]:
            count.pairs[change.pair] += 1
            if change.noticed:
                yield change


def _plain(change: Change) -> dict[str, Any]:
    entry, decision = change.entry, change.decision
    return {
        "type": "change", "id": entry.id, "time": entry.time, "user": entry.user, "client": entry.client,
        "host": entry.host, "action": entry.action, "rules": list(entry.rules or (entry.rule,)),
        "new_action": decision.action.word, "new_rules": list(decision.rules), "new_reason_code": decision.reason_code,
    }  # fmt: skip


def _summary(count: Count, rules: RuleSet) -> dict[str, Any]:
    return {
        "type": "summary",
        "rules_digest": rules.digest,
        "replayed": count.replayed,
        "changes": [{"from": old, "to": new, "count": number} for (old, new), number in _ordered(count)],
        "not_replayed": [{"why": why, "count": number} for why, number in count.left_out.most_common()],
    }


def _line(change: Change) -> str:
    entry, decision = change.entry, change.decision
    old, new = (click.style(word, fg=COLOURS.get(word, "green")) for word in change.pair)
    stamp = entry.time[:19].replace("T", " ")
    names = ", ".join(decision.rules[:4]) + (
        f" and {len(decision.rules) - 4} more" if len(decision.rules) > 4 else ""
    )
    before = ", ".join((entry.rules or (entry.rule,))[:4])
    return f"{stamp}  {entry.id}  {entry.user or entry.client or '-'}  {entry.host}  {old} ({before}) -> {new} ({names})"


def _told(count: Count, rules: RuleSet, changes: list[Change]) -> Iterator[str]:
    total = count.replayed + count.left_out.total()
    yield f"{count.replayed} of {total} decisions were replayed by the rules {rules.digest[:16]}."
    for (old, new), number in _ordered(count):
        before, after = Action[old.upper()], Action[new.upper()]
        note = (
            " - both go through"
            if max(before, after) <= Action.LOG
            else " - more would leave"
            if after < before
            else ""
        )
        yield f"  {old:6} -> {new:6} {number:8}{note}"
    if not changes:
        yield "  No outcome would change."
    for why, number in count.left_out.most_common():
        yield f"  {number} cannot be replayed: {why}."


def _ordered(count: Count) -> list[tuple[tuple[str, str], int]]:
    return sorted(count.pairs.items(), key=lambda item: (-item[1], item[0]))
