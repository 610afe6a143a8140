"""Senders whom nobody knows, at a gateway that asks: refused, unless a rule speaks of them."""

from pathlib import Path

import pytest

from gateway.model import Action, Sender
from gateway.policy import RuleSet, decide_failure, load, load_rules, run_cases, stranger_action
from gateway.policy.verdict import NOT_IDENTIFIED
from tests.policy.made import LOG, NOW, ORDINARY, action, decision, mistakes, upload, write

STRANGER = Sender("", "10.20.0.7", doubt="not-identified")
KNOWN = Sender("mara", "10.20.0.7", ("radiology",))
SILENT = Sender("", "10.20.0.7")
"""A sender without a name at a gateway that does not ask."""
OPEN = "because: Machines in the laboratory have no user.\nfrom: {identified: no, network: 10.20.0.0/16}\ndo: log\n"


def asked(rules: RuleSet, sender: Sender, *, spoken: bool = False) -> Action:
    return stranger_action(rules, upload(rules).destination, sender, spoken=spoken, now=NOW)


def test_strangers_are_refused_where_no_rule_speaks_of_them(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, log=LOG))
    refused = decision(rules, ORDINARY, sender=STRANGER)
    assert (refused.action, refused.rules, refused.reason_code) == (
        Action.BLOCK, (NOT_IDENTIFIED,), "not-identified",
    )  # fmt: skip
    assert decision(rules, sender=STRANGER).action is Action.BLOCK  # also with nothing in it
    assert asked(rules, STRANGER) is Action.BLOCK
    for sender in (KNOWN, SILENT):
        assert action(rules, ORDINARY, sender=sender) is Action.LOG
        assert asked(rules, sender) is Action.ALLOW


@pytest.mark.parametrize("doubt", ["not-identified", "sign-in-blocked", "directory-failed", "sign-in-plain"])
def test_why_nobody_is_known_stands_in_the_decision(tmp_path: Path, doubt: str) -> None:
    rules = load_rules(write(tmp_path, log=LOG))
    assert decision(rules, sender=Sender("", "10.0.0.1", doubt=doubt)).reason_code == doubt


def test_a_rule_about_strangers_opens_what_it_speaks_of_and_no_more(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, log=LOG, open=OPEN))
    assert action(rules, ORDINARY, sender=STRANGER) is Action.LOG
    assert asked(rules, STRANGER) is Action.LOG
    elsewhere = Sender("", "10.30.0.7", doubt="not-identified")
    assert action(rules, ORDINARY, sender=elsewhere) is Action.BLOCK
    assert asked(rules, elsewhere) is Action.BLOCK


def test_a_rule_that_refuses_strangers_does_it_in_its_own_words(tmp_path: Path) -> None:
    rules = load_rules(
        write(tmp_path, log=LOG, no="because: Sign in first.\nfrom: {identified: no}\ndo: block\n")
    )
    assert decision(rules, sender=STRANGER).because == "Sign in first."
    assert asked(rules, STRANGER) is Action.BLOCK
    assert asked(rules, STRANGER, spoken=True) is Action.ALLOW


def test_a_monitored_rule_about_strangers_only_writes_down(tmp_path: Path) -> None:
    text = "because: Sign in first.\nfrom: {identified: no}\ndo: block\nmode: monitor\n"
    rules = load_rules(write(tmp_path, log=LOG, no=text))
    watched = decision(rules, ORDINARY, sender=STRANGER)
    assert (watched.action, watched.would) == (Action.LOG, Action.BLOCK)


@pytest.mark.parametrize(
    "more",
    [
        "found: ordinary-image\n",
        "on_failure: any\n",
        "size: {below: 1 MB}\n",
        "unless: {network: 10.20.0.0/16}\n",
    ],
)
def test_a_rule_about_something_else_does_not_open_the_door(tmp_path: Path, more: str) -> None:
    text = f"because: Why.\nfrom: {{identified: no}}\ndo: log\n{more}"
    rules = load_rules(write(tmp_path, log=LOG, open=text))
    assert action(rules, ORDINARY, sender=STRANGER) is Action.BLOCK


def test_an_excuse_for_failures_is_none_for_strangers(tmp_path: Path) -> None:
    rules = load_rules(write(tmp_path, log=LOG, f="because: Why.\non_failure: any\ndo: log\n"))
    failed = decide_failure(rules, upload(rules, sender=STRANGER), "timeout", now=NOW)
    assert failed.action is Action.BLOCK
    assert decide_failure(rules, upload(rules, sender=KNOWN), "timeout", now=NOW).action is Action.LOG


def test_networks_have_names(tmp_path: Path) -> None:
    organisation = "networks:\n  reading-room: [10.20.0.0/16, '2001:db8::/32']\n"
    text = "because: Why.\nfrom: {network: [reading-room, 10.40.0.0/16]}\ndo: block\n"
    rules = load_rules(write(tmp_path, log=LOG, organisation=organisation, r=text))
    blocked = {
        client
        for client in ("10.20.1.1", "10.40.1.1", "2001:db8::7", "10.30.1.1", "")
        if action(rules, ORDINARY, sender=Sender("", client)) is Action.BLOCK
    }
    assert blocked == {"10.20.1.1", "10.40.1.1", "2001:db8::7"}


def test_a_network_that_nobody_named_is_a_mistake_with_a_suggestion(tmp_path: Path) -> None:
    organisation = "networks:\n  reading-room: [10.20.0.0/16]\n  wrong: [10.20.0.1/16]\n"
    text = "because: Why.\nfrom: {network: reading-rom}\ndo: block\n"
    told = mistakes(tmp_path, log=LOG, organisation=organisation, r=text)
    assert any("did you mean `reading-room`" in line for line in told)
    assert any("10.20.0.1/16" in line for line in told)


def test_people_and_groups_are_compared_without_case(tmp_path: Path) -> None:
    rules = load_rules(
        write(
            tmp_path, log=LOG, r="because: Why.\nfrom: {user: Mara}\ndo: block\n",
            s="because: Why.\nfrom: {group: Radiology}\ndo: block\n",
        )
    )  # fmt: skip
    assert action(rules, sender=Sender("mara")) is Action.BLOCK
    assert action(rules, sender=Sender("nora", "", ("radiology",))) is Action.BLOCK
    assert action(rules, sender=Sender("nora")) is Action.ALLOW


def test_cases_can_be_about_strangers(tmp_path: Path) -> None:
    cases = (
        "cases:\n  - {to: chatgpt.com, identified: no, client: 10.20.0.7, expect: log, by: open}\n"
        "  - {to: chatgpt.com, identified: no, client: 10.30.0.7, expect: block, by: not-identified}\n"
        "  - {to: chatgpt.com, user: Mara, identified: yes, expect: allow}\n"
    )
    told = mistakes(
        tmp_path / "a",
        log=LOG,
        open=OPEN
        + "cases:\n  - {to: chatgpt.com, identified: no, user: a, expect: log}\n  - {to: chatgpt.com, identified: yes, expect: log}\n",
    )
    assert len(told) == 2
    loaded = load(write(tmp_path / "b", log=LOG, open=OPEN + cases.replace(", by: not-identified", "")))
    assert [result.differences for result in run_cases(loaded.rules, loaded.cases)] == [(), (), ()]
