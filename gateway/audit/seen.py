"""What was seen in an upload, in words from closed lists: enough to ask other rules about it later, and nothing more.

One word for each thing that rules can tell apart: `FORMAT`, `FORMAT/KIND`, `FORMAT/KIND:DETAIL`, and for pictures the
medical score behind it: `png/ordinary-image/0.1203`. No places, no names, no counts.
"""

import re
from dataclasses import dataclass
from typing import Final

from gateway.errors import AuditError
from gateway.model import Box, Examination, Finding, Format, Kind, Look, PartReport

MOST: Final = 100
"""Words in one entry. An archive of a thousand pictures has a thousand scores."""
BOXES: Final = 50
"""Boxes in one entry: a page of a report has hundreds of words, and an outline is clear long before."""
_PLACE: Final = re.compile(r"(\d{1,6}):(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})")
MORE: Final = "more"
"""Stands last where there was more to write down than fits."""
_SCORED: Final = frozenset({Kind.MEDICAL_IMAGE, Kind.ORDINARY_IMAGE})
_DETAIL: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

BASES: Final = ("seen", "failed", "refused", "not-redacted")
"""What a decision rests on: what was seen; an examination that failed; neither, so that no rule was asked; or what was
seen, and a redaction that a rule asked for and that could not be done."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a decision rests on. Raises AuditError where `basis` is not one of BASES."""

    examination: Examination
    basis: str = "seen"
    look: Look = Look.MEDICAL
    subject: tuple[str, ...] = ()
    """Keyed digests of the content at issue, where somebody may ask for an exemption."""

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise AuditError("this basis is not in the closed list")

    @property
    def _examined(self) -> bool:
        return self.basis in ("seen", "not-redacted")

    @property
    def look_word(self) -> str:
        """How far was looked, in a word; empty where nothing was."""
        return self.look.name.lower() if self._examined else ""

    @property
    def seen(self) -> tuple[str, ...]:
        """What was seen, in words."""
        return seen_words(self.examination) if self._examined else ()

    @property
    def places(self) -> tuple[str, ...]:
        """Where something was found in pictures: `3:10,20,300,40` is picture 3, x, y, width and height in its pixels."""
        return found_places(self.examination) if self._examined else ()


def found_places(examination: Examination) -> tuple[str, ...]:
    """The boxes of findings as words, the first BOXES of them; numbers alone, nothing of what is in them."""
    pictures: dict[tuple[tuple[str, ...], str], int] = {}
    words: list[str] = []
    for finding in examination.findings:
        if finding.box is not None and len(words) < BOXES:
            number = pictures.setdefault((finding.path, finding.where), len(pictures))
            words.append(f"{number}:{','.join(map(str, finding.box))}")
    return tuple(words)


def places_again(words: tuple[str, ...]) -> tuple[tuple[Box, ...], ...]:
    """The boxes by picture; words that are none are left out."""
    pictures: dict[str, list[Box]] = {}
    for word in words:
        match = _PLACE.fullmatch(word)
        if match:
            x, y, width, height = map(int, match.groups()[1:])
            pictures.setdefault(match[1], []).append((x, y, width, height))
    return tuple(map(tuple, pictures.values()))


def seen_words(examination: Examination) -> tuple[str, ...]:
    """The words for what was seen, sorted; the last one is `more` where they are not all of it."""
    formats = {part.path: part.format.value for part in examination.parts}
    words = set(formats.values())
    for finding in examination.findings:
        detail = finding.detail if _DETAIL.fullmatch(finding.detail) else ""
        score = f"/{finding.confidence!r}" if finding.kind in _SCORED else ""
        form = formats.get(finding.path, Format.UNKNOWN.value)
        words.add(f"{form}/{finding.kind.value}{':' + detail if detail else ''}{score}")
    ordered = tuple(sorted(words))
    return ordered if len(ordered) <= MOST else (*ordered[:MOST], MORE)


def seen_again(words: tuple[str, ...]) -> Examination | None:
    """The examination as far as rules can tell it apart; None where the words are not all of it, or not ours."""
    parts: list[PartReport] = []
    findings: list[Finding] = []
    try:
        for number, word in enumerate(words):
            form, _, found = word.partition("/")
            path = (str(number),)
            parts.append(PartReport(path, Format(form), 0))
            if found:
                what, _, score = found.partition("/")
                kind, _, detail = what.partition(":")
                findings.append(
                    Finding(Kind(kind), path, detail=detail, confidence=float(score) if score else 1.0)
                )
    except ValueError:  # `more`, or a word that this version does not know
        return None
    return Examination("", tuple(parts), tuple(findings))
