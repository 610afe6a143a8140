import pytest

from gateway.messages import LANGUAGES, messages
from gateway.model import (
    MODALITIES,
    NOT_UNDERSTOOD,
    Action,
    Decision,
    Examination,
    Finding,
    Format,
    Kind,
    PartReport,
)
from gateway.refusal.words import link_for, notice_of, one_line, seen_in

EN = messages("en")


def seen(*findings: Finding, form: Format = Format.PNG) -> str:
    return seen_in(Examination("", (PartReport((), form, 1),), findings), EN)


def test_every_sort_of_image_and_finding_has_words() -> None:
    for language in LANGUAGES:
        texts = messages(language).texts
        assert {key.removeprefix("modality.") for key in texts if key.startswith("modality.")} == set(
            MODALITIES
        )
        kinds = {key.removeprefix("kind.") for key in texts if key.startswith("kind.")}
        assert kinds == set(Kind) - NOT_UNDERSTOOD - {Kind.MEDICAL_IMAGE}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (seen(Finding(Kind.MEDICAL_IMAGE, detail="ct", confidence=0.5)), "This looks like a CT scan (50% sure)."),
        (seen(Finding(Kind.MEDICAL_IMAGE, detail="ct", confidence=0.998)), "This looks like a CT scan (99% sure)."),
        (seen(Finding(Kind.MEDICAL_IMAGE, detail="ecg")), "This is an ECG."),
        (seen(Finding(Kind.MEDICAL_IMAGE, detail="ct"), form=Format.DICOM), "This is a medical image file (DICOM): a CT scan."),
        (seen(Finding(Kind.MEDICAL_IMAGE, detail="other"), form=Format.DICOM), "This is a medical image file (DICOM)."),
        (
            seen(Finding(Kind.MEDICAL_IMAGE, detail="ct", confidence=0.6), Finding(Kind.MEDICAL_IMAGE, ("2",), detail="mri", confidence=0.9)),
            "This looks like an MRI scan (90% sure), one of 2 medical images in this upload.",
        ),
        (seen(Finding(Kind.TEXT_IN_PIXELS), Finding(Kind.TEXT_IN_PIXELS), Finding(Kind.IDENTIFIER_IN_METADATA)),
         "It holds writing inside a picture and details in a file's description that can name a person."),
        (seen(Finding(Kind.MEDICAL_IMAGE, detail="ecg"), Finding(Kind.ORDINARY_IMAGE), Finding(Kind.REFERENCE)),
         "This is an ECG. It also holds an address that the service is asked to fetch."),
        (seen(Finding(Kind.ENCRYPTED)), ""),
        (seen_in(None, EN), ""),
    ],
)  # fmt: skip
def test_what_was_seen_is_said_plainly(text: str, expected: str) -> None:
    assert text == expected


def test_nothing_that_was_read_is_ever_said() -> None:
    finding = Finding(Kind.IDENTIFIER_IN_METADATA, ("doe^jane.png",), "EXIF doe^jane", "doe^jane")
    told = notice_of(
        Decision(Action.BLOCK, ("r",), "Because."),
        Examination("", (PartReport(("doe^jane.png",), Format.PNG, 1),), (finding,)),
        "g-1",
        "",
        say=EN,
    )
    assert "jane" not in repr(told).lower()


def test_a_header_is_cut_but_never_its_reference() -> None:
    told = notice_of(
        Decision(Action.BLOCK, tuple(f"rule-{number}" for number in range(50)), "Long. " * 100),
        None,
        "g-1",
        "https://a.example",
        say=EN,
    )
    short = told.short(300)
    assert len(short) <= 300
    assert "Reference: g-1. More: https://a.example/g-1" in short
    assert "rule-3 and 46 more" in short


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("http://127.0.0.1:8081/decisions/", "http://127.0.0.1:8081/decisions/g-1"),
        ("https://a.example/x?id=", "https://a.example/x?id=g-1"),
        ("https://a.example", "https://a.example/g-1"),
        ("javascript:alert(1)", ""),
        ('https://a.example/"><script>', ""),
        ("", ""),
    ],
)
def test_links_lead_to_web_pages_only(link: str, expected: str) -> None:
    assert link_for(link, "g-1") == expected


def test_one_line() -> None:
    assert one_line(" a\r\nb\x00c\u2028d\ud800 ") == "a b c d?"
