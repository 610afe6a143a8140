from dataclasses import replace
from pathlib import Path

import pytest

from gateway.model import Exposure, Look
from gateway.policy import load_rules, look_needed
from tests.policy.made import LOG, write


@pytest.mark.parametrize(
    ("rule", "exposure", "look"),
    [
        ("found: medical-image\ndo: block", Exposure.PUBLIC, Look.MEDICAL),
        ("to: baa\nfound: medical-image\ndo: redact", Exposure.PUBLIC, Look.MEDICAL),
        ("to: baa\nfound: medical-image\ndo: redact", Exposure.BAA, Look.TEXT),
        ("to: public\nfound: text-in-pixels\ndo: block", Exposure.PUBLIC, Look.TEXT),
        ("to: public\nfound: text-in-pixels\ndo: block", Exposure.STORAGE, Look.MEDICAL),
        ("to: public\nfound: text-in-pixels\ndo: block\nmode: monitor", Exposure.PUBLIC, Look.TEXT),
        ("to: public\nfound: text-in-pixels\ndo: log", Exposure.PUBLIC, Look.MEDICAL),
        ("to: public\nfound: {kind: code-in-pixels}\ndo: coach", Exposure.PUBLIC, Look.TEXT),
    ],
)
def test_no_more_is_looked_at_than_could_change_the_answer(
    tmp_path: Path, rule: str, exposure: Exposure, look: Look
) -> None:
    rules = load_rules(write(tmp_path, log=LOG, r=f"because: Why.\n{rule}\n"))
    destination = replace(rules.catalogue.destination("api.openai.com", 443, "POST", "/"), exposure=exposure)
    assert look_needed(rules, destination) is look


def test_the_shipped_rules_look_for_writing_only_under_an_agreement() -> None:
    rules = load_rules()
    public = rules.catalogue.destination("chatgpt.com", 443, "POST", "/")
    assert look_needed(rules, public) is Look.MEDICAL
    assert look_needed(rules, replace(public, exposure=Exposure.BAA)) is Look.TEXT


def test_unlisted_services_are_closed_by_a_rule(tmp_path: Path) -> None:
    shipped = load_rules()
    assert shipped.forbids_unknown("www.midjourney.com", 443)
    assert not shipped.forbids_unknown("www.hospital.example", 443)
    assert not shipped.forbids_unknown("api.openai.com", 443)
    for text in (
        "do: log",
        "do: block\nmode: monitor",
        "from: {user: mara}\ndo: block",
        "from: {identified: no}\ndo: block",
    ):
        rules = load_rules(write(tmp_path, r=f"because: Why.\nto: unlisted\n{text}\n", log=LOG))
        assert not rules.forbids_unknown("www.midjourney.com", 443)
