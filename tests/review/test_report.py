"""The report for a period, over a real record: as a page, as PDF, by command."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner

from gateway.cli.audit import audit
from gateway.errors import AuditError
from gateway.messages import LANGUAGES, messages
from gateway.review import Books
from gateway.review.accounts import Role
from gateway.review.report import report
from gateway.review.report_pdf import as_pdf
from tests.review.desk import Desk, fill

TODAY = datetime.now(UTC).date().isoformat()
LONG_AGO, EVER = "2020-01-01", "2099-12-31"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    fill(folder)
    return folder


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join("".join(page.get_textpage().get_text_range() for page in document).split())


def test_it_counts_what_the_record_holds(state: Path) -> None:
    made = report(Books(state), messages("en"), LONG_AGO, EVER)
    rows = {row[0]: row[1:] for section in made.sections for row in section.rows}
    assert rows["not sent"] == ("2",)
    assert rows["could not be examined"] == ("1",)
    assert rows["connections not opened"] == ("12",)
    assert rows["CT"][0] == "1"
    assert rows["radiology"][-1] == "1"
    assert any(len(section.rows) and len(section.rows[0][0]) == 64 for section in made.sections)
    assert any("as it was signed" in text for section in made.sections for text in section.words)


def test_a_period_without_decisions_says_so(state: Path) -> None:
    made = report(Books(state), messages("en"), LONG_AGO, LONG_AGO)
    assert made.sections[0].words == ("0 decisions.",)


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", ""])
def test_what_is_no_day_is_refused(state: Path, day: str) -> None:
    with pytest.raises(AuditError):
        report(Books(state), messages("en"), day or "x", TODAY)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_pdf_says_the_same_in_each_language(state: Path, language: str) -> None:
    say = messages(language)
    made = report(Books(state), say, LONG_AGO, EVER)
    text = words(as_pdf(made))
    for section in made.sections:
        assert " ".join(section.title.split()) in text
    assert say("desk.report.reviewed") in text
    with pikepdf.open(io.BytesIO(as_pdf(made))) as document:
        assert str(document.Root.Lang) == language


def test_names_that_are_markup_or_of_other_letters_break_nothing(state: Path) -> None:
    made = report(Books(state), messages("en"), LONG_AGO, EVER)
    assert "<script>" in words(as_pdf(made)).replace(" ", "")
    page = Desk(state).browser(Role.AUDITOR).get(f"/report?since={LONG_AGO}&until={EVER}").text
    assert "<script>" not in page


def test_an_auditor_reads_it_and_takes_it_along(state: Path) -> None:
    desk = Desk(state)
    browser = desk.browser(Role.AUDITOR)
    assert "What was decided from" in browser.get("/report").text
    pdf = browser.get(f"/report.pdf?since={LONG_AGO}&until={TODAY}")
    assert pdf.headers["content-type"] == "application/pdf"
    assert "What was decided" in words(pdf.content)
    assert browser.get("/report?since=nonsense").status_code == 400
    assert {(one.event, one.detail) for one in desk.seen} == {
        ("record-exported", "report"),
        ("record-exported", "report.pdf"),
    }


def test_by_command(state: Path, tmp_path: Path) -> None:
    output = tmp_path / "q1.pdf"
    done = CliRunner().invoke(
        audit,
        ["report", "--state", str(state), "--since", LONG_AGO, "--until", EVER, "--language", "de", "--output", str(output)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "entschieden wurde" in words(output.read_bytes())
