"""Law of the record: what stands in an entry is enough to reach the same decision by the same rules again."""

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import Entry, Grounds
from gateway.audit.canonical import read_record
from gateway.hindsight import Recalled, decide_again, recall
from gateway.model import Action, Decision, Examination, Exposure, Look, Sender, Transfer
from gateway.policy import Agreement, Catalogue, Rule, RuleSet, decide, decide_failure
from tests.property.test_policy import NOW, SEEN, SETS, SHIPPED

CATALOGUE = Catalogue.of(
    tuple(SHIPPED.catalogue.providers.values()),
    (Agreement("baa-1", "openai", date(2099, 1, 1), frozenset({"header:org-x"})),),
)
ACCOUNTS = st.sampled_from([(), ((b"openai-organization", b"org-x"),)])


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    to = CATALOGUE.destination("api.openai.com", 443, "POST", "/v1/files", draw(ACCOUNTS))
    sender = Sender(draw(st.sampled_from(["", "mara", "x"])), groups=(draw(st.sampled_from(["a", "b"])),))
    return Transfer(replace(to, signed=draw(st.booleans())), sender, body=bytes(draw(st.integers(0, 9))))


def made(rules: list[Rule]) -> RuleSet:
    return replace(SHIPPED, rules=tuple(rules), catalogue=CATALOGUE)


def written(entry: Entry) -> Entry:
    """The entry as somebody reads it years later."""
    assert read_record(entry.canonical())["v"] == 2
    return Entry.parse(entry.canonical())._replace(time=NOW.isoformat())


@settings(max_examples=400)
@given(SETS, transfers(), SEEN)
def test_the_same_rules_decide_the_same_again(
    rules: list[Rule], transfer: Transfer, seen: Examination
) -> None:
    base = made(rules)
    decision = decide(base, transfer, seen, now=NOW)
    entry = Entry.decision_of(
        "i", transfer, decision, Grounds(seen, look=Look.TEXT), content="", rules_digest=base.digest
    )
    past = recall(base, written(entry))
    assert isinstance(past, Recalled)
    assert past.transfer.destination.exposure in (Exposure.PUBLIC, Exposure.BAA)
    again = decide_again(base, past)
    assert isinstance(again, Decision)
    # Where something was found is not in the record.
    assert replace(again, about=()) == replace(decision, about=())
    assert bool(again.about) == bool(decision.about)


@settings(max_examples=100)
@given(SETS, transfers(), st.sampled_from(["timeout", "encrypted", "ledger-unavailable"]))
def test_a_failure_is_decided_the_same_again(rules: list[Rule], transfer: Transfer, reason: str) -> None:
    base = made(rules)
    decision = decide_failure(base, transfer, reason, now=NOW)
    entry = Entry.decision_of(
        "i", transfer, decision, Grounds(Examination(""), "failed"), content="", rules_digest=""
    )
    past = recall(base, written(entry))
    assert isinstance(past, Recalled)
    assert decide_again(base, past) == decision
    assert decision.action in (Action.ALLOW, Action.LOG, Action.BLOCK)
