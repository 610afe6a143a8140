"""Laws of deciding: adding a rule that blocks never makes an answer milder, and order changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import reasons
from gateway.model import (
    NOT_UNDERSTOOD,
    Action,
    Examination,
    Exposure,
    Finding,
    Format,
    Kind,
    PartReport,
    Sender,
    Transfer,
)
from gateway.policy import Excuse, Rule, RuleSet, answers, decide, decide_failure, load_rules
from gateway.policy.conditions import Exemption, Found, Span, Where, Who
from gateway.policy.hosts import HostIndex, normal_name

SHIPPED = load_rules()
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
DESTINATION = SHIPPED.catalogue.destination("api.openai.com", 443, "POST", "/v1/files")
EXPOSURES = (Exposure.PUBLIC, Exposure.BAA, Exposure.STORAGE)
FORMATS = (Format.PNG, Format.DICOM, Format.ZIP, Format.TEXT)
DETAILS = ("xray", "ct", "internal", "encrypted", "timeout", "")
KINDS = tuple(kind for kind in Kind if kind not in NOT_UNDERSTOOD)

WHO = st.builds(
    Who,
    st.sampled_from([frozenset(), frozenset({"mara"})]),
    st.sampled_from([frozenset(), frozenset({"a"})]),
    identified=st.sampled_from([None, None, True, False]),
)
WHERE = st.builds(
    Where,
    st.frozensets(st.sampled_from(EXPOSURES), max_size=2),
    st.sampled_from([None, None, frozenset({"openai"}), frozenset({"claude"})]),
)
FOUND = st.builds(
    Found, st.frozensets(st.sampled_from(KINDS), max_size=3), st.frozensets(st.sampled_from(FORMATS), max_size=2),
    st.frozensets(st.sampled_from(("xray", "ct")), max_size=1), score=st.sampled_from([None, None, Span(0.5), Span(0.0, 0.5)]),
)  # fmt: skip


@st.composite
def rules(draw: st.DrawFn, name: str = "", action: Action | None = None) -> Rule:
    failing = draw(st.booleans()) and draw(st.booleans())
    do = (
        action
        if action is not None
        else draw(st.sampled_from((Action.ALLOW, Action.LOG, Action.BLOCK) if failing else tuple(Action)))
    )
    return Rule(
        name or draw(st.text("abcdefgh", min_size=1, max_size=6)), "why", do, draw(WHERE), draw(WHO),
        found=() if failing else tuple(draw(st.lists(FOUND, max_size=2))),
        failures=draw(st.frozensets(st.sampled_from(("encrypted", "timeout", "unreadable")), max_size=2)) if failing else None,
        unless=tuple(draw(st.lists(st.builds(Exemption, WHO, WHERE), max_size=1))),
        monitored=not failing and action is None and draw(st.booleans()),
    )  # fmt: skip


FINDINGS = st.lists(
    st.builds(
        Finding,
        st.sampled_from(Kind),
        st.sampled_from([("0",), ("1",), ("nowhere",)]),
        detail=st.sampled_from(DETAILS),
        confidence=st.sampled_from([0.1, 0.5, 1.0]),
    ),
    max_size=5,
).map(tuple)
SEEN = st.builds(
    lambda forms, findings: Examination(
        "", tuple(PartReport((str(at),), form, 1) for at, form in enumerate(forms)), findings
    ),
    st.lists(st.sampled_from(FORMATS), max_size=2),
    FINDINGS,
)
TRANSFERS = st.builds(
    lambda exposure, user, group: Transfer(replace(DESTINATION, exposure=exposure), Sender(user, groups=(group,))),
    st.sampled_from(EXPOSURES), st.sampled_from(["", "mara", "x"]), st.sampled_from(["a", "b"]),
)  # fmt: skip
SETS = st.lists(rules(), min_size=1, max_size=6, unique_by=lambda rule: rule.name)


def made(given: list[Rule]) -> RuleSet:
    return replace(SHIPPED, rules=tuple(given))


@settings(max_examples=400)
@given(SETS, rules(name="added", action=Action.BLOCK), TRANSFERS, SEEN)
def test_adding_a_rule_that_blocks_never_makes_an_answer_milder(
    base: list[Rule], added: Rule, transfer: Transfer, seen: Examination
) -> None:
    before = decide(made(base), transfer, seen, now=NOW)
    after = decide(made([*base, added]), transfer, seen, now=NOW)
    assert after.action >= before.action
    failed = decide_failure(made(base), transfer, "timeout", now=NOW)
    assert decide_failure(made([*base, added]), transfer, "timeout", now=NOW).action >= failed.action


@settings(max_examples=200)
@given(st.data(), SETS, TRANSFERS, SEEN)
def test_order_changes_nothing(
    data: st.DataObject, base: list[Rule], transfer: Transfer, seen: Examination
) -> None:
    shuffled = data.draw(st.permutations(base))
    mixed = replace(seen, findings=tuple(data.draw(st.permutations(seen.findings))))
    assert decide(made(base), transfer, seen, now=NOW) == decide(made(shuffled), transfer, mixed, now=NOW)


@settings(max_examples=200)
@given(SETS, TRANSFERS, SEEN)
def test_every_answer_names_somebody_and_a_known_reason(
    base: list[Rule], transfer: Transfer, seen: Examination
) -> None:
    decision = decide(made(base), transfer, seen, now=NOW)
    assert decision.rules
    assert decision.because
    assert decision.reason_code in reasons.REASONS
    assert decision.would is None or decision.would > decision.action


@settings(max_examples=200)
@given(SETS, TRANSFERS, SEEN)
def test_milder_than_block_only_if_everything_found_was_spoken_of(
    base: list[Rule], transfer: Transfer, seen: Examination
) -> None:
    decision = decide(made(base), transfer, seen, now=NOW)
    if decision.action is Action.BLOCK:
        return
    speaking = [rule for rule in base if rule.applies(transfer, NOW)]
    formats = {part.path: part.format for part in seen.parts}
    for finding in seen.findings:
        if finding.kind in NOT_UNDERSTOOD:
            assert any(
                rule.failures is not None
                and (not rule.failures or {finding.detail, finding.kind.value} & rule.failures)
                for rule in speaking
            )
        else:
            form = formats.get(finding.path, Format.UNKNOWN)
            assert any(found.fits(finding, form) for rule in speaking for found in rule.found)


@settings(max_examples=200)
@given(st.text(max_size=60), st.lists(st.text("abc-", min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_suffix_counts_at_label_borders_only(host: str, labels: list[str]) -> None:
    suffix = ".".join(labels)
    index = HostIndex.of([(f"*.{suffix}", True)])
    name = normal_name(host)
    found = index.find(name) is not None
    assert found is (name.endswith("." + suffix) and len(name) > len(suffix) + 1)


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_normal_names_stay_as_they_are(host: str) -> None:
    once = normal_name(host)
    assert once.startswith("invalid:") or normal_name(once) == once or not once.isascii()


@settings(max_examples=400)
@given(SETS, TRANSFERS, SEEN, st.sampled_from([Action.COACH, Action.BLOCK]))
def test_an_exemption_excuses_what_it_names_and_nothing_else(
    base: list[Rule], transfer: Transfer, seen: Examination, up_to: Action
) -> None:
    given_rules, path = made(base), ("0",)
    excuse = Excuse("i", up_to, frozenset({path}))
    before = decide(given_rules, transfer, seen, now=NOW)
    after = decide(given_rules, transfer, seen, now=NOW, excuses=(excuse,))
    assert after.action <= before.action
    rest = replace(seen, findings=tuple(finding for finding in seen.findings if finding.path != path))
    assert max(after.action, Action.LOG) >= max(
        decide(given_rules, transfer, rest, now=NOW).action, Action.LOG
    )
    kept = [one for one in answers(given_rules, transfer, seen, now=NOW) if not excuse.covers(one)]
    assert max(after.action, Action.LOG) == max([Action.LOG, *(one.effect for one in kept)])
    assert all(
        one.effect > up_to or one.reason_code != "rule" or one.finding is None or one.finding.path != path
        for one in kept
    )
    assert bool(after.exemption) == any(
        excuse.covers(one) for one in answers(given_rules, transfer, seen, now=NOW)
    )
