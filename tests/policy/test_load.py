from pathlib import Path

import pytest

from gateway.errors import RuleError
from gateway.policy import SHIPPED, load, load_rules, run_cases
from tests.policy.made import LOG, mistakes, write

ROOT = Path(__file__).parents[2]
SETS = sorted(path for path in (ROOT / "rules" / "sets").iterdir() if path.is_dir())

RULE = "because: Why.\nto: public\nfound: medical-image\ndo: block\n"


def test_the_shipped_rules_are_the_ones_in_the_checkout() -> None:
    assert SHIPPED.resolve() == ROOT / "rules"
    assert load_rules().digest == load_rules(ROOT / "rules").digest


@pytest.mark.parametrize("folder", [None, *SETS], ids=lambda folder: folder.name if folder else "shipped")
def test_every_shipped_set_holds_its_cases(folder: Path | None) -> None:
    loaded = load(folder)
    results = run_cases(loaded.rules, loaded.cases)
    assert [
        (result.case.rule, result.case.line, result.differences) for result in results if result.differences
    ] == []
    assert {rule.name for rule in loaded.rules.rules} == {case.rule for case in loaded.cases}, (
        "a rule without a case"
    )


def test_there_are_four_ready_made_sets() -> None:
    assert [path.name for path in SETS] == ["research-group", "school", "strict-hospital", "teleradiology"]


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        one="because: Why.\nto: pubic\nfound: [xray, mammogramm]\ndo: blok\nextra: 1\n",
        two="because: Why.\ntoo: public\nfrom: {grup: x}\ndo: block\n",
        three="because: [unclosed\n",
        four="because: Why.\ndo: log\nwhen: {hours: '25:00-26:00', timezone: Mars/Olympus, days: [moon]}\nsize: {below: much}\n",
    )
    text = "\n".join(found)
    for expected in (
        "one.yaml:2: `pubic` is not a class",
        "one.yaml:3: `mammogramm` is not something that can be found; did you mean `mammogram`?",
        "one.yaml:4: `blok` cannot stand under `do`; did you mean `block`?",
        "one.yaml:5: there is no key `extra` here",
        "two.yaml:2: there is no key `too` here; did you mean `to`?",
        "two.yaml:3: there is no key `grup` here; did you mean `group`?",
        "three.yaml:2: this is not YAML",
        "four.yaml:3: `25:00-26:00` is not a window",
        "four.yaml:3: `Mars/Olympus` is not a time zone",
        "four.yaml:3: `moon` is not a day",
        "four.yaml:4: `much` is not a size",
    ):
        assert expected in text
    assert found == sorted(found, key=lambda line: (line.split(":")[0], int(line.split(":")[1])))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (RULE.replace("public", "pubic"), "r.yaml:2: `pubic` is not a class, a provider or a host; did you mean `public`?"),
        (RULE.replace("public", "{provider: antropic}"), "r.yaml:2: `antropic` is not a provider in the catalogue; did you mean `anthropic`?"),
        (RULE.replace("public", "{operation: files.creat}"), "r.yaml:2: `files.creat` is not an operation in the catalogue; did you mean `files.create`?"),
        (RULE.replace("public", "api.opena.com"), "so nothing that goes there is looked at (add it to organisation.yaml); did you mean `api.openai.com`?"),
        (RULE.replace("public", "[public, chatgpt.com]"), "r.yaml:2: a class beside hosts or providers cannot be one sentence"),
        (RULE.replace("medical-image", "medical-imag"), "r.yaml:3: `medical-imag` is not something that can be found; did you mean `medical-image`?"),
        (RULE.replace("medical-image", "encrypted"), "r.yaml:3: `encrypted` is a failure to understand; answer it in a rule with `on_failure`"),
        (RULE.replace("medical-image", "{kind: text-in-pixels, score: {at_least: 0.5}}"), "only `medical-image` and `ordinary-image` have a score"),
        (RULE.replace("medical-image", "{kind: ordinary-image, modality: ct}"), "only a `medical-image` has a modality"),
        (RULE.replace("medical-image", "{score: {at_least: 0.9, below: 0.1}}"), "nothing lies in this range"),
        (RULE.replace("medical-image", "{score: {at_least: 7}}"), "r.yaml:3: `at_least` must be at most 1"),
        (RULE.replace("medical-image", "{}"), "nothing is named here"),
        (RULE.replace("medical-image", "[]"), "`found` needs at least one"),
        (RULE + "unless: {}\n", "this exception names nothing"),
        (RULE + "from: {network: 10.0.0.1/8}\n", "`10.0.0.1/8` is not a network"),
        (RULE + "from: {identified: no, user: mara}\n", "nobody is both unidentified and known"),
        (RULE + "with: {text: all}\n", "r.yaml:5: `with` says how to redact, but the rule does `block`"),
        (RULE.replace("block", "redact") + "with: {profile: retain-uid}\n", "did you mean `retain-uids`?"),
        (RULE + "on_failure: any\n", "a rule speaks of what is found or of failures"),
        ("because: Why.\non_failure: [encripted]\ndo: block\n", "r.yaml:2: `encripted` is not a reason code that a rule can answer; did you mean `encrypted`?"),
        ("because: Why.\non_failure: ledger-unavailable\ndo: log\n", "`ledger-unavailable` is not a reason code that a rule can answer"),
        ("because: Why.\non_failure: any\ndo: log\nmode: monitor\n", "failures are not monitored"),
        ("because: Why.\non_failure: any\ndo: redact\n", "cannot be answered with `redact`"),
        ("name: unforeseen\n" + RULE, "the gateway itself speaks"),
        ("name: Not A Name\n" + RULE, "r.yaml:1: `Not A Name` cannot be a name: lower-case letters, digits and hyphens"),
        ("to: public\ndo: block\n", "the key `because` is missing"),
        ("because: Why.\n", "the key `do` is missing"),
        ("because: Why.\nbecause: Twice.\ndo: log\n", "r.yaml:2: the key `because` is given twice"),
        ("because: Why.\ndo: log\nsize: {}\n", "this range has no end"),
        ("because: Why.\ndo: log\nwhen: {since: 2026-02-02, until: 2026-01-01}\n", "ends before it begins"),
        ("because: &a [*a]\ndo: log\n", "nested too deeply"),
        ("- because: Why.\n", "stands where keys with values belong"),
        ('because: ""\ndo: log\n', "r.yaml:1: `because` is empty"),
        ("because: 5\ndo: log\n", "r.yaml:1: `5` is not a text"),
        ("because: Why.\ndo: coach\nfound: xray\nwith: {reasons: []}\n", "r.yaml:4: `reasons` needs at least one"),
        ("because: Why.\ndo: log\nto: {retention_days: {at_least: -1}}\n", "r.yaml:3: `at_least` must be at least 0"),
        ("because: Why.\ndo: redact\nfound: xray\nwith: {keep_length: maybe}\n", "`maybe` cannot stand under `keep_length`; choose from yes, no"),
        ("because: Why.\ndo: log\ntranslations: {fr: {because: x}}\n", "`fr` cannot stand under `translations`; choose from de, en, es"),
        ("because: Why.\ndo: log\nwhen: {since: 2026-13-01}\n", "r.yaml:3: this value cannot be read; a date is written like 2026-01-31"),
        (RULE + "cases:\n  - {to: chatgpt.com, expect: no}\n", "`no` cannot stand under `expect`; choose from allow, block"),
        (RULE + "cases: [3]\n", "`3` stands where keys with values belong"),
        ("rules: []\n", "`rules` is a list of at least one rule"),
        ("rules:\n  - {because: Why., do: log}\n", "r.yaml:2: a rule in a list needs a `name`"),
        ("rules:\n  - {name: a, because: Why., do: log}\nmode: monitor\n", "`mode` cannot stand beside `rules`"),
        ("", "the file is empty"),
        (RULE + "cases:\n  - {to: chatgpt.com, found: xrai, expect: block}\n", "r.yaml:6: `xrai` is not something that can be found; did you mean `xray`?"),
        (RULE + "cases:\n  - {to: openai, expect: block}\n", "a case goes to one host"),
        (RULE + "cases:\n  - {to: chatgpt.com, expect: block, by: s}\n", "`s` is not a rule"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_what_was_probably_meant(
    tmp_path: Path, rule: str, expected: str
) -> None:
    found = mistakes(tmp_path, r=rule)
    assert any(expected in line for line in found), found


def test_mistakes_of_rules_and_of_the_organisation_are_told_together(tmp_path: Path) -> None:
    organisation = "agreements: [{provider: opena, id: x, until: 2030-01-01, accounts: ['header:x']}]\n"
    found = mistakes(tmp_path, r=RULE.replace("public", "pubic"), organisation=organisation)
    assert [line.split(":")[0] for line in found] == ["organisation.yaml", "r.yaml"]


def test_nothing_is_said_about_an_action_that_is_not_known(tmp_path: Path) -> None:
    found = mistakes(tmp_path, r=RULE.replace("block", "redakt") + "with: {text: all}\n")
    assert found == ["r.yaml:4: `redakt` cannot stand under `do`; did you mean `redact`?"]


def test_a_small_file_cannot_ask_for_billions(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 12)]
    assert any("repeats itself too often" in line for line in mistakes(tmp_path, r="\n".join(lines)))


def test_a_name_is_used_once(tmp_path: Path) -> None:
    assert "the rule `log` is there already" in mistakes(tmp_path, a=LOG, b=LOG)[0]


def test_no_rules_and_no_folder_are_mistakes(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="there is no rule"):
        load_rules(tmp_path)
    with pytest.raises(RuleError, match="cannot be read"):
        load_rules(tmp_path / "absent")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("providers:\n  mine: {title: Mine, hosts: [chatgpt.com], sources: [ours]}\n", "`chatgpt.com` belongs to `chatgpt` already"),
        ("providers:\n  mine: {title: Mine, hosts: ['*openai.com'], sources: [ours]}\n", "is not a host name"),
        ("providers:\n  mine: {title: Mine, hosts: [a.example], shape: opnai, sources: [ours]}\n", "did you mean `openai`?"),
        ("providers:\n  mine: {title: Mine, hosts: [a.example], uses: [opnai], sources: [ours]}\n", "did you mean `openai`?"),
        ("providers:\n  mine: {title: Mine, hosts: [a.example], class: baa, sources: [ours]}\n", "`baa` cannot stand under `class`"),
        ("providers:\n  mine: {title: Mine, hosts: [a.example], operations: {x: FETCH /a}, sources: [ours]}\n", "is not a method and a path"),
        ("providers:\n  openai: {title: Mine, hosts: [a.example], sources: [ours]}\n", "the provider `openai` is there already"),
        ("agreements:\n  - {provider: opena, id: x, until: 2030-01-01, accounts: ['header:x']}\n", "did you mean `openai`?"),
        ("agreements:\n  - {provider: openai, id: x, until: 2030-01-01, accounts: [org-1]}\n", "write header:VALUE"),
        ("agreements:\n  - {provider: openai, id: x, accounts: ['header:x']}\n", "the key `until` is missing"),
        ("ai_names: ['(']\n", "this expression cannot be read"),
    ],
)  # fmt: skip
def test_mistakes_in_the_organisation_file(tmp_path: Path, text: str, expected: str) -> None:
    found = mistakes(tmp_path, log=LOG, organisation=text)
    assert any(expected in line and line.startswith("organisation.yaml:") for line in found), found


def test_the_digest_follows_the_meaning_only(tmp_path: Path) -> None:
    base = load_rules(write(tmp_path / "a", r=RULE, log=LOG)).digest
    same = load_rules(write(tmp_path / "b", other="# words\nrules:\n  - {name: log, because: It is written down., found: anything, do: log}\n",
                            r=RULE + "cases: [{to: chatgpt.com, found: xray, expect: block}]\n")).digest  # fmt: skip
    assert base == same
    for number, changed in enumerate(
        (RULE.replace("block", "log"), RULE.replace("Why", "Because"), RULE + "mode: monitor\n")
    ):
        assert load_rules(write(tmp_path / str(number), r=changed, log=LOG)).digest != base
    organisation = "agreements: [{provider: openai, id: x, until: 2030-01-01, accounts: ['header:x']}]\n"
    assert load_rules(write(tmp_path / "c", r=RULE, log=LOG, organisation=organisation)).digest != base


def test_own_destinations_replace_the_shipped_ones(tmp_path: Path) -> None:
    own = "providers:\n  ours: {title: Ours, hosts: [ai.hospital.example], sources: [ours]}\n"
    catalogue = load_rules(write(tmp_path, log=LOG, destinations=own)).catalogue
    assert tuple(catalogue.providers) == ("ours",)
    assert catalogue.lookup("api.openai.com", 443) is None
