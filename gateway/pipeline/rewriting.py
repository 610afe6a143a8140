"""Writes a transfer again without what was found in it: pictures, headers, texts, and names on the way to them."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath

from gateway import detect, redact, unpack, wire
from gateway.errors import RedactionError
from gateway.limits import Limits
from gateway.model import (
    Examination,
    Finding,
    Format,
    ForwardRewritten,
    Kind,
    Part,
    PartPath,
    RedactionOptions,
    Transfer,
)

WRITTEN = frozenset({Kind.TEXT_IN_PIXELS, Kind.CODE_IN_PIXELS})
LONGEST_ENDING = 6
"""Letters of a file name's ending, with its dot; what is longer is a part of the name."""


@dataclass(frozen=True)
class Rewriting:
    """One rewrite: what was found, how the rule wants it done, and who must not be named any more."""

    examination: Examination
    options: RedactionOptions
    limits: Limits
    secret: bytes = field(repr=False)
    known: tuple[str, ...] = field(repr=False)

    @cached_property
    def wording(self) -> redact.Wording:
        """The search for the identifiers in texts and names."""
        return redact.Wording(self.known)

    def forward(self, transfer: Transfer) -> ForwardRewritten:
        """The transfer as it may go on. Raises RedactionError, WireError, LimitReached."""
        decoded = wire.decode(transfer, self.limits, self.wording.catches if self.known else None)
        new: dict[int, Part] = {}
        for index, whole in enumerate(decoded.parts):
            cleaned = self._part(whole)
            if cleaned != whole:
                new[index] = cleaned
        body = decoded.encode(new)
        return ForwardRewritten(body, wire.true_headers(transfer, body))

    def _part(self, whole: Part) -> Part:
        """One part of the body: its content, what is in it, and its name."""
        if whole.text and whole.rewritable:
            return whole.with_data(self.wording.replaced(whole.data))
        cleaned = self._contents(whole)
        if cleaned.filename and self._shows_a_patient(whole):
            # A file name is where people write the name; its ending is all that a service needs.
            return replace(cleaned, filename="upload" + self._ending(cleaned.filename))
        return replace(cleaned, filename=self.name(cleaned.filename))

    def _contents(self, whole: Part) -> Part:
        """A part with every file inside it that something was found in written again."""
        new: dict[PartPath, Part] = {}
        findings = list(self.examination.findings)
        for seen in unpack.unpack(whole, self.limits):
            if isinstance(seen, Finding):
                raise RedactionError("something inside cannot be opened", reason="cannot-redact")
            if seen.format is Format.PDF and seen.opened:
                # What shows on the page as a whole is painted over where it lies: in a picture.
                written = (finding for finding in self.examination.findings if finding.kind in WRITTEN)
                findings += unpack.on_pictures(seen, written, self.limits)
            own = [finding for finding in findings if finding.path == seen.path]
            if seen.view:
                cleaned = self._silenced(seen, own)
            elif own:
                cleaned = self._cleaned(seen, own)
            else:
                continue
            if cleaned.data != seen.data:
                new[seen.path] = cleaned
        whole = unpack.repack(whole, new, self.limits) if new else whole
        named = any(
            f.kind is Kind.IDENTIFIER_IN_NAME
            and f.by == redact.siblings.BY
            and _is_within(f.path, whole.path)
            for f in self.examination.findings
        )
        return unpack.renamed(whole, self.name, self.limits) if named else whole

    def _silenced(self, view: Part, own: list[Finding]) -> Part:
        """An empty view for a page that has to lose its words: it shows some, or its document shows a patient."""
        document = view.path[:-1]
        told = any(f.kind in WRITTEN for f in own) or any(
            f.kind is Kind.MEDICAL_IMAGE and _is_within(f.path, document) for f in self.examination.findings
        )
        return view.with_data(b"") if told and view.rewritable else view

    def _cleaned(self, seen: Part, own: list[Finding]) -> Part:
        by = redact.siblings.BY
        cleaned = seen
        if any(f.by == by and f.kind is Kind.IDENTIFIER_IN_TEXT for f in own):
            cleaned = self._reworded(seen)
        if all(f.by == by for f in own):
            return cleaned
        # The closer look finds fainter writing; painting it at once saves further passes.
        others = tuple(f for f in own if f.by != by)
        closer = (*others, *detect.look_closely(seen, others, self.limits))
        return redact.redact(cleaned, closer, self.options, self.limits, self.secret, self.known)

    def _reworded(self, part: Part) -> Part:
        """A text file without identifiers; JSON stays JSON."""
        if part.format in (Format.JSON, Format.NOTEBOOK):
            opened = wire.decode_part(part, self.limits, self.wording.catches)
            texts = {
                index: text.with_data(self.wording.replaced(text.data))
                for index, text in enumerate(opened.parts)
                if text.text and text.rewritable
            }
            data = opened.encode(texts)
        else:
            data = self.wording.without(part.data)
        if self.wording.catches(data):
            raise RedactionError("an identifier in a text cannot be taken out", reason="cannot-redact")
        return part.with_data(data)

    def name(self, name: str) -> str:
        """A name without identifiers, its ending kept; every folder on the way by itself."""
        if not self.wording.catches(name.encode(errors="replace")):
            return name
        folder, slash, last = name.rpartition("/")
        ending = self._ending(last)
        plain = self.wording.replaced(last.removesuffix(ending).encode(errors="replace"))
        return (self.name(folder) + slash if slash else "") + plain.decode(errors="replace") + ending

    def _ending(self, filename: str) -> str:
        ending = PurePosixPath(filename).suffix
        plain = len(ending) <= LONGEST_ENDING and ending[1:].isalnum()
        return ending if plain and not self.wording.catches(ending[1:].encode()) else ""

    def _shows_a_patient(self, whole: Part) -> bool:
        return any(
            f.kind is Kind.MEDICAL_IMAGE and _is_within(f.path, whole.path) for f in self.examination.findings
        )


def _is_within(path: PartPath, whole: PartPath) -> bool:
    return path[: len(whole)] == whole
