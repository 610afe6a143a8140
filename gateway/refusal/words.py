"""What the sender is told, in plain words: what was seen, why that matters, what to do instead.

The words say only what findings say: a sort of image, a kind of place. Nothing that was read, and no file name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway import reasons
from gateway.messages import Messages
from gateway.messages.about import about_service, source_of
from gateway.model import (
    MODALITIES,
    NOT_UNDERSTOOD,
    Action,
    Decision,
    Destination,
    Examination,
    Exposure,
    Finding,
    Format,
    Kind,
    Said,
)

_DICOM: Final = frozenset({Format.DICOM, Format.DICOM_JSON, Format.DICOM_XML})
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ID: Final = re.compile(r"[^A-Za-z0-9._:-]+")
NAMED: Final = 4
"""Rules that are named in a message; the record names all of them."""
NOWHERE: Final = Destination("")
LINK_ENDS: Final = frozenset({"/", "=", "#", ":"})


@dataclass(frozen=True, slots=True)
class Notice:
    """One refusal in words; every text is one line without control characters."""

    say: Messages = field(repr=False)
    held: bool
    """Whether it may pass once a reason is given."""
    seen: str
    because: str
    terms: str
    terms_source: str
    instead: str
    rule: str
    reason_code: str
    audit_id: str
    link: str

    @property
    def title(self) -> str:
        """What happened, in a word."""
        return self.say("refusal.held" if self.held else "refusal.stopped")

    @property
    def sentence(self) -> str:
        """All of it as one paragraph, for an error message."""
        return f"{self._story} {self._reference}"

    def short(self, letters: int) -> str:
        """The paragraph cut to a length, never its reference: for a header."""
        room = max(0, letters - len(self._reference) - 4)
        story = self._story if len(self._story) <= room else f"{self._story[:room]}..."
        return f"{story} {self._reference}"[:letters]

    @property
    def _story(self) -> str:
        told = (
            self.say("refusal.held_by" if self.held else "refusal.stopped_by"),
            self.seen,
            self.because,
            self.terms,
            self.instead and self.say("refusal.instead", instead=self.instead),
        )
        return " ".join(text for text in told if text)

    @property
    def _reference(self) -> str:
        more = f" {self.say('refusal.more', link=self.link)}" if self.link else ""
        rule = self.say("refusal.rule", rule=self.rule)
        return f"{rule} {self.say('refusal.reference', id=self.audit_id)}{more}"


def notice_of(
    decision: Decision,
    examination: Examination | None,
    audit_id: str,
    link: str,
    *,
    say: Messages,
    to: Destination = NOWHERE,
) -> Notice:
    """The words for a decision, in one language; the organisation's own words stay as it wrote them."""
    asked = decision.action is Action.COACH
    code = decision.reason_code if decision.reason_code in reasons.REASONS else "not-examined"
    said = next((one for one in decision.translations if one.language == say.language), Said(say.language))
    because = one_line(said.because or decision.because)
    by_content = code in (reasons.RULE, reasons.UNFORESEEN)
    told = [seen_in(examination, say) if by_content else ""]
    if code != reasons.RULE:
        told.append(say("refusal.because", reason=say.reason(code)))
        because = "" if because in reasons.REASONS.values() else because
    name = one_line(audit_id)
    about = by_content and bool(to.title)
    return Notice(
        say=say,
        held=asked,
        seen=" ".join(text for text in told if text),
        because=_ended(because),
        terms=one_line(about_service(say, to.terms, agreed=to.exposure is Exposure.BAA)) if about else "",
        terms_source=one_line(source_of(say, to.terms)) if about else "",
        instead=_ended(
            one_line(said.instead or decision.instead)
            or say.advice(code)
            or (say("refusal.give_reason") if asked and link else "")
        ),
        rule=_named(decision.rules, say),
        reason_code=code,
        audit_id=_ID.sub("", name) or "none",
        link=link_for(link, name),
    )


def seen_in(examination: Examination | None, say: Messages) -> str:
    """What was seen, worst first, in a sentence; empty when there is nothing to tell."""
    if examination is None:
        return ""
    medical = [finding for finding in examination.findings if finding.kind is Kind.MEDICAL_IMAGE]
    formats = {part.path: part.format for part in examination.parts}
    told = []
    if medical:
        told.append(_medical(medical, formats, say))
    kinds = dict.fromkeys(
        finding.kind
        for finding in examination.findings
        if finding.kind not in NOT_UNDERSTOOD
        and finding.kind is not Kind.MEDICAL_IMAGE
        and (not medical or finding.kind is not Kind.ORDINARY_IMAGE)
    )
    if kinds:
        things = say.listed([say(f"kind.{kind.value}") for kind in kinds])
        told.append(say("seen.also_holds" if told else "seen.holds", things=things))
    return " ".join(told)


def _medical(findings: list[Finding], formats: Mapping[tuple[str, ...], Format], say: Messages) -> str:
    worst = max(findings, key=lambda finding: finding.confidence)
    modality = worst.detail if worst.detail in MODALITIES else "other"
    what = say(f"modality.{modality}")
    if formats.get(worst.path) in _DICOM:
        told = say("seen.dicom") if modality == "other" else say("seen.dicom_what", what=what)
    else:
        told = looks_like(what, worst.confidence, say)
    if len(findings) == 1:
        return told
    return say("seen.among", sentence=told[:-1], count=len(findings))


def looks_like(what: str, score: float, say: Messages) -> str:
    """That a picture is something, as surely as its score says."""
    # A likelihood that rounds to a hundred is none the less one.
    sure = min(round(score * 100), 99)
    return say("seen.certain", what=what) if score >= 1 else say("seen.likely", what=what, score=sure)


def one_line(text: str) -> str:
    """A text without line ends and control characters, so that it can stand in any message."""
    return _BLANK.sub(" ", text.encode("utf-8", "replace").decode("utf-8")).strip()


def link_for(link: str, audit_id: str) -> str:
    """The page that explains this refusal, or "" when none is given or it is not a web address."""
    address = _BLANK.sub("", link)
    if (
        not address.startswith(("https://", "http://"))
        or not address.isascii()
        or any(c in address for c in "\"'<>\\`")
    ):
        return ""
    return f"{address}{'' if address[-1] in LINK_ENDS else '/'}{_ID.sub('', audit_id)}"


def _named(rules: tuple[str, ...], say: Messages) -> str:
    shown = ", ".join(one_line(rule) for rule in rules[:NAMED]) or say("refusal.no_rule")
    if len(rules) <= NAMED:
        return shown
    return say("refusal.more_rules", rules=shown, count=len(rules) - NAMED)


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".!?" else f"{text}."
