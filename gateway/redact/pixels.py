"""Paints over regions, in every frame and in every copy of the frame."""

import re

import numpy as np

from gateway.errors import RedactionError
from gateway.formats.dicom_tree import take_apart
from gateway.formats.raster import PICTURES, open_raster
from gateway.formats.reading import answers
from gateway.limits import Limits
from gateway.model import Box, Finding, Format, Kind, Part, RedactionOptions
from gateway.redact import ultrasound
from gateway.redact.dicom_pixels import dicom_frame, painted_dicom
from gateway.redact.identified_text import may_name_a_person
from gateway.redact.image_metadata import cleaned
from gateway.redact.seal import is_sealed

FRAME = re.compile(r"frame (\d+)")


class Pixels:
    """The redactor of what is written in the picture itself."""

    name = "pixels"
    removes = frozenset({Kind.TEXT_IN_PIXELS, Kind.CODE_IN_PIXELS})

    def claims(self, part: Part) -> bool:
        """Everything that holds pixels."""
        return part.format in PICTURES or part.format is Format.DICOM

    def redact(
        self,
        part: Part,
        findings: tuple[Finding, ...],
        options: RedactionOptions,
        limits: Limits,
        secret: bytes,
        identifiers: tuple[str, ...],
    ) -> Part:
        """The part with black boxes where the findings are and around an ultrasound's regions; else the same part."""
        found = {_box(f) for f in to_paint(part, findings, options, limits, identifiers)}
        boxes = tuple(sorted(found | set(_banner(part, options, limits, secret))))
        if not boxes:
            return part
        if part.format is Format.DICOM:
            return part.with_data(painted_dicom(part.data, boxes, limits))
        return part.with_data(cleaned(part.data, part.format, boxes, limits, keep_length=options.keep_length))


PIXELS = Pixels()


def _banner(part: Part, options: RedactionOptions, limits: Limits, secret: bytes) -> tuple[Box, ...]:
    """What lies outside an ultrasound's regions, unless this very file was cleaned here before."""
    if part.format is not Format.DICOM or not ultrasound.is_asked(options):
        return ()
    boxes = ultrasound.outside_regions(part.data, limits)
    sealed = boxes and is_sealed(take_apart(part.data, limits), part.data, frozenset(options.profile), secret)
    return () if sealed else boxes


def to_paint(
    part: Part,
    findings: tuple[Finding, ...],
    options: RedactionOptions,
    limits: Limits,
    identifiers: tuple[str, ...],
) -> tuple[Finding, ...]:
    """The findings that have to go: all writing, or what may name a person where the rule asks for no more.

    Also what may not be found any more when the redacted part is examined again. Codes always go, and so does writing
    that cannot be read.
    """
    own = tuple(f for f in findings if f.kind in Pixels.removes and f.path == part.path)
    if options.text != "identifiers" or not identifiers:
        return own
    harmless = _harmless(part, tuple(f for f in own if f.kind is Kind.TEXT_IN_PIXELS), limits, identifiers)
    return tuple(f for f in own if f not in harmless)


def _harmless(
    part: Part, findings: tuple[Finding, ...], limits: Limits, identifiers: tuple[str, ...]
) -> frozenset[Finding]:
    spared = list[Finding]()
    for where in dict.fromkeys(f.where for f in findings):
        number = FRAME.fullmatch(where)
        if number is None:
            continue
        here = [f for f in findings if f.where == where]
        pixels = _shown(part, int(number[1]), limits)
        says_nothing = answers(
            pixels, [_box(f) for f in here], lambda r: not may_name_a_person(r, identifiers)
        )
        spared += [f for f, yes in zip(here, says_nothing, strict=True) if yes]
    return frozenset(spared)


def _shown(part: Part, frame: int, limits: Limits) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if part.format is Format.DICOM:
        return dicom_frame(part.data, frame, limits)
    return open_raster(part.data, limits, part.format).pixels(frame, None)


def _box(finding: Finding) -> Box:
    if finding.box is None:
        raise RedactionError("something is written in the picture, and nobody knows where")
    return finding.box
