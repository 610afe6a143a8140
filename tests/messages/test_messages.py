"""Every text that people see exists in every language, with the same blanks to fill."""

import re
import string
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gateway
from gateway import reasons
from gateway.messages import DEFAULT, LANGUAGES, language_of, messages
from gateway.messages.about import about_service, source_of
from gateway.terms import NO_TERMS, Known, Terms

OTHERS = [language for language in LANGUAGES if language != DEFAULT]
ENGLISH = messages(DEFAULT).texts


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    assert messages(language).texts.keys() ^ ENGLISH.keys() == set()


@pytest.mark.parametrize("language", OTHERS)
def test_the_same_blanks_stand_in_every_language(language: str) -> None:
    texts = messages(language).texts
    assert {key for key in ENGLISH if blanks(texts[key]) != blanks(ENGLISH[key])} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_text_is_translated_and_not_copied(language: str) -> None:
    texts = messages(language).texts
    assert {key for key in ENGLISH if texts[key] == ENGLISH[key] and blanks(texts[key]) == set()} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_code_has_words(language: str) -> None:
    say = messages(language)
    assert all(say.reason(code) for code in reasons.REASONS)
    assert say.reason("something-new") == say.reason("not-examined")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(reasons.REASONS.keys() - {reasons.RULE}))
def test_every_reason_code_says_what_to_do(code: str, language: str) -> None:
    advice = messages(language).advice(code)
    assert advice
    assert advice[-1] not in ".!?"  # the end is put to it where it is shown
    assert (code in reasons.ADVICE) != (code in reasons.REMEDIES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_single_clean_lines(language: str) -> None:
    for key, text in messages(language).texts.items():
        assert text == text.strip(), key
        assert text.isprintable(), key
        assert text, key


def test_every_text_that_the_program_asks_for_exists() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(gateway.__path__[0]).rglob("*.py"))
    asked = set(re.findall(r"""\b(?:say|self)\(\s*["']([a-z_]+\.[a-z_-]+)["']""", source))
    assert len(asked) > 15
    assert asked <= ENGLISH.keys()


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", ""), ("*", ""), ("de", "de"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,es;q=0.5,en;q=0.4", "es"),
        ("en;q=0.2, ES-mx ;q=0.7", "es"), ("fr-FR,fr", ""), ("de;q=0", ""), ("de;q=0,en", "en"), ("DE", "de"),
        ("x" * 9000, ""), ("fr," * 30 + "de", ""), ("de;q=nan", ""), ("de;q=9", ""),
    ],
)  # fmt: skip
def test_the_language_that_is_asked_for(accept: str, language: str) -> None:
    assert language_of(accept) == language


@given(st.text(max_size=200))
def test_any_header_is_a_language_of_ours_or_none(accept: str) -> None:
    assert language_of(accept) in ("", *LANGUAGES)


def test_a_language_that_is_not_known_is_english() -> None:
    assert messages("tlh").language == "en"


@pytest.mark.parametrize(
    ("terms", "agreed", "words"),
    [
        (NO_TERMS, False, "Whether this service trains on what you upload is unknown; your organisation has no agreement with it."),
        (Terms(Known.YES), False, "This service may train on what you upload; your organisation has no agreement with it."),
        (Terms(Known.NO, retention_days=30), True,
         "This service says that it does not train on what you upload; it keeps uploads for up to 30 days; your organisation has an agreement with it."),
        (Terms(Known.DEPENDS, retention="until deleted"), False,
         "Whether this service trains on what you upload depends on the account; how long it keeps uploads: until deleted; your organisation has no agreement with it."),
        (Terms(retention_days=0, shared_with_affiliates=Known.YES), False,
         ("Whether this service trains on what you upload is unknown; it says that it does not keep uploads; it may hand them on to affiliates; "
         "your organisation has no agreement with it.")),
    ],
)  # fmt: skip
def test_terms_in_plain_words(terms: Terms, agreed: bool, words: str) -> None:
    assert about_service(messages("en"), terms, agreed=agreed) == words


def test_the_catalogues_own_words_are_not_mixed_into_another_language() -> None:
    told = about_service(messages("de"), Terms(Known.YES, retention="until deleted"), agreed=False)
    assert (
        told
        == "Dieser Dienst kann mit dem trainieren, was Sie hochladen; Ihre Einrichtung hat keinen Vertrag mit ihm."
    )


def test_where_it_is_known_from() -> None:
    terms = Terms(Known.YES, source="Privacy policy", as_of=date(2026, 2, 3))
    assert source_of(messages("es"), terms) == "Según se sabía el 2026-02-03: Privacy policy"
    assert source_of(messages("en"), NO_TERMS) == ""
