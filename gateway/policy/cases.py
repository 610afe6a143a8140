"""Examples that stand beside the rules: what should be decided, and whether it is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

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
    PartReport,
    Sender,
    Transfer,
)
from gateway.policy import schema, words
from gateway.policy.catalogue import Catalogue
from gateway.policy.decide import decide
from gateway.policy.mistakes import Mistakes, Place, Source
from gateway.policy.rules import RuleSet
from gateway.policy.verdict import NOT_IDENTIFIED

LARGEST = 1 << 30
"""Bytes of an example upload. Nothing is written into them, so they cost no memory."""


@dataclass(frozen=True, slots=True)
class Case:
    """One example, and the answer that the whole rule set must give."""

    rule: str
    file: str
    line: int
    destination: Destination
    sender: Sender
    size: int
    parts: tuple[PartReport, ...]
    findings: tuple[Finding, ...]
    expect: Action
    would: Action | None = None
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What became of a case: no differences means that it holds."""

    case: Case
    decision: Decision
    differences: tuple[str, ...]


def run_cases(rules: RuleSet, cases: Iterable[Case]) -> tuple[CaseResult, ...]:
    """Every case, decided by the whole rule set as an upload would be."""
    return tuple(_run(rules, case) for case in cases)


def _run(rules: RuleSet, case: Case) -> CaseResult:
    transfer = Transfer(case.destination, case.sender, body=bytes(case.size))
    decision = decide(rules, transfer, Examination("", case.parts, case.findings), now=case.at)
    differences = []
    if decision.action is not case.expect:
        differences.append(
            f"expected {case.expect.word}, got {decision.action.word} ({', '.join(decision.rules)})"
        )
    if case.would is not None and decision.would is not case.would:
        got = decision.would.word if decision.would is not None else "nothing"
        differences.append(f"expected a monitored {case.would.word}, got {got}")
    if case.by and case.by not in decision.rules:
        differences.append(f"expected to be decided by {case.by}, was by {', '.join(decision.rules)}")
    return CaseResult(case, decision, tuple(differences))


def build_case(
    spec: schema.CaseSpec, rule: str, place: Place, source: Source, catalogue: Catalogue, mistakes: Mistakes
) -> Case:
    """A case from its words. Words that mean nothing are mistakes."""
    destination = catalogue.destination(spec.to, 443, "POST", "/")
    if "." not in spec.to:
        mistakes.add(source, (*place, "to"), f"`{spec.to}` is not a host; a case goes to one host")
    elif destination.exposure is Exposure.NONE and spec.exposure is not None:
        known = [host for provider in catalogue.providers.values() for host in provider.hosts]
        mistakes.add_unknown(source, (*place, "to"), spec.to, known, "a destination in the catalogue")
    if spec.exposure is not None:
        destination = replace(destination, exposure=Exposure(spec.exposure))
    if spec.operation is not None:
        destination = replace(destination, operation=spec.operation)
    size = 0 if spec.size is None else words.size(spec.size)
    if size is None or size > LARGEST:
        mistakes.add(source, (*place, "size"), f"`{spec.size}` is not a size of at most 1 GiB")
        size = 0
    seen = [_seen(one, (*place, "found", at), source, mistakes) for at, one in enumerate(spec.found or ())]
    at = spec.at
    return Case(
        rule=rule,
        file=source.name,
        line=source.line(place),
        destination=destination,
        sender=_sender(spec, place, source, mistakes),
        size=size,
        parts=tuple(_report(number, form, findings) for number, (form, findings) in enumerate(seen)),
        findings=tuple(
            replace(finding, path=(str(number),))
            for number, (_, findings) in enumerate(seen)
            for finding in findings
        ),
        expect=Action[spec.expect.upper()],
        would=Action[spec.would.upper()] if spec.would else None,
        by=spec.by or "",
        at=at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at,
    )


def _sender(spec: schema.CaseSpec, place: Place, source: Source, mistakes: Mistakes) -> Sender:
    if spec.identified is False and (spec.user or spec.group):
        mistakes.add(source, (*place, "identified"), "nobody is both unidentified and known by name or group")
    if spec.identified and not spec.user:
        mistakes.add(source, (*place, "identified"), "who is identified has a `user`")
    return Sender(
        spec.user.casefold(),
        spec.client,
        tuple(group.casefold() for group in spec.group or ()),
        NOT_IDENTIFIED if spec.identified is False else "",
    )


type _Seen = tuple[Format, tuple[Finding, ...]]


def _seen(spec: schema.Seen, place: Place, source: Source, mistakes: Mistakes) -> _Seen:
    if spec.word is not None:
        return _word(spec.word, place, source, mistakes)
    form = words.FORMATS.get(spec.format or "", Format.UNKNOWN)
    if spec.format is not None and spec.format not in words.FORMATS:
        mistakes.add_unknown(source, (*place, "format"), spec.format, words.FORMATS, "a format")
    kinds = {kind.value: kind for kind in Kind}
    kind = kinds.get(spec.kind or "", Kind.MEDICAL_IMAGE if spec.modality or not spec.format else None)
    if spec.kind is not None and spec.kind not in kinds:
        mistakes.add_unknown(source, (*place, "kind"), spec.kind, kinds, "a kind of finding")
    if spec.modality is not None and spec.modality not in MODALITIES:
        mistakes.add_unknown(source, (*place, "modality"), spec.modality, MODALITIES, "a modality")
    if kind is None:
        kind = _kind_of(form)
    if kind is None:
        return form, ()
    finding = _finding(kind, spec.modality or spec.detail or "")
    return form, (finding if spec.score is None else replace(finding, confidence=spec.score),)


def _word(word: str, place: Place, source: Source, mistakes: Mistakes) -> _Seen:
    if word in MODALITIES:
        return Format.UNKNOWN, (_finding(Kind.MEDICAL_IMAGE, word),)
    if word in words.FORMATS and word not in words.FAILURES:
        form = words.FORMATS[word]
        kind = _kind_of(form)
        return form, () if kind is None else (_finding(kind),)
    if word in words.KINDS:
        return Format.UNKNOWN, (_finding(words.KINDS[word]),)
    if word in words.FAILURES:
        kind = next((kind for kind in NOT_UNDERSTOOD if kind.value == word), Kind.UNREADABLE)
        return Format.UNKNOWN, (Finding(kind, detail=word),)
    known = (*words.KINDS, *words.FORMATS, *MODALITIES, *words.FAILURES)
    mistakes.add_unknown(source, place, word, known, "something that can be found")
    return Format.UNKNOWN, ()


def _finding(kind: Kind, detail: str = "") -> Finding:
    """A finding as a detector would leave it: sure of a medical image, and sure that an ordinary one is none."""
    if kind is Kind.MEDICAL_IMAGE:
        return Finding(kind, detail=detail or "other")
    return Finding(kind, detail=detail, confidence=0.0 if kind is Kind.ORDINARY_IMAGE else 1.0)


def _kind_of(form: Format) -> Kind | None:
    if form in words.MEDICAL_FORMATS:
        return Kind.MEDICAL_IMAGE
    return Kind.ORDINARY_IMAGE if form in words.RASTER_FORMATS else None


def _report(number: int, form: Format, findings: tuple[Finding, ...]) -> PartReport:
    score = next((finding.confidence for finding in findings if finding.kind is Kind.MEDICAL_IMAGE), None)
    return PartReport((str(number),), form, 0, score)
