"""`leadglass rules` as a person uses it."""

import json
from pathlib import Path
from typing import Any

import pydicom.data
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from gateway.cli.rules import rules
from gateway.errors import RuleError
from gateway.policy import load_rules
from tests.policy.made import LOG, write

RULE = "because: No scans.\nto: public\nfound: medical-image\ndo: block\ncases:\n  - {to: chatgpt.com, found: xray, expect: EXPECT}\n"


def run(*arguments: str | Path, **more: Any) -> Result:
    return CliRunner().invoke(
        rules, [str(argument) for argument in arguments], catch_exceptions=False, **more
    )


def test_check_prints_a_line_for_each_file_and_the_count(tmp_path: Path) -> None:
    result = run("check", write(tmp_path, a=RULE.replace("EXPECT", "block"), log=LOG))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == ["a.yaml: 1 rule", "log.yaml: 1 rule"]
    assert result.stdout.splitlines()[2].startswith("2 rules, 1 case, ")
    assert "no case stands beside log" in result.stderr


def test_check_of_the_shipped_rules() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert load_rules().digest[:16] in result.stdout


def test_check_says_what_is_over(tmp_path: Path) -> None:
    organisation = "agreements: [{provider: openai, id: B-1, until: 2020-01-01, accounts: ['header:x']}]\n"
    assert (
        "the agreement B-1 with openai ended on 2020-01-01"
        in run("check", write(tmp_path, log=LOG, organisation=organisation)).stderr
    )


def test_mistakes_are_raised_for_the_command_to_print(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"a\.yaml:6: `EXPECT` cannot stand under `expect`"):
        run("check", write(tmp_path, a=RULE))


def test_cases_are_decided(tmp_path: Path) -> None:
    good = run("test", write(tmp_path / "good", a=RULE.replace("EXPECT", "block")))
    assert (good.exit_code, good.stdout) == (0, "1 case, 1 hold, 0 do not\n")
    bad = run("test", write(tmp_path / "bad", a=RULE.replace("EXPECT", "redact")))
    assert bad.exit_code == 1
    assert (
        "a.yaml:6: a: to chatgpt.com (public), found xray\n  - expected redact, got block (a)" in bad.stdout
    )
    shown = run("test", "--json", tmp_path / "bad")
    assert shown.exit_code == 1
    assert json.loads(shown.stdout)["holds"] is False


def test_a_set_without_cases_says_so(tmp_path: Path) -> None:
    result = run("test", write(tmp_path, log=LOG))
    assert result.exit_code == 0
    assert "no rule has a case" in result.stderr


def test_the_schema_is_json() -> None:
    assert json.loads(run("schema").stdout)["title"] == "Leadglass rules"


def test_an_account_is_printed_and_the_key_is_not(tmp_path: Path) -> None:
    result = run("account", "--state", tmp_path, input="sk-secret\n")
    assert result.exit_code == 0
    account = result.stdout.strip()
    organisation = (
        f"agreements: [{{provider: openai, id: B-1, until: 2099-01-01, accounts: ['{account}']}}]\n"
    )
    catalogue = load_rules(
        write(tmp_path / "rules", log=LOG, organisation=organisation),
        (tmp_path / "keys" / "hmac").read_bytes(),
    ).catalogue
    assert (
        catalogue.destination(
            "api.openai.com", 443, "POST", "/", ((b"authorization", b"Bearer sk-secret"),)
        ).agreement
        == "B-1"
    )
    assert "sk-secret" not in result.output
    assert run("account", "--state", tmp_path, input="\n").exit_code == 2


def test_explain_a_scan() -> None:
    scan = str(pydicom.data.get_testdata_file("CT_small.dcm", download=False))
    result = run("explain", scan, "--to", "chatgpt.com")
    assert result.exit_code == 1
    assert "to chatgpt.com: chatgpt, class public" in result.stdout
    assert "BLOCK  medical-images-to-public-ai: medical-image" in result.stdout
    assert "decision: BLOCK  by " in result.stdout
    assert "would have to stop speaking of it" in result.stdout


def test_explain_an_ordinary_picture(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 30, 30)).save(tmp_path / "red.png")
    result = run("explain", tmp_path / "red.png", "--to", "claude.ai")
    assert result.exit_code == 0, result.stdout
    assert "ordinary-findings: ordinary-image" in result.stdout
    assert "to change it: nothing" in result.stdout


def test_explain_a_stranger(tmp_path: Path) -> None:
    path = tmp_path / "holiday.png"
    Image.new("RGB", (640, 480), "green").save(path)
    result = run("explain", path, "--to", "chatgpt.com", "--stranger")
    assert result.exit_code == 1
    assert "not-identified: the upload as a whole" in result.stdout
    assert "Sign in to the proxy" in result.stdout
    assert "identified: no" in result.stdout


def test_explain_what_cannot_be_examined(tmp_path: Path) -> None:
    (tmp_path / "strange").write_bytes(bytes(range(1, 256)) * 40)
    result = run("explain", tmp_path / "strange", "--to", "claude.ai")
    assert result.exit_code == 1
    assert "on_failure: " in result.stdout


def test_every_command_explains_its_exit_codes_and_has_an_example() -> None:
    assert "Exit codes: 0" in run("--help").stdout
    for name in ("check", "test", "explain", "schema", "account"):
        assert "Example: leadglass rules" in run(name, "--help").stdout
