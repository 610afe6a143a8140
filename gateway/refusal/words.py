"""What the sender is told, in plain words: what was seen, why that matters, what to do instead.

The words say only what findings say: a sort of image, a kind of place. Nothing that was read, and no file name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway import reasons
from gateway.model import NOT_UNDERSTOOD, Action, Decision, Examination, Finding, Format, Kind

MODALITY_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "xray": "an X-ray", "ct": "a CT scan", "mri": "an MRI scan", "ultrasound": "an ultrasound image", "pet": "a PET scan",
        "nuclear": "a nuclear medicine image", "mammogram": "a mammogram", "fundus": "a photograph of the retina",
        "oct": "an OCT scan of the eye", "histology": "a microscope image of tissue", "dermatology": "a photograph of skin",
        "endoscopy": "an endoscopy image", "ecg": "an ECG", "dental": "a dental image",
        "document": "a photographed medical document", "other": "a medical image",
    }
)  # fmt: skip

KIND_WORDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.ORDINARY_IMAGE: "a picture",
        Kind.TEXT_IN_PIXELS: "writing inside a picture",
        Kind.CODE_IN_PIXELS: "a bar code or QR code inside a picture",
        Kind.IDENTIFIER_IN_METADATA: "details in a file's description that can name a person",
        Kind.IDENTIFIER_IN_TEXT: "words that can name a person",
        Kind.IDENTIFIER_IN_NAME: "a file name that can name a person",
        Kind.REFERENCE: "an address that the service is asked to fetch",
    }
)

_DICOM: Final = frozenset({Format.DICOM, Format.DICOM_JSON, Format.DICOM_XML})
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ID: Final = re.compile(r"[^A-Za-z0-9._:-]+")
NAMED: Final = 4
"""Rules that are named in a message; the record names all of them."""
LINK_ENDS: Final = frozenset({"/", "=", "#", ":"})


@dataclass(frozen=True, slots=True)
class Notice:
    """One refusal in words; every text is one line without control characters."""

    title: str
    seen: str
    because: str
    instead: str
    rule: str
    reason_code: str
    audit_id: str
    link: str

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
            f"{self.title} by Leadglass.",
            self.seen,
            self.because,
            self.instead and f"Instead: {self.instead}",
        )
        return " ".join(text for text in told if text)

    @property
    def _reference(self) -> str:
        more = f" More: {self.link}" if self.link else ""
        return f"Rule: {self.rule}. Reference: {self.audit_id}.{more}"


def notice_of(decision: Decision, examination: Examination | None, audit_id: str, link: str) -> Notice:
    """The words for a decision."""
    asked = decision.action is Action.COACH
    code = decision.reason_code if decision.reason_code in reasons.REASONS else "not-examined"
    because = one_line(decision.because)
    by_content = code in (reasons.RULE, reasons.UNFORESEEN)
    told = [seen_in(examination) if by_content else ""]
    if code != reasons.RULE:
        told.append(f"Nothing was sent, because {reasons.words_for(code)}.")
        because = "" if because in reasons.REASONS.values() else because
    name = one_line(audit_id)
    return Notice(
        title="Held for your reason" if asked else "Stopped",
        seen=" ".join(text for text in told if text),
        because=_ended(because),
        instead=_ended(
            one_line(decision.instead)
            or reasons.ADVICE.get(code, "")
            or reasons.REMEDIES.get(code, "")
            or ("Give a reason at the link, then send it again." if asked and link else "")
        ),
        rule=_named(decision.rules),
        reason_code=code,
        audit_id=_ID.sub("", name) or "none",
        link=link_for(link, name),
    )


def seen_in(examination: Examination | None) -> str:
    """What was seen, worst first, in a sentence; empty when there is nothing to tell."""
    if examination is None:
        return ""
    medical = [finding for finding in examination.findings if finding.kind is Kind.MEDICAL_IMAGE]
    formats = {part.path: part.format for part in examination.parts}
    told = []
    if medical:
        told.append(_medical(medical, formats))
    kinds = dict.fromkeys(
        finding.kind
        for finding in examination.findings
        if finding.kind not in NOT_UNDERSTOOD
        and finding.kind in KIND_WORDS
        and (not medical or finding.kind is not Kind.ORDINARY_IMAGE)
    )
    if kinds:
        told.append(f"It {'also ' if told else ''}holds {_listed([KIND_WORDS[kind] for kind in kinds])}.")
    return " ".join(told)


def _medical(findings: list[Finding], formats: Mapping[tuple[str, ...], Format]) -> str:
    worst = max(findings, key=lambda finding: finding.confidence)
    what = MODALITY_WORDS.get(worst.detail, MODALITY_WORDS["other"])
    if formats.get(worst.path) in _DICOM:
        told = f"This is a medical image file (DICOM){'' if worst.detail in ('', 'other') else ': ' + what}."
    elif worst.confidence >= 1:
        told = f"This is {what}."
    else:
        told = f"This looks like {what} ({worst.confidence:.0%} sure)."
    return (
        told if len(findings) == 1 else f"{told[:-1]}, one of {len(findings)} medical images in this upload."
    )


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


def _named(rules: tuple[str, ...]) -> str:
    shown = ", ".join(one_line(rule) for rule in rules[:NAMED]) or "none"
    return shown if len(rules) <= NAMED else f"{shown} and {len(rules) - NAMED} more"


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".!?" else f"{text}."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
