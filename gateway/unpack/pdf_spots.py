"""What was seen on a page as a whole, carried over to the pictures that lie there."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gateway.formats.pdf import open_pdf
from gateway.formats.pdf_places import under
from gateway.limits import Limits
from gateway.model import Finding, Part

_PAGE = re.compile(r"page (\d+)")


def on_pictures(document: Part, findings: Iterable[Finding], limits: Limits) -> Iterator[Finding]:
    """Findings in views of a PDF's pages as findings in the pictures under them. Raises FormatError, LimitReached."""
    depth = len(document.path)
    seen = [
        (int(page[1]) - 1, finding)
        for finding in findings
        if finding.box is not None
        and len(finding.path) == depth + 1
        and finding.path[:depth] == document.path
        and (page := _PAGE.fullmatch(finding.path[-1])) is not None
    ]
    if not seen:
        return
    with open_pdf(document.data, limits) as pdf:
        names = {stream.number: stream.name for stream in pdf.streams()}
        for index, finding in seen:
            if finding.box is not None and index < pdf.pages:
                for number, box in under(pdf, index, finding.box):
                    yield replace(
                        finding, path=(*document.path, names.get(number, "")), where="frame 0", box=box
                    )
