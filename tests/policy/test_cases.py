from pathlib import Path

from gateway.model import Action
from gateway.policy import load, run_cases
from tests.policy.made import LOG, write

RULE = "because: Why.\nto: public\nfound: medical-image\ndo: block\nmode: monitor\ncases:\n"


def test_a_case_that_does_not_hold_says_what_happened_instead(tmp_path: Path) -> None:
    cases = "  - {to: chatgpt.com, found: xray, expect: block, would: redact, by: log}\n  - {to: chatgpt.com, found: png, expect: log}\n"
    loaded = load(write(tmp_path, r=RULE + cases, log=LOG))
    first, second = run_cases(loaded.rules, loaded.cases)
    assert first.differences == ("expected block, got log (log, r)", "expected a monitored redact, got block")
    assert first.case.file == "r.yaml"
    assert first.case.line == 7
    assert first.decision.would is Action.BLOCK
    assert second.differences == ()


def test_cases_can_name_anything_that_can_be_found(tmp_path: Path) -> None:
    words = (
        "dicom",
        "zip",
        "xray",
        "reference",
        "encrypted",
        "timeout",
        "{kind: reference, detail: internal}",
        "{format: png, score: 0.4}",
        "{modality: ct}",
        "{format: text}",
    )
    cases = "".join(f"  - {{to: chatgpt.com, found: [{word}], expect: block}}\n" for word in words)
    loaded = load(write(tmp_path, r=RULE + cases, log=LOG))
    results = run_cases(loaded.rules, loaded.cases)
    assert len(results) == len(words)
    blocked = [
        word for word, result in zip(words, results, strict=True) if result.decision.action is Action.BLOCK
    ]
    assert blocked == ["encrypted", "timeout"]
