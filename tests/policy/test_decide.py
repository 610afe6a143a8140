from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import reasons
from gateway.messages import DEFAULT, LANGUAGES
from gateway.model import Action, Examination, Finding, Format, Kind, PartReport, Sender
from gateway.policy import RuleSet, decide, decide_failure, load_rules
from tests.policy.made import LOCKED, LOG, MEDICAL, NOW, ORDINARY, action, decision, seen, upload, write

BLOCK = "because: No scans.\nto: public\nfound: medical-image\ndo: block\ninstead: Ask.\n"


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    return load_rules()


def made(folder: Path, **files: str) -> RuleSet:
    return load_rules(write(folder, **files))


def test_the_shipped_defaults(shipped: RuleSet) -> None:
    assert action(shipped, MEDICAL) is Action.BLOCK
    assert action(shipped, ORDINARY) is Action.LOG
    assert action(shipped) is Action.LOG
    assert action(shipped, LOCKED) is Action.BLOCK
    assert action(shipped, LOCKED, host="b.s3.amazonaws.com") is Action.LOG
    assert action(shipped, MEDICAL, host="b.s3.amazonaws.com") is Action.BLOCK
    assert action(shipped, host="www.hospital.example") is Action.ALLOW
    assert action(shipped, host="www.midjourney.com") is Action.BLOCK


def test_a_decision_names_its_rule_and_its_words(tmp_path: Path) -> None:
    told = decision(made(tmp_path, no_scans=BLOCK, log=LOG), MEDICAL)
    assert told.rules == ("no-scans",)
    assert told.because == "No scans."
    assert told.instead == "Ask."
    assert told.reason_code == reasons.RULE
    assert told.would is None


def test_a_finding_that_no_rule_speaks_of_is_blocked(tmp_path: Path) -> None:
    rules = made(tmp_path, no_scans=BLOCK)
    assert action(rules) is Action.ALLOW
    assert decision(rules).rules == ("nothing-found",)
    told = decision(rules, ORDINARY)
    assert told.action is Action.BLOCK
    assert told.rules == ("unforeseen",)
    assert told.reason_code == "unforeseen"


def test_a_rule_about_the_whole_upload_makes_no_finding_foreseen(tmp_path: Path) -> None:
    rules = made(tmp_path, all="because: All.\nto: public\ndo: log\n")
    assert action(rules) is Action.LOG
    assert action(rules, ORDINARY) is Action.BLOCK


def test_what_was_not_understood_is_blocked_without_a_word_about_it(tmp_path: Path) -> None:
    told = decision(made(tmp_path, log=LOG), LOCKED)
    assert told.action is Action.BLOCK
    assert told.rules == ("not-examined",)
    assert told.reason_code == "encrypted"


def test_failures_follow_their_own_rules(tmp_path: Path) -> None:
    text = "because: Locked files are fine here.\nto: claude\non_failure: [encrypted, timeout]\ndo: log\n"
    rules = made(tmp_path, log=LOG, locked=text)
    assert action(rules, LOCKED, host="claude.ai") is Action.LOG
    assert action(rules, LOCKED, host="chatgpt.com") is Action.BLOCK
    assert (
        action(rules, LOCKED, Finding(Kind.UNREADABLE, detail="unreadable"), host="claude.ai") is Action.BLOCK
    )
    there, elsewhere = upload(rules, "claude.ai"), upload(rules, "chatgpt.com")
    assert decide_failure(rules, there, "timeout", now=NOW).action is Action.LOG
    assert decide_failure(rules, there, "worker-died", now=NOW).action is Action.BLOCK
    assert decide_failure(rules, elsewhere, "timeout", now=NOW).action is Action.BLOCK


@pytest.mark.parametrize("code", sorted(reasons.PATH))
def test_some_failures_cannot_be_excused(tmp_path: Path, code: str) -> None:
    rules = made(tmp_path, log=LOG, any="because: Anything.\non_failure: any\ndo: log\n")
    told = decide_failure(rules, upload(rules), code, now=NOW)
    assert told.action is Action.BLOCK
    assert told.reason_code == code
    assert decide_failure(rules, upload(rules), "timeout", now=NOW).action is Action.LOG


@pytest.mark.parametrize("code", sorted(reasons.NAMED_ONLY))
def test_what_nobody_has_seen_is_excused_only_by_name(tmp_path: Path, code: str) -> None:
    rules = made(tmp_path / "a", log=LOG, any="because: Anything.\non_failure: any\ndo: log\n")
    assert decide_failure(rules, upload(rules), code, now=NOW).action is Action.BLOCK
    assert action(rules, Finding(Kind.UNREADABLE, detail=code)) is Action.BLOCK
    rules = made(tmp_path / "b", log=LOG, own=f"because: Our own.\non_failure: [{code}]\ndo: log\n")
    assert decide_failure(rules, upload(rules), code, now=NOW).action is Action.LOG
    assert action(rules, Finding(Kind.UNREADABLE, detail=code)) is Action.LOG


def test_a_rule_that_is_excepted_does_not_allow(tmp_path: Path) -> None:
    rules = made(tmp_path, no_scans=BLOCK + "unless: {group: research}\n")
    told = decision(rules, MEDICAL, sender=Sender(groups=("research",)))
    assert told.action is Action.BLOCK
    assert told.rules == ("unforeseen",)
    rules = made(tmp_path, no_scans=BLOCK + "unless: {group: research}\n", log=LOG)
    assert action(rules, MEDICAL, sender=Sender(groups=("research",))) is Action.LOG
    assert action(rules, MEDICAL) is Action.BLOCK


def test_a_monitored_rule_only_says_what_it_would_do(tmp_path: Path) -> None:
    told = decision(made(tmp_path, watch=BLOCK + "mode: monitor\n"), MEDICAL)
    assert told.action is Action.LOG
    assert told.would is Action.BLOCK
    assert told.rules == ("watch",)
    enforced = decision(made(tmp_path, watch=BLOCK + "mode: monitor\n", no=BLOCK), MEDICAL)
    assert enforced.action is Action.BLOCK
    assert enforced.would is None
    assert enforced.rules == ("no",)


def test_monitoring_does_not_excuse_what_was_not_understood(tmp_path: Path) -> None:
    rules = made(tmp_path, watch="because: Watch.\nfound: anything\ndo: block\nmode: monitor\n")
    assert action(rules, LOCKED) is Action.BLOCK
    assert action(rules, MEDICAL, LOCKED) is Action.BLOCK
    assert action(rules, MEDICAL) is Action.LOG


@pytest.mark.parametrize(
    ("found", "finding", "form", "speaks"),
    [
        ("xray", MEDICAL, Format.PNG, True),
        ("ct", MEDICAL, Format.PNG, False),
        ("dicom", MEDICAL, Format.DICOM, True),
        ("dicom", MEDICAL, Format.PNG, False),
        ("[ct, png]", MEDICAL, Format.PNG, True),
        ("{kind: medical-image, format: [png, jpeg]}", MEDICAL, Format.PNG, True),
        ("{kind: medical-image, format: tiff}", MEDICAL, Format.PNG, False),
        ("{score: {at_least: 0.9}}", MEDICAL, Format.PNG, True),
        ("{score: {at_least: 0.98}}", MEDICAL, Format.PNG, False),
        ("{score: {below: 0.2}}", ORDINARY, Format.PNG, True),
        ("{score: {below: 0.1}}", ORDINARY, Format.PNG, False),
        ("{score: {below: 1}}", Finding(Kind.REFERENCE, confidence=0.5), Format.TEXT, False),
        (
            "{kind: reference, detail: internal}",
            Finding(Kind.REFERENCE, detail="internal"),
            Format.TEXT,
            True,
        ),
        (
            "{kind: reference, detail: internal}",
            Finding(Kind.REFERENCE, detail="external"),
            Format.TEXT,
            False,
        ),
        ("[{modality: ct}, {modality: xray}]", MEDICAL, Format.PNG, True),
        ("anything", ORDINARY, Format.PNG, True),
    ],
)
def test_what_a_rule_can_find(
    tmp_path: Path, found: str, finding: Finding, form: Format, *, speaks: bool
) -> None:
    rules = made(tmp_path, r=f"because: Why.\nfound: {found}\ndo: redact\n", log=LOG)
    assert action(rules, finding, form=form) is (Action.REDACT if speaks else Action.LOG)


def test_a_format_speaks_of_files_in_which_nothing_is_found(tmp_path: Path) -> None:
    rules = made(tmp_path, r="because: No archives.\nto: public\nfound: zip\ndo: block\n")
    assert action(rules, form=Format.ZIP) is Action.BLOCK
    assert action(rules, form=Format.TEXT) is Action.ALLOW


@pytest.mark.parametrize(
    ("condition", "sender", "speaks"),
    [
        ("from: {user: mara}", Sender("mara"), True),
        ("from: {user: mara}", Sender("maria"), False),
        ("from: {group: [a, b]}", Sender("x", groups=("b", "c")), True),
        ("from: {group: [a, b]}", Sender("x", groups=("c",)), False),
        ("from: {identified: no}", Sender(), True),
        ("from: {identified: no}", Sender("mara"), False),
        ("from: {network: 10.20.0.0/16}", Sender(client="10.20.3.4"), True),
        ("from: {network: 10.20.0.0/16}", Sender(client="::ffff:10.20.3.4"), True),
        ("from: {network: 10.20.0.0/16}", Sender(client="10.21.3.4"), False),
        ("from: {network: 10.20.0.0/16}", Sender(client=""), False),
        ("from: {network: 'fd00::/8'}", Sender(client="fd00::1%eth0"), True),
        ("from: {user: mara, group: a}", Sender("mara", groups=("b",)), False),
    ],
)
def test_who_a_rule_can_speak_of(tmp_path: Path, condition: str, sender: Sender, *, speaks: bool) -> None:
    rules = made(tmp_path, r=f"because: Why.\n{condition}\nfound: anything\ndo: block\n", log=LOG)
    assert action(rules, ORDINARY, sender=sender) is (Action.BLOCK if speaks else Action.LOG)


@pytest.mark.parametrize(
    ("to", "host", "path", "speaks"),
    [
        ("openai", "api.openai.com", "/v1/files", True),
        ("openai", "chatgpt.com", "/", False),
        ("chatgpt.com", "chatgpt.com", "/", True),
        ("chatgpt.com", "www.chatgpt.com", "/", False),
        ("'*.chatgpt.com'", "www.chatgpt.com", "/", True),
        ("[chatgpt.com, anthropic]", "api.anthropic.com", "/", True),
        ("[chatgpt.com, anthropic]", "claude.ai", "/", False),
        ("storage", "b.s3.amazonaws.com", "/", True),
        ("{operation: files.create}", "api.openai.com", "/v1/files", True),
        ("{operation: files.create}", "api.openai.com", "/v1/responses", False),
        ("{provider: openai, operation: files.create}", "api.anthropic.com", "/v1/files", False),
        ("{trains_on_uploads: yes}", "chat.deepseek.com", "/", True),
        ("{trains_on_uploads: yes}", "api.openai.com", "/", False),
        ("{trains_on_uploads: unknown, class: public}", "poe.com", "/", True),
        ("{opt_out: yes}", "api.openai.com", "/", True),
        ("{opt_out: yes}", "poe.com", "/", False),
        ("{shared_with_affiliates: [unknown, yes]}", "poe.com", "/", True),
        ("{shared_with_affiliates: no}", "poe.com", "/", False),
        ("{retention_days: {at_least: 30}}", "api.openai.com", "/", True),
        ("{retention_days: {below: 30}}", "api.openai.com", "/", False),
        ("{retention_days: {at_least: 1}}", "poe.com", "/", False),
        ("{retention_days: {at_least: 31, unknown: yes}}", "poe.com", "/", True),
        ("{retention_days: {at_least: 31, unknown: yes}}", "api.openai.com", "/", False),
        ("{retention_days: {unknown: yes}}", "poe.com", "/", True),
        ("{retention_days: {unknown: yes}}", "api.openai.com", "/", False),
        ("{baa_available: [yes]}", "api.openai.com", "/", True),
    ],
)
def test_where_a_rule_can_speak_of(tmp_path: Path, to: str, host: str, path: str, *, speaks: bool) -> None:
    rules = made(tmp_path, r=f"because: Why.\nto: {to}\nfound: anything\ndo: block\n", log=LOG)
    assert action(rules, ORDINARY, host=host, path=path) is (Action.BLOCK if speaks else Action.LOG)


@pytest.mark.parametrize(
    ("when", "now", "speaks"),
    [
        ("{days: mon-fri}", "2026-03-02T10:00+00:00", True),
        ("{days: weekend}", "2026-03-02T10:00+00:00", False),
        ("{days: fri-mon}", "2026-03-01T10:00+00:00", True),
        ("{hours: '07:00-19:00'}", "2026-03-02T07:00+00:00", True),
        ("{hours: '07:00-19:00'}", "2026-03-02T19:00+00:00", False),
        ("{hours: '20:00-06:00', days: mon}", "2026-03-03T05:59+00:00", True),
        ("{hours: '20:00-06:00', days: mon}", "2026-03-02T05:59+00:00", False),
        ("{hours: '20:00-06:00'}", "2026-03-02T12:00+00:00", False),
        ("{hours: '07:00-08:00', timezone: Europe/Vienna}", "2026-03-02T06:30+00:00", True),
        ("{hours: '07:00-08:00', timezone: Europe/Vienna}", "2026-07-06T05:30+00:00", True),
        ("{since: 2026-03-01, until: 2026-03-02}", "2026-03-02T23:59+00:00", True),
        ("{since: 2026-03-01, until: 2026-03-02}", "2026-03-03T00:00+00:00", False),
    ],
)
def test_when_a_rule_speaks(tmp_path: Path, when: str, now: str, *, speaks: bool) -> None:
    rules = made(tmp_path, r=f"because: Why.\nwhen: {when}\nfound: anything\ndo: block\n", log=LOG)
    assert action(rules, ORDINARY, now=datetime.fromisoformat(now)) is (
        Action.BLOCK if speaks else Action.LOG
    )


def test_sizes(tmp_path: Path) -> None:
    rules = made(
        tmp_path,
        r="because: Why.\nsize: {at_least: 1 kB, below: 2 KiB}\nfound: anything\ndo: block\n",
        log=LOG,
    )
    found = [size for size in (999, 1000, 2047, 2048) if action(rules, ORDINARY, size=size) is Action.BLOCK]
    assert found == [1000, 2047]


def test_the_strictest_redaction_is_done(tmp_path: Path) -> None:
    rules = made(
        tmp_path,
        a="because: A.\nfound: medical-image\ndo: redact\nwith: {profile: [retain-uids, clean-descriptors], text: identifiers}\n",
        b="because: B.\nfound: medical-image\ndo: redact\nwith: {profile: retain-uids, keep_length: yes}\n",
    )
    options = decision(rules, MEDICAL).redaction
    assert options.profile == ("retain-uids",)
    assert options.text == "all"
    assert options.keep_length


def test_a_signed_body_cannot_be_redacted(tmp_path: Path) -> None:
    rules = made(tmp_path, a="because: A.\nfound: medical-image\ndo: redact\n")
    headers = ((b"authorization", b"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x"),)
    told = decision(
        rules,
        MEDICAL,
        host="bedrock-runtime.us-east-1.amazonaws.com",
        path="/model/m/converse",
        headers=headers,
    )
    assert told.action is Action.BLOCK
    assert told.reason_code == "signed-body"
    assert told.rules == ("a",)


def test_members_of_a_container_are_judged_each(tmp_path: Path) -> None:
    rules = made(tmp_path, no_scans=BLOCK, log=LOG)
    study = Examination(
        "",
        (
            PartReport(("a.zip",), Format.ZIP, 9),
            PartReport(("a.zip", "1"), Format.PNG, 1, 0.1),
            PartReport(("a.zip", "2"), Format.DICOM, 1, 1.0),
        ),
        (
            Finding(Kind.ORDINARY_IMAGE, ("a.zip", "1"), confidence=0.1),
            Finding(Kind.MEDICAL_IMAGE, ("a.zip", "2"), detail="ct"),
        ),
    )
    assert decide(rules, upload(rules), study, now=NOW).action is Action.BLOCK


def test_a_coaching_rule(tmp_path: Path) -> None:
    rules = made(
        tmp_path, ask="because: Why?\nfound: medical-image\ndo: coach\nwith: {reasons: [phantom, drawing]}\n"
    )
    assert action(rules, MEDICAL) is Action.COACH
    rule = rules.rule("ask")
    assert rule is not None
    assert rule.reasons == ("phantom", "drawing")
    assert rules.rule("absent") is None


def test_the_clock_is_the_wall_clock_unless_one_is_given(tmp_path: Path) -> None:
    rules = made(
        tmp_path, r="because: Why.\nwhen: {until: 2020-01-01}\nfound: anything\ndo: block\n", log=LOG
    )
    assert decide(rules, upload(rules), seen(ORDINARY)).action is Action.LOG
    assert (
        decide(rules, upload(rules), seen(ORDINARY), now=datetime(2019, 1, 1, tzinfo=UTC)).action
        is Action.BLOCK
    )


def test_the_words_of_a_rule_in_other_languages(tmp_path: Path) -> None:
    one = "because: Why.\nfound: ordinary-image\ndo: block\ntranslations: {de: {because: Warum.}}\n"
    two = "because: Also.\ninstead: Do.\nfound: ordinary-image\ndo: block\ntranslations: {de: {instead: Tu.}, es: {instead: Haz.}}\n"
    decided = decision(made(tmp_path, a_one=one, b_two=two), ORDINARY)
    assert (decided.because, decided.instead) == ("Why.", "Do.")
    said = {said.language: (said.because, said.instead) for said in decided.translations}
    assert said == {"de": ("Warum.", "Tu."), "es": ("", "Haz.")}


def test_the_shipped_rules_speak_every_language() -> None:
    for rule in load_rules().rules:
        assert {said.language for said in rule.translations} == set(LANGUAGES) - {DEFAULT}
        assert all(said.because and bool(said.instead) == bool(rule.instead) for said in rule.translations)
