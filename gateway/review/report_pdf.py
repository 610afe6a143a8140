"""The report as PDF, with room for signatures."""

import io
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from gateway.review.report import Report, Section

MARGIN: Final = 18 * mm
LINE: Final = HexColor("#c9d0ca")
QUIET: Final = HexColor("#56635c")


def as_pdf(report: Report) -> bytes:
    """The whole report, A4. Letters that are not of Western Europe become question marks: the font has no others."""
    styles = getSampleStyleSheet()
    heading = ParagraphStyle("heading", parent=styles["Heading2"])
    body = ParagraphStyle("body", parent=styles["BodyText"])
    small = ParagraphStyle("small", parent=styles["BodyText"], fontSize=8.5, leading=10.5, wordWrap="CJK")
    flow: list[Flowable] = [
        Paragraph(_text(report.title), styles["Title"]),
        Paragraph(_text(report.made), small),
    ]
    for section in report.sections:
        flow += _section(section, heading, body, small)
    flow.append(KeepTogether([Spacer(1, 14 * mm), *(_signature(each, small) for each in report.signatures)]))
    made = io.BytesIO()
    document = SimpleDocTemplate(
        made, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=report.title, author="Leadglass", lang=report.language,
    )  # fmt: skip
    document.build(flow, onFirstPage=_number, onLaterPages=_number)
    return made.getvalue()


def _section(
    section: Section, heading: ParagraphStyle, body: ParagraphStyle, small: ParagraphStyle
) -> list[Flowable]:
    flow: list[Flowable] = [Paragraph(_text(section.title), heading)]
    flow += [Paragraph(_text(words), body) for words in section.words]
    rows = [*([section.head] if section.head else []), *section.rows]
    if rows:
        flow += [Spacer(1, 2 * mm), _table(rows, small, headed=bool(section.head))]
    return [KeepTogether(flow)] if len(rows) < 12 else flow


def _table(rows: list[tuple[str, ...]], small: ParagraphStyle, *, headed: bool) -> Table:
    width, others = A4[0] - 2 * MARGIN, len(rows[0]) - 1
    first = width * (0.3 if others == 1 else 0.42)
    cells = [[Paragraph(_text(cell), small) for cell in row] for row in rows]
    table = Table(cells, [first, *[(width - first) / others] * others], repeatRows=int(headed), hAlign="LEFT")
    table.setStyle(TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
                               *([("TEXTCOLOR", (0, 0), (-1, 0), QUIET)] if headed else [])]))  # fmt: skip
    return table


def _signature(words: str, small: ParagraphStyle) -> Table:
    lines = Table(
        [["", "", ""], [Paragraph(_text(words), small), "", ""]],
        [75 * mm, 10 * mm, 75 * mm],
        [14 * mm, 8 * mm],
    )
    lines.setStyle(
        TableStyle([("LINEBELOW", (0, 0), (0, 0), 0.6, QUIET), ("LINEBELOW", (2, 0), (2, 0), 0.6, QUIET)])
    )
    return lines


def _number(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.setFillColor(QUIET)
    canvas.drawRightString(A4[0] - MARGIN, 10 * mm, str(document.page))


def _text(words: str) -> str:
    """Words as reportlab reads them, in letters that its own font has."""
    return escape(words.encode("cp1252", "replace").decode("cp1252"))
