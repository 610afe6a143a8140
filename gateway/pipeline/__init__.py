"""The whole journey of one transfer, as functions you can read aloud.

Pure: bytes in, findings or other bytes out. It runs in a worker process (`gateway.workers`) for uploads and in
the command's own process for `leadglass inspect`.
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from gateway import detect, redact, unpack, wire
from gateway.errors import GatewayError, LimitReached, RedactionError
from gateway.limits import Limits
from gateway.model import (
    Examination,
    Finding,
    Format,
    ForwardRewritten,
    Identifier,
    Kind,
    Look,
    Part,
    PartPath,
    PartReport,
    RedactionOptions,
    Transfer,
)
from gateway.pipeline.rewriting import Rewriting

TEXTS = frozenset({Format.TEXT, Format.JSON, Format.XML})
"""Formats of a container's members that can carry a payload written as text."""
DOCUMENTS = frozenset({Format.NOTEBOOK, Format.HTML, Format.SVG})
"""Text formats with pictures at places of their own; a payload can stand at any other place too."""

PICTURES = (Kind.MEDICAL_IMAGE, Kind.ORDINARY_IMAGE)

REDACTION_PASSES = 3
"""Painting over one line can bring a fainter one to light; after so many looks the upload is refused."""

HARVESTED = frozenset({Format.DICOM, Format.DICOM_JSON})
"""Formats whose headers are read for the names of patients."""

MOST_IDENTIFIERS = 4000
"""Identifiers of one upload, about two hundred patients. With more of them every text would be searched too long."""

HARMLESS = "harmless"
"""The detail of writing that was read and names nobody; it stays where a rule removes identifiers only."""

REMOVABLE = frozenset(
    {
        Kind.TEXT_IN_PIXELS, Kind.CODE_IN_PIXELS, Kind.IDENTIFIER_IN_METADATA, Kind.IDENTIFIER_IN_TEXT,
        Kind.IDENTIFIER_IN_NAME, Kind.UNREADABLE, Kind.OVER_LIMIT, Kind.ENCRYPTED, Kind.UNCLAIMED,
        Kind.FIRST_BYTES,
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
    identifiers: dict[Identifier, None] = {}
    try:
        decoded = wire.decode(transfer, limits)
        findings += decoded.findings
        for whole in (*decoded.parts, *wire.fields(transfer, limits)):
            for seen in _everything(whole, limits, limits.depth):
                if isinstance(seen, Finding):
                    findings.append(seen)
                    continue
                parts.append(seen)
                asked = detect.OF_HEADS if seen.begun else detect.DETECTORS
                findings += detect.inspect(seen, asked, limits, look)
                if transfer.searched is None and len(identifiers) <= MOST_IDENTIFIERS:
                    identifiers |= dict.fromkeys(_harvested(seen, limits))
        known = tuple(text for _, text in identifiers) if transfer.searched is None else transfer.searched
        if known:
            findings = _spared(parts, findings, limits, transfer.searched)
            findings += _searched(transfer, decoded, parts, redact.Wording(known), limits)
    except LimitReached as error:
        findings.append(Finding(Kind.OVER_LIMIT, detail=error.reason, by="wire", redactable=False))
    except GatewayError as error:
        findings.append(Finding(Kind.UNREADABLE, detail=error.reason, by="wire", redactable=False))
    reports = tuple(_report(part, findings) for part in parts)
    return Examination(transfer.digest, reports, tuple(findings), tuple(identifiers))


def _harvested(part: Part, limits: Limits) -> tuple[Identifier, ...]:
    try:
        return redact.harvest_file(part.data, limits) if part.format in HARVESTED else ()
    except GatewayError:
        return ()  # a header that does not add up cannot be cleaned either, so that nothing goes on


def _searched(
    transfer: Transfer, decoded: wire.Decoded, parts: list[Part], wording: redact.Wording, limits: Limits
) -> Iterator[Finding]:
    """Where the patient of a medical file is named in what was sent with it."""
    opened = wire.decode(transfer, limits, wording.catches)
    yield from (f for f in opened.findings if f.kind is Kind.IDENTIFIER_IN_NAME)
    yield from wire.beside_names(transfer, wording.catches)
    for part in opened.parts:
        yield from redact.siblings.spoken(part, wording)
    on_the_wire = {part.path for part in decoded.parts}
    listed: set[PartPath] = set()
    done: set[PartPath] = set()
    for part in parts:
        if part.text and not part.rewritable and part.path in on_the_wire:
            continue  # all texts of the body together; each of them was looked at by itself
        if part.path in done and not part.rewritable:
            continue  # another reading of a text that was looked at
        done.add(part.path)
        names = unpack.names(part, limits) if part.opened else None
        if names is not None:
            listed.add(part.path)
        can = unpack.renamable(part.format)
        yield from redact.siblings.traces(part, wording, names, renamable=can)
        if part.path[:-1] not in listed:
            yield from redact.siblings.named(part, wording, renamable=part.path in on_the_wire)


def _spared(
    parts: list[Part], findings: list[Finding], limits: Limits, known: tuple[str, ...] | None
) -> list[Finding]:
    """Findings of a second look, writing that names nobody marked as harmless."""
    if known is None or not any(f.kind is Kind.TEXT_IN_PIXELS for f in findings):
        return findings
    pictures = [part for part in parts if any(f.path == part.path for f in findings)]
    spared = frozenset[Finding]().union(
        *(redact.harmless(part, tuple(findings), limits, known) for part in pictures)
    )
    return [replace(f, detail=HARMLESS) if f in spared else f for f in findings]


def _everything(whole: Part, limits: Limits, room: int) -> Iterator[Part | Finding]:
    """A part of the body and all that is packed in it; a text inside a container is opened as a body would be."""
    for seen in unpack.unpack(whole, limits):
        if (
            isinstance(seen, Finding)
            or seen.opened
            or seen.begun
            or seen.format not in (DOCUMENTS if seen.path == whole.path else TEXTS | DOCUMENTS)
            or room <= 0
        ):
            yield seen
            if isinstance(seen, Part) and seen.opened and seen.format in TEXTS and room > 0:
                yield from _over_the_gaps(seen, limits, room)
            continue
        opened = wire.decode_part(seen, limits)
        # The head of a mail is a mail again to whoever reads it alone: only what is new is walked.
        inside = [
            inner for inner in opened.parts if not inner.text and (inner.sealed or inner.data != seen.data)
        ]
        # What is left when the payloads are cut out is text; with them it would be sealed letters once more.
        yield replace(seen, opened=bool(inside))
        yield from opened.findings
        yield from (inner for inner in opened.parts if inner.text and inside)
        for inner in inside:
            yield from (
                replace(found, rewritable=False) if isinstance(found, Part) else found
                for found in _everything(inner, limits, room - 1)
            )


def _over_the_gaps(text: Part, limits: Limits, room: int) -> Iterator[Part | Finding]:
    """Files cut over the strings of a text from which data URIs were taken: such a URI can be a slice itself."""
    for inner in wire.decode_part(text, limits).parts:
        if inner.path[-1:] == wire.SLICES and not inner.text:
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
    if len(examination.identifiers) > MOST_IDENTIFIERS:
        raise RedactionError("more patients in one upload than can be searched for", reason="cannot-redact")
    known = _known(transfer, examination, options)
    return Rewriting(examination, options, limits, secret, known).forward(transfer)


def _known(transfer: Transfer, examination: Examination, options: RedactionOptions) -> tuple[str, ...]:
    """Identifiers of the upload as it came, but for those that the rule retains."""
    if transfer.searched is not None:
        return transfer.searched
    return redact.searched(examination.identifiers, frozenset(options.profile))


def plain_name(name: str, seen: Examination, options: RedactionOptions, limits: Limits) -> str:
    """A file's name, with folders, without what names the patient of the file; endings are kept."""
    known = redact.searched(seen.identifiers, frozenset(options.profile))
    return Rewriting(seen, options, limits, b"", known).name(name) if known else name


def rewritten(
    transfer: Transfer, outcome: ForwardRewritten, seen: Examination, options: RedactionOptions
) -> Transfer:
    """The transfer as it would leave after a rewrite, for the second look: which knows whom it is looking for."""
    known = _known(transfer, seen, options)
    return replace(transfer, body=outcome.body, headers=outcome.headers, searched=known)


def is_clean(seen: Examination, options: RedactionOptions) -> bool:
    """Whether nothing is left that a redaction has to remove."""
    return not any(
        finding.kind in REMOVABLE and not (options.text == "identifiers" and finding.detail == HARMLESS)
        for finding in seen.findings
    )


def _report(part: Part, findings: list[Finding]) -> PartReport:
    pictures = [f for f in findings if f.path == part.path and f.kind in PICTURES]
    best = max(pictures, key=lambda f: f.confidence, default=None)
    modality = best.detail or None if best is not None and best.kind is Kind.MEDICAL_IMAGE else None
    digest = sha256(part.data).hexdigest()
    return PartReport(
        part.path, part.format, len(part.data), best.confidence if best else None, modality, digest
    )
