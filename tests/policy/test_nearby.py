"""Why a rule did not speak, and what would have changed the answer."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.model import Action, Exposure, Finding, Format, Sender
from gateway.policy import RuleSet, decide, load_rules
from gateway.policy.nearby import Near, nearest, otherwise, without
from tests.policy.made import LOCKED, MEDICAL, NOW, ORDINARY, seen, upload, write

BLOCK = "because: No.\nto: public\nfound: medical-image\ndo: block\n"


def near(
    rules: RuleSet, *findings: Finding, form: Format = Format.PNG, sender: Sender = Sender()
) -> dict[str, str]:
    transfer, examination = upload(rules, sender=sender), seen(*findings, form=form)
    decision = decide(rules, transfer, examination, now=NOW)
    found: tuple[Near, ...] = nearest(rules, transfer, examination, decision, NOW)
    return {one.rule.name: "; ".join(one.missing) for one in found}


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("to: baa", "the destination is of class public, not baa"),
        ("to: {provider: claude}", "the service is openai, not claude"),
        ("to: claude.ai", "the host api.openai.com is not one of its hosts"),
        ("to: {operation: chat.create}", "the operation is files.create, not chat.create"),
        ("from: {user: mara}", "the sender is not mara"),
        ("from: {group: [a, b, c, d]}", "the sender is in none of the groups a or b or c (or 1 more)"),
        ("from: {network: 10.9.0.0/16}", "the sender's machine is in none of its networks"),
        ("from: {identified: yes}", "the sender is not known by name"),
        ("size: {at_least: 1 MB}", "the upload has 0 bytes, which is outside its range"),
        ("when: {days: sun}", "it speaks at other times"),
        ("unless: {to: public}", "one of its exceptions (`unless`) holds"),
        ("found: ct", "the modality is xray, not ct"),
        ("found: {kind: medical-image, score: {at_least: 0.99}}", "the score is 0.97, not from 0.99 to 1.00"),
        ("found: zip", "the format is png, not zip"),
        ("found: ordinary-image", "medical-image was found, not ordinary-image"),
        ("found: {kind: medical-image, detail: ct}", "the detail is xray, not ct"),
        ("on_failure: any", "it speaks of what could not be examined, and everything was"),
    ],
)
def test_each_condition_says_why_it_failed(tmp_path: Path, condition: str, words: str) -> None:
    rest = "" if "found" in condition or "on_failure" in condition else "found: medical-image\n"
    rules = load_rules(write(tmp_path, block=BLOCK, near=f"because: Yes.\n{condition}\n{rest}do: log\n"))
    assert near(rules, MEDICAL) == {"near": words}


def test_a_failure_that_another_rule_answers(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, block=BLOCK, near="because: Yes.\non_failure: timeout\ndo: log\n"))
    assert near(rules, LOCKED)["near"] == "it answers timeout, not encrypted"


def test_the_nearest_come_first_and_few(tmp_path: Path) -> None:
    many = {
        f"far_{at}": f"because: x\nto: baa\nfrom: {{user: u{at}}}\nfound: ct\ndo: log\n" for at in range(9)
    }
    two = "because: x\nto: baa\nfound: ct\ndo: log\n"
    rules = load_rules(
        write(tmp_path, block=BLOCK, a_two=two, one="because: x\nto: baa\nfound: xray\ndo: log\n", **many)
    )
    assert list(near(rules, MEDICAL)) == ["one", "a-two"]  # three conditions are too far


def test_changes_are_tried_by_the_whole_rule_set(tmp_path: Path) -> None:
    redact = "because: x\nto: baa\nfound: medical-image\ndo: redact\n"
    unless = BLOCK + "unless: {group: research}\n"
    group = "because: x\nto: public\nfrom: {group: research}\nfound: medical-image\ndo: log\n"
    rules = load_rules(write(tmp_path, block=unless, redact=redact, group=group))
    transfer, examination = upload(rules), seen(MEDICAL)
    decision = decide(rules, transfer, examination, now=NOW)
    tried = {
        one.change: one.decision.action for one in otherwise(rules, transfer, examination, decision, NOW)
    }
    assert tried == {"to a destination of class baa": Action.REDACT, "from a member of research": Action.LOG}
    # Every one of them holds when it is really so.
    baa = replace(transfer, destination=replace(transfer.destination, exposure=Exposure.BAA))
    assert decide(rules, baa, examination, now=NOW).action is Action.REDACT
    assert without(rules, transfer, examination, decision, NOW).reason_code == "unforeseen"


def test_a_known_sender_and_a_later_hour(tmp_path: Path) -> None:
    rules = load_rules(
        write(
            tmp_path,
            named="because: x\nfrom: {identified: no}\nfound: ordinary-image\ndo: block\n",
            user="because: x\nfrom: {user: mara}\nfound: anything\ndo: coach\n",
            night="because: x\nwhen: {hours: '20:00-06:00'}\nfound: anything\ndo: log\n",
            day="because: x\nwhen: {hours: '06:00-20:00'}\nfound: anything\ndo: log\n",
            sunday="because: x\nwhen: {days: sun}\nfound: anything\ndo: redact\n",
        )
    )
    transfer, examination = upload(rules), seen(ORDINARY)
    decision = decide(rules, transfer, examination, now=NOW)
    tried = {
        one.change: one.decision.action for one in otherwise(rules, transfer, examination, decision, NOW)
    }
    assert tried == {"from mara": Action.COACH, "from somebody who is known by name": Action.LOG}
    known = replace(transfer, sender=Sender("x"))
    decision = decide(rules, known, examination, now=NOW)
    (_, later) = otherwise(rules, known, examination, decision, NOW)
    assert later.change == "on Sunday, 2026-03-08 at 00:00 UTC"
    sunday = datetime(2026, 3, 8, tzinfo=UTC)
    assert decide(rules, known, examination, now=sunday).action is later.decision.action is Action.REDACT
