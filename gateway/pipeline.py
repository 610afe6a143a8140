"""The whole journey of one transfer, as functions you can read aloud.

Pure: bytes in, findings or other bytes out. It runs in a worker process (`gateway.workers`) for uploads and in
the command's own process for `leadglass inspect`.
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import PurePosixPath

from gateway import detect, redact, unpack, wire
from gateway.errors import GatewayError, LimitReached, RedactionError
from gateway.limits import Limits
from gateway.model import (
    Examination,
    Finding,
    Format,
    ForwardRewritten,
    Kind,
    Look,
    Part,
    PartPath,
    PartReport,
    RedactionOptions,
    Transfer,
)

TEXTS = frozenset({Format.TEXT, Format.JSON, Format.XML})
"""Formats of a container's members that can carry a payload written as text."""

PICTURES = (Kind.MEDICAL_IMAGE, Kind.ORDINARY_IMAGE)

REDACTION_PASSES = 3
"""Painting over one line can bring a fainter one to light; after so many looks the upload is refused."""

REMOVABLE = frozenset(
    {
        Kind.TEXT_IN_PIXELS, Kind.CODE_IN_PIXELS, Kind.IDENTIFIER_IN_METADATA, Kind.IDENTIFIER_IN_TEXT,
        Kind.IDENTIFIER_IN_NAME, Kind.UNREADABLE, Kind.OVER_LIMIT, Kind.ENCRYPTED, Kind.UNCLAIMED,
    }
)  # fmt: skip
"""What must be gone after a redaction. A medical image stays one; that it is still there is expected."""


def warm() -> None:
    """Load what every examination needs, so that the first upload does not wait for it."""
    detect.warm()


def examine(transfer: Transfer, limits: Limits, look: Look) -> Examination:
    """What is seen in one transfer: every part of its body, and every field that could carry one.

    Never raises for what a sender can do: a body that cannot be read is itself a finding.
    """
    parts: list[Part] = []
    findings: list[Finding] = []
    try:
        decoded = wire.decode(transfer, limits)
        findings += decoded.findings
        for whole in (*decoded.parts, *wire.fields(transfer, limits)):
            for seen in _everything(whole, limits, limits.depth):
                if isinstance(seen, Finding):
                    findings.append(seen)
                else:
                    parts.append(seen)
                    findings += detect.inspect(seen, detect.DETECTORS, limits, look)
    except LimitReached as error:
        findings.append(Finding(Kind.OVER_LIMIT, detail=error.reason, by="wire", redactable=False))
    except GatewayError as error:
        findings.append(Finding(Kind.UNREADABLE, detail=error.reason, by="wire", redactable=False))
    reports = tuple(_report(part, findings) for part in parts)
    return Examination(transfer.digest, reports, tuple(findings))


def _everything(whole: Part, limits: Limits, room: int) -> Iterator[Part | Finding]:
    """A part of the body and all that is packed in it; a text inside a container is opened as a body would be."""
    for seen in unpack.unpack(whole, limits):
        yield seen
        if (
            isinstance(seen, Finding)
            or seen.path == whole.path
            or seen.opened
            or seen.format not in TEXTS
            or room <= 0
        ):
            continue
        opened = wire.decode_part(seen, limits)
        yield from opened.findings
        for inner in opened.parts:
            if not inner.text:
                yield from (
                    replace(found, rewritable=False) if isinstance(found, Part) else found
                    for found in _everything(inner, limits, room - 1)
                )


def rewrite(
    transfer: Transfer, examination: Examination, options: RedactionOptions, limits: Limits, secret: bytes
) -> ForwardRewritten:
    """The transfer without what was found in it; the caller examines the result again before it is released.

    Raises RedactionError where something found cannot be removed, WireError or LimitReached where the body cannot
    be read.
    """
    if any(not finding.redactable and finding.kind not in PICTURES for finding in examination.findings):
        raise RedactionError("a finding cannot be removed", reason="cannot-redact")
    decoded = wire.decode(transfer, limits)
    new: dict[int, Part] = {}
    for index, whole in enumerate(decoded.parts):
        cleaned = _clean(whole, examination.findings, options, limits, secret)
        if cleaned.filename and _shows_a_patient(whole, examination):
            # A file name is where people write the name; its ending is all that a service needs.
            cleaned = replace(cleaned, filename="upload" + _ending(cleaned.filename))
        if cleaned != whole:
            new[index] = cleaned
    body = decoded.encode(new)
    return ForwardRewritten(body, wire.true_headers(transfer, body))


def _ending(filename: str) -> str:
    ending = PurePosixPath(filename).suffix
    return ending if len(ending) <= 6 and ending[1:].isalnum() else ""


def _shows_a_patient(whole: Part, examination: Examination) -> bool:
    return any(
        finding.kind is Kind.MEDICAL_IMAGE and finding.path[: len(whole.path)] == whole.path
        for finding in examination.findings
    )


def _clean(
    whole: Part, findings: tuple[Finding, ...], options: RedactionOptions, limits: Limits, secret: bytes
) -> Part:
    """One part of a body, with every file inside it that something was found in written again."""
    new: dict[PartPath, Part] = {}
    for seen in unpack.unpack(whole, limits):
        if isinstance(seen, Finding):
            raise RedactionError("something inside cannot be opened", reason="cannot-redact")
        if not seen.view and any(finding.path == seen.path for finding in findings):
            # The closer look finds fainter writing; painting it at once saves further passes.
            closer = (*findings, *detect.look_closely(seen, limits))
            cleaned = redact.redact(seen, closer, options, limits, secret, ())
            if cleaned.data != seen.data:
                new[seen.path] = cleaned
    return unpack.repack(whole, new, limits) if new else whole


def rewritten(transfer: Transfer, outcome: ForwardRewritten) -> Transfer:
    """The transfer as it would leave after a rewrite, for the second look."""
    return replace(transfer, body=outcome.body, headers=outcome.headers)


def is_clean(seen: Examination) -> bool:
    """Whether nothing is left that a redaction has to remove."""
    return not any(finding.kind in REMOVABLE for finding in seen.findings)


def _report(part: Part, findings: list[Finding]) -> PartReport:
    pictures = [f for f in findings if f.path == part.path and f.kind in PICTURES]
    best = max(pictures, key=lambda f: f.confidence, default=None)
    modality = best.detail or None if best is not None and best.kind is Kind.MEDICAL_IMAGE else None
    digest = sha256(part.data).hexdigest()
    return PartReport(
        part.path, part.format, len(part.data), best.confidence if best else None, modality, digest
    )
