"""The report for a period: what was decided, by which rules, and what protects the record. Made once, shown as a page or as PDF."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Final

from gateway import __version__
from gateway.audit.index import Tallied, Wanted, rule_sets, scores, tally
from gateway.audit.index.counts import Counts
from gateway.messages import Messages
from gateway.model import Action
from gateway.review.books import Books, Open
from gateway.review.integrity import Assurance, Light, assurances, pruned_words, verified_words
from gateway.review.rendering import spelled

ROWS: Final = 25
"""Words of one facet that are listed; the rest is said to be left out."""
FACETS: Final = ("host", "modality", "department", "rule", "reason")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: words, and a table where there is one."""

    title: str
    words: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, in one language."""

    language: str
    title: str
    made: str
    """When it was made, and by which version."""
    sections: tuple[Section, ...]
    signatures: tuple[str, ...]
    """What is signed below."""


def report(books: Books, say: Messages, since: str, until: str) -> Report:
    """The report from day to day, both included (UTC). AuditError where a day is no day, or the record cannot be read."""
    wanted = Wanted(since=since, until=until)
    with books.open() as opened:
        told = tally(opened.index, wanted)
        assured = assurances(books, opened)
        sections = (
            _summary(say, told, opened.left),
            *_facets(say, told),
            _events(say, told),
            _rules(say, books, opened, since, until),
            *_verdicts(say, opened),
            *(_integrity(say, books, one) for one in assured),
        )
    stamp = datetime.now(UTC).isoformat(timespec="seconds")[:19].replace("T", " ")
    return Report(
        say.language,
        say("desk.report.title", since=since, until=until),
        say("desk.report.made", when=f"{stamp} UTC", version=__version__),
        sections,
        (say("desk.report.prepared"), say("desk.report.reviewed")),
    )


def _summary(say: Messages, told: Tallied, left: int) -> Section:
    by = told.whole.by_action
    rows = [
        (say(f"action.{action.word}"), f"{by[action.word]:,}")
        for action in (Action.BLOCK, Action.COACH, Action.REDACT)
    ]
    rows.append((say("desk.passed"), f"{by[Action.ALLOW.word] + by[Action.LOG.word]:,}"))
    unreadable = told.of("seen").get("unreadable", Counts()).all
    rows.append((say("desk.unreadable"), f"{unreadable:,}"))
    rows.append((say("desk.not_inspected"), f"{told.events.get('not-inspected', (0, 0))[1]:,}"))
    words = [say("desk.found", count=f"{told.whole.all:,}")]
    if left:
        words.append(say("desk.left", count=f"{left:,}"))
    return Section(say("desk.report.summary"), tuple(words), (), tuple(rows))


def _facets(say: Messages, told: Tallied) -> Iterator[Section]:
    word = partial(spelled, say)
    for facet in FACETS:
        found = told.of(facet)
        rows = tuple(
            (word(facet, name), f"{counts.stopped:,}", f"{counts.cleaned:,}", f"{counts.all:,}")
            for name, counts in islice(found.items(), ROWS)
        )
        more = (say("desk.report.more", count=f"{len(found) - ROWS:,}"),) if len(found) > ROWS else ()
        head = (say(f"desk.facet.{facet}"), say("desk.stopped"), say("desk.cleaned"), say("desk.all"))
        if rows:
            yield Section(say(f"desk.by.{facet}"), more, head, rows)


def _events(say: Messages, told: Tallied) -> Section:
    rows = tuple((event, f"{times:,}") for event, (times, _) in sorted(told.events.items()))
    return Section(say("desk.report.events"), (say("desk.report.events_what"),), (), rows)


def _rules(say: Messages, books: Books, opened: Open, since: str, until: str) -> Section:
    rows = tuple(
        (digest, first[:16].replace("T", " "), last[:16].replace("T", " ") + kept)
        for digest, first, last in reversed(rule_sets(opened.index))
        if first[:10] <= until and last[:10] >= since
        for kept in ("" if books.rules(digest) else f". {say('desk.not_kept')}",)
    )
    head = (say("desk.digest"), say("desk.first_seen"), say("desk.last_seen"))
    return Section(say("desk.report.rules"), (say("desk.rules_what"),), head, rows)


def _verdicts(say: Messages, opened: Open) -> Iterator[Section]:
    rows = tuple(
        (rule, say(f"action.{action}"), spelled(say, "modality", modality), f"{score.right:,}", f"{score.all:,}")
        for (rule, action, modality), score in scores(opened.index).items()
    )  # fmt: skip
    head = tuple(
        say(f"desk.{name}")
        for name in ("facet.rule", "facet.action", "facet.modality", "verdict.right", "all")
    )
    if rows:
        yield Section(say("desk.verdict.title"), (say("desk.report.verdicts_what"),), head, rows)


def _integrity(say: Messages, books: Books, assurance: Assurance) -> Section:
    light, verified = assurance.light, assurance.verified
    words = [say(f"desk.light.{light.why}")]
    rows: list[tuple[str, str]] = []
    if light.signed:
        words.append(_signed(say, light))
        rows += [
            (say("desk.root"), light.signed.root.hex()),
            (say("desk.signed_at"), light.signed.time),
            (say("desk.unsigned"), f"{light.unsigned:,}"),
        ]
    rows.append((say("desk.unanchored"), f"{light.unanchored:,}"))
    words.append(verified_words(say, verified))
    words += [pruned_words(say, pruning) for pruning in assurance.prunings]
    words.append(
        say("desk.anchored", count=f"{light.anchored.size:,}", seconds=f"{light.anchor_age:,}")
        if light.anchored
        else say("desk.no_anchor")
    )
    rows += [(say("desk.keys"), key.line()) for key in books.keys(light.origin)]
    return Section(
        f"{say('desk.integrity')}: {light.origin}",
        (*words, f"{say('desk.looked_what')} leadglass audit verify"),
        (),
        tuple(rows),
    )


def _signed(say: Messages, light: Light) -> str:
    assert light.signed is not None
    blanks: Mapping[str, str] = {
        "count": f"{light.signed.size:,}", "size": f"{light.size:,}", "seconds": f"{light.age:,}",
    }  # fmt: skip
    return say("desk.signed", **blanks)
