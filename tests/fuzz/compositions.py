"""Wrappers around wrappers around a picture, drawn by chance, and the two laws that hold for all of them.

A medical picture is never forwarded, however it is wrapped. An ordinary one is, as long as every wrapper is one that
the gateway understands.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from gateway import pipeline
from gateway.limits import Limits
from gateway.model import Action, Look, Transfer
from gateway.policy import RuleSet, decide, load_rules
from tests.evasion import family_i_archives, family_j_documents, family_j_pdf
from tests.evasion.pictures import medical, ordinary
from tests.property.strategies import ALPHABETS, BODIES, CODINGS, LABELS, TEXTS

DEEPEST = 4
LIMITS = Limits()
HOST = "api.openai.com"
KINDS = ("png", "jpeg", "gif", "bmp", "tiff", "webp", "dicom")
_DOCUMENTS = (
    "docx", "pptx", "xlsx", "docx with a picture elsewhere", "odt", "notebook", "attachment of a notebook", "RTF", "HTML", "SVG", "SOAP",
    "base64 in XML", "base64 in CDATA", "base64 in an attribute", "hexadecimal in XML", "PDF with an attachment", "mail with base64", "MHTML",
    "mail with quoted-printable", "OLE file",
)  # fmt: skip
NOT_READ = frozenset(
    {"base85", "ascii85", "hex spaced", "hex colons", "dotted", "prose shifted", "json list of slices", "csv", "json escapes", "form", "form spaces",
     "latin-1", "OLE file", "zip comment", "zip in six zips"}
)  # fmt: skip
"""Wrappers that are read for looking only, or not at all in every surrounding: their benign twins may be refused."""


def _builds(
    table: dict[str, Callable[[bytes], object]], names: tuple[str, ...]
) -> dict[str, Callable[[bytes], bytes]]:
    return {name: lambda data, build=table[name]: build(data).body for name in names}  # type: ignore[attr-defined,misc]  # an Upload


WRAPPERS: dict[str, Callable[[bytes], bytes]] = {
    **_builds(family_i_archives.READ, tuple(family_i_archives.READ)),
    **_builds({**family_j_pdf.READ, **family_j_documents.READ}, _DOCUMENTS),
    **{name: lambda data, spell=spell: spell(data).encode() for name, spell in ALPHABETS.items()},
    **{name: lambda data, put=put: put(_text(data)).encode() for name, put in TEXTS.items()},
}
"""Everything that can stand around bytes, by name."""


_WRITTEN = frozenset({*ALPHABETS, *TEXTS, "notebook", "attachment of a notebook", "HTML", "SVG", "SOAP"})
"""Wrappers whose result is text; text around anything else is bytes spelled as letters, which nobody writes."""

_TWO_FILES = {("PDF with an attachment", "gzip extra field")}
"""Two files in the same bytes by their own specifications: a PDF may begin anywhere in the first thousand bytes."""


@dataclass(frozen=True, slots=True)
class Composition:
    """One way of wrapping, innermost first."""

    kind: str
    wrappers: tuple[str, ...]
    body: str
    coding: str

    def transfer(self, data: bytes) -> Transfer:
        """The request around a picture."""
        for name in self.wrappers:
            if (
                name in ("gzip extra field", "picture in an extra field", "OLE file", "zip comment")
                and len(data) > 60_000
            ):
                continue  # has no room for more
            data = WRAPPERS[name](data)
        label, build = BODIES[self.body]
        if self.body == "bare" and self.wrappers and self.wrappers[-1] in LABELS:
            label = LABELS[self.wrappers[-1]]
        data = build(data)
        headers = ((b"content-type", label),) if label else ()
        if self.coding:
            data = CODINGS[self.coding](data)
            headers = (*headers, (b"content-encoding", self.coding.split()[0].encode()))
        place = rules().catalogue.destination(HOST, 443, "POST", "/v1/files", headers)
        return Transfer(place, path="/v1/files", headers=headers, body=data)

    @property
    def understood(self) -> bool:
        """Whether a benign picture in it has to get through."""
        if not NOT_READ.isdisjoint(self.wrappers) or self.body in (
            "lie json",
            "lie form",
            "lie text",
            "file named json",
        ):
            return False
        if _TWO_FILES & set(pairwise(self.wrappers)):
            return False
        before = ("", *self.wrappers)
        return not any(
            one in TEXTS and last not in _WRITTEN for last, one in zip(before, self.wrappers, strict=False)
        )


@cache
def rules() -> RuleSet:
    """The rules as they are shipped."""
    return load_rules(Path(__file__).parents[2] / "rules", b"k" * 32)


def forwarded(transfer: Transfer) -> bool:
    """Whether the core lets a request go on as it is."""
    seen = pipeline.examine(transfer, LIMITS, Look.MEDICAL)
    return decide(rules(), transfer, seen).action in (Action.ALLOW, Action.LOG)


def bypass(how: Composition) -> bool:
    """Whether a medical picture gets through."""
    return forwarded(how.transfer(medical(how.kind)))


def false_refusal(how: Composition) -> bool:
    """Whether an ordinary picture does not, though everything around it is understood."""
    return how.understood and not forwarded(how.transfer(ordinary(how.kind)))


def drawn(seed: int) -> Iterator[Composition]:
    """Compositions without end; the same ones for the same seed."""
    chance = random.Random(seed)
    names, bodies, codings = sorted(WRAPPERS), sorted(BODIES), ["", "", *sorted(CODINGS)]
    while True:
        wrappers = tuple(chance.choice(names) for _ in range(chance.randint(0, DEEPEST)))
        yield Composition(chance.choice(KINDS), wrappers, chance.choice(bodies), chance.choice(codings))


def _text(data: bytes) -> str:
    """Bytes as the letters that stand for them, where they are no text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
