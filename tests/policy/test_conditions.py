"""One rule with every condition there is: it speaks only when all of them hold, and each of them alone can silence it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.model import Action, Examination, Exposure, Finding, Format, Kind, PartReport, Sender, Transfer
from gateway.policy import RuleSet, decide, decide_failure, load_rules
from tests.policy.made import LOG, write

RULE = """
because: Every condition at once.
from: {user: mara, group: radiology, network: 10.20.0.0/16, identified: yes}
to:
  host: api.openai.com
  class: public
  provider: openai
  operation: files.create
  trains_on_uploads: no
  opt_out: yes
  baa_available: yes
  shared_with_affiliates: unknown
  retention_days: {at_least: 30, below: 31}
size: {at_least: 10, below: 1 kB}
when: {days: weekdays, hours: "07:00-19:00", timezone: Europe/Vienna, since: 2026-01-01, until: 2026-12-31}
found: {kind: medical-image, format: png, modality: ct, detail: ct, score: {at_least: 0.5, below: 0.9}}
unless: {to: claude.ai}
do: block
"""
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)  # Monday, 11:00 in Vienna
FINDING = Finding(Kind.MEDICAL_IMAGE, ("a",), detail="ct", confidence=0.7)
SENDER = Sender("mara", "10.20.1.1", ("radiology", "staff"))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    return load_rules(write(tmp_path_factory.mktemp("rules"), every=RULE, log=LOG))


def spoken(rules: RuleSet, **changed: Any) -> bool:
    to = rules.catalogue.destination(
        changed.get("host", "api.openai.com"), 443, "POST", changed.get("path", "/v1/files")
    )
    to = replace(to, exposure=changed.get("exposure", to.exposure))
    sender = replace(
        SENDER, **{name: changed[name] for name in ("user", "client", "groups") if name in changed}
    )
    finding = replace(
        FINDING, **{name: changed[name] for name in ("kind", "detail", "confidence") if name in changed}
    )
    examination = Examination("", (PartReport(("a",), changed.get("form", Format.PNG), 9),), (finding,))
    transfer = Transfer(to, sender, body=bytes(changed.get("size", 100)))
    decision = decide(rules, transfer, examination, now=changed.get("now", NOW))
    assert decision.action is (Action.BLOCK if "every" in decision.rules else Action.LOG)
    return "every" in decision.rules


def test_it_speaks_when_everything_holds(rules: RuleSet) -> None:
    assert spoken(rules)
    assert spoken(rules, size=10, confidence=0.5)
    assert spoken(rules, now=datetime(2026, 3, 2, 6, tzinfo=UTC))


@pytest.mark.parametrize(
    "changed",
    [
        {"user": "jana"}, {"user": ""}, {"groups": ("staff",)}, {"groups": ()}, {"client": "10.21.0.1"}, {"client": ""},
        {"host": "api.anthropic.com", "path": "/v1/files"}, {"host": "{region}.api.openai.com".replace("{region}", "eu")},
        {"path": "/v1/responses"}, {"path": "/nowhere"}, {"exposure": Exposure.STORAGE},
        {"size": 9}, {"size": 1000}, {"now": datetime(2026, 3, 7, 10, tzinfo=UTC)}, {"now": datetime(2026, 3, 2, 18, tzinfo=UTC)},
        {"now": datetime(2026, 3, 2, 5, 59, tzinfo=UTC)}, {"now": datetime(2025, 12, 31, 10, tzinfo=UTC)},
        {"now": datetime(2027, 1, 1, 10, tzinfo=UTC)}, {"form": Format.JPEG}, {"kind": Kind.ORDINARY_IMAGE},
        {"kind": Kind.TEXT_IN_PIXELS}, {"kind": Kind.IDENTIFIER_IN_METADATA}, {"detail": "mri"}, {"confidence": 0.49},
        {"confidence": 0.9},
    ],
    ids=str,
)  # fmt: skip
def test_each_condition_alone_silences_it(rules: RuleSet, changed: dict[str, Any]) -> None:
    assert not spoken(rules, **changed)


@pytest.mark.parametrize(
    "word",
    [
        kind.value
        for kind in Kind
        if kind not in (Kind.UNREADABLE, Kind.OVER_LIMIT, Kind.ENCRYPTED, Kind.UNCLAIMED)
    ],
)
@pytest.mark.parametrize("mode", ["enforce", "monitor"])
def test_every_kind_can_be_spoken_of_and_watched(tmp_path: Path, word: str, mode: str) -> None:
    rule = f"because: x\nfound: {{kind: {word}}}\ndo: block\nmode: {mode}\n"
    rules = load_rules(write(tmp_path, r=rule, log=LOG))
    to = rules.catalogue.destination("api.openai.com", 443, "POST", "/v1/files")
    examination = Examination("", (), (Finding(Kind(word)),))
    decision = decide(rules, Transfer(to), examination)
    watched = mode == "monitor"
    assert (decision.action, decision.would) == (
        (Action.LOG, Action.BLOCK) if watched else (Action.BLOCK, None)
    )
    assert "r" in decision.rules


@pytest.mark.parametrize("code", ["unreadable", "over-limit", "encrypted", "unclaimed", "timeout"])
def test_what_was_not_understood_can_be_spoken_of_by_time_and_sender(tmp_path: Path, code: str) -> None:
    rule = f"because: x\nfrom: {{group: radiology}}\nwhen: {{days: mon}}\non_failure: {code}\ndo: log\n"
    rules = load_rules(write(tmp_path, r=rule))
    transfer = Transfer(rules.catalogue.destination("api.openai.com", 443, "POST", "/v1/files"), SENDER)
    assert decide_failure(rules, transfer, code, now=NOW).action is Action.LOG
    assert decide_failure(rules, transfer, code, now=NOW.replace(day=3)).action is Action.BLOCK
    assert decide_failure(rules, replace(transfer, sender=Sender()), code, now=NOW).action is Action.BLOCK
